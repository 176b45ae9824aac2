"""The lines of one file: hands merged, tracks chosen by name, music aligned to annotated beats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Notes, Song, Track
from jazzassist.midi.files import write_song
from jazzassist.neural.encoding import GRID
from jazzassist.training.arrays import SongLines
from jazzassist.training.beats import LEAD_BEATS
from jazzassist.training.config import CorpusSet
from jazzassist.training.corpus import build
from jazzassist.training.file_lines import read_lines
from tests.training.test_beats import archive, beat_lines
from tests.training.tiny_corpus import RECIPE

PART = CorpusSet("pieces", ".", "own", share=1.0)


def track(name: str, low: int, program: int = 0, every: int = 480, first: int = 0) -> Track:
    """32 notes, one every `every` ticks."""
    notes = [(first + i * every, every // 2, low + i % 7, 70 + i % 5) for i in range(32)]
    return Track(name, Notes.of(notes), program=program)


def read(folder: Path, part: CorpusSet, *tracks: Track, name: str = "001.mid") -> SongLines:
    write_song(Song(480, tracks), folder / name)
    found = read_lines((part, folder / name, folder))
    assert isinstance(found, SongLines)
    return found


def test_two_keyboard_tracks_in_a_row_are_one_line(tmp_path: Path) -> None:
    tracks = (track("voice", 60, program=73), track("right", 64), track("left", 36, every=960))
    found = read(tmp_path, replace(PART, hands_share=0.5), *tracks)
    assert [(role, len(line)) for role, line, _ in found.lines] == [("pieces", 32), ("pieces hands", 64)]
    hands = found.lines[1][1]
    assert hands.pitch.min() == 36 and hands.pitch.max() == 70
    assert (np.diff(hands.onset * 128 + hands.pitch) > 0).all()


@pytest.mark.parametrize("hands", [None, 0.5])
def test_other_instruments_and_other_sets_keep_their_tracks(tmp_path: Path, hands: float | None) -> None:
    strings = (track("violin", 64, program=40), track("viola", 50, program=41))
    assert len(read(tmp_path, replace(PART, hands_share=hands), *strings).lines) == 2
    assert len(read(tmp_path, PART, track("right", 64), track("left", 36)).lines) == 2


def test_only_named_tracks_are_learned_from_but_all_are_heard(tmp_path: Path) -> None:
    part = replace(PART, share=0.0, track_shares={"PIANO": 0.3})
    found = read(tmp_path, part, track("MELODY", 72), track("PIANO", 48))
    ((role, line, heard),) = found.lines
    assert role == "pieces PIANO" and line.pitch.max() < 60
    assert heard[:, 0].any()  # C, which the melody alone has on its first beat


def test_music_off_its_own_grid_is_aligned_to_the_annotated_beats(tmp_path: Path) -> None:
    """A file at 120 bpm whose music runs at 100 bpm and begins 0.21 s after the first bar line."""
    beats = [0.21 + 0.6 * i for i in range(40)]
    archive(tmp_path, {"001": {"beat_midi.txt": beat_lines(beats, 3), "chord_midi.txt": "0.21 30 F\n"}})
    late = track("PIANO", 48, every=576, first=round(0.21 * 960))
    found = read(tmp_path, replace(PART, beats="annotations.tar.xz"), late)
    line = found.lines[0][1]
    assert (line.onset == (LEAD_BEATS + np.arange(32)) * GRID).all()
    assert found.meters == [(LEAD_BEATS * GRID, 3, 4)]
    assert found.chords[LEAD_BEATS + 1, 12 + 5] == 1


def test_song_without_annotated_beats_is_left_out(tmp_path: Path) -> None:
    archive(tmp_path, {"001": {"beat_midi.txt": beat_lines([float(i) for i in range(20)], 4)}})
    write_song(Song(480, (track("PIANO", 48),)), tmp_path / "777.mid")
    part = replace(PART, beats="annotations.tar.xz")
    assert read_lines((part, tmp_path / "777.mid", tmp_path)) == "has no annotated beats"


def test_files_that_share_a_line_with_one_kept_for_testing_are_left_out(tmp_path: Path) -> None:
    """Whatever they are called, in whatever key, with hands merged or apart."""
    kept, other = (track("right", 64), track("left", 36)), (track("right", 60, every=240), track("left", 30, every=720))
    transposed = tuple(replace(t, notes=t.notes.changed(pitch=t.notes.pitch + 3)) for t in kept)
    for folder in ("kept", "pieces"):
        (tmp_path / folder).mkdir()
    write_song(Song(480, kept), tmp_path / "kept" / "tune.mid")
    write_song(Song(480, transposed), tmp_path / "pieces" / "another_name.mid")
    write_song(Song(480, other), tmp_path / "pieces" / "other.mid")
    for hands in (None, 0.5):
        part = replace(PART, folder="pieces", hands_share=hands)
        recipe = replace(RECIPE, sets=(part,), without=("kept",))
        report = build(recipe, tmp_path, tmp_path / f"out{hands}")
        assert report["left out"] == {"another_name.mid": "is kept for testing"}
