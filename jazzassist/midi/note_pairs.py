"""Notes from the note-ons and note-offs of a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import RELEASE
from jazzassist.midi.missing_offs import HANGING, match_notes
from jazzassist.midi.smf_parts import TrackChunk

__all__ = ["HANGING", "Pairs", "pair_notes", "release_velocities"]

Ints = npt.NDArray[np.int64]
_NOTHING = np.zeros(0, np.int64)
_ALL_SOUND_OFF, _ALL_NOTES_OFF = 120, 123


@dataclass(frozen=True, eq=False)
class Pairs:
    """The notes of a track in the order of their note-ons, as columns of shape (number of notes,).

    `on`, `off`: indices of the track's events; `off` is HANGING for a note without a note-off.
    `is_note`: for each event of the track, whether it belongs to a note (a stray note-off does not).
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
    """Return the notes of a track. A note-off ends the note of its channel and pitch that began first.

    If note-offs are missing, `missing_offs` chooses the notes without one. Such a note ends at the next note-on
    or note-off of its key, at the channel's "all notes off", or at the end of track, whichever comes first.
    """
    indices, pitch, velocity = _note_events(chunk)
    if not len(indices):
        return Pairs(*(_NOTHING,) * 7, np.zeros(len(chunk.ticks), np.bool_))
    status = chunk.statuses[indices]
    channel = status & 0x0F
    sounding = (status >= 0x90) & (velocity > 0)
    keys = channel * 128 + pitch
    ticks = chunk.ticks[indices]
    offs = match_notes(ticks, keys, sounding)
    ons = np.flatnonzero(sounding)
    hanging = offs == HANGING
    on_events = indices[ons]
    off_events = np.where(hanging, HANGING, indices[offs])
    start = chunk.ticks[on_events]
    end = np.where(hanging, chunk.end_tick, chunk.ticks[off_events])
    if hanging.any():
        end[hanging] = _ends_of_hanging(chunk, ticks, keys, ons[hanging])
    is_note = np.zeros(len(chunk.ticks), np.bool_)
    is_note[on_events] = True
    is_note[off_events[~hanging]] = True
    return Pairs(start, end - start, pitch[ons], velocity[ons], channel[ons], on_events, off_events, is_note)


def _ends_of_hanging(chunk: TrackChunk, ticks: Ints, keys: Ints, positions: Ints) -> Ints:
    """Return the end ticks of notes without a note-off. `positions`: of their note-ons among the note events."""
    moments, rank = np.unique(ticks, return_inverse=True)
    span = len(moments) + 1
    places = np.sort(keys * span + rank)  # by key, then by time
    key = keys[positions]
    after = np.searchsorted(places, key * span + rank[positions], side="right")
    following = places[np.minimum(after, len(places) - 1)]
    found = (after < len(places)) & (following // span == key)
    ends = np.where(found, moments[np.minimum(following % span, len(moments) - 1)], chunk.end_tick)
    silences, silenced = _all_notes_off(chunk)
    for at in range(16) if len(silences) else ():
        mine = key // 128 == at
        there = silences[silenced == at]
        if mine.any() and len(there):
            next_one = np.searchsorted(there, ticks[positions[mine]], side="right")
            quiet = np.append(there, chunk.end_tick)[next_one]
            ends[mine] = np.minimum(ends[mine], quiet)
    return ends


def _all_notes_off(chunk: TrackChunk) -> tuple[Ints, Ints]:
    """Return the ticks and channels of the controllers that end all notes of a channel."""
    controllers = np.flatnonzero(chunk.statuses & 0xF0 == 0xB0)
    number = chunk.array[chunk.bodies[controllers] + ~chunk.is_running[controllers]]
    chosen = controllers[(number == _ALL_SOUND_OFF) | (number == _ALL_NOTES_OFF)]
    return chunk.ticks[chosen], chunk.statuses[chosen] & 0x0F


def _note_events(chunk: TrackChunk) -> tuple[Ints, Ints, Ints]:
    """Return the event index, pitch and velocity of all note-ons and note-offs."""
    kinds = chunk.statuses & 0xF0
    indices = np.flatnonzero((kinds == 0x80) | (kinds == 0x90))
    if not len(indices):
        return _NOTHING, _NOTHING, _NOTHING
    first = chunk.bodies[indices] + ~chunk.is_running[indices]
    pitch = np.minimum(chunk.array[first], 0x7F).astype(np.int64)
    velocity = np.minimum(chunk.array[first + 1], 0x7F).astype(np.int64)
    return indices, pitch, velocity


def release_velocities(chunk: TrackChunk, offs: Ints) -> npt.NDArray[np.int16]:
    """Return the release velocities of notes that end at these events; RELEASE for a note-on of velocity 0."""
    found = np.full(len(offs), RELEASE, np.int16)
    given = np.flatnonzero((offs != HANGING) & (chunk.statuses[offs] >> 4 == 0x8))
    first = chunk.bodies[offs[given]] + ~chunk.is_running[offs[given]]
    found[given] = np.minimum(chunk.array[first + 1], 0x7F)
    return found
