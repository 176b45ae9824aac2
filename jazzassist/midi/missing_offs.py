"""Matching of note-ons and note-offs, even if some note-offs are missing.

MIDI does not define which of several sounding notes of a key a note-off ends. Programs write first in, first out,
and that order is used while every note has a note-off. A missing note-off would shift the ends of all later notes
of its key. In that case the notes without a note-off are chosen by minimum cost: the other notes should be about as
long as the unambiguous notes of the track, and should not overlap the next note-on of their key.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

HANGING = -1  # stands for a missing note-off
_REACHING_OVER = 0.5  # the cost of overlapping the next note-on; a length halved or doubled costs 1
_IMPOSSIBLE = 1e9
_MOST_WORK = 5_000_000  # missing note-offs times note-ons of one key
_ENOUGH = 8  # unambiguous notes of a key from which its median length is used instead of the track's


@dataclass
class _Key:
    """The notes of one channel and pitch, as positions among the track's note events."""

    waiting: deque[int] = field(default_factory=deque)
    ons: list[int] = field(default_factory=list)  # since the key was last silent
    offs: list[int] = field(default_factory=list)


def match_notes(ticks: Ints, keys: Ints, sounding: npt.NDArray[np.bool_]) -> Ints:
    """Return for each note-on the position of its note-off, or HANGING. Arguments are columns of the note events."""
    off_of = np.full(len(keys), HANGING, np.int64)
    pairs, doubtful = _first_in_first_out(keys.tolist(), sounding.tolist())
    if pairs:
        both = np.array(pairs, np.int64)
        off_of[both[:, 0]] = both[:, 1]
    if not doubtful:
        return off_of[sounding]
    for key in doubtful:
        off_of[key.ons] = HANGING
    usual = _usual_lengths(ticks, keys, off_of)
    for key in doubtful:
        ons, offs = np.array(key.ons, np.int64), np.array(key.offs, np.int64)
        kept = np.delete(ons, missing_offs(ticks, ons, offs, usual.get(int(keys[ons[0]]), usual[-1])))
        off_of[kept] = offs
    return off_of[sounding]


def _first_in_first_out(keys: list[int], sounding: list[bool]) -> tuple[list[tuple[int, int]], list[_Key]]:
    """Return the pairs (note-on, note-off) of positions, and the keys that still sound at the end."""
    by_key: dict[int, _Key] = {}
    pairs: list[tuple[int, int]] = []
    for position, (number, is_on) in enumerate(zip(keys, sounding, strict=True)):
        key = by_key.get(number)
        if is_on:
            if key is None:
                by_key[number] = key = _Key()
            if not key.waiting:
                key.ons, key.offs = [], []
            key.waiting.append(position)
            key.ons.append(position)
        elif key is not None and key.waiting:
            pairs.append((key.waiting.popleft(), position))
            key.offs.append(position)
    return pairs, [key for key in by_key.values() if key.waiting]


def _usual_lengths(ticks: Ints, keys: Ints, off_of: Ints) -> dict[int, float]:
    """Return the median length in ticks of unambiguous notes, by key; entry -1 is that of all notes (0.0 if none)."""
    ons = np.flatnonzero(off_of != HANGING)
    lengths = ticks[off_of[ons]] - ticks[ons]
    ons, lengths = ons[lengths > 0], lengths[lengths > 0]
    usual = {-1: float(np.median(lengths)) if len(lengths) else 0.0}
    numbers, counts = np.unique(keys[ons], return_counts=True)
    for number in numbers[counts >= _ENOUGH].tolist():
        usual[number] = float(np.median(lengths[keys[ons] == number]))
    return usual


def missing_offs(ticks: Ints, ons: Ints, offs: Ints, usual: float) -> Ints:
    """Return the indices of the note-ons of one key that have no note-off. The others are ended in order.

    `ons`, `offs`: positions since the key was last silent. `usual`: the expected length in ticks, 0 if unknown.
    The time is proportional to the number of note-ons times that of missing note-offs. If that is too much, the
    first notes are chosen.
    """
    missing = len(ons) - len(offs)
    if not len(offs) or missing * len(ons) > _MOST_WORK:
        return _first_unended(ons, offs)
    cost = _Cost(ticks, ons, offs, usual or _shortest(ticks, ons, offs))
    best = np.concatenate(([0.0], np.cumsum(cost.of_ending(0))))  # best[i]: first i notes, none hanging
    choices: list[Ints] = []
    for skipped in range(1, missing + 1):
        sums = np.concatenate(([0.0], np.cumsum(cost.of_ending(skipped))))
        left = best[:-1] + cost.hanging - sums[1:]  # note j hangs: later notes are ended one note-off earlier
        lowest = np.minimum.accumulate(left)
        places = np.where(left == lowest, np.arange(len(left)), 0)
        choices.append(np.maximum.accumulate(places))
        best = np.concatenate(([_IMPOSSIBLE * len(ons)], lowest + sums[1:]))
    return _traced(choices, len(ons))


def _traced(choices: list[Ints], count: int) -> Ints:
    """Return the hanging notes by backtracking from the best choice for all notes."""
    found: list[int] = []
    for choice in reversed(choices):
        if count == 0:
            break
        count = int(choice[count - 1])
        found.append(count)
    return np.array(found[::-1], np.int64)


class _Cost:
    """The cost of ending a note of one key at a certain note-off: the less likely, the higher."""

    def __init__(self, ticks: Ints, ons: Ints, offs: Ints, usual: float) -> None:
        self._ons, self._offs, self._usual = ons, offs, max(usual, 1.0)
        self._starts, self._ends = ticks[ons], ticks[offs]
        everything = np.sort(np.concatenate((self._starts, self._ends)))
        after = np.searchsorted(everything, self._starts, side="right")
        following = np.append(everything, everything[-1] + 4 * int(self._usual))[after]
        self.hanging = self._of_length(following - self._starts)
        self._next_start = np.append(self._starts[1:], np.iinfo(np.int64).max)

    def of_ending(self, skipped: int) -> Floats:
        """Return the cost of ending each note i at note-off i - skipped."""
        cost = np.full(len(self._ons), _IMPOSSIBLE)
        number = np.arange(skipped, min(len(self._ons), len(self._offs) + skipped))
        off = number - skipped
        possible = self._offs[off] > self._ons[number]
        number, off = number[possible], off[possible]
        length = self._ends[off] - self._starts[number]
        reaches = self._ends[off] > self._next_start[number]
        cost[number] = self._of_length(length) + _REACHING_OVER * reaches
        return cost

    def _of_length(self, ticks: Ints) -> Floats:
        return np.abs(np.log2(np.maximum(ticks, 1) / self._usual))


def _shortest(ticks: Ints, ons: Ints, offs: Ints) -> float:
    """Return the median time in ticks from the preceding note-on to a note-off, a lower bound of the note lengths."""
    before = np.searchsorted(ons, offs) - 1
    return float(np.median(ticks[offs] - ticks[ons[before]]))


def _first_unended(ons: Ints, offs: Ints) -> Ints:
    """Return the notes left over if each note-off ends the latest note. The others then match in order."""
    is_on = np.concatenate((np.ones(len(ons), np.bool_), np.zeros(len(offs), np.bool_)))
    order = np.argsort(np.concatenate((ons, offs)))
    open_notes: list[int] = []
    number = 0
    for starts in is_on[order].tolist():
        if starts:
            open_notes.append(number)
            number += 1
        elif open_notes:
            open_notes.pop()
    return np.array(open_notes, np.int64)
