"""Keys that other notes on the same channel hold down in a gap, for all candidates together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.domain.room import STEPS
from jazzassist.domain.song import Notes
from jazzassist.neural.encoding import PITCHES, Ints


@dataclass(frozen=True)
class Taken:
    """`each`: the notes that are in the way, for all candidates or for each of them.

    `start`, `end`, `pitch`: the same in ticks, (1 or candidates, notes), filled up with notes that end before 0.
    """

    each: tuple[Notes, ...]
    start: Ints
    end: Ints
    pitch: Ints

    @staticmethod
    def of(each: Sequence[Notes]) -> Taken:
        """From the notes for all candidates, or for each of them."""
        most = max(map(len, each))
        columns = []
        for name, filling in (("start", 0), ("end", -1), ("pitch", 0)):
            rows = [getattr(notes, name).astype(np.int64) for notes in each]
            columns.append(np.stack([np.pad(row, (0, most - len(row)), constant_values=filling) for row in rows]))
        return Taken(tuple(each), *columns)

    def of_rows(self, rows: list[int]) -> Taken:
        """Of some of the candidates."""
        if len(self.each) == 1:
            return self
        return Taken(tuple(self.each[row] for row in rows), self.start[rows], self.end[rows], self.pitch[rows])

    def notes(self, row: int) -> Notes:
        """Those in the way of one candidate."""
        return self.each[row if len(self.each) > 1 else 0]

    def down(self, at: npt.NDArray[np.floating], ppq: int) -> npt.NDArray[np.bool_]:
        """(candidates, PITCHES): the keys that are down, or struck, at a tick for each candidate."""
        found = np.zeros((len(at), PITCHES), np.bool_)
        if self.start.shape[1]:
            near = (self.start - ppq // STEPS <= at[:, None]) & (at[:, None] < self.end)
            row, note = np.nonzero(near)
            found[row, self.pitch[row if len(self.each) > 1 else 0, note]] = True
        return found
