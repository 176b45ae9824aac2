"""`jazzassist check`: the table of outcomes for the files of a folder."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from jazzassist.terminal import checking
from jazzassist.terminal.checking import Outcome, Result, check_file
from tests.cli.conftest import Run
from tests.midi.odd_files import ODD, PLAIN


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An undamaged file, a damaged one in a subfolder, and a web page."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "plain.mid").write_bytes(PLAIN)
    (tmp_path / "inner" / "cut.mid").write_bytes(ODD["truncated_mid_track"].data)
    (tmp_path / "page.mid").write_bytes(b"<html>gone</html>")
    return tmp_path


def test_table_of_a_folder(run: Run, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.mid")}
    ended = run("check", folder)
    assert ended.status == 0
    lines = ended.out.splitlines()
    assert lines[0].startswith("| folder | files | identical | damaged | repaired | refused |")
    assert lines[2] == f"| {folder} | 3 | 2 | 1 | 1 | 1 | 0 | 0 | 0 | 0 |"
    assert {path: path.read_bytes() for path in folder.rglob("*.mid")} == before


def test_folders_as_one_object(run: Run, folder: Path) -> None:
    found = run("check", folder, folder / "plain.mid", "--json").json
    assert found["folders"][str(folder)]["repaired"] == 1
    assert found["folders"]["all"]["files"] == 4
    why = next(file["why"] for file in found["files"] if file["file"].endswith("page.mid"))
    assert why == f"{folder / 'page.mid'} is a web page, not a MIDI file."


def test_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    ended = run("check", tmp_path / "none")
    assert (ended.status, ended.sentence) == (2, f"{tmp_path / 'none'} does not exist.")


@pytest.mark.parametrize("name", ODD)
def test_every_odd_file_is_identical_and_repaired_where_damaged(name: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.mid"
    path.write_bytes(ODD[name].data)
    damaged = (Outcome.DAMAGED, Outcome.REPAIRED) if ODD[name].damaged else ()
    assert check_file(path, tmp_path) == Result((Outcome.IDENTICAL, *damaged))


def test_file_that_takes_too_long_does_not_stop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "plain.mid"
    path.write_bytes(PLAIN)
    checker = checking._Checker()
    try:
        assert checker.result(path, 0.0).outcomes == ("too slow",)
        assert checker.result(path, 60.0).outcomes == ("identical",)
    finally:
        checker.end()
    assert not [child for child in multiprocessing.active_children() if child.name.startswith("Spawn")]


def test_file_that_ends_the_process_does_not_stop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "plain.mid"
    path.write_bytes(PLAIN)
    checker = checking._Checker()
    try:
        assert checker.result(path, 60.0).outcomes == ("identical",)
        process = checker._process
        assert process is not None
        process.kill()
        process.join()
        assert checker.result(path, 60.0).outcomes == ("crashed",)
        assert checker.result(path, 60.0).outcomes == ("identical",)
    finally:
        checker.end()
