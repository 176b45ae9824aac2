"""Properties of edits, on random songs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jazzassist.domain import edits
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, NEW, Event, Note, Notes, Song, Track
from jazzassist.midi.files import song_bytes
from tests.midi.strategies import notes, songs, tried

TICK = st.integers(0, 6000)
LENGTH = st.integers(1, 3000)
NOTES = notes(st.just(0))
MARKER, TEMPO, METER = b"\xff\x06Chorus", b"\xff\x51\x06\x1a\x80", b"\xff\x58\x03\x02\x18\x08"


def rows(track: Track) -> list[Note]:
    return sorted(track.notes)


def others(song: Song, track: int) -> list[Track]:
    return [*song.tracks[:track], *song.tracks[track + 1 :]]


def by_rule(kept: Iterable[Note], placed: Iterable[Note]) -> list[Note]:
    """All notes, cut where the next of their key begins. Of two with the same start, the placed one is kept."""
    placed = list(placed)
    begun = {(note.start, note.pitch, note.channel) for note in placed}
    together = [note for note in kept if (note.start, note.pitch, note.channel) not in begun]

    def ended(note: Note, others: list[Note]) -> Note:
        later = [n.start for n in others if n.start > note.start and n[2::2] == note[2::2]]
        return note._replace(duration=min([note.duration, *(start - note.start for start in later)]))

    return sorted([*(ended(note, placed) for note in together), *(ended(note, together) for note in placed)])


def overlapping(found: Iterable[Note]) -> list[tuple[Note, Note]]:
    """Pairs of notes of one key that overlap or have the same start."""
    row = sorted(found, key=lambda note: (note.channel, note.pitch, note.start))
    return [
        (one, two)
        for one, two in pairwise(row)
        if one[2::2] == two[2::2] and (two.start < one.start + one.duration or two.start == one.start)
    ]


@tried
@given(songs(), NOTES)
def test_inserting_adds_exactly_these_notes_and_leaves_the_other_tracks_alone(song: Song, added: Notes) -> None:
    edited = edits.insert(song, 0, added)
    assert rows(edited.tracks[0]) == by_rule(song.tracks[0].notes, added)
    assert not overlapping(edited.tracks[0].notes)
    assert all(after is before for before, after in zip(song.tracks[1:], edited.tracks[1:], strict=True))
    assert edited.tracks[0].events is song.tracks[0].events
    assert edited is song if not len(added) else edited.tracks[0].end >= edited.tracks[0].notes.last_end


@tried
@given(songs(), TICK, LENGTH, NOTES)
def test_replacing_keeps_all_that_sounds_outside_the_gap(song: Song, start: int, length: int, added: Notes) -> None:
    gap = Gap((0,), start, start + length)
    edited = edits.replace(song, gap, added)
    before = list(song.tracks[0].notes)
    kept = [note for note in before if not gap.start <= note.start < gap.end]
    begun = {note[2::2] for note in kept if note.start == gap.end}
    for note in before:
        left = note.start + note.duration - gap.end
        lasting = 16 * left >= song.ppq or 2 * left >= note.duration
        if gap.start <= note.start < gap.end and left > 0 and lasting and note[2::2] not in begun:
            kept.append(note._replace(start=gap.end, duration=left))
    assert rows(edited.tracks[0]) == by_rule(kept, added)
    assert all(after is before for before, after in zip(others(song, 0), others(edited, 0), strict=True))
    assert edited.tracks[0].events is song.tracks[0].events


def test_a_note_that_reaches_into_the_gap_keeps_its_length_and_its_place_in_the_file() -> None:
    before = Notes.from_columns([0, 0, 500], [960, 3000, 10], [60, 62, 61], [80] * 3, [0] * 3, [3, 4, 5])
    edited = edits.replace(Song(480, (Track("Line", before),)), Gap((0,), 480, 960), Notes.of([(480, 10, 70)]))
    after = edited.tracks[0].notes
    assert [tuple(note)[:3] for note in after] == [(0, 960, 60), (0, 3000, 62), (480, 10, 70)]
    assert after.origin.tolist() == [3, 4, NEW]


def test_a_note_tied_over_the_end_of_a_gap_goes_on_after_it() -> None:
    before = Notes.of([(0, 480, 60), (720, 720, 64, 97), (900, 70, 67), (700, 900, 65), (960, 100, 65)])
    song = Song(480, (Track("Line", before),))
    edited = edits.replace(song, Gap((0,), 480, 960), Notes.of([(480, 480, 64), (480, 10, 71)]))
    after = edited.tracks[0].notes
    assert [tuple(note)[:4] for note in after] == [
        (0, 480, 60, 80),
        (480, 480, 64, 80),
        (480, 10, 71, 80),
        (960, 480, 64, 97),  # keeps its velocity; the note that extends by 10 ticks is only released late
        (960, 100, 65, 80),  # begins at the end of the gap
    ]
    assert after.identity[3] == before.identity[before.pitch == 64]
    drums = Song(480, (Track("Kit", Notes.of([(720, 720, 38, 97, 9)]), channel=9),))
    assert not len(edits.replace(drums, Gap((0,), 480, 960), EMPTY).tracks[0].notes), "nothing is struck anew"


def test_inserted_notes_forget_the_place_they_had_in_a_file() -> None:
    copied = Notes.from_columns([0], [10], [60], [80], [0], [7])
    assert edits.insert(Song(480, (Track("Line"),)), 0, copied).tracks[0].notes.origin.tolist() == [NEW]


@tried
@given(songs(), TICK, LENGTH)
def test_opening_a_gap_moves_everything_behind_it_and_nothing_before(song: Song, at: int, length: int) -> None:
    edited = edits.open_gap(song, at, length)
    for before, after in zip(song.tracks, edited.tracks, strict=True):
        moved = [note._replace(start=note.start + length) if note.start >= at else note for note in before.notes]
        assert rows(after) == sorted(moved)
        assert [event.data for event in after.events] == [event.data for event in before.events]
        assert not [event for event in after.events if at < event.tick < at + length]


@tried
@given(songs(), TICK, LENGTH)
def test_closing_a_gap_undoes_opening_it(song: Song, at: int, length: int) -> None:
    opened = edits.open_gap(song, at, length)
    closed = edits.close_gap(opened, Gap((0,), at, at + length))
    assert [track.notes for track in closed.tracks] == [track.notes for track in song.tracks]
    assert [track.events for track in closed.tracks] == [track.events for track in song.tracks]


@tried
@given(songs(), TICK, LENGTH)
def test_closing_a_gap_gives_the_very_bytes_from_before(song: Song, at: int, length: int) -> None:
    closed = edits.remove_time(edits.open_gap(song, at, length), at, at + length)
    assert song_bytes(closed) == song_bytes(song)


@tried
@given(songs(), TICK, LENGTH)
def test_removing_time_removes_the_notes_that_begin_in_it_and_brings_the_rest_nearer(
    song: Song, start: int, length: int
) -> None:
    edited = edits.remove_time(song, start, start + length)
    for before, after in zip(song.tracks, edited.tracks, strict=True):
        kept = [note for note in before.notes if note.start < start]
        nearer = [n._replace(start=n.start - length) for n in before.notes if n.start >= start + length]
        assert rows(after) == by_rule(kept, nearer)
        assert not overlapping(after.notes)


def test_meters_tempi_and_markers_move_with_the_bars_they_stand_at() -> None:
    events = (Event(0, TEMPO), Event(960, METER), Event(960, MARKER))
    song = Song(480, (Track("Line", Notes.of([(0, 1920, 60)]), events, end=1920), Track("Other", EMPTY, events)))
    edited = edits.open_gap(song, 960, 100)
    for track in edited.tracks:
        assert [event.tick for event in track.events] == [0, 1060, 1060]
    assert edited.markers[0] == (1060, "Chorus")
    assert edited.tracks[0].notes == song.tracks[0].notes


def test_bars_opened_at_the_beginning_have_the_songs_tempo_and_meter() -> None:
    song = Song(480, (Track("Line", Notes.of([(0, 10, 60)]), (Event(0, TEMPO), Event(0, METER), Event(0, MARKER))),))
    edited = edits.open_gap(song, 0, 1920)
    assert edited.tempo_map.bpm_at(0) == song.tempo_map.bpm_at(0)
    assert edited.meter_map.meter_at(0) == (3, 4)
    assert edited.markers == ((1920, "Chorus"),)


def test_what_follows_removed_time_keeps_its_tempo_and_loses_no_controller() -> None:
    inside = (Event(500, TEMPO), Event(600, b"\xb0\x07\x40"), Event(600, MARKER))
    song = Song(480, (Track("Line", Notes.of([(960, 10, 60)]), inside, end=970),))
    edited = edits.remove_time(song, 480, 960)
    assert edited.tempo_map.bpm_at(480) == song.tempo_map.bpm_at(960)
    assert [(event.tick, event.data) for event in edited.tracks[0].events] == [(480, TEMPO), (480, b"\xb0\x07\x40")]


def test_tracks_that_end_before_the_place_are_the_same_objects() -> None:
    song = Song(480, (Track("Short", Notes.of([(0, 10, 60)]), end=10), Track("Long", Notes.of([(100, 10, 60)]))))
    edited = edits.open_gap(song, 50, 10)
    assert edited.tracks[0] is song.tracks[0]
    assert edited.tracks[1] is not song.tracks[1]


@tried
@given(songs(), st.data())
def test_removing_takes_the_chosen_notes_only(song: Song, data: st.DataObject) -> None:
    count = len(song.tracks[0].notes)
    chosen = data.draw(st.sets(st.integers(0, count - 1), max_size=count)) if count else set()
    edited = edits.remove(song, 0, sorted(chosen))
    assert list(edited.tracks[0].notes) == [n for at, n in enumerate(song.tracks[0].notes) if at not in chosen]


@tried
@given(songs(), st.data(), st.integers(-9000, 9000), st.integers(-200, 200))
def test_moving_keeps_the_distances_within_the_group(
    song: Song, data: st.DataObject, ticks: int, semitones: int
) -> None:
    before = song.tracks[0].notes
    assume(len(before))
    chosen = sorted(data.draw(st.sets(st.integers(0, len(before) - 1), min_size=1)))
    edited = edits.move(song, 0, chosen, ticks, semitones)
    group = [note for at, note in enumerate(before) if at in chosen]
    later = max(ticks, -min(note.start for note in group))
    higher = min(max(semitones, -min(note.pitch for note in group)), 127 - max(note.pitch for note in group))
    moved = [note._replace(start=note.start + later, pitch=note.pitch + higher) for note in group]
    stayed = [note for at, note in enumerate(before) if at not in chosen]
    assert rows(edited.tracks[0]) == by_rule(stayed, moved)
    assert not overlapping(edited.tracks[0].notes)
    assert set(before.identity[chosen].tolist()) <= set(edited.tracks[0].notes.identity.tolist()), "none is swallowed"


def test_a_moved_note_has_no_place_in_the_file_any_more_and_the_others_have() -> None:
    before = Notes.from_columns([0, 10], [5, 5], [60, 61], [80, 80], [0, 0], [0, 1])
    edited = edits.transpose(Song(480, (Track("Line", before),)), 0, np.array([1]), 12)
    assert list(edited.tracks[0].notes.pitch) == [60, 73]
    assert list(edited.tracks[0].notes.origin) == [0, NEW]


def test_an_edit_that_changes_nothing_gives_the_song_itself() -> None:
    song = Song(480, (Track("Line", Notes.of([(0, 10, 127)])),))
    assert edits.move(song, 0, [0]) is song
    assert edits.transpose(song, 0, [0], 5) is song
    assert edits.remove(song, 0, []) is song


@pytest.mark.parametrize("index", [-1, 1])
def test_a_track_that_the_song_does_not_have_is_refused(index: int) -> None:
    with pytest.raises(IndexError, match="no track"):
        edits.insert(Song(480, (Track("Line"),)), index, EMPTY)


@pytest.mark.parametrize("index", [-1, 1])
def test_a_note_that_the_track_does_not_have_is_refused(index: int) -> None:
    with pytest.raises(IndexError):
        edits.remove(Song(480, (Track("Line", Notes.of([(0, 10, 60)])),)), 0, [index])


def test_time_that_runs_backwards_is_refused() -> None:
    song = Song(480, (Track("Line"),))
    with pytest.raises(ValueError):
        edits.open_gap(song, 0, -1)
    with pytest.raises(ValueError):
        edits.remove_time(song, 10, 5)


def test_a_gap_on_several_tracks_is_filled_on_all_of_them_and_no_others() -> None:
    lines = [Track(name, Notes.of([(0, 10, 60), (480, 10, 61), (960, 10, 62)])) for name in "abc"]
    song, gap = Song(480, tuple(lines)), Gap((2, 0), 480, 960)
    edited = edits.replace(song, gap, Notes.of([(500, 10, 80)]), Notes.of([(600, 10, 40)]))
    assert [track.notes.pitch.tolist() for track in edited.tracks] == [[60, 40, 62], [60, 61, 62], [60, 80, 62]]
    assert edited.tracks[1] is song.tracks[1]
    with pytest.raises(ValueError, match="shorter"):
        edits.replace(song, gap, Notes.of([(500, 10, 80)]))


def test_of_two_notes_of_a_key_the_earlier_ends_where_the_later_begins() -> None:
    song = Song(480, (Track("Line", Notes.of([(0, 1920, 60), (0, 1920, 60, 80, 1), (2000, 500, 60)])),))
    edited = edits.insert(song, 0, Notes.of([(480, 480, 60, 99), (1900, 700, 60, 98), (2100, 0, 60, 97)]))
    assert list(edited.tracks[0].notes) == [
        (0, 480, 60, 80, 0),
        (0, 1920, 60, 80, 1),
        (480, 480, 60, 99, 0),
        (1900, 100, 60, 98, 0),
        (2000, 100, 60, 80, 0),
        (2100, 0, 60, 97, 0),
    ]


def test_a_note_takes_the_place_of_one_that_begins_with_it() -> None:
    song = Song(480, (Track("Line", Notes.of([(0, 1920, 60), (480, 0, 61)])),))
    edited = edits.insert(song, 0, Notes.of([(0, 10, 60, 99), (480, 10, 61, 99), (700, 20, 62), (700, 30, 62)]))
    assert list(edited.tracks[0].notes) == [(0, 10, 60, 99, 0), (480, 10, 61, 99, 0), (700, 30, 62, 80, 0)]


def test_overlaps_that_an_edit_does_not_concern_stay() -> None:
    before = Notes.of([(0, 100, 60), (50, 100, 60), (0, 100, 62), (50, 100, 62)])
    song = Song(480, (Track("Line", before),))
    assert rows(edits.insert(song, 0, Notes.of([(75, 10, 60)])).tracks[0]) == [
        (0, 75, 60, 80, 0),
        (0, 100, 62, 80, 0),
        (50, 25, 60, 80, 0),
        (50, 100, 62, 80, 0),
        (75, 10, 60, 80, 0),
    ]
    moved = edits.move(song, 0, range(4), 0, 12)
    assert len(overlapping(moved.tracks[0].notes)) == 2, "a transposed track keeps its unisons"


def test_tracks_of_one_chunk_make_room_for_each_other() -> None:
    lines = [Track("a", Notes.of([(0, 100, 60, 80, channel)]), channel=channel, chunk=0) for channel in (0, 1)]
    song = Song(480, (*lines, Track("c", lines[0].notes, chunk=1)))
    edited = edits.insert(song, 1, Notes.of([(50, 100, 60)]))
    assert [list(track.notes) for track in edited.tracks] == [
        [(0, 50, 60, 80, 0)],
        [(0, 100, 60, 80, 1), (50, 100, 60, 80, 0)],
        [(0, 100, 60, 80, 0)],
    ]


PRESSURE = (
    Event(0, b"\xb0\x07\x40"),
    Event(10, b"\xa0\x3c\x21"),
    Event(90, b"\xa0\x3c\x22"),
    Event(95, b"\xa0\x3d\x01"),
)


def test_key_pressure_goes_along_with_its_note() -> None:
    song = Song(480, (Track("Line", Notes.of([(0, 100, 60), (200, 100, 60)]), PRESSURE),))
    line = edits.move(song, 0, [0], 1000, -2).tracks[0]
    moved = (Event(1010, b"\xa0\x3a\x21"), Event(1090, b"\xa0\x3a\x22"))
    assert line.events == (PRESSURE[0], PRESSURE[3], *moved)
    assert edits.move(song, 0, [1], 1000).tracks[0].events is song.tracks[0].events
    assert edits.remove(song, 0, [0]).tracks[0].events == (PRESSURE[0], PRESSURE[3])
    shorter = edits.insert(song, 0, Notes.of([(50, 500, 60)])).tracks[0]
    assert shorter.events == (PRESSURE[0], PRESSURE[1], PRESSURE[3]), "none of the note that was there is left"


def test_a_note_off_that_ends_nothing_does_not_end_a_new_note() -> None:
    loose = (Event(50, b"\x80\x3c\x40"), Event(50, b"\x90\x3d\x00"), Event(100, b"\x80\x3c\x40"))
    song = Song(480, (Track("Line", EMPTY, loose),))
    assert edits.insert(song, 0, Notes.of([(0, 100, 60)])).tracks[0].events == loose[1:]
    assert edits.insert(song, 0, Notes.of([(50, 50, 60), (60, 5, 61)])).tracks[0].events == loose


def test_a_note_keeps_its_identity_and_a_copy_gets_its_own() -> None:
    song = Song(480, (Track("Line", Notes.of([(0, 100, 52), (0, 100, 55)])),))
    known = set(song.tracks[0].notes.identity.tolist())
    moved = edits.move(song, 0, [0], 50, 3).tracks[0].notes
    assert set(moved.identity.tolist()) == known
    inserted = edits.insert(song, 0, song.tracks[0].notes.shifted(500)).tracks[0].notes
    assert known < set(inserted.identity.tolist()) and len(set(inserted.identity.tolist())) == 4
    assert moved.places_of(song.tracks[0].notes.select(np.array([1]))).tolist() == [0]
