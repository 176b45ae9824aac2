"""What edits of length, velocity and timing promise, on random songs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.domain import edits, note_edits
from jazzassist.domain.keys import keys_of
from jazzassist.domain.quantise import STRAIGHT, TRIPLET, grid_lines, quantise
from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.midi.files import song_bytes
from tests.domain.test_edits import others, overlapping, rows
from tests.midi.strategies import songs, tried

quickly = settings(tried, max_examples=30)

TICKS = st.integers(-600, 600)
STEP = st.integers(1, 500)
SWING = st.floats(STRAIGHT, 0.9)
Edit = Callable[[Song, list[int]], Song]


@st.composite
def chosen_notes(draw: st.DrawFn) -> tuple[Song, list[int]]:
    """A song and indices of some notes in its first track."""
    song = draw(songs())
    count = len(song.tracks[0].notes)
    return song, sorted(draw(st.sets(st.integers(0, count - 1)))) if count else []


@st.composite
def any_edit(draw: st.DrawFn) -> Edit:
    """One of the edits of chosen notes, with random values."""
    ticks, step, swing = draw(TICKS), draw(STEP), draw(SWING)
    strength, velocity, factor = draw(st.floats(0, 1)), draw(st.integers(1, 127)), draw(st.floats(0, 4))
    kinds: list[Edit] = [
        lambda song, chosen: note_edits.resize(song, 0, chosen, ticks),
        lambda song, chosen: note_edits.resize_start(song, 0, chosen, ticks),
        lambda song, chosen: note_edits.set_velocity(song, 0, chosen, velocity),
        lambda song, chosen: note_edits.scale_velocity(song, 0, chosen, factor),
        lambda song, chosen: note_edits.legato(song, 0, chosen),
        lambda song, chosen: note_edits.split(song, 0, chosen, step * 10),
        lambda song, chosen: note_edits.join(song, 0, chosen),
        lambda song, chosen: quantise(song, 0, chosen, step, strength, swing),
    ]
    return draw(st.sampled_from(kinds))


def by_identity(notes: Notes) -> dict[int, Note]:
    return dict(zip(notes.identity.tolist(), notes, strict=True))


@quickly
@given(chosen_notes(), any_edit())
def test_no_edit_makes_notes_of_one_pitch_overlap(given_: tuple[Song, list[int]], edit: Edit) -> None:
    song, chosen = given_
    assert not overlapping(edit(song, chosen).tracks[0].notes)


@quickly
@given(chosen_notes(), any_edit())
def test_notes_that_are_not_chosen_stay_but_end_where_a_chosen_one_of_their_pitch_now_begins(
    given_: tuple[Song, list[int]], edit: Edit
) -> None:
    song, chosen = given_
    edited = edit(song, chosen)
    assert all(one is two for one, two in zip(others(song, 0), others(edited, 0), strict=True))
    before, after = song.tracks[0].notes, by_identity(edited.tracks[0].notes)
    keys = {(note.pitch, note.channel) for at, note in enumerate(before) if at in chosen}
    for at, (identity, note) in enumerate(by_identity(before).items()):
        if at in chosen:
            continue
        ended = after[identity]
        assert ended._replace(duration=note.duration) == note
        if ended != note:
            assert (note.pitch, note.channel) in keys
            assert ended.duration < note.duration
            starts = [other.start for other in after.values() if other[2::2] == note[2::2]]
            assert ended.start + ended.duration in starts


@quickly
@given(chosen_notes(), any_edit())
def test_an_edit_leaves_the_song_before_it_as_it_was(given_: tuple[Song, list[int]], edit: Edit) -> None:
    song, chosen = given_
    columns = [column.copy() for column in song.tracks[0].notes.columns]
    edited = edit(song, chosen)
    assert all(map(np.array_equal, columns, song.tracks[0].notes.columns))
    assert edit(song, []) is song
    assert edit(song, chosen) == edited


@quickly
@given(chosen_notes(), any_edit())
def test_notes_keep_their_identity(given_: tuple[Song, list[int]], edit: Edit) -> None:
    song, chosen = given_
    before, after = song.tracks[0].notes, edit(song, chosen).tracks[0].notes
    assert len(set(after.identity.tolist())) == len(after)
    known = np.isin(after.identity, before.identity)
    assert len(after) <= len(before) or np.count_nonzero(known) == len(before)  # only a split makes new notes
    keys = dict(zip(before.identity.tolist(), keys_of(before).tolist(), strict=True))
    for identity, key in zip(after.identity[known].tolist(), keys_of(after)[known].tolist(), strict=True):
        assert keys[identity] == key


def line(*notes: tuple[int, ...], events: tuple[Event, ...] = ()) -> Song:
    return Song(480, (Track("Line", Notes.of(notes), events, end=960),))


@quickly
@given(chosen_notes(), TICKS)
def test_resized_notes_last_longer_until_the_next_of_their_pitch(given_: tuple[Song, list[int]], ticks: int) -> None:
    song, chosen = given_
    before = song.tracks[0].notes
    after = by_identity(note_edits.resize(song, 0, chosen, ticks).tracks[0].notes)
    for at, (identity, note) in enumerate(by_identity(before).items()):
        wanted = max(note.duration + ticks, min(note.duration, 1)) if at in chosen else note.duration
        room = [other.start - note.start for other in before if other.start > note.start and other[2::2] == note[2::2]]
        assert after[identity] == note._replace(duration=min([wanted, *room]))


@quickly
@given(chosen_notes(), TICKS)
def test_a_start_moves_and_the_end_stays(given_: tuple[Song, list[int]], ticks: int) -> None:
    song, chosen = given_
    before = song.tracks[0].notes
    after = by_identity(note_edits.resize_start(song, 0, chosen, ticks).tracks[0].notes)
    assert len(after) == len(before)
    for at in chosen:
        note, now = list(before)[at], after[int(before.identity[at])]
        assert now.duration >= min(note.duration, 1)
        assert now.start <= max(note.start, note.start + ticks)
        assert (now.start - note.start) * ticks >= 0
        later = {n.start for n in after.values() if n[2::2] == note[2::2]}
        assert now.start + now.duration == note.start + note.duration or now.start + now.duration in later


@quickly
@given(chosen_notes(), st.integers(1, 127), st.floats(0, 4))
def test_velocities_are_set_and_scaled(given_: tuple[Song, list[int]], velocity: int, factor: float) -> None:
    song, chosen = given_
    before = song.tracks[0].notes
    rest = np.ones(len(before), np.bool_)
    rest[chosen] = False
    for edited in (
        note_edits.set_velocity(song, 0, chosen, velocity),
        note_edits.scale_velocity(song, 0, chosen, factor),
    ):
        after = edited.tracks[0].notes
        assert np.array_equal(after.velocity[rest], before.velocity[rest])
        assert np.array_equal(after.start, before.start)
        assert np.array_equal(after.origin, before.origin)
    assert (note_edits.set_velocity(song, 0, chosen, velocity).tracks[0].notes.velocity[chosen] == velocity).all()
    wanted = [min(127, max(1, round(int(v) * factor))) for v in before.velocity[chosen]]
    assert note_edits.scale_velocity(song, 0, chosen, factor).tracks[0].notes.velocity[chosen].tolist() == wanted
    assert note_edits.scale_velocity(song, 0, chosen, 1.0) is song


def test_legato_fills_the_time_to_the_next_chosen_chord() -> None:
    song = line((0, 10, 60), (0, 20, 64), (100, 300, 62), (120, 5, 50), (200, 30, 60))
    edited = note_edits.legato(song, 0, [0, 1, 2, 4])
    assert [note[:3] for note in edited.tracks[0].notes] == [
        (0, 100, 60),
        (0, 100, 64),
        (100, 100, 62),
        (120, 5, 50),
        (200, 30, 60),
    ]


@quickly
@given(chosen_notes())
def test_legato_leaves_neither_gaps_nor_overlaps_in_a_melody(given_: tuple[Song, list[int]]) -> None:
    song, chosen = given_
    edited = note_edits.legato(song, 0, chosen)
    picked = edited.tracks[0].notes.select(
        edited.tracks[0].notes.places_of(song.tracks[0].notes.select(np.array(chosen, np.intp)))
    )
    own = {n.start: None for n in picked}
    for start, following in pairwise(own):
        for note in picked:
            if note.start == start:
                met = [n.start for n in edited.tracks[0].notes if n.start > start and n[2::2] == note[2::2]]
                assert note.start + note.duration == min([following, *met])
    assert note_edits.legato(edited, 0, edited.tracks[0].notes.places_of(picked)) == edited


@quickly
@given(chosen_notes(), st.integers(0, 6000))
def test_what_is_split_can_be_joined_again(given_: tuple[Song, list[int]], at: int) -> None:
    song, chosen = given_
    edited = note_edits.split(song, 0, chosen, at)
    notes = edited.tracks[0].notes
    through = [
        note for index, note in enumerate(song.tracks[0].notes) if index in chosen and note[0] < at < sum(note[:2])
    ]
    assert len(notes) == len(song.tracks[0].notes) + len(through)
    parts = [(n.start, n.duration) for n in through]
    assert {(start, at - start) for start, _ in parts} <= {note[:2] for note in notes}
    assert {(at, start + duration - at) for start, duration in parts} <= {note[:2] for note in notes}
    for index, note in enumerate(song.tracks[0].notes):
        if note in through:
            first = int(np.flatnonzero(notes.identity == song.tracks[0].notes.identity[index])[0])
            second = next(n for n, other in enumerate(notes) if other.start == at and other[2::2] == note[2::2])
            edited = note_edits.join(edited, 0, [first, second])
            notes = edited.tracks[0].notes
    assert notes == song.tracks[0].notes
    assert notes.same_as(song.tracks[0].notes)


def test_joining_does_not_run_over_a_note_that_is_not_chosen() -> None:
    song = line((0, 10, 60, 80), (20, 10, 60, 70), (40, 10, 60), (60, 10, 60, 90), (80, 30, 60), (0, 10, 61))
    edited = note_edits.join(song, 0, [0, 1, 2, 4, 5])
    assert rows(edited.tracks[0]) == sorted(Notes.of([(0, 30, 60, 80), (0, 10, 61), (40, 10, 60), (60, 50, 60, 90)]))


@quickly
@given(chosen_notes(), STEP, SWING)
def test_quantising_with_no_strength_changes_nothing(given_: tuple[Song, list[int]], step: int, swing: float) -> None:
    song, chosen = given_
    assert quantise(song, 0, chosen, step, 0.0, swing) is song


@quickly
@given(chosen_notes(), STEP, SWING)
def test_quantising_puts_starts_on_the_grid(given_: tuple[Song, list[int]], step: int, swing: float) -> None:
    song, _ = given_
    everything = list(range(len(song.tracks[0].notes)))
    edited = quantise(song, 0, everything, step, 1.0, swing)
    before, after = song.tracks[0].notes, edited.tracks[0].notes
    assert np.array_equal(grid_lines(song.meter_map, after.start, step, swing), after.start)
    lines = dict(zip(before.identity.tolist(), grid_lines(song.meter_map, before.start, step, swing), strict=True))
    assert [lines[identity] for identity in after.identity.tolist()] == after.start.tolist()
    assert quantise(edited, 0, list(range(len(after))), step, 1.0, swing) is edited


@quickly
@given(chosen_notes(), STEP, st.floats(0, 1))
def test_quantising_never_moves_a_start_away_from_the_grid(
    given_: tuple[Song, list[int]], step: int, strength: float
) -> None:
    song, chosen = given_
    before = song.tracks[0].notes
    after = by_identity(quantise(song, 0, chosen, step, strength).tracks[0].notes)
    lines = grid_lines(song.meter_map, before.start, step)
    for identity, start, near in zip(before.identity.tolist(), before.start.tolist(), lines.tolist(), strict=True):
        if identity in after:
            assert min(start, near) <= after[identity].start <= max(start, near)


def test_swing_moves_every_second_line_of_a_bar() -> None:
    song = line((0, 10, 60), (230, 10, 62), (490, 10, 64), (700, 10, 65), (1910, 10, 67))
    edited = quantise(song, 0, [0, 1, 2, 3, 4], 240, 1.0, TRIPLET)
    assert edited.tracks[0].notes.start.tolist() == [0, 320, 480, 800, 1920]
    half = quantise(song, 0, [0, 1, 2, 3, 4], 240, 0.5)
    assert half.tracks[0].notes.start.tolist() == [0, 235, 485, 710, 1915]


def test_the_grid_begins_anew_at_each_bar_line() -> None:
    meter = Event(0, b"\xff\x58\x07\x03\x18\x08")  # 7/8: bars of 1680 ticks
    song = line((1700, 10, 60), (2100, 10, 62), (3350, 10, 64), events=(meter,))
    assert quantise(song, 0, [0, 1, 2], 480).tracks[0].notes.start.tolist() == [1680, 2160, 3360]


def test_a_note_stays_where_another_of_its_pitch_already_begins_on_the_line() -> None:
    song = line((480, 20, 60, 90), (500, 20, 60), (500, 20, 62))
    edited = quantise(song, 0, [1, 2], 480)
    assert [note[:4] for note in edited.tracks[0].notes] == [(480, 20, 60, 90), (480, 20, 62, 80), (500, 20, 60, 80)]


def test_key_pressure_goes_along_with_a_quantised_note() -> None:
    pressure = Event(520, b"\xa0\x3c\x30")
    song = line((500, 100, 60), (900, 20, 62), events=(pressure,))
    assert quantise(song, 0, [0], 480).tracks[0].events == (Event(500, b"\xa0\x3c\x30"),)


def test_undo_is_the_song_before() -> None:
    song = line((0, 100, 60), (490, 100, 62))
    edited = quantise(song, 0, [1], 480)
    assert edited != song
    assert edits.move(edited, 0, [1], 10) == song
    assert song_bytes(edits.move(edited, 0, [1], 10)) == song_bytes(song)


@pytest.mark.parametrize(
    "edit",
    [
        lambda song: note_edits.set_velocity(song, 0, [0], 0),
        lambda song: note_edits.set_velocity(song, 0, [0], 128),
        lambda song: note_edits.scale_velocity(song, 0, [0], -1),
        lambda song: note_edits.scale_velocity(song, 0, [0], float("nan")),
        lambda song: quantise(song, 0, [0], 0),
        lambda song: quantise(song, 0, [0], 480, 1.5),
        lambda song: quantise(song, 0, [0], 480, 1.0, 0.4),
        lambda song: quantise(song, 0, [0], 480, 1.0, 1.0),
    ],
)
def test_values_out_of_range_are_refused(edit: Callable[[Song], Song]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        edit(line((0, 100, 60)))


@pytest.mark.parametrize(("track", "indices"), [(1, [0]), (-1, [0]), (0, [1]), (0, [-1])])
def test_notes_that_are_not_there_are_refused(track: int, indices: list[int]) -> None:
    song = line((0, 100, 60))
    tried_edits: list[Callable[[], Song]] = [
        lambda: note_edits.resize(song, track, indices, 1),
        lambda: note_edits.join(song, track, indices),
        lambda: note_edits.set_velocity(song, track, indices, 3),
        lambda: quantise(song, track, indices, 3),
    ]
    for edit in tried_edits:
        with pytest.raises(IndexError):
            edit()
