"""An edit changes what it means to change in a file, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jazzassist.domain.song import EMPTY, Event, Note, Notes, Song, Track
from jazzassist.midi.files import song_bytes
from jazzassist.midi.findings import Findings
from jazzassist.midi.smf import read_smf
from jazzassist.midi.smf_encode import encode_track
from jazzassist.midi.song_from_file import song_from
from tests.midi.any_bytes import can_be_written, notes_of
from tests.midi.event_list import Read, event_list, note_pairs, track_bodies
from tests.midi.odd_files import NOTE, PLAIN, chunk, header, one_track, riff
from tests.midi.strategies import TICKS, files, notes, tried

OWN_VELOCITY = st.integers(101, 127)  # the velocities of the random files are lower
OWN_RELEASE = 64  # their release velocities are different


def opened(data: bytes) -> Song:
    findings = Findings()
    return song_from(read_smf(data, findings), findings)


def with_notes(song: Song, index: int, changed: Notes) -> Song:
    return song.with_track(index, replace(song.tracks[index], notes=changed))


def is_own(message: bytes) -> bool:
    kind = message[0] & 0xF0
    return (kind == 0x90 and message[2] > 100) or (kind == 0x80 and message[2] == OWN_RELEASE)


def key_of(message: bytes) -> tuple[int, int] | None:
    """Channel and pitch of a note-on or note-off."""
    return (message[0] & 0x0F, message[1]) if message[0] & 0xF0 in (0x80, 0x90) else None


def keys_with_stray_ends(events: list[Read]) -> set[tuple[int, int] | None]:
    """Return the keys that have a note without a note-off, or a note-off without a note."""
    pairs = note_pairs(events)
    paired = {place for on, off in pairs if off is not None for place in (on, off)}
    return {key_of(event.message) for place, event in enumerate(events) if place not in paired} - {None}


def without(odd: set[tuple[int, int] | None], events: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    return [event for event in events if key_of(event[1]) not in odd]


@tried
@given(files(), st.data())
def test_saved_notes_are_those_that_were_shown(data: bytes, draw: st.DataObject) -> None:
    song = opened(data)
    index = draw.draw(st.integers(0, len(song.tracks) - 1))
    track = song.tracks[index]
    kept = np.array([draw.draw(st.booleans()) for _ in range(len(track.notes))], np.bool_)
    edited = with_notes(song, index, track.notes.select(kept).joined(draw.draw(notes(st.integers(0, 1)))))
    assume(can_be_written(edited))
    assert notes_of(opened(song_bytes(edited))) == notes_of(edited)


@tried
@given(files(), st.data())
def test_only_the_intended_notes_change(data: bytes, draw: st.DataObject) -> None:
    song = opened(data)
    index = draw.draw(st.integers(0, len(song.tracks) - 1))
    track = song.tracks[index]
    kept = np.array([draw.draw(st.booleans()) for _ in range(len(track.notes))], np.bool_)
    added = draw.draw(notes(st.integers(0, 1), OWN_VELOCITY))
    saved = song_bytes(with_notes(song, index, track.notes.select(kept).joined(added)))

    before, after = track_bodies(data), track_bodies(saved)
    assert len(before) == len(after)
    assert [body for at, body in enumerate(before) if at != track.chunk] == [
        body for at, body in enumerate(after) if at != track.chunk
    ]
    assert saved.count(b"XFIH\0\0\0\2hi") == 1
    assert track.chunk is not None
    original, written = event_list(before[track.chunk]), event_list(after[track.chunk])
    odd = keys_with_stray_ends(original)  # another test covers these
    pairs = note_pairs(original)
    gone = {place for origin in track.notes.origin[~kept].tolist() for place in pairs[origin] if place is not None}
    expected = [event.plain for place, event in enumerate(original[:-1]) if place not in gone]
    there = [event.plain for event in written[:-1] if not is_own(event.message)]
    assert without(odd, there) == without(odd, expected)
    own = [event.plain for event in written if is_own(event.message)]
    wanted = [(n.start, bytes((0x90 | n.channel, n.pitch, n.velocity))) for n in added]
    wanted += [(n.start + n.duration, bytes((0x80 | n.channel, n.pitch, OWN_RELEASE))) for n in added]
    assert Counter(without(odd, own)) == Counter(without(odd, wanted))
    assert written[-1].tick == max([original[-1].tick, *(event.tick for event in written)])


def shifted(song: Song, at: int, length: int) -> Song:
    """Everything from tick `at` on moves later, on all tracks."""

    def later(track: Track) -> Track:
        start = track.notes.start + np.where(track.notes.start >= at, length, 0)
        events = tuple(e._replace(tick=e.tick + length) if e.tick >= at else e for e in track.events)
        end = track.end + length if track.end >= at else track.end
        return replace(track, notes=track.notes.changed(start=start), events=events, end=end)

    return replace(song, tracks=tuple(later(track) for track in song.tracks))


@tried
@given(files(), TICKS.filter(bool), st.integers(1, 500))
def test_inserted_time_moves_everything_after_it(data: bytes, at: int, length: int) -> None:
    saved = song_bytes(shifted(opened(data), at, length))
    for before, after in zip(track_bodies(data), track_bodies(saved), strict=True):
        original = event_list(before)
        moved = [event.tick + length if event.tick >= at else event.tick for event in original]
        for on, off in note_pairs(original):
            if off is not None:
                moved[off] = moved[on] + original[off].tick - original[on].tick
        expected = [(tick, event.message) for tick, event in zip(moved[:-1], original, strict=False)]
        written = event_list(after)
        odd = keys_with_stray_ends(original)
        assert Counter(without(odd, [event.plain for event in written[:-1]])) == Counter(without(odd, expected))
        even = [(on, off) for on, off in note_pairs(original) if off and key_of(original[on].message) not in odd]
        notes_after = [(on, off) for on, off in note_pairs(written) if key_of(written[on].message) not in odd]
        assert sorted((moved[on], moved[off]) for on, off in even) == sorted(
            (written[on].tick, off and written[off].tick) for on, off in notes_after
        )


@tried
@given(files())
def test_encoding_anew_without_a_change_gives_the_same_bytes(data: bytes) -> None:
    song = opened(data)
    for index, part in enumerate(read_smf(data, Findings()).tracks):
        tracks = [track for track in song.tracks if track.chunk == index]
        assert encode_track(tracks, part) == data[part.start : part.end]


def saved_events(song: Song, track: int = 0) -> list[tuple[int, str]]:
    return [(event.tick, event.message.hex(" ")) for event in event_list(track_bodies(song_bytes(song))[track])]


def test_moved_there_and_back_is_unedited() -> None:
    song = opened(PLAIN)
    moved = song.tracks[0].notes.changed(start=[5], origin=[-1]).changed(start=[0])
    assert song_bytes(with_notes(song, 0, moved)) == PLAIN


def test_new_note_sounds_after_the_program_of_its_tick_and_follows_the_end_of_another() -> None:
    song = opened(one_track("00 90 3c 40 60 80 3c 21 00 c0 05 00 b0 07 40 10 ff 2f 00"))
    notes = song.tracks[0].notes.joined(Notes.of([Note(96, 10, 60, 99)]))
    assert saved_events(with_notes(song, 0, notes)) == [
        (0, "90 3c 40"),
        (96, "80 3c 21"),
        (96, "c0 05"),
        (96, "b0 07 40"),
        (96, "90 3c 63"),
        (106, "80 3c 40"),
        (112, "ff 2f"),
    ]


def test_new_note_ends_before_the_next_of_its_pitch_begins() -> None:
    song = opened(one_track("60 90 3c 40 60 80 3c 40 00 ff 2f 00"))
    notes = song.tracks[0].notes.joined(Notes.of([Note(0, 96, 60, 99)]))
    assert saved_events(with_notes(song, 0, notes))[:3] == [(0, "90 3c 63"), (96, "80 3c 40"), (96, "90 3c 40")]


def test_end_of_track_moves_for_new_notes_and_back_for_nothing() -> None:
    song = opened(one_track("00 90 3c 40 60 80 3c 40 83 00 ff 2f 00"))
    longer = with_notes(song, 0, song.tracks[0].notes.joined(Notes.of([Note(900, 100, 60)])))
    assert saved_events(longer)[-1] == (1000, "ff 2f")
    assert saved_events(with_notes(song, 0, EMPTY)) == [(480, "ff 2f")]


def test_new_note_of_no_length_begins_before_it_ends() -> None:
    song = opened(PLAIN)
    notes = song.tracks[0].notes.joined(Notes.of([Note(50, 0, 40, 99)]))
    assert saved_events(with_notes(song, 0, notes))[1:3] == [(50, "90 28 63"), (50, "80 28 40")]


def test_status_byte_is_written_where_running_status_is_broken() -> None:
    song = opened(one_track("00 90 3c 40 60 3c 00 00 3e 40 60 3e 00 00 ff 2f 00"))
    notes = song.tracks[0].notes.joined(Notes.of([Note(96, 10, 30, 99)]))
    body = track_bodies(song_bytes(with_notes(song, 0, notes)))[0]
    assert body.hex(" ") == "00 90 3c 40 60 3c 00 00 3e 40 00 90 1e 63 0a 80 1e 40 56 90 3e 00 00 ff 2f 00"


def test_status_byte_is_not_left_out_after_a_meta_event() -> None:
    song = opened(one_track("00 90 3c 40 10 3c 00 00 ff 01 00 00 90 3e 40 10 3e 00 00 40 40 10 40 00 00 ff 2f 00"))
    without = song.tracks[0].notes.select(np.array([True, False, True]))
    body = track_bodies(song_bytes(with_notes(song, 0, without)))[0]
    assert body.hex(" ") == "00 90 3c 40 10 3c 00 00 ff 01 00 10 90 40 40 10 40 00 00 ff 2f 00"


def test_status_byte_that_was_left_out_after_a_meta_event_is_written() -> None:
    song = opened(one_track("00 90 3c 40 00 ff 01 01 78 60 3c 00 00 ff 2f 00"))
    body = track_bodies(song_bytes(with_notes(song, 0, song.tracks[0].notes.changed(velocity=[80]))))[0]
    assert body.hex(" ") == "00 90 3c 50 00 ff 01 01 78 60 90 3c 00 00 ff 2f 00"


def test_inserted_time_ends_a_note_before_the_next_of_its_pitch() -> None:
    song = opened(one_track("00 90 3c 40 3c 90 3c 41 28 80 3c 00 3c 80 3c 00 00 ff 2f 00"))
    assert saved_events(shifted(song, 50, 40)) == [
        (0, "90 3c 40"),
        (100, "80 3c 00"),
        (100, "90 3c 41"),
        (200, "80 3c 00"),
        (200, "ff 2f"),
    ]


def test_changed_velocity_keeps_the_place_and_the_end() -> None:
    song = opened(one_track("00 90 3c 40 00 b0 07 40 60 80 3c 21 00 ff 2f 00"))
    louder = song.tracks[0].notes.changed(velocity=[100])
    assert saved_events(with_notes(song, 0, louder))[:3] == [(0, "90 3c 64"), (0, "b0 07 40"), (96, "80 3c 21")]


def test_changed_pitch_ends_too() -> None:
    song = opened(PLAIN)
    assert saved_events(with_notes(song, 0, song.tracks[0].notes.changed(pitch=[61])))[:2] == [
        (0, "90 3d 40"),
        (96, "80 3d 40"),
    ]


def test_note_given_twice_is_written_twice() -> None:
    song = opened(PLAIN)
    track = song.tracks[0].notes
    twice = saved_events(with_notes(song, 0, track.joined(track.shifted(200))))
    assert [tick for tick, _ in twice] == [0, 96, 200, 296, 296]


def test_hanging_note_gets_an_end_only_when_it_is_edited() -> None:
    song = opened(one_track("00 90 3c 40 60 90 3e 40 60 80 3e 40 00 ff 2f 00"))
    hanging = song.tracks[0].notes
    other = with_notes(song, 0, hanging.joined(Notes.of([Note(0, 10, 30, 99)])))
    assert not [1 for _, message in saved_events(other) if message.startswith("80 3c")]
    ended = with_notes(song, 0, hanging.changed(duration=[50, 96]))
    assert saved_events(ended)[1] == (50, "80 3c 40")


def test_events_can_be_changed_added_and_removed() -> None:
    song = opened(one_track("00 ff 51 03 07 a1 20 00 b0 07 40 00 b0 0a 40 " + NOTE))
    tempo, volume, _ = song.tracks[0].events
    changed = (tempo._replace(data=b"\xff\x51\x06\x1a\x80"), volume, Event(0, b"\xc0\x05"))
    written = saved_events(song.with_track(0, replace(song.tracks[0], events=changed)))
    assert written[:4] == [(0, "ff 51 06 1a 80"), (0, "b0 07 40"), (0, "90 3c 40"), (0, "c0 05")]


def test_bytes_without_a_meaning_keep_their_place() -> None:
    song = opened(one_track("00 3c 40 00 b0 07 40 60 90 3c 40 60 80 3c 40 00 ff 2f 00 61 62 63 64"))
    body = track_bodies(song_bytes(with_notes(song, 0, EMPTY)))[0]
    assert body.hex(" ") == "00 ff 7f 02 3c 40 00 b0 07 40 81 40 ff 7f 04 61 62 63 64 00 ff 2f 00"


def test_bytes_without_a_meaning_get_none_from_a_new_note() -> None:
    song = opened(one_track("60 3c 40 " + NOTE))
    notes = song.tracks[0].notes.joined(Notes.of([Note(0, 200, 30, 99)]))
    assert saved_events(with_notes(song, 0, notes))[1:3] == [(96, "ff 7f 3c 40"), (96, "90 3c 40")]


def test_missing_end_of_track_is_written_with_an_edit() -> None:
    song = opened(one_track("00 90 3c 40 60 80 3c 40"))
    louder = song.tracks[0].notes.changed(velocity=[100])
    assert saved_events(with_notes(song, 0, louder))[-1] == (96, "ff 2f")


def test_wrong_length_of_another_track_is_put_right_with_an_edit() -> None:
    song = opened(header(2) + chunk() + chunk(length=5000))
    saved = song_bytes(with_notes(song, 0, EMPTY))
    assert saved.endswith(chunk())


def test_header_and_unknown_chunks_stay() -> None:
    data = b"MThd\0\0\0\x08" + header(2)[8:] + b"\1\2" + chunk() + chunk("aa bb", name=b"XFIH") + chunk() + b"\r\n"
    saved = song_bytes(with_notes(opened(data), 1, EMPTY))
    assert saved == data[: -len(chunk()) - 2] + chunk("60 ff 2f 00") + b"\r\n"


def test_riff_sizes_follow_an_edit() -> None:
    info = b"LIST\4\0\0\0INFO"
    data = riff(PLAIN + b"\0", info)
    saved = song_bytes(with_notes(opened(data), 0, EMPTY))
    assert saved == riff(one_track("60 ff 2f 00") + b"\0", info)


def test_format_0_is_merged_again() -> None:
    events = "00 c0 20 00 c1 42 00 90 24 40 00 91 40 41 60 80 24 00 00 81 40 00 00 ff 2f 00"
    data = header(1, 0) + chunk(events)
    song = opened(data)
    assert len(song.tracks) == 2
    saved = song_bytes(with_notes(song, 1, song.tracks[1].notes.changed(velocity=[0x50])))
    assert saved == data.replace(bytes.fromhex("91 40 41"), bytes.fromhex("91 40 50"))


def test_new_track_goes_after_the_last_one() -> None:
    data = header(1, 0) + chunk() + chunk("aa", name=b"XFIH")
    song = opened(data)
    new = Track("Bass", Notes.of([Note(0, 10, 40, 80, 1)]), channel=1, program=32)
    saved = song_bytes(replace(song, tracks=(*song.tracks, new)))
    assert saved.startswith(header(2, 1) + chunk())
    assert saved.endswith(chunk("aa", name=b"XFIH"))
    assert [track.name for track in opened(saved).tracks] == ["Acoustic Grand Piano", "Bass"]


def test_removed_track_leaves_the_file() -> None:
    data = header(2) + chunk() + chunk("00 ff 2f 00")
    song = opened(data)
    assert song_bytes(replace(song, tracks=song.tracks[1:])) == header(1) + chunk("00 ff 2f 00")


def test_track_of_another_file_is_new_here() -> None:
    guest = opened(one_track("00 b0 07 10 " + NOTE)).tracks[0]
    song = opened(PLAIN)
    saved = song_bytes(replace(song, tracks=(*song.tracks, guest)))
    assert saved.startswith(header(2) + chunk())
    assert [len(track.notes) for track in opened(saved).tracks] == [1, 1]


@pytest.mark.parametrize("velocity", [1, 127])
def test_saved_edit_opens_with_the_same_notes(velocity: int) -> None:
    song = opened(PLAIN)
    edited = with_notes(song, 0, song.tracks[0].notes.joined(Notes.of([Note(10, 20, 70, velocity)])))
    assert opened(song_bytes(edited)).tracks[0].notes == edited.tracks[0].notes
