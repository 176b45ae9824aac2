"""`beats`: the grid of a file, as text and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from jazzassist.domain.song import Song, Track
from jazzassist.midi.files import write_song
from tests.beats.songs import played, trio, wandering
from tests.cli.conftest import Run


def test_an_own_grid_with_its_swing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    write_song(trio(swing=0.62), path)
    found = run("beats", path, "--json").json
    assert found["own_grid"] and found["bpm"] == 120 and found["swing"] == pytest.approx(0.62, abs=0.01)
    assert found["beats"][5] == {**found["beats"][5], "bar": 2, "beat": 2, "tick": 5 * 480, "seconds": 2.5}
    out = run("beats", path).out
    assert "own grid fits" in out and "Swing 62 %." in out and "Bars have 4 beats." in out
    assert "Bass: on the beat" in out


def test_a_file_without_a_click(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "free.mid"
    write_song(played(trio(), wandering, jitter=5), path)
    found = run("beats", path, "--json").json
    assert not found["own_grid"]
    assert found["beats"][0]["tick"] == pytest.approx(777, abs=30)
    assert {"bar", "beat", "tick", "seconds", "confidence"} == set(found["beats"][0])
    assert "do not follow the file's own grid" in run("beats", path).out


def test_a_file_without_notes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.mid"
    write_song(Song(480, (Track("Nothing"),)), path)
    assert "too few notes" in run("beats", path).out
    assert run("beats", path, "--json").json["beats"] is not None


def test_a_file_that_is_none(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "none.mid"
    path.write_bytes(b"nothing")
    assert str(path) in run("beats", path).err
