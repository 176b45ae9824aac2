"""The pitches that a request allows: the instrument's range, without keys that already sound."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import numpy as np

from jazzassist.domain.instruments import EVERY_KEY, sounding_range
from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.suggestion import Part, SuggestionRequest

LEGATO = 6  # per quarter note: how long notes of a single voice may overlap
FEW = 0.1  # the share of notes that overlap below which a line is a single voice
STEPS = 24  # per quarter note: two attacks of one key closer than this count as simultaneous


def pitch_range(request: SuggestionRequest) -> tuple[int, int]:
    """Return the lowest and highest pitch for a request's single target.

    The range is that of the instrument, extended to the target's own notes. Drums have every key, because a
    pitch names a piece of the kit.
    """
    if request.is_for_drums:
        return EVERY_KEY
    low, high = sounding_range(request.lines[request.target].program)
    used = np.concatenate([request.before.pitch, request.after.pitch])
    return min(low, int(used.min(initial=low))), max(high, int(used.max(initial=high)))


def taken_keys(request: SuggestionRequest, written: Iterable[Part] = ()) -> Notes:
    """Return the notes on the target's channel that sound in the gap: kept notes of any line, and all of `written`."""
    channel = request.lines[request.target].channel
    lines = [line.notes for line in request.lines] + [part.notes for part in written]
    found = [inside for notes in lines if len(inside := _inside(notes, request, channel))]
    return reduce(Notes.joined, found) if found else EMPTY


def in_range(notes: Notes, request: SuggestionRequest) -> Notes:
    """Return the notes moved into `pitch_range` by octaves, without those that do not fit."""
    low, high = pitch_range(request)
    pitch = notes.pitch.astype(np.int64)
    if not ((pitch < low) | (pitch > high)).any():
        return notes
    pitch = pitch + 12 * -(-np.maximum(low - pitch, 0) // 12)
    pitch = pitch - 12 * -(-np.maximum(pitch - high, 0) // 12)
    fits = (pitch >= low) & (pitch <= high)
    return notes.select(fits).changed(pitch=pitch[fits])


def beside(notes: Notes, taken: Notes, ppq: int) -> Notes:
    """Return the notes without those whose key already sounds in `taken`, cut where `taken` strikes their key."""
    if not len(notes) or not len(taken):
        return notes
    same = notes.pitch[:, None] == taken.pitch
    begins, ends = taken.start - ppq // STEPS, taken.end
    clash = same & (begins <= notes.start[:, None]) & (notes.start[:, None] < ends)
    later = np.where(same & (taken.start > notes.start[:, None]), taken.start, notes.end[:, None]).min(1)
    end = np.minimum(notes.end, later)
    return notes.changed(duration=end - notes.start).select(~clash.any(1))


def around_given(notes: Notes, given: Notes) -> Notes:
    """The notes of a single voice without those that begin while a given note sounds, cut where one begins."""
    if not len(notes) or not len(given):
        return notes
    start = notes.start[:, None]
    inside = ((given.start <= start) & (start < given.end)).sum(1) > 0
    later = np.where(given.start > start, given.start, notes.end[:, None]).min(1)
    return notes.changed(duration=np.minimum(notes.end, later) - notes.start).select(~inside)


def is_single_voice(request: SuggestionRequest) -> bool:
    """Whether hardly any notes around the gap of the only target overlap, so that none shall in the gap."""
    if request.is_for_drums:
        return False
    sides = [request.before, request.after]
    found = np.concatenate([side.start[1:] < side.end[:-1] - request.ppq // LEGATO for side in sides])
    return bool(found.mean() < FEW) if len(found) else False


def _inside(notes: Notes, request: SuggestionRequest, channel: int) -> Notes:
    sounding = (notes.channel == channel) & (notes.start < request.end) & (notes.end > request.start)
    return notes.select(sounding) if sounding.any() else EMPTY
