"""What all candidates of a batch have written so far, in arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import DURATIONS, END, GRID, MIDDLE_C, MOST_AHEAD, Ints
from jazzassist.neural.steps import Previous

ROOM = 64  # notes for which there is room at first


class Written:
    """The batch while it is being written. Its rows are the candidates that are not complete: `rows`, their numbers.

    Each step adds one note to every row, so that all rows have equally many `notes`. `previous`: the last note of
    each row, by the names of its fields. Of each row `onsets`, how many notes do not begin with the one before;
    `at_once`, how many begin at the last onset; `places`, (rows, GRID), how many onsets fall on each position of
    the quarter.
    """

    def __init__(self, count: int, last: Previous) -> None:
        self.rows: Ints = np.arange(count)
        self.notes = 0
        fields = ("onset", "pitch", "duration", "velocity", "ahead")
        self.previous: dict[str, Ints] = {name: np.full(count, getattr(last, name)) for name in fields}
        self.onsets: Ints = np.zeros(count, np.int64)
        self.at_once: Ints = np.zeros(count, np.int64)
        self.low: Ints = np.zeros(count, np.int64)  # notes below middle C
        self.places = np.zeros((count, GRID), np.float32)
        self.lengths: Ints = np.zeros(count, np.int64)  # notes of every candidate
        self._columns = np.zeros((4, count, ROOM), np.int64)  # onset, length, pitch, velocity
        self._nats = np.zeros((count, ROOM))

    def __len__(self) -> int:
        return len(self.rows)

    def onset(self, ahead: Ints, sub: Ints) -> Ints:
        """(rows,): the onsets on the grid of next notes so many quarters ahead, on positions in the quarter."""
        return (self.previous["onset"] // GRID + np.minimum(ahead, MOST_AHEAD)) * GRID + sub

    def add(self, values: list[Ints], velocity: Ints, nats: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Adds a note to every row, whose classes are `values`; True for rows that end instead, which get none."""
        ahead, sub, pitch, duration, _ = values
        onset, ends = self.onset(ahead, sub), np.asarray(ahead == END)
        if self.notes == self._nats.shape[1]:
            self._columns = np.concatenate([self._columns, np.zeros_like(self._columns)], 2)
            self._nats = np.concatenate([self._nats, np.zeros_like(self._nats)], 1)
        self._columns[:, self.rows, self.notes] = onset, DURATIONS[duration], pitch, velocity
        self._nats[self.rows, self.notes] = nats
        self.lengths[self.rows] += ~ends
        again = (onset == self.previous["onset"]) & self.begun
        self.places[np.arange(len(onset)), onset % GRID] += ~again
        self.onsets += ~again
        self.low += pitch < MIDDLE_C
        self.at_once = np.where(again, self.at_once + 1, 1)
        self.notes += 1
        fields = (onset, pitch, duration, velocity // 8, ahead)
        self.previous = dict(zip(self.previous, fields, strict=True))
        return ends

    @property
    def begun(self) -> bool:
        """Whether there is a note yet."""
        return self.notes > 0

    def keep(self, rows: Ints) -> None:
        """Goes on with some of the rows alone, by their places in `rows`."""
        self.rows, self.onsets, self.at_once = self.rows[rows], self.onsets[rows], self.at_once[rows]
        self.places, self.low = self.places[rows], self.low[rows]
        self.previous = {name: column[rows] for name, column in self.previous.items()}

    def columns(self, candidate: int) -> tuple[list[list[int]], list[float]]:
        """([onset, length, pitch, velocity], nats) of a candidate's notes, by its number."""
        count = self.lengths[candidate]
        return self._columns[:, candidate, :count].tolist(), self._nats[candidate, :count].tolist()
