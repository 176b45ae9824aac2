"""System exclusives with a meaning of their own: resets and the master volume, for drums and synthesizer alike."""

from __future__ import annotations

import pytest

from jazzassist.domain.drums import DrumChannels
from jazzassist.domain.sysex import MasterVolume, Reset, is_reset, meaning, whole_messages

GM, GM_OFF, GM2 = (bytes((0xF0, 0x7E, 0x7F, 9, kind, 0xF7)) for kind in (1, 2, 3))


def gs(address: str, *data: int, command: int = 0x12) -> bytes:
    """A Roland GS message. Its checksum is not verified, so it is always 0."""
    return bytes((0xF0, 0x41, 0x10, 0x42, command, *bytes.fromhex(address), *data, 0, 0xF7))


def xg(address: str, *data: int, device: int = 0x10, model: int = 0x4C) -> bytes:
    """A Yamaha XG parameter change."""
    return bytes((0xF0, 0x43, device, model, *bytes.fromhex(address), *data, 0xF7))


MEANINGS = {
    "GM on": (GM, Reset("gm")),
    "GM off": (GM_OFF, Reset(None)),
    "GM2 on": (GM2, Reset("gm2")),
    "an unknown General MIDI message": (GM[:4] + b"\x04\xf7", None),
    "GM on with a byte too many": (GM[:-1] + b"\x00\xf7", None),
    "GS reset": (gs("40007f", 0), Reset("gs")),
    "GS off": (gs("40007f", 0x7F), Reset(None)),
    "SC-88, single module": (gs("00007f", 0), Reset("gs")),
    "SC-88, double module": (gs("00007f", 1), Reset("gs")),
    "GS reset without a checksum": (gs("40007f"), None),
    "a GS request": (gs("40007f", 0, command=0x11), None),
    "another GS parameter": (gs("400101", 0), None),
    "XG on": (xg("00007e", 0), Reset("xg")),
    "XG reset of all parameters": (xg("00007f", 0, device=0x1F), Reset("xg")),
    "another Yamaha model": (xg("00007e", 0, model=0x4B), None),
    "an XG bulk dump": (xg("00007e", 0, device=0x00), None),
    "XG without data": (xg("00007e"), None),
    "full master volume": (bytes.fromhex("f07f7f04017f7ff7"), MasterVolume(1.0)),
    "half the GS master volume": (gs("400004", 64), MasterVolume(64 / 127)),
    "no GS master volume": (gs("400004", 0), MasterVolume(0.0)),
    "full XG master volume": (xg("000004", 127), MasterVolume(1.0)),
    "a master volume that is too short": (bytes.fromhex("f07f7f040100f7"), None),
    "a note": (b"\x90\x3c\x40", None),
    "only the ends": (b"\xf0\xf7", None),
    "only the first byte": (b"\xf0", None),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_meaning_of_system_messages(name: str) -> None:
    message, expected = MEANINGS[name]
    assert meaning(message) == expected
    assert is_reset(message) == isinstance(expected, Reset)


@pytest.mark.parametrize("name", MEANINGS)
def test_the_last_byte_may_be_missing(name: str) -> None:
    message, expected = MEANINGS[name]
    assert meaning(message.removesuffix(b"\xf7") or message) == expected


def test_leaving_gs_makes_banks_count_again() -> None:
    """GS ignores bank 127, which selects drums elsewhere."""
    state = DrumChannels()
    for message in (gs("40007f", 0), b"\xba\x00\x7f", b"\xca\x00"):
        state.take(0, message)
    assert not state.is_drums(10)
    for message in (gs("40007f", 0x7F), b"\xba\x00\x7f", b"\xca\x00"):
        state.take(0, message)
    assert state.is_drums(10)


def test_incomplete_messages_of_a_track_are_not_sent() -> None:
    events = [(0, GM[:-1]), (5, b"\xf7\xf7"), (9, GM[:-1]), (9, GM2[:3]), (12, b"\xf7" + GM2[3:])]
    assert list(whole_messages(events)) == [(5, GM), (12, GM2)]
