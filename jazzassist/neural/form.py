"""Which earlier or later bars of a line each bar should be like: the form of a piece, as far as it can be heard.

A bar is compared with those at every distance. Two things speak for a distance: that bars around are alike at it, the
nearer the more (so a phrase that comes back goes on as it did), and that the other lines and the chords are alike in
the two bars themselves. A song that repeats itself after eight bars says so by both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import GRID, OTHERS, QUARTERS_IN_BAR, Floats, GridLine, Ints
from jazzassist.neural.steps import Surroundings

MOST_BARS = 48  # before a gap, and after it, that are looked at
PLACE = 4  # grid positions that count as one place, so that timing does not hide a repeat
NEARNESS = 0.8  # how much less a pair of bars says with every bar that it is further away
DOUBT, UNLIKE = 0.5, 0.2  # how many pairs the expectation counts before any is heard, and how alike it takes bars to be
AGAIN = 1.5  # nats against a bar of the gap itself for each time that one may have come back, so that none loops
HARMONY, OWN, RHYTHM = 3.0, 8.0, 2.0  # nats for bars that are alike
TINY = np.float32(1e-30)

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Bars:
    """Bars of a line. `starts`: (bars + 1,) grid positions; bars [low, high) are those of the gap."""

    starts: Ints
    low: int
    high: int

    @staticmethod
    def around(line: GridLine, start: int, end: int, meters: MeterMap) -> Bars:
        """The bars of the gap [start, end) on the grid and those around it in which the line has notes."""
        low, high = meters.bar_at(start), meters.bar_at(end - 1) + 1
        first, last = low, high
        if len(line):
            first = max(1, min(low, meters.bar_at(max(0, int(line.onset[0])))), low - MOST_BARS)
            last = min(max(high, meters.bar_at(int(line.onset[-1])) + 1), high + MOST_BARS)
        starts = np.array([meters.bar_start(bar) for bar in range(first, last + 1)], np.int64)
        return Bars(starts, low - first, high - first)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Ints:
        """(bars,): in grid positions."""
        return np.diff(self.starts)

    def at(self, onset: Ints) -> Ints:
        """The bars in which grid positions lie; the first or last one for those outside."""
        return np.clip(np.searchsorted(self.starts, onset, side="right") - 1, 0, len(self) - 1)


@dataclass(frozen=True)
class Form:
    """How likely each bar is to be like the bar at each distance.

    `distances`: in bars, positive where the other bar is earlier. `chances`: (bars, distances), each row adds up to 1,
    or is all 0 where there is no other bar. `likeness`: of the known bars to the most alike earlier one, the mean F1 of
    their notes.
    """

    bars: Bars
    distances: Ints
    chances: Floats
    likeness: float

    @staticmethod
    def of(line: GridLine, bars: Bars, around: Surroundings) -> Form:
        """The form that the known bars of a line show; what the line has in the gap's own bars is not looked at."""
        seen = _Alike.of(line, bars)
        harmony = smooth(_harmony(bars, around))
        count = len(bars)
        distances = np.concatenate([np.arange(-count + 1, 0), np.arange(1, count)])
        place = np.arange(count)
        other = place[:, None] - distances
        inside = (other >= 0) & (other < count)
        index = np.clip(other, 0, count - 1)
        said = HARMONY * harmony[place[:, None], index]
        for weight, alike in ((OWN, seen.notes), (RHYTHM, seen.rhythm)):
            said += weight * _along(alike, seen.known, distances)
        possible = inside & seen.can_be_source(other, index) & (bars.lengths[:, None] == bars.lengths[index])
        said -= AGAIN * np.where(
            (index >= bars.low) & (index < bars.high) & (distances > 0),
            (place[:, None] - bars.low) // abs(distances),
            0,
        )
        nats = np.where(possible, said, -np.inf)
        highest = np.max(nats, axis=1, initial=-1e9, keepdims=True)
        chances = np.exp(nats - highest)
        total = chances.sum(1, keepdims=True)
        chances = (chances / np.where(total > 0, total, 1)).astype(np.float32)
        return Form(bars, distances, chances, seen.likeness)

    def decided(self, times: float) -> Form:
        """The same form with its confidence multiplied by a factor."""
        chances = self.chances**times
        return replace(self, chances=(chances / np.maximum(chances.sum(1, keepdims=True), TINY)).astype(np.float32))

    def of_distances(self, kept: Mask) -> Form:
        """The form with some of the distances alone."""
        chances = self.chances[:, kept]
        total = np.maximum(chances.sum(1, keepdims=True), TINY)
        return replace(self, distances=self.distances[kept], chances=(chances / total).astype(np.float32))

    @cached_property
    def shifts(self) -> Ints:
        """(bars, distances): by how many grid positions the other bar lies earlier; 0 where there is none."""
        count = len(self.bars)
        other = np.clip(np.arange(count)[:, None] - self.distances, 0, count - 1)
        return np.where(self.chances > 0, self.bars.starts[:-1, None] - self.bars.starts[other], 0)


