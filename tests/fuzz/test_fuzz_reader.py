"""The fuzzing of the reader can be started; a few hundred inputs each time, many when it is run by hand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.midi.odd_files import ODD

pytest.importorskip("atheris", reason="atheris is not installed")


@pytest.mark.slow
def test_fuzzing_finds_nothing_at_once(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, odd in ODD.items():
        (corpus / name).write_bytes(odd.data)
    command = [sys.executable, "-m", "tests.fuzz.fuzz_reader", "-runs=400", "-verbosity=1", str(corpus)]
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
