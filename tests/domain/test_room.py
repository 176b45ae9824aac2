"""Pitches allowed for new notes: instrument ranges, and keys already sounding on the channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.instruments import INSTRUMENTS, sounding_range
from jazzassist.domain.room import beside, in_range, pitch_range, taken_keys
from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.suggestion import Landing, Line, Part, SuggestionRequest

PPQ, START, END = 480, 4 * 480, 8 * 480


def request(*lines: Line, target: int = 0) -> SuggestionRequest:
    return SuggestionRequest("bridge", PPQ, START, END, 0, (target,), lines)


def scale(*pitches: int, channel: int = 0, at: int = 0, length: int = 240) -> Notes:
    return Notes.of([(at + 240 * index, length, pitch, 80, channel) for index, pitch in enumerate(pitches)])


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("Tenor Sax", 44, 76),
        ("Violin", 55, 103),
        ("Nylon-string Guitar", 40, 84),
        ("Acoustic Bass", 28, 67),
        ("Trumpet", 54, 86),
        ("Flute", 60, 98),
        ("Acoustic Grand Piano", 21, 108),
        ("Warm Pad", 0, 127),
    ],
)
def test_ranges_sound_as_they_are_named(name: str, low: int, high: int) -> None:
    assert sounding_range(INSTRUMENTS.index(name)) == (low, high)


def test_every_program_has_a_range_of_an_octave_at_least() -> None:
    assert all(low >= 0 and low + 12 <= high <= 127 for low, high in map(sounding_range, range(128)))


def test_range_is_the_instruments_or_the_seeds_where_that_goes_further() -> None:
    sax = Line("", 66, 0, scale(42, 50, 60))
    assert pitch_range(request(sax)) == (42, 76)
    assert pitch_range(request(replace(sax, notes=scale(50, 80)))) == (44, 80)
    assert pitch_range(request(replace(sax, notes=scale(50), channel=9))) == (0, 127)


@given(st.lists(st.integers(0, 127), max_size=20), st.sampled_from([0, 12, 40, 57, 66]))
def test_what_is_out_of_range_is_moved_by_octaves(pitches: list[int], program: int) -> None:
    asked = request(Line("", program, 0, scale(60)))
    low, high = pitch_range(asked)
    found = in_range(scale(*pitches, at=START), asked)
    assert ((found.pitch >= low) & (found.pitch <= high)).all()
    assert sorted((n.start, n.pitch % 12) for n in found) == [(START + 240 * i, p % 12) for i, p in enumerate(pitches)]


def test_keys_taken_are_those_of_every_line_on_the_channel_and_no_other() -> None:
    own, same = Line("", 0, 0, scale(60, at=START - 100)), Line("", 0, 0, scale(64, at=START + 100))
    other = Line("", 0, 1, scale(67, channel=1, at=START))
    gone = Line("", 0, 0, scale(70, at=END).joined(scale(71, at=0)))
    written = [Part(line, notes, {}, Landing(True, 0)) for line, notes in ((1, scale(72, at=START)), (2, other.notes))]
    found = taken_keys(request(own, same, other, gone), written)
    assert sorted(found.pitch.tolist()) == [60, 64, 72]


def test_note_on_a_key_that_is_down_is_left_out_and_another_ends_before_its_key_is_struck() -> None:
    taken = Notes.of([(480, 480, 60), (1920, 10, 62)])
    notes = Notes.of([(475, 50, 60), (700, 50, 60), (960, 50, 60), (0, 480, 60), (700, 50, 61), (1700, 400, 62)])
    found = beside(notes, taken, PPQ)
    assert found == Notes.of([(0, 480, 60), (700, 50, 61), (960, 50, 60), (1700, 220, 62)])
    assert beside(notes, EMPTY, PPQ) is notes


@given(st.data())
def test_nothing_is_left_that_sounds_together_with_what_is_taken(data: st.DataObject) -> None:
    rows = st.tuples(st.integers(0, 2000), st.integers(1, 900), st.integers(60, 63), st.just(80), st.just(0))
    notes, taken = (Notes.of(data.draw(st.lists(rows, max_size=8))) for _ in range(2))
    for note in beside(notes, taken, PPQ):
        for other in taken.select(taken.pitch == note.pitch):
            assert note.start + note.duration <= other.start or other.start + other.duration <= note.start
