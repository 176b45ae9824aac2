"""A Standard MIDI File as it is: its chunks with their bytes, and the events in its tracks.

Reading is lenient. Nothing is lost: every byte of the file belongs to exactly one part of an
`SmfFile`, and what was understood only by a guess is told in its findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jazzassist.midi.findings import Findings, in_words
from jazzassist.midi.smf_checks import check_events
from jazzassist.midi.smf_scan import ESCAPE, META, SYSEX, Scan, scan, variable_length

Ints = npt.NDArray[np.int64]

HEADER_SEARCH = 1 << 16  # bytes at the start of a file in which its header must begin


class NotMidi(Exception):
    """The bytes hold no Standard MIDI File; the message continues the sentence "<file> ..."."""


@dataclass(frozen=True)
class Span:
    """Bytes between tracks or after them: an unknown chunk, or what no chunk holds."""

    start: int
    end: int


@dataclass(frozen=True, eq=False)
class TrackChunk:
    """One MTrk chunk: data[start:end] of the file, and its events in columns (see `Scan`).

    `length_is_right`: the length in its header says where it really ends.
    `stop`: where the last event ends; what follows up to `end` is kept, and not played.
    """

    data: bytes
    start: int
    end: int
    length_is_right: bool
    ticks: Ints
    begins: Ints
    bodies: Ints
    statuses: Ints
    stop: int
    ended: bool

    @property
    def end_tick(self) -> int:
        """The tick of the end of track, or of the last event where there is none."""
        return int(self.ticks[-1]) if len(self.ticks) else 0

    @cached_property
    def array(self) -> npt.NDArray[np.uint8]:
        """The bytes of the whole file as an array."""
        return np.frombuffer(self.data, dtype=np.uint8)

    @cached_property
    def is_running(self) -> npt.NDArray[np.bool_]:
        """For each event whether its status byte was left out."""
        return self.array[self.bodies] < 0x80 if len(self.bodies) else np.zeros(0, dtype=np.bool_)

    @cached_property
    def stops(self) -> Ints:
        """For each event the offset after its last byte."""
        return np.append(self.begins[1:], self.stop)[: len(self.begins)]

    def event_data(self, index: int) -> bytes:
        """An event's message with its status byte, without lengths, its data bytes at most 127."""
        body, stop, status = int(self.bodies[index]), int(self.stops[index]), int(self.statuses[index])
        if status < SYSEX:
            first = body if self.is_running[index] else body + 1
            return bytes((status, *(min(byte, 0x7F) for byte in self.data[first:stop])))
        if status not in (META, SYSEX, ESCAPE):
            return self.data[body:stop]
        head = 2 if status == META else 1
        _, payload = variable_length(self.data, body + head, stop)
        return self.data[body : body + head] + self.data[payload:stop]


@dataclass(frozen=True, eq=False)
class SmfFile:
    """A whole file. Its bytes are those before `header`, the header, the parts, and those after `end`.

    `header`: from "MThd" to the first chunk. `riff_size_at`: where an RMID file keeps the length of
    what `header` begins, otherwise None.
    """

    data: bytes
    header: Span
    end: int
    riff_size_at: int | None
    format: int
    division: int
    parts: tuple[TrackChunk | Span, ...]

    @cached_property
    def tracks(self) -> tuple[TrackChunk, ...]:
        """The MTrk chunks in their order."""
        return tuple(part for part in self.parts if isinstance(part, TrackChunk))


def read_smf(data: bytes, findings: Findings) -> SmfFile:
    """The file's parts; NotMidi when there is no header. Oddities and repairs go to `findings`."""
    start, end, size_at = _find_header(data, findings)
    if end - start < 14:
        raise NotMidi("is cut short inside its header")
    header_end = _header_end(data, start, end, findings)
    format_, count, division = (int.from_bytes(data[start + at : start + at + 2], "big") for at in (8, 10, 12))
    parts = tuple(_parts(data, header_end, end, findings))
    smf = SmfFile(data, Span(start, header_end), end, size_at, format_, division, parts)
    _check_header(smf, count, findings)
    return smf


def _find_header(data: bytes, findings: Findings) -> tuple[int, int, int | None]:
    """Start and end of the Standard MIDI File in `data`, and where RIFF keeps its size."""
    riff = _riff_data(data)
    if riff is not None:
        return riff
    start = data.find(b"MThd", 0, HEADER_SEARCH)
    if start < 0:
        raise NotMidi("is not a MIDI file: it has no MThd header")
    if start:
        findings.tell(f"{in_words(start, 'byte')} before the MIDI header kept as found", 0)
    return start, len(data), None