@dataclass(frozen=True)
class _Alike:
    """How alike all pairs of bars of a line are, (bars, bars). `known`: bars that are heard."""

    notes: npt.NDArray[np.float64]
    rhythm: npt.NDArray[np.float64]
    known: Mask
    empty: Mask
    bars: Bars

    @staticmethod
    def of(line: GridLine, bars: Bars) -> _Alike:
        inside = (line.onset >= bars.starts[0]) & (line.onset < bars.starts[-1])
        onset, pitch = line.onset[inside], line.pitch[inside]
        bar = bars.at(onset)
        place = (onset - bars.starts[bar] + PLACE // 2) // PLACE
        known = np.ones(len(bars), np.bool_)
        known[bars.low : bars.high] = False
        empty = np.bincount(bar, minlength=len(bars)) == 0
        return _Alike(_f1(bar, place * 128 + pitch, len(bars)), _f1(bar, place, len(bars)), known, empty, bars)

    @property
    def likeness(self) -> float:
        """The mean over known bars with notes, but the first of them, of the F1 with the most alike earlier one."""
        heard = np.flatnonzero(self.known & ~self.empty)
        best = [self.notes[bar, heard[:at]].max() for at, bar in enumerate(heard.tolist()) if at]
        return float(np.mean(best)) if best else 0.0

    def can_be_source(self, other: Ints, index: Ints) -> Mask:
        """(bars, distances): whether the other bar has notes, or will have when the first is written."""
        place = np.arange(len(self.known))[:, None]
        in_gap = (index >= self.bars.low) & (index < self.bars.high)
        return np.where(in_gap, (other < place) & (place < self.bars.high), ~self.empty[index])


def _f1(bar: Ints, feature: Ints, count: int) -> npt.NDArray[np.float64]:
    """(bars, bars): the F1 of the sets of features in each two bars; 0 with an empty one."""
    names, number = np.unique(feature, return_inverse=True)
    has = np.zeros((count, len(names)))
    has[bar, number] = 1
    size = has.sum(1)
    return np.asarray(2 * (has @ has.T) / np.maximum(1, size[:, None] + size))


def _along(alike: npt.NDArray[np.float64], known: Mask, distances: Ints) -> npt.NDArray[np.float64]:
    """(bars, distances): how alike known bars around each bar are at each distance, the bar itself left out."""
    count = len(known)
    place = np.arange(count)
    nearness = NEARNESS ** np.abs(place[:, None] - place)
    found = np.zeros((count, len(distances)))
    for column, distance in enumerate(distances.tolist()):
        first = place[max(0, distance) : count + min(0, distance)]
        pairs = first[known[first] & known[first - distance]]
        weight = nearness[:, pairs] * ((pairs != place[:, None]) & (pairs - distance != place[:, None]))
        found[:, column] = (weight @ alike[pairs, pairs - distance] + DOUBT * UNLIKE) / (weight.sum(1) + DOUBT)
    return found


def _harmony(bars: Bars, around: Surroundings) -> npt.NDArray[np.float64]:
    """(bars, bars): the cosine similarity, quarter by quarter, of what the other lines play in two bars."""
    heard = around.heard if around.heard.ndim == 2 else around.heard.mean(0)
    rows = bars.starts[:-1, None] // GRID - around.first_quarter + np.arange(QUARTERS_IN_BAR)
    inside = (rows >= 0) & (rows < len(heard)) & (GRID * np.arange(QUARTERS_IN_BAR) < bars.lengths[:, None])
    table = np.where(inside[..., None], heard[np.clip(rows, 0, len(heard) - 1)], 0).reshape(len(bars), -1)
    size = np.linalg.norm(table, axis=1, keepdims=True)
    table = table / np.where(size > 0, size, 1)
    return np.asarray(table @ table.T, np.float64)


def smooth(pairs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each pair of bars weighted equally with the mean of the pairs before and after it."""
    padded = np.pad(pairs, 1, mode="edge")
    return np.asarray(0.5 * pairs + 0.25 * (padded[:-2, :-2] + padded[2:, 2:]))


def roots(bars: Bars, around: Surroundings) -> Ints:
    """(bars,): the pitch class of the bass of the first chord of each bar, -1 where none is known."""
    heard = around.heard if around.heard.ndim == 2 else around.heard[0]
    rows = bars.starts[:-1] // GRID - around.first_quarter
    inside = (rows >= 0) & (rows < len(heard))
    bass = heard[np.clip(rows, 0, len(heard) - 1), OTHERS + 12 : OTHERS + 24]
    return np.where(inside & bass.any(1), bass.argmax(1), -1)
