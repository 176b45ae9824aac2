"""Checks of the events of a track against the Standard MIDI Files specification."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from jazzassist.midi.findings import Findings, Oddity
from jazzassist.midi.smf_scan import DATA_SIZES, END_OF_TRACK, ESCAPE, META, SYSEX, UNREADABLE, Scan, variable_length

Ints = npt.NDArray[np.int64]

_SEQUENCE_NUMBER, _CHANNEL_PREFIX, _PORT, _TEMPO, _SMPTE_OFFSET, _METER, _KEY = 0x00, 0x20, 0x21, 0x51, 0x54, 0x58, 0x59


def _known(name: str, sizes: tuple[int, ...], fits: Callable[[bytes], bool] = lambda payload: True) -> _Rule:
    return name, sizes, fits


_Rule = tuple[str, tuple[int, ...], Callable[[bytes], bool]]

_RULES: dict[int, _Rule] = {
    _SEQUENCE_NUMBER: _known("sequence number", (0, 2)),
    _CHANNEL_PREFIX: _known("channel prefix", (1,)),
    _PORT: _known("port prefix", (1,)),
    END_OF_TRACK: _known("end of track", (0,)),
    _TEMPO: _known("tempo", (3,), any),
    _SMPTE_OFFSET: _known("SMPTE offset", (5,), lambda payload: _is_smpte_time(payload)),
    _METER: _known("time signature", (4,), lambda p: p[0] > 0 and p[1] <= 7),
    _KEY: _known("key signature", (2,), lambda p: p[1] < 2 and (p[0] <= 7 or p[0] >= 249)),
}


def _is_smpte_time(payload: bytes) -> bool:
    """Return True if hours (frame rate in the high bits), minutes, seconds, frames and subframes are valid."""
    hours, minutes, seconds, frames, hundredths = payload
    return hours < 0x80 and hours & 0x1F < 24 and minutes < 60 and seconds < 60 and frames < 30 and hundredths < 100


def check_events(data: bytes, events: Scan, track: int, findings: Findings) -> None:
    """Add irregularities and repairs in the events of a track to `findings`. `track`: its number from 1."""
    if not events.ticks:
        return
    stops = [*events.begins[1:], events.stop]
    for status, body, end in zip(events.statuses, events.bodies, stops, strict=True):
        if status == META:
            _check_meta(data, body, end, track, findings)
    begins, bodies = np.array(events.begins, np.int64), np.array(events.bodies, np.int64)
    _report(begins[bodies - begins > 4], Oddity.LONG_DELTA_TIME, track, findings, damage=False)
    if any(status != META for status in events.statuses):
        _check_messages(data, bodies, np.array(stops, np.int64), np.array(events.statuses, np.int64), track, findings)


def _check_messages(data: bytes, bodies: Ints, ends: Ints, statuses: Ints, track: int, findings: Findings) -> None:
    """Check all events but meta events."""
    running = (np.frombuffer(data, np.uint8)[bodies] < 0x80).astype(np.int64)
    _check_data_bytes(data, (bodies, ends, statuses, running), track, findings)
    _check_statuses((bodies, statuses, running), track, findings)
    _check_sysex(data, (bodies, ends, statuses), track, findings)


def _check_data_bytes(data: bytes, columns: tuple[Ints, ...], track: int, findings: Findings) -> None:
    bodies, ends, statuses, running = columns
    channel = (statuses < SYSEX) & (statuses != UNREADABLE)
    array = np.frombuffer(data, np.uint8)
    first = (bodies + (running == 0))[channel]
    last = (ends - 1)[channel]
    high = np.maximum(array[first], array[last]) > 0x7F
    _report(first[high], Oddity.DATA_BYTE_ABOVE_127, track, findings)


def _check_statuses(columns: tuple[Ints, ...], track: int, findings: Findings) -> None:
    bodies, statuses, running = columns
    unreadable = statuses == UNREADABLE
    _report(bodies[unreadable], Oddity.NO_STATUS_BYTE, track, findings)
    before = np.concatenate(([0], statuses[:-1]))
    lenient = (running != 0) & ~unreadable & ((before == META) | (before == SYSEX) | (before == ESCAPE))
    _report(bodies[lenient], Oddity.RUNNING_STATUS_INTERRUPTED, track, findings)
    alien = (statuses > SYSEX) & (statuses != ESCAPE) & (statuses != META)
    for status in np.unique(statuses[alien]).tolist():
        facts = {"status": f"{status:02X}", "size": DATA_SIZES[status]}
        _report(bodies[statuses == status], Oddity.STATUS_BYTE, track, findings, **facts)


def _check_sysex(data: bytes, columns: tuple[Ints, ...], track: int, findings: Findings) -> None:
    """Check that each system exclusive ends in F7 or continues in F7 packets, and that its data are below 128."""
    bodies, ends, statuses = columns
    following = np.append(statuses[1:], META)
    for index in np.flatnonzero(statuses == SYSEX).tolist():
        body, end = int(bodies[index]), int(ends[index])
        _, start = variable_length(data, body + 1, end)
        last = data[end - 1] if end > start else 0
        if last != ESCAPE and following[index] != ESCAPE:
            findings.note(Oddity.SYSEX_WITHOUT_END, body, track)
        if max(data[start : end - (last == ESCAPE)], default=0) > 0x7F:
            findings.note(Oddity.SYSEX_DATA_ABOVE_127, body, track)


def _report(
    offsets: Ints, oddity: Oddity, track: int, findings: Findings, *, damage: bool = True, **facts: int | str
) -> None:
    if len(offsets):
        add = findings.repair if damage else findings.note
        add(oddity, int(offsets[0]), track, count=len(offsets), **facts)


def _check_meta(data: bytes, body: int, end: int, track: int, findings: Findings) -> None:
    rule = _RULES.get(data[body + 1])
    if rule is None:
        return
    name, sizes, fits = rule
    _, start = variable_length(data, body + 2, end)
    payload = data[start:end]
    if len(payload) not in sizes:
        findings.note(Oddity.META_SIZE, body, track, name=name, size=len(payload))
    elif not fits(payload):
        findings.note(Oddity.META_VALUE, body, track, name=name, value=payload.hex(" "))


def is_sound_meta(kind: int, payload: bytes) -> bool:
    """Return True if a meta event has a valid size and value. Unknown meta events are always valid."""
    _, sizes, fits = _RULES.get(kind, ("", (len(payload),), lambda payload: True))
    return len(payload) in sizes and bool(fits(payload))
