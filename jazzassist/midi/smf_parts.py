"""The parts of a Standard MIDI File: tracks with their events in columns, and other bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jazzassist.midi.smf_scan import ESCAPE, META, SYSEX, Scan, variable_length

Ints = npt.NDArray[np.int64]


class NotMidi(Exception):
    """The bytes are not a Standard MIDI File. The message continues the sentence "<file> ..."."""


@dataclass(frozen=True)
class Span:
    """Bytes data[start:end] that are not a track: an unknown chunk, or bytes outside all chunks.

    `stands_alone`: other programs skip it where it is, so a repair keeps it unchanged.
    """

    start: int
    end: int
    stands_alone: bool = False


@dataclass(frozen=True, eq=False)
class TrackChunk:
    """One MTrk chunk, data[start:end] of the file, with its events in columns (see `Scan`).

    `length_is_right`: whether the length in its header is correct.
    `stop`: the end of the last event. The bytes from there to `end` are kept but not played.
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
        """The tick of the end of track, or of the last event if there is no end of track."""
        return int(self.ticks[-1]) if len(self.ticks) else 0

    @cached_property
    def array(self) -> npt.NDArray[np.uint8]:
        """The bytes of the whole file as an array."""
        return np.frombuffer(self.data, dtype=np.uint8)

    @cached_property
    def is_running(self) -> npt.NDArray[np.bool_]:
        """For each event, whether it uses running status."""
        return self.array[self.bodies] < 0x80 if len(self.bodies) else np.zeros(0, dtype=np.bool_)

    @cached_property
    def stops(self) -> Ints:
        """For each event, the offset after its last byte."""
        return np.append(self.begins[1:], self.stop)[: len(self.begins)]

    def event_data(self, index: int) -> bytes:
        """Return an event's message with its status byte, without lengths, with data bytes limited to 127."""
        body, stop, status = int(self.bodies[index]), int(self.stops[index]), int(self.statuses[index])
        if status < SYSEX:
            first = body if self.is_running[index] else body + 1
            return bytes((status, *(min(byte, 0x7F) for byte in self.data[first:stop])))
        if status not in (META, SYSEX, ESCAPE):
            return self.data[body:stop]
        head = 2 if status == META else 1
        _, payload = variable_length(self.data, body + head, stop)
        return self.data[body : body + head] + self.data[payload:stop]


def track_chunk(data: bytes, start: int, end: int, events: Scan, *, length_is_right: bool) -> TrackChunk:
    """Return the chunk data[start:end] with its events."""
    ticks, begins, bodies, statuses = (
        np.array(column, np.int64) for column in (events.ticks, events.begins, events.bodies, events.statuses)
    )
    return TrackChunk(data, start, end, length_is_right, ticks, begins, bodies, statuses, events.stop, events.ended)
