"""The room that a request leaves for notes: the pitches of the instrument, and the keys that are free. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import numpy as np

from jazzassist.domain.instruments import EVERY_KEY, sounding_range
from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.suggestion import Part, SuggestionRequest

STEPS = 24  # parts of a quarter note: a key that is struck again within one of them is struck twice at once


def pitch_range(request: SuggestionRequest) -> tuple[int, int]:
    """The lowest and highest pitch for a request's only target: its instrument's or its own notes', the wider each.

    Every key for drums, whose pitches are pieces of a kit.
    """
    if request.is_for_drums:
        return EVERY_KEY
    low, high = sounding_range(request.lines[request.target].program)
    used = np.concatenate([request.before.pitch, request.after.pitch])
    return min(low, int(used.min(initial=low))), max(high, int(used.max(initial=high)))


def taken_keys(request: SuggestionRequest, written: Iterable[Part] = ()) -> Notes:
    """The notes on the only target's channel that sound in the gap: kept ones of any line, and those of `written`."""
    channel = request.lines[request.target].channel
    lines = [line.notes for line in request.lines] + [part.notes for part in written]
    found = [inside for notes in lines if len(inside := _inside(notes, request, channel))]
    return reduce(Notes.joined, found) if found else EMPTY


def in_range(notes: Notes, request: SuggestionRequest) -> Notes:
    """The notes with those beyond `pitch_range` moved into it by octaves, and without those that do not fit."""
    low, high = pitch_range(request)
    pitch = notes.pitch.astype(np.int64)
    if not ((pitch < low) | (pitch > high)).any():
        return notes
    pitch = pitch + 12 * -(-np.maximum(low - pitch, 0) // 12)
    pitch = pitch - 12 * -(-np.maximum(pitch - high, 0) // 12)
    fits = (pitch >= low) & (pitch <= high)
    return notes.select(fits).changed(pitch=pitch[fits])


def beside(notes: Notes, taken: Notes, ppq: int) -> Notes:
    """The notes without those on a key that is down already, cut where their key is struck by one of `taken`."""
    if not len(notes) or not len(taken):
        return notes
    same = notes.pitch[:, None] == taken.pitch
    begins, ends = taken.start - ppq // STEPS, taken.end
    clash = same & (begins <= notes.start[:, None]) & (notes.start[:, None] < ends)
    later = np.where(same & (taken.start > notes.start[:, None]), taken.start, notes.end[:, None]).min(1)
    end = np.minimum(notes.end, later)
    return notes.changed(duration=end - notes.start).select(~clash.any(1))


def _inside(notes: Notes, request: SuggestionRequest, channel: int) -> Notes:
    sounding = (notes.channel == channel) & (notes.start < request.end) & (notes.end > request.start)
    return notes.select(sounding) if sounding.any() else EMPTY