def _riff_data(data: bytes) -> tuple[int, int, int | None] | None:
    """Start, end and place of the size of the MIDI data in a RIFF RMID file; None if it is none."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return None
    pos = 12
    while pos + 8 <= len(data):
        size = int.from_bytes(data[pos + 4 : pos + 8], "little")
        if data[pos : pos + 4] == b"data" and data[pos + 8 : pos + 12] == b"MThd":
            return pos + 8, min(pos + 8 + size, len(data)), pos + 4
        pos += 8 + size + size % 2
    return None


def _header_end(data: bytes, start: int, end: int, findings: Findings) -> int:
    """The offset after the header chunk, whose length may lie."""
    length = int.from_bytes(data[start + 4 : start + 8], "big")
    said = start + 8 + length
    if length >= 6 and said <= end and (said == end or _is_chunk(data, said, end)):
        return said
    found = data.find(b"MTrk", start + 14, end)
    real = found if found >= 0 else start + 14
    findings.repair(f"the header's length of {length} is wrong; read as {real - start - 8}", start + 4)
    return real


def _check_header(smf: SmfFile, count: int, findings: Findings) -> None:
    at = smf.header.start
    found = len(smf.tracks)
    if count != found:
        findings.repair(f"the header says {in_words(count, 'track')}; {found} found and read", at + 10)
    if smf.format > 2:
        findings.repair(f"there is no format {smf.format}; read like format 1", at + 8)
    elif smf.format == 2:
        findings.tell("format 2: its tracks are pieces of their own, shown and played together", at + 8)
    elif smf.format == 0 and found > 1:
        findings.tell(f"format 0 with {found} tracks; read like format 1", at + 8)
    if smf.division == 0:
        findings.repair("the header says 0 ticks per quarter note; read as 480", at + 12)


def _is_chunk(data: bytes, pos: int, end: int) -> bool:
    """True when a track, or an unknown chunk that fits before `end`, may begin at `pos`."""
    name = data[pos : pos + 4]
    if name == b"MTrk":
        return True
    length = int.from_bytes(data[pos + 4 : pos + 8], "big")
    return pos + 8 + length <= end and len(name) == 4 and all(32 <= byte < 127 for byte in name)


def _parts(data: bytes, pos: int, end: int, findings: Findings) -> Iterator[TrackChunk | Span]:
    """The chunks in data[pos:end] and whatever lies between them, without a gap."""
    number = 0
    while pos < end:
        part: TrackChunk | Span
        if data[pos : pos + 4] == b"MTrk" and pos + 8 <= end:
            number += 1
            part = _track(data, pos, end, number, findings)
        elif pos + 8 <= end and _is_chunk(data, pos, end):
            part = Span(pos, pos + 8 + int.from_bytes(data[pos + 4 : pos + 8], "big"))
        else:
            found = data.find(b"MTrk", pos + 1, end)
            part = Span(pos, found if found >= 0 else end)
            told = f"{in_words(part.end - part.start, 'byte')} outside all chunks kept as found"
            (findings.repair if found >= 0 or data[pos : pos + 1] == b"M" else findings.tell)(told, pos)
        yield part
        pos = part.end


def _track(data: bytes, start: int, end: int, number: int, findings: Findings) -> TrackChunk:
    """The MTrk chunk at `start`, wherever it really ends."""
    body = start + 8
    said = body + int.from_bytes(data[start + 4 : body], "big")
    events, real = _extent(data, body, said, end)
    if real != said:
        findings.repair(f"the track's length of {said - body} is wrong; read as {real - body}", start + 4, number)
    chunk = TrackChunk(
        data=data,
        start=start,
        end=real,
        length_is_right=real == said,
        ticks=np.array(events.ticks, np.int64),
        begins=np.array(events.begins, np.int64),
        bodies=np.array(events.bodies, np.int64),
        statuses=np.array(events.statuses, np.int64),
        stop=events.stop,
        ended=events.ended,
    )
    check_events(data, events, number, findings)
    _tell_end(chunk, events, number, findings)
    return chunk


def _extent(data: bytes, body: int, said: int, end: int) -> tuple[Scan, int]:
    """The events of a track and its real end, where `said` is what its header says and `end` the file's."""
    if said > end:
        limit = _next_track(data, body, end)
        return scan(data, body, limit), limit
    events = scan(data, body, said)
    if events.ended and events.stop < said and data[events.stop : events.stop + 4] == b"MTrk":
        return events, events.stop
    if events.ended or said == end or _is_chunk(data, said, end):
        return events, said
    limit = _next_track(data, said, end)
    longer = scan(data, body, limit)  # nothing begins where this track should end: does it go on?
    if longer.stop == limit or (longer.ended and _is_chunk(data, longer.stop, end)):
        return longer, longer.stop
    return events, said


def _next_track(data: bytes, pos: int, end: int) -> int:
    """Where the next track begins, or `end`: damage in one track shall not swallow another."""
    found = data.find(b"MTrk", pos, end)
    return found if found >= 0 else end


def _tell_end(chunk: TrackChunk, events: Scan, number: int, findings: Findings) -> None:
    left = chunk.end - chunk.stop
    if not events.whole:
        findings.repair(
            f"the track is cut short: {in_words(left, 'byte')} from here on are no whole event, kept but not played",
            chunk.stop,
            number,
        )
    elif not events.ended:
        findings.repair("the end of track is missing; the track ends with its last event", chunk.stop, number)
    elif left:
        findings.tell(f"{in_words(left, 'byte')} after the end of track kept, not played", chunk.stop, number)
