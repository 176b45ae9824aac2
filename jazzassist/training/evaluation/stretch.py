"""Some bars of one line: what every metric of this package is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Notes
from jazzassist.domain.timing import MeterMap

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stretch:
    """The notes of one line that begin in some bars, at song ticks.

    `bars`: the ticks at which the bars begin and, last, the tick at which the last one ends.
    `drums`: pitches name instruments of the kit, so that pitch classes and intervals mean nothing.
    """

    notes: Notes
    bars: tuple[int, ...]
    ppq: int
    drums: bool = False

    @staticmethod
    def of(notes: Notes, meters: MeterMap, start: int, end: int, drums: bool = False) -> Stretch:
        """The notes that begin in [start, end) ticks, cut at `end`, in the bars that touch it."""
        kept = notes.starting_in(start, end)
        kept = kept.changed(duration=np.minimum(kept.duration, end - kept.start))
        bars = (start, *(tick for tick in meters.bars(start, end) if tick > start), end) if end > start else ()
        return Stretch(kept, bars, meters.ppq, drums)

    @property
    def bar_count(self) -> int:
        """The number of bars, parts of one counted as one."""
        return max(0, len(self.bars) - 1)

    @property
    def quarters(self) -> float:
        """The length in quarter notes."""
        return (self.bars[-1] - self.bars[0]) / self.ppq if self.bars else 0.0

    @cached_property
    def bar_of(self) -> Ints:
        """(notes,): the bar, from 0, in which each note begins."""
        return np.asarray(np.searchsorted(self.bars, self.notes.start, side="right") - 1, np.int64)

    @cached_property
    def place(self) -> Floats:
        """(notes,): where in its bar each note begins, 0 up to but not 1."""
        edges = np.array(self.bars, np.float64)
        return np.asarray((self.notes.start - edges[self.bar_of]) / np.diff(edges)[self.bar_of], np.float64)

    @cached_property
    def onsets(self) -> Ints:
        """The ticks at which something begins, each once."""
        return np.unique(self.notes.start)

    @cached_property
    def top_line(self) -> Ints:
        """The highest pitch of each of `onsets`."""
        return top_line(self.notes)


def top_line(notes: Notes) -> Ints:
    """The highest pitch at each onset, in order."""
    if not len(notes):
        return np.zeros(0, np.int64)
    last = np.append(np.diff(notes.start) > 0, True)  # of notes that begin together the highest comes last
    return np.asarray(notes.pitch[last], np.int64)
