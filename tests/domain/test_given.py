"""Notes that stay in a gap: in edits, in requests, and for what is written around them."""

from __future__ import annotations

import numpy as np

from jazzassist.domain import edits
from jazzassist.domain.holding import pressed
from jazzassist.domain.passage import Gap
from jazzassist.domain.room import around_given, is_single_voice
from jazzassist.domain.song import EMPTY, Notes, Song, Track
from jazzassist.domain.suggestion import Controls, bridge_request, continuation_request, landing_of

QUARTER = 480
LINE = Notes.of([(at * QUARTER, QUARTER, 60 + at % 7, 80, 0) for at in range(32)])
TIED = Notes.of([(10 * QUARTER, 8 * QUARTER, 40, 70, 0)])  # out of the gap
SONG = Song(QUARTER, (Track("Piano", LINE.joined(TIED)), Track("Other", LINE.changed(pitch=LINE.pitch + 12))))
GAP = Gap((0,), 8 * QUARTER, 16 * QUARTER)
INSIDE = SONG.tracks[0].notes.starting_in(GAP.start, GAP.end)


def test_given_notes_stay_whole_when_a_gap_is_filled() -> None:
    """Also a note that is tied over the end, of which otherwise the part after it would stay."""
    given = INSIDE.select(np.isin(INSIDE.pitch, (40, 61)))
    assert {note.pitch for note in given} == {40, 61}
    new = Notes.of([(9 * QUARTER, 100, 90, 50, 0)])
    notes = edits.replace(SONG, GAP, new, given=(given,)).tracks[0].notes
    assert len(notes.places_of(given)) == len(given)
    assert list(notes.starting_in(GAP.start, GAP.end)) == sorted([*given, *new])
    assert (40, 16 * QUARTER) not in {(note.pitch, note.start) for note in notes}


def test_without_given_notes_the_part_after_the_gap_stays() -> None:
    notes = edits.replace(SONG, GAP, EMPTY).tracks[0].notes
    assert (40, 16 * QUARTER) in {(note.pitch, note.start) for note in notes}


def test_a_request_has_the_given_notes_of_each_target() -> None:
    gap = Gap((1, 0), GAP.start, GAP.end)
    other = SONG.tracks[1].notes.starting_in(GAP.start, GAP.start + QUARTER)
    request = bridge_request(SONG, gap, Controls(), given=(other, INSIDE))
    assert request.alone(0).given == other and request.alone(1).given == INSIDE
    # The other line is heard while the first is written, and neither side has them.
    assert not len(request.alone(1).before.starting_in(GAP.start, GAP.end))
    onward = continuation_request(SONG, gap, 0, Controls(), given=(EMPTY, INSIDE))
    assert onward.alone(1).given == INSIDE and not len(onward.alone(0).given) and not len(onward.alone(1).after)


def test_where_a_suggestion_lands_counts_the_given_notes() -> None:
    last = INSIDE.select(INSIDE.start == INSIDE.start[-1])
    request = bridge_request(SONG, GAP, Controls(), given=(last,))
    new = Notes.of([(GAP.start, QUARTER, 60, 80, 0)])
    assert landing_of(new, request).rest == 0
    assert landing_of(new, request).interval == int(request.after.pitch[1]) - int(last.pitch[0]) == 1
    assert landing_of(new, bridge_request(SONG, GAP, Controls())).rest == 7 * QUARTER


def test_a_single_voice_ends_before_a_given_note_and_goes_on_after_it() -> None:
    given = Notes.of([(1000, 500, 60, 80, 0)])
    notes = Notes.of([(0, 2000, 64, 80, 0), (1000, 10, 65, 80, 0), (1499, 10, 66, 80, 0), (1500, 10, 67, 80, 0)])
    assert [note[:3] for note in around_given(notes, given)] == [(0, 1000, 64), (1500, 10, 67)]
    assert around_given(notes, EMPTY) is notes


def test_single_voices_are_told_from_others() -> None:
    assert is_single_voice(bridge_request(SONG, Gap((1,), GAP.start, GAP.end), Controls()))
    held = Song(QUARTER, (Track("Piano", LINE.changed(duration=np.full(len(LINE), 3 * QUARTER))),))
    assert not is_single_voice(bridge_request(held, GAP, Controls()))
    drums = Song(QUARTER, (Track("Drums", LINE.changed(channel=np.full(len(LINE), 9)), channel=9),))
    assert not is_single_voice(bridge_request(drums, GAP, Controls()))


def test_a_pedal_is_read_from_its_controllers() -> None:
    down, up, half, reset = (bytes([0xB0, 64, 127]), bytes([0xB0, 64, 0]), bytes([0xB0, 64, 63]), bytes([0xB0, 121, 0]))
    moments = [(0, up), (10, down), (12, down), (20, half), (30, down), (40, reset), (50, b"\xb0\x07\x7f"), (60, down)]
    assert pressed(moments) == [(10, 20), (30, 40)]
    assert pressed([]) == []
