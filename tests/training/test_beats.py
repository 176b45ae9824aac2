"""Annotated beats: times in seconds get the place of the music, whatever grid the file itself has."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from jazzassist.neural.encoding import GRID
from jazzassist.training.beats import FEWEST_BEATS, LEAD_BEATS, BeatGrid, read_beats

BEATS = np.cumsum([0.37, *np.linspace(0.5, 0.7, 15)])  # a ritardando that begins at 0.37 s


def archive(folder: Path, songs: dict[str, dict[str, str]]) -> Path:
    """A tar.xz archive with a folder for each song."""
    path = folder / "annotations.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for song, files in songs.items():
            for name, text in files.items():
                info = tarfile.TarInfo(f"./{song}/{name}")
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))
    return path


def beat_lines(beats: list[float], bar: int) -> str:
    """Lines of beat_midi.txt with a downbeat every `bar` beats."""
    return "".join(f"{time} {float(i % 2 == 0)} {float(i % bar == 0)}\n" for i, time in enumerate(beats))


def test_beats_and_their_thirds_lie_on_the_grid_at_any_tempo() -> None:
    grid = BeatGrid(BEATS, np.arange(16) % 4 == 0)
    thirds = (BEATS[:-1, None] + np.diff(BEATS)[:, None] * np.array([0, 1 / 3, 2 / 3])).ravel()
    expected = LEAD_BEATS * GRID + np.arange(45) * GRID // 3
    assert grid.positions(thirds).tolist() == expected.tolist()


def test_upbeat_and_last_notes_keep_the_tempo_of_the_ends() -> None:
    grid = BeatGrid(BEATS, np.zeros(16, np.bool_))
    before, after = BEATS[0] - (BEATS[1] - BEATS[0]) / 2, BEATS[-1] + (BEATS[-1] - BEATS[-2]) * 6
    assert grid.positions([before, after]).tolist() == [(LEAD_BEATS - 0.5) * GRID, (LEAD_BEATS + 15 + 6) * GRID]


def test_meters_follow_the_downbeats() -> None:
    downbeats = np.zeros(16, np.bool_)
    downbeats[[1, 5, 9, 12, 15]] = True
    grid = BeatGrid(BEATS, downbeats)
    assert grid.meters == [((LEAD_BEATS + 1) * GRID, 4, 4), ((LEAD_BEATS + 9) * GRID, 3, 4)]


def test_archive_gives_beats_and_chords_by_song(tmp_path: Path) -> None:
    chords = "0.37 1.4 N\n1.4 2.6 Bb:min7\n"
    short = beat_lines([0.5 * i for i in range(FEWEST_BEATS - 1)], 4)
    songs = {"001": {"beat_midi.txt": beat_lines(BEATS.tolist(), 4), "chord_midi.txt": chords}}
    found = read_beats(archive(tmp_path, songs | {"002": {"beat_midi.txt": short}}))
    assert set(found) == {"001"}
    assert found["001"].seconds == pytest.approx(BEATS)
    first, second = (int(place) for place in found["001"].positions([0.37, 1.4]))
    assert found["001"].marks == [(first, "N"), (second, "Bb:min7")]
