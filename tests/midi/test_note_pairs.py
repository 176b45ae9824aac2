"""Matching of note-offs to notes, even if note-offs are missing."""

from __future__ import annotations

import numpy as np
import pytest

from jazzassist.domain.song import Note, Notes
from jazzassist.midi.files import song_bytes
from jazzassist.midi.missing_offs import HANGING, match_notes, missing_offs
from tests.midi.any_bytes import opened
from tests.midi.event_list import event_list, track_bodies
from tests.midi.odd_files import chunk, header
from tests.midi.test_edited_files import with_notes

QUARTER = 480


def file_of(*lines: str, offs: int = 0x80, running: bool = False) -> bytes:
    """A file of one track. A line is channel:pitch and events in quarters: "0:60 0+ 1-" is a note of one quarter."""
    events = []
    for line in lines:
        key, *moments = line.split()
        channel, pitch = (int(part) for part in key.split(":"))
        for moment in moments:
            status = (0x90 if moment.endswith("+") or offs == 0x90 else offs) | channel
            velocity = 80 if moment.endswith("+") else 0
            events.append((round(float(moment[:-1]) * QUARTER), bytes((status, pitch, velocity))))
    body, tick, before = bytearray(), 0, 0
    for at, message in sorted(events, key=lambda event: event[0]):
        delta = at - tick
        body += bytes((0x80 | delta >> 14, 0x80 | delta >> 7 & 0x7F, delta & 0x7F))
        body += message[1:] if running and message[0] == before else message
        tick, before = at, message[0]
    return header() + chunk(body.hex() + "00ff2f00")


def lengths(data: bytes, pitch: int = 60, channel: int = 0) -> list[tuple[float, float]]:
    """Return the start and length in quarters of the notes of one key."""
    song, _ = opened(data)
    found = [note for track in song.tracks for note in track.notes if (note.pitch, note.channel) == (pitch, channel)]
    return [(note.start / QUARTER, round(note.duration / QUARTER, 2)) for note in found]


OTHERS = "0:72 " + " ".join(f"{at}+ {at + 1}-" for at in range(20, 32))  # unambiguous notes


@pytest.mark.parametrize("offs", [0x80, 0x90])
@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("others", [(), (OTHERS,)], ids=["alone", "with others"])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0+ 1+ 2- 4+ 5- 8+ 9-", [(0, 1), (1, 1), (4, 1), (8, 1)]),
        ("0+ 1+ 2- 4+ 5- 8+ 9+ 10- 12+ 13-", [(0, 1), (1, 1), (4, 1), (8, 1), (9, 1), (12, 1)]),
        ("0+ 1+ 2+ 3- 6+ 7-", [(0, 1), (1, 1), (2, 1), (6, 1)]),
        ("0+ 0+ 1- 4+ 5-", [(0, 1), (0, 1), (4, 1)]),
        ("0+ 0+ 0+ 0+ 1- 1- 1- 4+ 5-", [(0, 1)] * 4 + [(4, 1)]),
        ("0+ 1- 2+ 3+ 4- 6+ 7-", [(0, 1), (2, 1), (3, 1), (6, 1)]),
        ("0+ 1+ 2- 3- 4+ 5-", [(0, 2), (1, 2), (4, 1)]),  # nothing is missing: first in, first out
        ("0+ 0.5+ 1+ 1.5+ 2- 2.5- 3- 3.5-", [(0, 2), (0.5, 2), (1, 2), (1.5, 2)]),
    ],
)
def test_missing_note_off_changes_no_other_note(
    line: str, expected: list[tuple[float, float]], others: tuple[str, ...], offs: int, running: bool
) -> None:
    assert lengths(file_of(f"0:60 {line}", *others, offs=offs, running=running)) == expected


def test_missing_note_off_of_a_chord_leaves_the_other_keys_and_channels() -> None:
    data = file_of("0:60 0+ 1+ 2- 4+ 5-", "0:64 0+ 1- 1+ 2- 4+ 5-", "1:60 0+ 2- 4+ 6-")
    assert lengths(data) == [(0, 1), (1, 1), (4, 1)]
    assert lengths(data, 64) == [(0, 1), (1, 1), (4, 1)]
    assert lengths(data, 60, 1) == [(0, 2), (4, 2)]


