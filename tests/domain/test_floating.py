"""Notes that are being moved: notes that they cover on the way, and copies of them."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from jazzassist.domain import edits
from jazzassist.domain.clip import Clip
from jazzassist.domain.floating import Floating
from jazzassist.domain.song import Event, Notes, Song, Track
from tests.midi.strategies import notes, songs, tried

STEPS = st.lists(st.tuples(st.integers(-400, 400), st.integers(-5, 5)), min_size=1, max_size=8)


@tried
@given(songs(), STEPS, st.data())
def test_many_moves_are_one_move(song: Song, steps: list[tuple[int, int]], data: st.DataObject) -> None:
    count = len(song.tracks[0].notes)
    assume(count)
    chosen = sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=1)))
    floating = lifted = Floating.lifted(song, 0, chosen)
    for ticks, semitones in steps:
        floating = floating.moved(ticks, semitones)
    assert floating.song.tracks == edits.move(song, 0, chosen, floating.ticks, floating.semitones).tracks
    assert (
        floating.song.tracks[0]
        .notes.select(floating.song.tracks[0].notes.places_of(lifted.clip.notes))
        .same_as(song.tracks[0].notes.select(np.array(chosen)))
    )
    assert floating.moved(-floating.ticks, -floating.semitones).song is song


@tried
@given(songs(), notes(st.just(0)), st.integers(0, 5000))
def test_what_was_pasted_can_be_taken_up_again_without_a_trace(song: Song, found: Notes, start: int) -> None:
    pasted = Floating(song, 0, Clip(song.ppq, found).copy_at(start, song.ppq, 0))
    assert pasted.holds(pasted.song, 0, pasted.clip.notes)
    assert pasted.moved(30, 1).ground is song


@tried
@given(notes(st.just(3)), st.integers(1, 2000), st.integers(1, 2000), st.integers(0, 9000))
def test_a_copy_is_as_long_in_quarters(found: Notes, ppq: int, other: int, start: int) -> None:
    assume(len(found))
    copy = Clip(ppq, found).copy_at(start, other, 7).notes
    assert not set(copy.identity.tolist()) & set(found.identity.tolist())
    assert copy.start[0] == start
    assert abs((copy.last_end - start) / other - (found.last_end - found.start[0]) / ppq) <= 1.5 / other


@tried
@given(notes(st.integers(0, 15)), st.integers(1, 2000))
def test_notes_of_a_copy_do_not_overlap_even_where_channels_meet_in_one(found: Notes, other: int) -> None:
    copy = Clip(480, found).copy_at(100, other, 7).notes
    keys = list(zip(copy.pitch.tolist(), copy.start.tolist(), strict=True))
    assert len(keys) == len(set(keys)), "one note of a pitch at a time, now that all are on one channel"
    for pitch in set(copy.pitch.tolist()):
        row = copy.select(copy.pitch == pitch)
        assert (row.end[:-1] <= row.start[1:]).all()


def test_a_copy_takes_release_velocity_and_pressure_along() -> None:
    found = Notes.from_columns([480], [480], [60], [80], [2], None, [23])
    track = Track("Line", found, (Event(500, b"\xa2\x3c\x40"), Event(500, b"\xa1\x3c\x40")))
    copy = Clip.of(Song(480, (track,)), 0, np.array([0])).copy_at(0, 240, 5)
    assert copy.notes.release.tolist() == [23]
    assert copy.pressure == (Event(10, b"\xa5\x3c\x40"),)
