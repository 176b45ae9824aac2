"""System exclusive messages that General MIDI, Roland GS and Yamaha XG synthesizers have in common.

Messages are `F0 ... F7`. `meaning` also accepts a message without its final F7, as some files store it. Roland messages
must have a checksum, but it is not verified, because synthesizers differ in whether they do that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

System = Literal["gm", "gm2", "gs", "xg"]

GM_ON = bytes.fromhex("f07e7f0901f7")
_NON_REAL_TIME, _REAL_TIME, _ROLAND, _YAMAHA = 0x7E, 0x7F, 0x41, 0x43
_GS_MODEL, _GS_SET, _XG_MODEL = 0x42, 0x12, 0x4C
_GS_MODE, _SC88_MODE, _GS_VOLUME = (0x40, 0x00, 0x7F), (0x00, 0x00, 0x7F), (0x40, 0x00, 0x04)
_XG_ON, _XG_ALL_RESET, _XG_VOLUME = (0x00, 0x00, 0x7E), (0x00, 0x00, 0x7F), (0x00, 0x00, 0x04)

Address = tuple[int, ...]


@dataclass(frozen=True)
class Reset:
    """Sets every channel to its defaults. `system`: the standard to follow from here on, None for the device's own."""

    system: System | None


@dataclass(frozen=True)
class MasterVolume:
    """Sets the volume of the whole instrument, from 0 to 1."""

    volume: float


Meaning = Reset | MasterVolume


def meaning(message: bytes) -> Meaning | None:
    """Return the reset or master volume that a system exclusive message sets, or None for any other message."""
    message = message if message.endswith(b"\xf7") else message + b"\xf7"
    if message[0] != 0xF0 or len(message) < 6:
        return None
    if message[1] == _NON_REAL_TIME:
        return _general_midi(message)
    if message[1] == _REAL_TIME:
        is_volume = message[3:5] == b"\x04\x01" and len(message) >= 8
        return MasterVolume((message[6] << 7 | message[5]) / 16383) if is_volume else None
    roland, xg = roland_data(message), xg_data(message)
    if roland is not None:
        return _roland(*roland)
    return _yamaha(*xg) if xg is not None else None


def is_reset(message: bytes) -> bool:
    """Return True if the message sets every channel of an instrument to its defaults."""
    return isinstance(meaning(message), Reset)


def roland_data(message: bytes) -> tuple[Address, bytes] | None:
    """Return the address (3 bytes) and the data of a GS data set message (DT1), or None for any other message."""
    if message[:2] != bytes((0xF0, _ROLAND)) or message[3:5] != bytes((_GS_MODEL, _GS_SET)) or len(message) < 11:
        return None
    return tuple(message[5:8]), message[8:-2]


def xg_data(message: bytes) -> tuple[Address, bytes] | None:
    """Return the address (3 bytes) and the data of an XG parameter change, or None for any other message."""
    is_yamaha = message[:2] == bytes((0xF0, _YAMAHA)) and len(message) >= 9
    if not is_yamaha or message[2] & 0xF0 != 0x10 or message[3] != _XG_MODEL:
        return None
    return tuple(message[4:7]), message[7:-1]


def _general_midi(message: bytes) -> Meaning | None:
    """GM on, GM off (back to the device's own defaults), and GM2 on."""
    if len(message) != 6 or message[3] != 9:
        return None
    return {1: Reset("gm"), 2: Reset(None), 3: Reset("gm2")}.get(message[4])


def _roland(address: Address, data: bytes) -> Meaning | None:
    if address == _GS_MODE:  # value 0 turns GS on; 127 leaves it
        return Reset("gs" if data[0] == 0 else None)
    if address == _SC88_MODE:  # single or double module: GS either way
        return Reset("gs")
    return MasterVolume(data[0] / 127) if address == _GS_VOLUME else None


def _yamaha(address: Address, data: bytes) -> Meaning | None:
    if address in (_XG_ON, _XG_ALL_RESET):
        return Reset("xg")
    return MasterVolume(data[0] / 127) if address == _XG_VOLUME else None


def whole_messages(events: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield those of the (tick, event) pairs that are complete channel messages or system exclusives.

    A system exclusive that is divided into packets is joined, and yielded at the tick of its last packet.
    """
    pending = b""
    for tick, data in events:
        status = data[0]
        if 0x80 <= status < 0xF0:
            if len(data) == (2 if status & 0xE0 == 0xC0 else 3) and data[1:].isascii():  # below 0x80
                yield tick, data
        elif status == 0xF0 or (status == 0xF7 and pending):
            pending = data if status == 0xF0 else pending + data[1:]
            if pending[-1] == 0xF7 and pending[1:-1].isascii():
                yield tick, pending
            if pending[-1] == 0xF7:
                pending = b""
