"""Notes from the note-ons and note-offs of a track."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.midi.smf import TrackChunk

Ints = npt.NDArray[np.int64]
HANGING = -1  # the note-off of a note that has none


@dataclass(frozen=True, eq=False)
class Pairs:
    """The notes of a track in the order of their note-ons, as columns of one length.

    `on`, `off`: indices into the track's events, `off` HANGING where a note never ends.
    `is_note`: for each event of the track whether it belongs to a note (a stray note-off does not).
    """

    start: Ints
    duration: Ints
    pitch: Ints
    velocity: Ints
    channel: Ints
    on: Ints
    off: Ints
    is_note: npt.NDArray[np.bool_]


def pair_notes(chunk: TrackChunk) -> Pairs:
    """The first note-off ends the note of its channel and pitch that began first; the end of track ends the rest."""
    indices, pitch, velocity = _note_events(chunk)
    status = chunk.statuses[indices]
    channel = status & 0x0F
    sounding = (status >= 0x90) & (velocity > 0)
    off_of = _match((channel * 128 + pitch).tolist(), sounding.tolist())
    ons = np.flatnonzero(sounding)
    offs = np.array([off_of.get(on, HANGING) for on in ons.tolist()], np.int64)
    on_events = indices[ons]
    off_events = np.where(offs == HANGING, HANGING, indices[offs])
    start = chunk.ticks[on_events]
    end = np.where(offs == HANGING, chunk.end_tick, chunk.ticks[off_events])
    is_note = np.zeros(len(chunk.ticks), np.bool_)
    is_note[on_events] = True
    is_note[off_events[off_events != HANGING]] = True
    return Pairs(start, end - start, pitch[ons], velocity[ons], channel[ons], on_events, off_events, is_note)


def _note_events(chunk: TrackChunk) -> tuple[Ints, Ints, Ints]:
    """Event index, pitch and velocity of all note-ons and note-offs."""
    kinds = chunk.statuses & 0xF0
    indices = np.flatnonzero((kinds == 0x80) | (kinds == 0x90))
    first = chunk.bodies[indices] + ~chunk.is_running[indices]
    pitch = np.minimum(chunk.array[first], 0x7F).astype(np.int64)
    velocity = np.minimum(chunk.array[first + 1], 0x7F).astype(np.int64)
    return indices, pitch, velocity


def _match(keys: list[int], sounding: list[bool]) -> dict[int, int]:
    """From the position of each note-on that ends to that of its note-off."""
    open_notes: dict[int, deque[int]] = {}
    off_of: dict[int, int] = {}
    for position, (key, is_on) in enumerate(zip(keys, sounding, strict=True)):
        waiting = open_notes.get(key)
        if is_on:
            if waiting is None:
                open_notes[key] = waiting = deque()
            waiting.append(position)
        elif waiting:
            off_of[waiting.popleft()] = position
    return off_of
