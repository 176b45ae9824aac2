"""Overlaps between notes of one key. A key is one pitch on one channel.

A MIDI note-off names a pitch, not a note. Two overlapping notes of one key therefore cannot be written so that
every reader restores the same notes. All edits follow one rule: the earlier note ends where the later one begins;
of two notes with the same start, the one that the edit places is kept. Overlaps that a file already contains are
kept until an edit affects them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Event, Notes, Ticks

Mask = npt.NDArray[np.bool_]

FAR = np.iinfo(np.int64).max  # stands for "no next note"
_KEYS = 16 * 128


def keys_of(notes: Notes) -> Ticks:
    """Return the key number of each note: channel * 128 + pitch."""
    return notes.channel.astype(np.int64) * 128 + notes.pitch


class Starts:
    """A search index over note starts, by key. All arguments and results are arrays of one length."""

    def __init__(self, notes: Notes, of_keys_in: Notes | None = None) -> None:
        """Index `notes`, or only those whose key also occurs in `of_keys_in` if that is given."""
        keys, self._ticks = keys_of(notes), notes.start
        near = np.arange(len(notes)) if of_keys_in is None else np.flatnonzero(_shares_key(notes, of_keys_in))
        self._order = near[np.argsort(keys[near], kind="stable")]  # starts are already sorted
        self._keys, self._starts = keys[self._order], notes.start[self._order]
        self._codes = self._code(self._keys, np.searchsorted(self._ticks, self._starts))

    def next_after(self, keys: Ticks, ticks: Ticks) -> Ticks:
        """Return for each key the first start after its tick, FAR if there is none."""
        at = self._later(keys, ticks)
        there = at < len(self._keys)
        there[there] = self._keys[at[there]] == keys[there]
        found = np.full(len(keys), FAR)
        found[there] = self._starts[at[there]]
        return found

    def has(self, keys: Ticks, ticks: Ticks) -> Mask:
        """Return for each key whether one of its notes begins exactly at its tick."""
        before, there = self._until(keys, ticks)
        there[there] = self._starts[before[there]] == ticks[there]
        return there

    def last_until(self, keys: Ticks, ticks: Ticks) -> npt.NDArray[np.intp]:
        """Return for each key the index of the last note that begins at or before its tick, -1 if there is none."""
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
        """Return the positions, in (key, start) order, of the first notes that begin after the ticks."""
        return np.searchsorted(self._codes, self._code(keys, np.searchsorted(self._ticks, ticks, side="right")))

    def _code(self, keys: Ticks, ranks: npt.NDArray[np.intp]) -> Ticks:
        """Return numbers that sort by key, then by start."""
        return keys * (len(self._ticks) + 1) + ranks


def without_overlaps(notes: Notes) -> Notes:
    """Return the notes, each cut where the next of its key begins. Of notes with the same start, keep the longest."""
    order = np.lexsort((notes.duration, notes.start, keys_of(notes)))
    keys, start = keys_of(notes)[order], notes.start[order]
    longest = np.ones(len(notes), np.bool_)
    longest[:-1] = (keys[:-1] != keys[1:]) | (start[:-1] != start[1:])
    kept = notes if longest.all() else notes.select(np.sort(order[longest]))
    return ended_by(kept, kept)


def ended_by(notes: Notes, others: Notes) -> Notes:
    """Return the notes, each cut where the next note of its key in `others` begins."""
    if not len(notes) or not len(others):
        return notes
    near = np.flatnonzero(_shares_key(notes, others))
    following = Starts(others, notes).next_after(keys_of(notes)[near], notes.start[near])
    duration = notes.duration.copy()
    duration[near] = np.minimum(duration[near], following - notes.start[near])
    return notes if np.array_equal(duration, notes.duration) else notes.changed(duration=duration)


def making_room(notes: Notes, placed: Notes) -> Notes:
    """Return the notes that give way to `placed`: those of the same key and start removed, overlapping ones cut."""
    near = np.flatnonzero(_shares_key(notes, placed))
    if not len(near):
        return notes
    stays = np.ones(len(notes), np.bool_)
    stays[near] = ~Starts(placed).has(keys_of(notes)[near], notes.start[near])
    return ended_by(notes if stays.all() else notes.select(stays), placed)


def _shares_key(notes: Notes, others: Notes) -> Mask:
    """Return a mask of the notes whose key also occurs in `others`."""
    used = np.zeros(_KEYS, np.bool_)
    used[keys_of(others)] = True
    return used[keys_of(notes)]


# Events that belong to single notes: key pressure (polyphonic aftertouch, A0) and stray note-offs


def key_events(events: Sequence[Event]) -> list[int]:
    """Return the indices of key pressure events and of note-offs that belong to no note."""
    return [at for at, event in enumerate(events) if 0x80 <= event.data[0] < 0xB0 and len(event.data) > 1]


def owners(events: Sequence[Event], notes: Notes) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the indices of key pressure events that apply to one of the notes, and the indices of these notes.

    Key pressure applies to the last note of its key that began before it, unless that note has ended.
    """
    places = [at for at in key_events(events) if events[at].data[0] >= 0xA0]
    found, ticks = _last_until(events, places, notes)
    sounding = found >= 0
    sounding[sounding] = ticks[sounding] <= notes.end[found[sounding]]
    return np.array(places, np.intp)[sounding], found[sounding]


def event_key(event: Event) -> int:
    """Return the key number of a note-off or key pressure event, as in `keys_of`."""
    return (event.data[0] & 0x0F) * 128 + (event.data[1] & 0x7F)


def loose_ends_inside(events: Sequence[Event], notes: Notes) -> set[int]:
    """Return the indices of stray note-offs that fall inside one of the notes and would end it."""
    places = [at for at in key_events(events) if events[at].data[0] < 0xA0] if len(notes) else []
    found, ticks = _last_until(events, places, notes)
    inside = found >= 0
    inside[inside] = (notes.start[found[inside]] < ticks[inside]) & (ticks[inside] < notes.end[found[inside]])
    return {at for at, within in zip(places, inside.tolist(), strict=True) if within}


def _last_until(events: Sequence[Event], places: Sequence[int], notes: Notes) -> tuple[npt.NDArray[np.intp], Ticks]:
    """Return for some events the index of the last note of their key so far (-1: none), and their ticks."""
    ticks = np.array([events[at].tick for at in places], np.int64)
    if not places or not len(notes):
        return np.full(len(places), -1, np.intp), ticks
    return Starts(notes).last_until(np.array([event_key(events[at]) for at in places], np.int64), ticks), ticks
