"""Files that make their reader process hang, crash or run out of memory."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jazzassist.training.analysing.pool import in_words, read_all
from tests.training.analysing.readers import broken, odd, whose

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "hang", "b", "crash", "c", "memory", "deep", "wrong", "d"):
        (tmp_path / name).write_bytes(b"1234")
    return tmp_path


def test_a_file_that_hangs_or_crashes_costs_only_itself(folder: Path) -> None:
    found = dict(read_all(sorted(folder.iterdir()), odd, jobs=2, seconds=3))
    by_name = {path.name: result for path, result in found.items()}
    assert by_name == {
        "a": 4,
        "b": 4,
        "c": 4,
        "d": 4,
        "hang": "takes longer than 3 s to read",
        "crash": "crashes the program that reads it",
        "memory": "needs too much memory to be read",
        "deep": "is nested too deeply to be read",
        "wrong": "cannot be read: KeyError: 'a\\nb'",
    }
    assert multiprocessing.active_children() == []


def test_files_are_shared_among_processes(folder: Path) -> None:
    found = [who for _, who in read_all(sorted(folder.iterdir()), whose, jobs=2, seconds=30)]
    assert len(found) == 9
    assert len(set(found)) == 2


def test_only_what_is_being_read_has_been_asked_for(folder: Path) -> None:
    given: list[Path] = []

    def paths() -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            given.append(path)
            yield path

    reading = read_all(paths(), broken, jobs=1, seconds=30)
    for count in range(1, 10):
        next(reading)
        assert len(given) == count
    assert next(reading, None) is None


def test_an_abandoned_reading_leaves_no_process(folder: Path) -> None:
    reading = read_all([folder / "a", folder / "hang"], odd, jobs=1, seconds=60)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


PARENT = """
import sys
from pathlib import Path
from jazzassist.training.analysing.pool import read_all
from tests.training.analysing.readers import hang
if __name__ == "__main__":
    list(read_all([Path(sys.argv[1])], hang))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
def test_a_reader_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    script, note = tmp_path / "parent.py", tmp_path / "note"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, script, note], env={**os.environ, "PYTHONPATH": str(ROOT)})
    wait_for(lambda: note.exists() and note.read_text().endswith("\n"))
    reader = Path("/proc") / note.read_text().strip() / "stat"
    assert reader.exists()
    parent.kill()
    parent.wait()
    wait_for(lambda: not reader.exists() or reader.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_processes_that_cannot_start_are_no_reason_to_wait(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READERS_CANNOT_START", "1")
    with pytest.raises(RuntimeError, match="cannot be started"):
        list(read_all([folder / "a"], odd))


def test_reasons_are_one_line() -> None:
    assert in_words(ValueError("a\n b." + "x" * 500)).count("\n") == 0
    assert len(in_words(ValueError("x" * 500))) < 240
    assert in_words(IndexError()) == "cannot be read: IndexError"
