"""Notes in columns, tracks and songs as values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.instruments import INSTRUMENTS, instrument_name
from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import EMPTY, Event, Note, Notes, Song, Track
from jazzassist.domain.texts import decode_text
from tests.midi.strategies import notes, tried

NOTES = notes(st.integers(0, 15))


@tried
@given(NOTES)
def test_notes_come_sorted_whatever_order_they_are_given_in(found: Notes) -> None:
    again = Notes.of(reversed(list(found)))
    assert again == found
    assert list(again.start) == sorted(again.start)


@tried
@given(NOTES, NOTES)
def test_joined_notes_are_both(first: Notes, second: Notes) -> None:
    assert sorted(first.joined(second)) == sorted([*first, *second])


@tried
@given(NOTES, st.integers(0, 5000), st.integers(0, 5000))
def test_notes_starting_in_a_range(found: Notes, start: int, end: int) -> None:
    assert list(found.starting_in(start, end)) == [note for note in found if start <= note.start < end]


def test_notes_cannot_be_changed_in_place() -> None:
    found = Notes.of([(0, 10, 60)])
    for column in (*found.columns, found.end):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


@pytest.mark.parametrize("note", [(-1, 1, 60), (0, -1, 60), (0, 1, 128), (0, 1, -1), (0, 1, 60, 0), (0, 1, 60, 1, 16)])
def test_a_note_that_midi_does_not_know_is_refused(note: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a note's"):
        Notes.of([note])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        Notes.from_columns([0, 1], [1], [60], [80], [0])


def test_where_a_note_was_read_from_is_no_part_of_it() -> None:
    first, second = (Notes.from_columns([0], [1], [60], [80], [0], [origin]) for origin in (3, 4))
    assert first == second
    assert hash(first) == hash(second)
    assert first != Notes.of([(0, 1, 61)])
    assert EMPTY.last_end == 0


def test_a_song_ends_with_its_last_note_event_or_end_of_track() -> None:
    line = Track("Line", Notes.of([(0, 500, 60)]), end=10)
    assert Song(480, (line,)).end == 500
    assert Song(480, (line, Track("Other", events=(Event(600, b"\xff\x06A"),)))).end == 600
    assert Song(480, (line, Track("Other", end=700))).end == 700
    assert Song(480, (line, Track("Other", end=700))).last_note_end == 500
    assert Song(480).end == 0


def test_tempi_meters_and_markers_are_found_on_every_track() -> None:
    first = Track("Line", events=(Event(960, b"\xff\x51\x0f\x42\x40"), Event(960, b"\xff\x06B")))
    second = Track("Other", events=(Event(0, b"\xff\x58\x03\x02\x18\x08"), Event(0, b"\xff\x06A")))
    song = Song(480, (first, second))
    assert song.tempo_map.changes == ((960, 1_000_000.0),)
    assert song.meter_map.changes == ((0, 3, 4),)
    assert song.markers == ((0, "A"), (960, "B"))


@pytest.mark.parametrize("data", [b"\xff\x51\x00", b"\xff\x51\x00\x00\x00", b"\xff\x58\x00\x02", b"\xff\x58\x04"])
def test_meaningless_tempi_and_meters_are_passed_over(data: bytes) -> None:
    song = Song(480, (Track("Line", events=(Event(0, data),)),))
    assert song.tempo_map.changes == ()
    assert song.meter_map.changes == ()


def test_a_smpte_song_has_its_own_clock() -> None:
    song = Song(500, (Track("Line", events=(Event(0, b"\xff\x51\x0f\x42\x40"),)),), ticks_per_second=1000.0)
    assert song.tempo_map.seconds_at(1000) == 1.0


def test_texts_are_read_in_either_encoding() -> None:
    assert decode_text("Blåtoner\0".encode()) == "Blåtoner"
    assert decode_text("Blåtoner".encode("latin-1")) == "Blåtoner"


def test_the_instruments_are_general_midis() -> None:
    assert len(INSTRUMENTS) == len(set(INSTRUMENTS)) == 128
    named = {0: "Acoustic Grand Piano", 32: "Acoustic Bass", 65: "Alto Sax", 127: "Gunshot"}
    assert {program: instrument_name(program) for program in named} == named
    assert instrument_name(0, drums=True) == "Drums"


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (5, 4)])
def test_a_passage_and_a_gap_have_a_length(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="length"):
        Gap((0,), start, end)
    with pytest.raises(ValueError, match="length"):
        Passage((0,), start, end)


def test_lengths_of_passage_and_gap() -> None:
    assert Passage((0, 1), 10, 30).length == Gap((0,), 10, 30).length == 20


def test_notes_by_mask_and_by_index_are_the_same() -> None:
    found = Notes.of([Note(0, 10, 60), Note(5, 10, 61)])
    assert found.select(np.array([False, True])) == found.select(np.array([1]))
