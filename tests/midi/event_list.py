"""An independent reader of track events as plain tuples, to measure what a saved edit changed."""

from __future__ import annotations

from typing import NamedTuple


class Read(NamedTuple):
    """One event: absolute tick, whole message with its status byte, and whether it used running status."""

    tick: int
    message: bytes
    running: bool

    @property
    def plain(self) -> tuple[int, bytes]:
        """Return (tick, message), without the encoding."""
        return self.tick, self.message


def track_bodies(data: bytes) -> list[bytes]:
    """Return the bodies of the MTrk chunks of a file with correct lengths."""
    bodies, pos = [], data.index(b"MThd")
    while pos + 8 <= len(data):
        size = int.from_bytes(data[pos + 4 : pos + 8], "big")
        if data[pos : pos + 4] == b"MTrk":
            bodies.append(data[pos + 8 : pos + 8 + size])
        pos += 8 + size
    return bodies


def event_list(body: bytes, *, strict: bool = True) -> list[Read]:
    """Return all events up to the end of track. Unless `strict`, running status may continue after a meta event."""
    found: list[Read] = []
    pos = tick = running = 0
    interrupted = False
    while pos < len(body):
        delta, pos = _number(body, pos)
        tick += delta
        first = body[pos]
        status = running if first < 0x80 else first
        assert first >= 0x80 or not (strict and interrupted), "running status after a meta event"
        start = pos
        if status in (0xF0, 0xF7, 0xFF):
            size, payload = _number(body, pos + (2 if status == 0xFF else 1))
            pos = payload + size
            interrupted = True
            found.append(Read(tick, body[start : start + (2 if status == 0xFF else 1)] + body[payload:pos], False))
            if status == 0xFF and body[start + 1] == 0x2F:
                break
            continue
        pos += (first >= 0x80) + _size(status)
        found.append(Read(tick, bytes((status,)) + body[start + (first >= 0x80) : pos], first < 0x80))
        if status < 0xF0:
            running, interrupted = status, False
    return found


def note_pairs(events: list[Read]) -> list[tuple[int, int | None]]:
    """Return the indices of each note's two events, in the order of the note-ons; first in, first out."""
    pairs: list[tuple[int, int | None]] = []
    waiting: dict[tuple[int, int], list[int]] = {}
    for place, (_, message, _) in enumerate(events):
        kind, key = message[0] & 0xF0, (message[0] & 0x0F, message[1] if len(message) > 1 else 0)
        if kind == 0x90 and message[2]:
            waiting.setdefault(key, []).append(len(pairs))
            pairs.append((place, None))
        elif kind in (0x80, 0x90) and waiting.get(key):
            note = waiting[key].pop(0)
            pairs[note] = (pairs[note][0], place)
    return pairs


def _size(status: int) -> int:
    if status >= 0xF0:
        return {0xF1: 1, 0xF2: 2, 0xF3: 1}.get(status, 0)
    return 1 if status & 0xF0 in (0xC0, 0xD0) else 2


def _number(body: bytes, pos: int) -> tuple[int, int]:
    value = 0
    while True:
        value = value << 7 | body[pos] & 0x7F
        pos += 1
        if body[pos - 1] < 0x80:
            return value, pos
