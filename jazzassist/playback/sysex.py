"""System exclusive messages that concern a whole synthesizer: resets and the master volume."""

from __future__ import annotations

from dataclasses import dataclass

_UNIVERSAL, _REAL_TIME, _ROLAND, _YAMAHA = 0x7E, 0x7F, 0x41, 0x43
_GS_MODEL, _GS_SET, _XG_MODEL = 0x42, 0x12, 0x4C


@dataclass(frozen=True)
class Reset:
    """Everything is as after switching on. `standard` is "GM", "GM2", "GS", "XG", or None for the device's own."""

    standard: str | None


@dataclass(frozen=True)
class MasterVolume:
    """The volume of everything, 0 to 1."""

    volume: float


Meaning = Reset | MasterVolume


def meaning(data: bytes) -> Meaning | None:
    """What the message (`F0` ... , with or without its `F7`) says, None when it is none of these."""
    body = data[1:-1] if data.endswith(b"\xf7") else data[1:]
    if len(body) < 4:
        return None
    if body[0] == _UNIVERSAL and body[2] == 9:
        return {1: Reset("GM"), 2: Reset(None), 3: Reset("GM2")}.get(body[3])
    if body[0] == _REAL_TIME and body[2:4] == b"\x04\x01" and len(body) >= 6:
        return MasterVolume((body[5] << 7 | body[4]) / 16383)
    if body[0] == _ROLAND and body[2:4] == bytes((_GS_MODEL, _GS_SET)) and len(body) >= 8:
        return _roland(body[4:7], body[7])
    if body[0] == _YAMAHA and body[1] & 0xF0 == 0x10 and body[2] == _XG_MODEL and len(body) >= 7:
        return _yamaha(body[3:6], body[6])
    return None


def _roland(address: bytes, value: int) -> Meaning | None:
    if address == b"\x40\x00\x7f":
        return Reset("GS" if value == 0 else None)
    if address == b"\x00\x00\x7f":
        return Reset("GS")
    if address == b"\x40\x00\x04":
        return MasterVolume(value / 127)
    return None


def _yamaha(address: bytes, value: int) -> Meaning | None:
    if address in (b"\x00\x00\x7e", b"\x00\x00\x7f"):
        return Reset("XG")
    if address == b"\x00\x00\x04":
        return MasterVolume(value / 127)
    return None
