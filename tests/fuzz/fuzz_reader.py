"""Coverage-guided fuzzing of the reader and the writer, by hand: it needs atheris, which the project does not.

    pip install atheris
    python -m tests.fuzz.fuzz_reader -max_total_time=3600 corpus_folder

The options are libFuzzer's. Every input must hold what `tests.midi.any_bytes.check` asserts.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["jazzassist"]):
    from tests.midi.any_bytes import check


def one_input(data: bytes) -> None:
    """Checks one input; inputs that do not begin like a file get a header."""
    check(data)
    check(b"MThd\0\0\0\6\0\1\0\2\1\xe0MTrk" + data)


def main() -> None:
    """Fuzzes until it is stopped, or a fault is found."""
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
