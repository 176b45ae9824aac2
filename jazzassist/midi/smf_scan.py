"""Lenient scanner for the events of a track in a Standard MIDI File."""

from __future__ import annotations

from dataclasses import dataclass

UNREADABLE = 0  # the status of data bytes without a preceding status byte
META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
END_OF_TRACK = 0x2F

_EVENTS_LOOKED_AT = 16
_GOOD_EVENTS = 3  # well-formed musical events that count as music even if damage follows
_MUSICAL_METAS = frozenset((0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x51, 0x58, 0x59))

_TICK_LIMIT = 0xFFFFFFFF  # limits absurd delta times, so that their sum fits into 64 bits


def _data_sizes() -> tuple[int, ...]:
    """Return the number of data bytes for each status byte: 0 for undefined and real-time ones."""
    channel = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
    system = {0xF1: 1, 0xF2: 2, 0xF3: 1}
    return tuple(channel.get(status >> 4, system.get(status, 0)) for status in range(256))


DATA_SIZES = _data_sizes()


@dataclass(frozen=True)
class Scan:
    """The events of one track in columns of shape (number of events,). Offsets are bytes from the start of the file.

    `ticks`: absolute ticks. `begins`: offsets of the delta times. `bodies`: offsets after the delta times.
    `statuses`: status bytes, with running status resolved; UNREADABLE if there is none.
    An event extends to the beginning of the next, the last one to `stop`.
    `ended`: whether the last event is an end of track. `whole`: whether all bytes up to the given end (or to the
    end of track) were understood. `early_ends`: offsets of ends of track that were skipped because music follows.
    """

    ticks: list[int]
    begins: list[int]
    bodies: list[int]
    statuses: list[int]
    stop: int
    ended: bool
    whole: bool
    early_ends: tuple[int, ...] = ()


def scan(data: bytes, start: int, end: int) -> Scan:
    """Return the events in data[start:end], up to the end of track or the first event that is cut short.

    An end of track that is followed by music is skipped.
    """
    ticks: list[int] = []
    begins: list[int] = []
    bodies: list[int] = []
    statuses: list[int] = []
    sizes = DATA_SIZES
    tick = running = 0
    pos = stop = start
    ended = False
    early: list[int] = []
    while pos < end:  # no function calls for ordinary events: a song has hundreds of thousands
        delta = data[pos]
        pos += 1
        if delta > 0x7F:
            delta, pos = variable_length(data, pos - 1, end)
        if pos >= end:
            break
        body = pos
        status = data[pos]
        if status < 0x80:
            status = running
            pos += sizes[status] if status else 2  # running status: most messages have two bytes
        elif status < SYSEX:
            running = status
            pos += 1 + sizes[status]
        elif status in (META, SYSEX, ESCAPE):
            size, pos = variable_length(data, pos + (2 if status == META else 1), end)
            pos += size
        else:
            pos += 1 + sizes[status]
        if pos > end:
            break
        tick += delta
        ticks.append(tick)
        begins.append(stop)
        bodies.append(body)
        statuses.append(status)
        stop = pos
        if status == META and data[body + 1] == END_OF_TRACK:
            if not music_follows(data, pos, end, running):
                ended = True
                break
            early.append(body)
    return Scan(ticks, begins, bodies, statuses, stop, ended, ended or stop >= end, tuple(early))


def music_follows(data: bytes, pos: int, end: int, running: int = 0) -> bool:
    """Return True if data[pos:end] looks like more events of a track rather than padding or other data.

    Only a few events are examined, so that a track with many ends of track is read in linear time.
    """
    good = 0
    for _ in range(_EVENTS_LOOKED_AT):
        if pos >= end:
            break
        event = _well_formed(data, pos, end, running)
        if event is None:
            return good >= _GOOD_EVENTS
        is_music, running, pos = event
        good += is_music
    return good > 0


def _well_formed(data: bytes, pos: int, end: int, running: int) -> tuple[bool, int, int] | None:
    """Return whether the event at `pos` is music, the running status and the event's end; None if it is invalid."""
    _, body = variable_length(data, pos, end)
    if body >= end:
        return None
    status = data[body]
    if status in (META, SYSEX, ESCAPE):
        size, payload = variable_length(data, body + (2 if status == META else 1), end)
        if payload + size > end:
            return None
        return status == META and data[body + 1] in _MUSICAL_METAS, running, payload + size
    explicit = status >= 0x80
    status = status if explicit else running
    first = body + explicit
    last = first + DATA_SIZES[status]
    if not 0x80 <= status < SYSEX or last > end or max(data[first:last]) > 0x7F:
        return None
    sounds = status & 0xF0 == 0x90 and data[first + 1] > 0
    return explicit or sounds, status, last


def variable_length(data: bytes, pos: int, end: int) -> tuple[int, int]:
    """Return the variable-length number at `pos` and the offset after it (greater than `end` if it is cut short)."""
    value = 0
    while pos < end:
        byte = data[pos]
        pos += 1
        value = (value << 7 | byte & 0x7F) & _TICK_LIMIT
        if byte < 0x80:
            return value, pos
    return 0, end + 1


def encode_variable_length(value: int) -> bytes:
    """Return the shortest variable-length encoding of a number >= 0."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))
