"""The essential part of a sheet, the reconstruction of the rest, and well-formedness."""

from __future__ import annotations

import numpy as np
import pytest

from jazzassist.literature.notation import (
    Sound,
    essential,
    pitch_of,
    pitch_text,
    read_essential,
    read_sheet,
    readable,
    sheet,
    sounds_of,
)
from jazzassist.neural.encoding import GridLine

SOUNDS = [Sound((60,), 6), Sound((63,), 36), Sound((), 12), Sound((48, 64, 79), 10), Sound((72,), 60)]


def test_pitches_are_spelled_and_read_back() -> None:
    assert [pitch_text(pitch) for pitch in (48, 60, 61, 72, 85)] == ["C,", "C", "^C", "c", "^c'"]
    assert [pitch_of(pitch_text(pitch)) for pitch in range(128)] == list(range(128))


def test_the_essential_is_pitches_and_lengths() -> None:
    assert essential(SOUNDS) == "C6^D36z12[C,Eg]10c60"
    assert read_essential(essential(SOUNDS)) == SOUNDS


@pytest.mark.parametrize("text", ["C", "C6x", "[CE", "[]4", "C0", "C6-", "z", ""])
def test_what_is_no_token_is_not_well_formed(text: str) -> None:
    assert read_essential(text) is None


def test_nonsense_between_tokens_is_left_out() -> None:
    assert readable("x[C6]D12^^e6") == [Sound((60,), 6), Sound((62,), 12), Sound((77,), 6)]


def test_a_sheet_has_full_bars_and_ties_and_is_read_back() -> None:
    text = sheet(SOUNDS, (4, 4))
    assert text.startswith("X:1\nT:solo\nM:4/4\nL:1/48\nK:C\nC6 ^D36 z6 | ")
    bars = read_sheet(text)
    assert bars is not None
    assert [found for found in bars if found.pitches] == [sound for sound in SOUNDS if sound.pitches]
    assert sum(sound.length for sound in bars) % 48 == 0


@pytest.mark.parametrize(
    ("old", "new"), [("K:C\n", ""), ("C6", "C7"), (" | ", " "), ("^D36", "^D36x"), ("|\n", "\n"), ("M:4/4", "M:4/5")]
)
def test_a_sheet_with_a_fault_is_not_well_formed(old: str, new: str) -> None:
    text = sheet(SOUNDS, (4, 4))
    assert old in text and read_sheet(text.replace(old, new)) is None


def test_music21_reads_a_sheet() -> None:
    converter = pytest.importorskip("music21.converter")
    score = converter.parse(sheet(SOUNDS, (3, 4)), format="abc").flatten()
    played = [sorted(pitch.midi for pitch in note.pitches) for note in score.notes if not _goes_on(note)]
    assert played == [[60], [63], [48, 64, 79], [72]]
    assert float(sum(note.quarterLength for note in score.notesAndRests)) == 12.0


def _goes_on(note: object) -> bool:
    tie = getattr(note, "tie", None)
    return tie is not None and tie.type in ("stop", "continue")


def test_a_line_is_one_voice_whose_short_breaths_are_no_rests() -> None:
    onset, length, pitch = np.array([0, 12, 12, 48]), np.array([11, 30, 12, 24]), np.array([60, 62, 65, 67])
    found = sounds_of(GridLine(onset, length, pitch, np.full(4, 80), 0))
    assert found == [Sound((60,), 6), Sound((62, 65), 15), Sound((), 3), Sound((67,), 12)]
