"""Detection of drum tracks in General MIDI 1 and 2, GS and XG, by bank selects and system exclusives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jazzassist.domain.drums import DrumChannels, with_drums
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.domain.suggestion import Controls, bridge_request

GM_ON, GM2_ON = bytes.fromhex("f07e7f0901f7"), bytes.fromhex("f07e7f0903f7")
GS_RESET, XG_ON = bytes.fromhex("f04110421240007f0041f7"), bytes.fromhex("f043104c00007e00f7")


def gs(block: int, address: int, *data: int) -> bytes:
    """A GS message for a part. Its checksum is not verified, so it is always 0."""
    return bytes((0xF0, 0x41, 0x10, 0x42, 0x12, 0x40, 0x10 | block, address, *data, 0, 0xF7))


def xg(part: int, address: int, *data: int) -> bytes:
    """An XG parameter change for a part."""
    return bytes((0xF0, 0x43, 0x10, 0x4C, 0x08, part, address, *data, 0xF7))


def bank(channel: int, number: int, program: int | None = 0) -> list[bytes]:
    """Bank select, then the program."""
    selected = [bytes((0xB0 | channel, 0, number)), bytes((0xB0 | channel, 32, 0))]
    return selected if program is None else [*selected, bytes((0xC0 | channel, program))]


CASES = {
    "nothing": ([], {9}),
    "GS rhythm part 11": ([gs(0xA, 0x15, 1)], {9, 10}),
    "GS second map on part 1": ([GS_RESET, gs(1, 0x15, 2)], {0, 9}),
    "GS part 10 no rhythm": ([gs(0, 0x15, 0)], set()),
    "GS in a longer message": ([gs(0xA, 0x13, 1, 1, 1)], {9, 10}),
    "GS part 12 listens to channel 3": ([gs(0xB, 0x02, 2), gs(0xB, 0x15, 1)], {2, 9}),
    "GS reset after it": ([gs(0xA, 0x15, 1), GS_RESET], {9}),
    "GM on after it": ([gs(0xA, 0x15, 1), GM_ON], {9}),
    "a request is no setting": ([gs(0xA, 0x15, 1)[:4] + b"\x11" + gs(0xA, 0x15, 1)[5:]], {9}),
    "XG drum bank": ([XG_ON, *bank(10, 127)], {9, 10}),
    "XG drum bank without XG on": (bank(10, 127), {9, 10}),
    "XG effects kit": ([XG_ON, *bank(10, 126)], {9, 10}),
    "bank 126 without XG": (bank(10, 126), {9}),
    "XG part mode": ([XG_ON, xg(10, 0x07, 1)], {9, 10}),
    "XG drum set-up 3": ([xg(3, 0x07, 4)], {3, 9}),
    "XG part 10 normal": ([XG_ON, xg(9, 0x07, 0)], set()),
    "XG in a longer message": ([xg(10, 0x04, 10, 0, 0, 1)], {9, 10}),
    "XG on after it": ([xg(10, 0x07, 1), XG_ON], {9}),
    "GM2 rhythm bank": ([GM2_ON, *bank(10, 120)], {9, 10}),
    "GM2 melody on 10": ([GM2_ON, *bank(9, 121, 11)], set()),
    "GM2 melody elsewhere": ([GM2_ON, *bank(0, 121)], {9}),
    "GS has variations": ([GS_RESET, *bank(10, 120), *bank(11, 127)], {9}),
    "bank 0 on channel 10": (bank(9, 0), {9}),
    "back to bank 0": ([*bank(10, 127), *bank(10, 0)], {9}),
    "a bank without its program yet": ([b"\xca\x00", *bank(10, 127, None)], {9}),
    "a bank without any program": (bank(10, 127, None), {9, 10}),
}


@pytest.mark.parametrize("name", CASES)
def test_channels_that_sound_a_kit(name: str) -> None:
    messages, expected = CASES[name]
    state = DrumChannels()
    for message in messages:
        state.take(0, message)
    assert {channel for channel in range(16) if state.is_drums(channel)} == expected


def test_ports_have_drums_of_their_own() -> None:
    state = DrumChannels()
    state.take(1, gs(0xA, 0x15, 1))
    state.take(0, GM_ON)
    state.take(1, bytes((0xC9, 12)))
    assert state.is_drums(16 + 10)
    assert not state.is_drums(10)
    assert state.is_drums(9)
    assert not state.is_drums(16 + 9), "a marimba is no kit"
    state.take(1, bytes((0xC9, 0)))
    assert state.is_drums(16 + 9)


def band(*setup: bytes, events: tuple[Event, ...] = ()) -> Song:
    notes = [Note(beat * 480, 240, 36 + beat % 5, 90, 10) for beat in range(32)]
    head = Track("Set-up", events=tuple(Event(0, data) for data in setup))
    return with_drums(Song(480, (head, Track("Acoustic Grand Piano", Notes.of(notes), events, 10))))


def test_a_track_is_marked_by_what_is_in_force_at_its_first_note_and_named_after_it() -> None:
    made = band(gs(0xA, 0x15, 1))
    assert [(track.name, track.is_drums) for track in made.tracks] == [("Set-up", False), ("Drums", True)]
    later = band(events=(Event(960, gs(0xA, 0x15, 1)),))
    assert not later.tracks[1].is_drums
    assert later.tracks[1].name == "Acoustic Grand Piano"


def test_a_song_without_anything_special_is_the_same_object() -> None:
    made = Song(480, (Track("Drums", Notes.of([Note(0, 9, 36, 90, 9)]), channel=9),))
    assert with_drums(made) is made


def test_the_network_is_asked_for_drums() -> None:
    made = band(gs(0xA, 0x15, 1))
    request = bridge_request(made, Gap((1,), 8 * 480, 12 * 480), Controls())
    assert request.is_for_drums
    plain = replace(made.tracks[1], drums=None)
    other = bridge_request(made.with_track(1, plain), Gap((1,), 8 * 480, 12 * 480), Controls())
    assert not other.is_for_drums
    assert other.context_hash != request.context_hash
