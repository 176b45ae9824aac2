"""Where a folder lies outside the training music."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.neural.encoding import DRUMS, GridLine, instrument_class
from jazzassist.neural.familiarity import role_of_line
from jazzassist.training.commands import main
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.strangeness import (
    ALL,
    PLACES,
    TEMPO,
    known_ranges,
    measured,
    measures_of,
    strangeness,
)
from jazzassist.training.evaluation.tasks import role_of
from tests.neural.requests import band
from tests.training.evaluation.songs import PPQ
from tests.training.tiny_corpus import RECIPE

RANGES = {
    "melody": {"timing": (1.0, 8.0), "density": (0.5, 4.0), "register": (50.0, 80.0)},
    "all": {"tempo": (60.0, 240.0)},
}


def song(step: float = 0.5, pitch: int = 60, tempo: float = 120, seed: int | None = None) -> Song:
    """A melody with a note every `step` quarters, somewhere near it where there is a seed."""
    count = 96
    near = np.random.default_rng(seed).integers(0, round(step * PPQ), count) if seed is not None else np.zeros(count)
    start = np.round(np.arange(count) * step * PPQ + near).astype(np.int64)
    kinds = (np.full(count, 60), pitch + np.arange(count) % 5, np.full(count, 80), np.zeros(count))
    notes = Notes.from_columns(start, *(kind.astype(np.int64) for kind in kinds))
    speed = Event(0, bytes([0xFF, 0x51, *round(6e7 / tempo).to_bytes(3, "big")]))
    return Song(PPQ, (Track("tune", notes, events=(speed,), program=66, end=notes.last_end),))


def test_usual_music_is_said_to_be_usual() -> None:
    (said,) = strangeness([song()], RANGES)
    assert "like those of the training music" in said


@pytest.mark.parametrize(
    ("strange", "words"),
    [
        (song(tempo=300), "1 of 1 songs are faster"),
        (song(tempo=40), "1 of 1 songs are slower"),
        (song(step=0.1), "1 of 1 lines of melody are denser"),
        (song(step=4), "1 of 1 lines of melody are sparser"),
        (song(pitch=100), "1 of 1 lines of melody are higher"),
        (song(step=1, seed=1), "1 of 1 lines of melody are looser in time"),
    ],
)
def test_each_measure_is_said_in_words(strange: Song, words: str) -> None:
    said = strangeness([strange], RANGES)
    assert any(words in sentence and "the training has" in sentence for sentence in said), said


def test_few_strange_lines_go_without_saying() -> None:
    assert "like those" in strangeness([song()] * 9 + [song(tempo=300)], RANGES)[0]


def test_a_constant_offset_is_no_loose_timing() -> None:
    exact = GridLine.of(song().tracks[0].notes, PPQ, 8)
    late = GridLine(exact.onset + 2, exact.length, exact.pitch, exact.velocity, 8)
    assert measures_of(exact)[PLACES] == measures_of(late)[PLACES] == pytest.approx(2)


def test_roles_of_lines_are_those_of_tracks() -> None:
    for track in band(PPQ, 24).tracks:
        line = GridLine.of(track.notes, PPQ, instrument_class(track.program, track.is_drums))
        if len(line):
            assert role_of_line(line) == role_of(track, PPQ)
    assert DRUMS == 13


def test_ranges_are_measured_on_a_corpus(files: Path, corpus: Path, tmp_path: Path) -> None:
    found = measured(Dataset(corpus, RECIPE), RECIPE, files)
    assert found[ALL][TEMPO][0] > 0
    for measures in found.values():
        assert all(low <= high for low, high in measures.values())
    low, high = found["melody"][PLACES]
    assert low <= measures_of(GridLine.of(band(bars=16).tracks[0].notes, PPQ, 8))[PLACES] <= high


def test_shipped_ranges_are_those_of_the_recipe_or_of_the_newest() -> None:
    name, ranges = known_ranges("a recipe without any")
    assert name.startswith("jazz-") and {"melody", "bass", "comping", "drums", ALL} <= set(ranges)
    assert known_ranges("jazz-7")[0] == "jazz-7"


def test_the_command_needs_a_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "corpus",
        "ranges",
        "jazz-7",
        "--runs",
        str(tmp_path),
        "--data",
        str(tmp_path),
        "--to",
        str(tmp_path / "x"),
    ]
    assert main(words) == 3
    assert "holds no corpus" in capsys.readouterr().err