def test_stack_before_a_missing_note_off_stays_first_in_first_out() -> None:
    assert lengths(file_of("0:60 0+ 1+ 2- 3- 8+ 9+ 10- 12+ 13-", OTHERS))[:2] == [(0, 2), (1, 2)]


def test_legato_that_lacks_its_last_note_off_stays_legato() -> None:
    legato = "0+ 4+ 4.1- 8+ 8.1- 12+ 12.1- 16+ 16.1-"
    long = "0:72 " + " ".join(f"{at}+ {at + 4}-" for at in range(20, 60, 4))
    assert [length for _, length in lengths(file_of(f"0:60 {legato}", long))[:4]] == [4.1] * 4


def test_note_without_note_off_ends_with_all_notes_off() -> None:
    data = header() + chunk("00 90 3c 40 60 b0 7b 00 60 90 40 40 60 80 40 40 00 ff 2f 00")
    assert opened(data)[0].tracks[0].notes.duration.tolist() == [96, 96]


def test_notes_without_any_note_off_end_at_the_next_of_their_key() -> None:
    assert lengths(file_of("0:60 0+ 1+ 3+", OTHERS)) == [(0, 1), (1, 2), (3, 29)]


def test_hanging_note_leaves_a_new_note_its_end() -> None:
    song, _ = opened(header() + chunk("00 90 3c 40 60 90 40 40 60 80 40 40 00 ff 2f 00"))
    edited = with_notes(song, 0, song.tracks[0].notes.joined(Notes.of([Note(120, 30, 60, 99)])))
    again, _ = opened(song_bytes(edited))
    assert list(again.tracks[0].notes)[1:] == [(96, 96, 64, 64, 0), (120, 30, 60, 99, 0)]
    assert again.tracks[0].notes.duration[0] <= 120


def test_hanging_note_keeps_its_shown_length_when_the_track_gets_longer() -> None:
    song, _ = opened(header() + chunk("00 90 3c 40 60 90 40 40 60 80 40 40 00 ff 2f 00"))
    edited = with_notes(song, 0, song.tracks[0].notes.joined(Notes.of([Note(900, 30, 64, 99)])))
    again, _ = opened(song_bytes(edited))
    assert again.tracks[0].notes == edited.tracks[0].notes


def test_hanging_note_keeps_its_shown_length_when_the_next_of_its_key_is_removed() -> None:
    song, _ = opened(file_of("0:60 0+ 1+ 2-", "0:64 0+ 8-"))
    kept = song.tracks[0].notes.select(np.flatnonzero(song.tracks[0].notes.start == 0))
    again, _ = opened(song_bytes(with_notes(song, 0, kept)))
    assert again.tracks[0].notes == kept


def test_stray_note_off_does_not_end_a_new_note() -> None:
    song, _ = opened(file_of("0:60 1-", "0:64 0+ 8-"))
    edited = with_notes(song, 0, song.tracks[0].notes.joined(Notes.of([Note(100, 2000, 60, 99)])))
    again, _ = opened(song_bytes(edited))
    assert again.tracks[0].notes == edited.tracks[0].notes


def test_stray_note_off_stays_where_it_ends_nothing() -> None:
    song, _ = opened(file_of("0:60 1-", "0:64 0+ 8-"))
    edited = with_notes(song, 0, song.tracks[0].notes.joined(Notes.of([Note(1000, 20, 60, 99)])))
    events = event_list(track_bodies(song_bytes(edited))[0])
    assert (480, b"\x80\x3c\x00") in [event.plain for event in events]


def test_too_many_missing_note_offs_are_found_in_one_pass() -> None:
    count = 6000
    ticks = np.arange(count + 1)
    sounding = np.ones(count + 1, np.bool_)
    sounding[-1] = False
    offs = match_notes(ticks, np.zeros(count + 1, np.int64), sounding)
    assert (offs == HANGING).sum() == count - 1
    assert missing_offs(ticks, np.arange(count), np.array([count]), 1.0).tolist() == list(range(count - 1))
