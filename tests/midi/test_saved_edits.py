"""A saved file contains exactly the edited song: random edits, saved and opened again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.domain import edits, note_edits
from jazzassist.domain.clip import Clip
from jazzassist.domain.passage import Gap
from jazzassist.domain.quantise import quantise
from jazzassist.domain.song import Note, Notes, Song
from jazzassist.midi.files import song_bytes
from jazzassist.midi.findings import Findings
from jazzassist.midi.smf import read_smf
from jazzassist.midi.song_from_file import song_from
from tests.midi.event_list import event_list, track_bodies
from tests.midi.odd_files import chunk, header, one_track
from tests.midi.strategies import files, tried

TICKS = st.integers(0, 900)
PITCHES = st.integers(50, 53)  # the pitches of the random files, so that notes overlap


def opened(data: bytes) -> Song:
    findings = Findings()
    return song_from(read_smf(data, findings), findings)


def sounding(song: Song) -> dict[int | None, list[tuple[Note, int]]]:
    """Return the notes of each chunk with their release velocities, of all its tracks together."""
    found: dict[int | None, list[tuple[Note, int]]] = {}
    for track in song.tracks:
        found.setdefault(track.chunk, []).extend(zip(track.notes, track.notes.release.tolist(), strict=True))
    return {index: sorted(notes) for index, notes in found.items()}


@st.composite
def some_notes(draw: st.DrawFn, channel: int) -> Notes:
    note = st.builds(Note, TICKS, st.integers(0, 300), PITCHES, st.integers(1, 127), st.just(channel))
    return Notes.of(draw(st.lists(note, min_size=1, max_size=6)))


def edited(song: Song, draw: st.DataObject) -> Song:
    """The song after one edit of some kind."""
    index = draw.draw(st.integers(0, len(song.tracks) - 1))
    track = song.tracks[index]
    kind = draw.draw(st.sampled_from(("insert", "replace", "move", "remove", "paste", "time")))
    if kind == "insert":
        return edits.insert(song, index, draw.draw(some_notes(track.channel)))
    if kind == "replace":
        start = draw.draw(TICKS)
        gap = Gap((index,), start, start + draw.draw(st.integers(1, 400)))
        return edits.replace(song, gap, draw.draw(some_notes(track.channel)))
    if kind == "time":
        start = draw.draw(TICKS)
        return edits.remove_time(song, start, start + draw.draw(st.integers(1, 200)))
    count = len(track.notes)
    chosen = sorted(draw.draw(st.sets(st.integers(0, count - 1), min_size=1))) if count else []
    if kind == "move":
        return edits.move(song, index, chosen, draw.draw(st.integers(-300, 300)), draw.draw(st.integers(-3, 3)))
    if kind == "remove":
        return edits.remove(song, index, chosen)
    clip = Clip.of(song, index, np.array(chosen, np.intp))
    return edits.place(song, index, clip.copy_at(draw.draw(TICKS), song.ppq, track.channel))


@settings(tried, max_examples=15)
@given(files(), st.data())
def test_the_notes_that_are_shown_are_those_that_are_opened_again(data: bytes, draw: st.DataObject) -> None:
    check_opened_as_shown(data, draw)


@pytest.mark.slow
@tried
@given(files(), st.data())
def test_in_many_songs_the_notes_that_are_shown_are_those_that_are_opened_again(
    data: bytes, draw: st.DataObject
) -> None:
    check_opened_as_shown(data, draw)


def check_opened_as_shown(data: bytes, draw: st.DataObject) -> None:
    """Draws some edits, saves them, and compares what is opened again."""
    song = opened(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        song = edited(song, draw)
    assert sounding(opened(song_bytes(song))) == sounding(song)


def messages(song: Song, track: int = 0) -> list[tuple[int, str]]:
    """Return tick and message of all events of a saved track except its end."""
    events = event_list(track_bodies(song_bytes(song))[track])
    return [(event.tick, event.message.hex(" ")) for event in events[:-1]]


def test_a_moved_note_keeps_its_release_velocity_and_its_pressure_after_its_beginning() -> None:
    song = opened(one_track("00 90 3c 40 00 a0 3c 10 30 a0 3c 22 30 80 3c 17 00 90 3e 40 60 90 3e 00 00 ff 2f 00"))
    assert song.tracks[0].notes.release.tolist() == [23, 64]
    moved = edits.move(edits.move(song, 0, [0], 300, 1), 0, [1], 0, -4)
    expected = [(96, "90 3e 40"), (192, "90 3e 00"), (300, "90 39 40")]
    expected += [(300, "a0 39 10"), (348, "a0 39 22"), (396, "80 39 17")]
    assert messages(moved) == expected
    assert sounding(opened(song_bytes(moved))) == sounding(moved)


def test_a_copy_has_release_velocity_and_pressure_too() -> None:
    song = opened(one_track("00 90 3c 40 30 a0 3c 22 30 80 3c 17 00 ff 2f 00"))
    clip = Clip.of(song, 0, np.array([0]))
    copied = edits.place(song, 0, clip.copy_at(500, song.ppq, 3))
    assert messages(copied)[3:] == [(500, "93 3c 40"), (548, "a3 3c 22"), (596, "83 3c 17")]


def test_a_note_inside_a_longer_one_is_opened_again_as_it_is_shown() -> None:
    """The longer note ends where the new one begins, with a separate note-off."""
    song = opened(one_track("00 90 3c 40 83 60 90 3c 00 00 ff 2f 00"))
    edited = edits.insert(song, 0, Notes.of([(120, 60, 60, 99)]))
    assert messages(edited) == [(0, "90 3c 40"), (120, "90 3c 00"), (120, "90 3c 63"), (180, "80 3c 40")]
    assert sounding(opened(song_bytes(edited))) == sounding(edited)


BAND = chunk(
    "00 ff 03 04 42 61 6e 64 00 c0 42 00 c1 20 00 90 40 50 00 91 28 50 00 99 24 50 60 80 40 10 00 91 28 00 00 89 24 00 "
    "00 90 43 51 00 91 2b 51 60 80 43 10 00 91 2b 00 00 ff 2f 00"
)


def test_a_bridge_on_one_part_of_a_track_leaves_the_others_alone() -> None:
    data = header(3, 1) + chunk("00 ff 2f 00") + BAND + chunk()
    song = opened(data)
    assert [track.chunk for track in song.tracks] == [0, 1, 1, 1, 2]
    assert song_bytes(song) == data
    edited = edits.replace(song, Gap((2,), 96, 192), Notes.of([(100, 20, 45, 77, 1)]))
    before, after = messages(song, 1), messages(edited, 1)
    gone = [event for event in before if event not in after]
    assert gone == [(96, "91 2b 51"), (192, "91 2b 00")]
    assert [event for event in after if event not in before] == [(100, "91 2d 4d"), (120, "81 2d 40")]
    assert [event for event in before if event in after] == [event for event in after if event in before]
    bodies = track_bodies(data), track_bodies(song_bytes(edited))
    assert [one == two for one, two in zip(*bodies, strict=True)] == [True, False, True]
    assert sounding(opened(song_bytes(edited))) == sounding(edited)


# A note from tick 48 without a note-off of its own, and notes of its key and of no length at tick 96. Read with another
# note-off for each of them, the notes are the same but for their release velocities.
UNENDED = {
    "note-off": "30 9{c} 34 1e 30 9{c} 34 46 00 8{c} 34 11 00 ff 2f 00",
    "running note-on of velocity 0": "30 9{c} 34 1e 30 34 46 00 34 00 00 ff 2f 00",
    "two of no length": "30 9{c} 34 1e 30 34 46 00 34 47 00 8{c} 34 11 00 34 12 00 ff 2f 00",
    "struck at the tick of the note-off": "30 9{c} 34 1e 30 8{c} 34 11 00 9{c} 34 46 00 ff 2f 00",
    "at the start of a longer one": "30 9{c} 34 1e 00 8{c} 34 11 00 9{c} 34 46 30 9{c} 34 48 00 8{c} 34 12 00 ff 2f 00",
    "two at once, one note-off": "00 9{c} 34 0a 01 34 0a 0a 8{c} 34 00 00 ff 2f 00",
    "three at once, two note-offs": "00 9{c} 34 0a 01 34 0b 01 34 0c 0a 8{c} 34 01 00 34 02 00 ff 2f 00",
}
INSERTED = [(0, 10, 52, 99), (0, 0, 52, 99), (0, 300, 52, 99), (48, 0, 52, 99), (90, 6, 52, 99), (96, 0, 52, 99)]
INSERTED += [(96, 20, 52, 99), (200, 30, 52, 99), (97, 0, 52, 99), (0, 10, 53, 99), (20, 48, 52, 99)]


@pytest.mark.parametrize("channel", [0, 15])
@pytest.mark.parametrize("written", UNENDED)
@pytest.mark.parametrize("format_", [0, 1])
def test_release_velocities_stay_with_their_notes_where_a_note_off_is_missing(
    format_: int, written: str, channel: int
) -> None:
    body = chunk(UNENDED[written].format(c=f"{channel:x}"))
    data = header(1, 0) + body if format_ == 0 else header(2, 1) + chunk("00 ff 2f 00") + body
    song = opened(data)
    assert song_bytes(song) == data
    line = next(index for index, track in enumerate(song.tracks) if len(track.notes))
    for placed in INSERTED:
        edited = edits.insert(song, line, Notes.of([(*placed, channel)]))
        assert sounding(opened(song_bytes(edited))) == sounding(edited)


@pytest.mark.parametrize("written", UNENDED)
def test_removing_notes_leaves_the_others_their_release_velocities_where_a_note_off_is_missing(written: str) -> None:
    song = opened(one_track(UNENDED[written].format(c="0")))
    for gone in range(len(song.tracks[0].notes)):
        edited = edits.remove(song, 0, [gone])
        assert sounding(opened(song_bytes(edited))) == sounding(edited)
    for moved in range(len(song.tracks[0].notes)):
        for ticks in (-48, 1, 48, 500):
            edited = edits.move(song, 0, [moved], ticks)
            assert sounding(opened(song_bytes(edited))) == sounding(edited)


@pytest.mark.parametrize("written", [*UNENDED.values(), "30 90 34 1e 00 ff 2f 00"])
def test_changed_velocities_and_lengths_are_opened_again_where_a_note_off_is_missing(written: str) -> None:
    song = opened(one_track(written.format(c="0")))
    everything = range(len(song.tracks[0].notes))
    for chosen in [*([at] for at in everything), list(everything)]:
        for edited in (
            note_edits.set_velocity(song, 0, chosen, 101),
            note_edits.resize(song, 0, chosen, 7),
            note_edits.resize(song, 0, chosen, -7),
            note_edits.split(song, 0, chosen, 50),
            quantise(song, 0, chosen, 20),
        ):
            assert sounding(opened(song_bytes(edited))) == sounding(edited)
