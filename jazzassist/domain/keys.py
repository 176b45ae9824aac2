"""Notes of one key, that is of one pitch on one channel.

MIDI says "note-off C4", not which C4 ends, so two notes of one key that sound together cannot be
written such that every reader finds the same notes again. The rule of all edits: of two notes of one
key the earlier ends where the later begins; of two that begin together the one that the edit places
stays. Overlaps that a file already has stay as they are as long as no edit concerns them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Event, Notes, Ticks

Mask = npt.NDArray[np.bool_]

FAR = np.iinfo(np.int64).max  # the start of the next note where there is none
_KEYS = 16 * 128


def keys_of(notes: Notes) -> Ticks:
    """For each note a number of its channel and pitch."""
    return notes.channel.astype(np.int64) * 128 + notes.pitch


class Starts:
    """The starts of notes, key by key, to be searched. All arguments and results are arrays."""

    def __init__(self, notes: Notes, of_keys_in: Notes | None = None) -> None:
        """Of the notes only those whose key another has too, where `of_keys_in` is given."""
        keys, self._ticks = keys_of(notes), notes.start
        near = np.arange(len(notes)) if of_keys_in is None else np.flatnonzero(_shares_key(notes, of_keys_in))
        self._order = near[np.argsort(keys[near], kind="stable")]  # the starts are in order already
        self._keys, self._starts = keys[self._order], notes.start[self._order]
        self._codes = self._code(self._keys, np.searchsorted(self._ticks, self._starts))

    def next_after(self, keys: Ticks, ticks: Ticks) -> Ticks:
        """The first start of each key after its tick; FAR where there is none."""
        at = self._later(keys, ticks)
        there = at < len(self._keys)
        there[there] = self._keys[at[there]] == keys[there]
        found = np.full(len(keys), FAR)
        found[there] = self._starts[at[there]]
        return found

    def has(self, keys: Ticks, ticks: Ticks) -> Mask:
        """Whether a note of the key begins at the tick."""
        before, there = self._until(keys, ticks)
        there[there] = self._starts[before[there]] == ticks[there]
        return there

    def last_until(self, keys: Ticks, ticks: Ticks) -> npt.NDArray[np.intp]:
        """The index of the last note of each key that begins at its tick or before; -1 where there is none."""
        before, there = self._until(keys, ticks)
        found = np.full(len(keys), -1, np.intp)
        found[there] = self._order[before[there]]
        return found

    def _until(self, keys: Ticks, ticks: Ticks) -> tuple[npt.NDArray[np.intp], Mask]:
        before = self._later(keys, ticks) - 1
        there = before >= 0
        there[there] = self._keys[before[there]] == keys[there]
        return before, there

    def _later(self, keys: Ticks, ticks: Ticks) -> npt.NDArray[np.intp]:
        """Where, in the order of keys and starts, what begins after the ticks would be."""
        return np.searchsorted(self._codes, self._code(keys, np.searchsorted(self._ticks, ticks, side="right")))

    def _code(self, keys: Ticks, ranks: npt.NDArray[np.intp]) -> Ticks:
        """Numbers in the order of keys and, within a key, of starts."""
        return keys * (len(self._ticks) + 1) + ranks


def without_overlaps(notes: Notes) -> Notes:
    """The notes, each ended where the next of its key begins; of several that begin together the longest stays."""
    order = np.lexsort((notes.duration, notes.start, keys_of(notes)))
    keys, start = keys_of(notes)[order], notes.start[order]
    longest = np.ones(len(notes), np.bool_)
    longest[:-1] = (keys[:-1] != keys[1:]) | (start[:-1] != start[1:])
    kept = notes if longest.all() else notes.select(np.sort(order[longest]))
    return ended_by(kept, kept)


def ended_by(notes: Notes, others: Notes) -> Notes:
    """The notes, each ended where the next of its key among `others` begins."""
    if not len(notes) or not len(others):
        return notes
    near = np.flatnonzero(_shares_key(notes, others))
    following = Starts(others, notes).next_after(keys_of(notes)[near], notes.start[near])
    duration = notes.duration.copy()
    duration[near] = np.minimum(duration[near], following - notes.start[near])
    return notes if np.array_equal(duration, notes.duration) else notes.changed(duration=duration)


def making_room(notes: Notes, placed: Notes) -> Notes:
    """The notes without those that begin with a placed one of their key, and ended where such a one begins."""
    near = np.flatnonzero(_shares_key(notes, placed))
    if not len(near):
        return notes
    stays = np.ones(len(notes), np.bool_)
    stays[near] = ~Starts(placed).has(keys_of(notes)[near], notes.start[near])
    return ended_by(notes if stays.all() else notes.select(stays), placed)


def _shares_key(notes: Notes, others: Notes) -> Mask:
    """Which notes have a key that one of the others has too."""
    used = np.zeros(_KEYS, np.bool_)
    used[keys_of(others)] = True
    return used[keys_of(notes)]


# Events that belong to notes: key pressure (polyphonic aftertouch, A0)


def key_events(events: Sequence[Event]) -> list[int]:
    """Places of the events of single keys: key pressure, and note-offs that belong to no note."""
    return [at for at, event in enumerate(events) if 0x80 <= event.data[0] < 0xB0 and len(event.data) > 1]


def owners(events: Sequence[Event], notes: Notes) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Places of the key pressure that sounds with one of the notes, and the indices of these notes.

    It belongs to the last note of its key that began before it, unless that has ended.
    """
    places = [at for at in key_events(events) if events[at].data[0] >= 0xA0]
    found, ticks = _last_until(events, places, notes)
    sounding = found >= 0
    sounding[sounding] = ticks[sounding] <= notes.end[found[sounding]]
    return np.array(places, np.intp)[sounding], found[sounding]


def event_key(event: Event) -> int:
    """The key of a note-off or of key pressure, as in `keys_of`."""
    return (event.data[0] & 0x0F) * 128 + (event.data[1] & 0x7F)


def loose_ends_inside(events: Sequence[Event], notes: Notes) -> set[int]:
    """Places of note-offs that belong to no note and would end one of these: they lie within it."""
    places = [at for at in key_events(events) if events[at].data[0] < 0xA0] if len(notes) else []
    found, ticks = _last_until(events, places, notes)
    inside = found >= 0
    inside[inside] = (notes.start[found[inside]] < ticks[inside]) & (ticks[inside] < notes.end[found[inside]])
    return {at for at, within in zip(places, inside.tolist(), strict=True) if within}


def _last_until(events: Sequence[Event], places: Sequence[int], notes: Notes) -> tuple[npt.NDArray[np.intp], Ticks]:
    """For the events at some places, the last note of their key until then (-1: none), and their ticks."""
    ticks = np.array([events[at].tick for at in places], np.int64)
    if not places or not len(notes):
        return np.full(len(places), -1, np.intp), ticks
    return Starts(notes).last_until(np.array([event_key(events[at]) for at in places], np.int64), ticks), ticks
