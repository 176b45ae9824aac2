"""Reading the system exclusives that synthesizers of General MIDI, Roland GS and Yamaha XG have in common.

Messages are whole: `F0 ... F7`. Checksums are not examined, since instruments differ in that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

System = Literal["gm", "gm2", "gs", "xg"]

GM_ON = bytes.fromhex("f07e7f0901f7")
_GM = {1: "gm", 2: "gm", 3: "gm2"}  # 2 turns General MIDI off, which leaves an instrument at its own defaults
_GS_RESETS = ((0x40, 0x00, 0x7F), (0x00, 0x00, 0x7F))  # GS reset; system mode of the SC-88
_XG_RESETS = ((0x00, 0x00, 0x7E), (0x00, 0x00, 0x7F))  # XG system on; all parameters reset


def system_set_by(message: bytes) -> System | None:
    """The system that this message resets an instrument to, or None where it is no reset."""
    if message[:2] == b"\xf0\x7e" and len(message) == 6 and message[3] == 9:
        found: str | None = _GM.get(message[4])
        return found  # type: ignore[return-value]
    roland, xg = roland_data(message), xg_data(message)
    if roland is not None and roland[0] in _GS_RESETS:
        return "gs"
    if xg is not None and xg[0] in _XG_RESETS:
        return "xg"
    return None


def is_reset(message: bytes) -> bool:
    """Whether the message sets every channel of an instrument back to its defaults."""
    return system_set_by(message) is not None


def roland_data(message: bytes) -> tuple[tuple[int, ...], bytes] | None:
    """The address (3 bytes) and the data that a GS instrument is sent, or None."""
    if message[:2] != b"\xf0\x41" or message[3:5] != b"\x42\x12" or len(message) < 11:
        return None
    return tuple(message[5:8]), message[8:-2]


def xg_data(message: bytes) -> tuple[tuple[int, ...], bytes] | None:
    """The address (3 bytes) and the data of an XG parameter change, or None."""
    if message[:2] != b"\xf0\x43" or len(message) < 9 or message[2] & 0xF0 != 0x10 or message[3] != 0x4C:
        return None
    return tuple(message[4:7]), message[7:-1]


def whole_messages(events: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Of these (tick, event), the channel messages and system exclusives that are complete.

    A system exclusive in several packets comes as one, where its last packet is.
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
