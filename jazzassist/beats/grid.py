"""The musical grid of a song: its beats in ticks, and conversion of ticks to grid positions and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jazzassist.domain.timing import TempoMap

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Feel:
    """The timing of one line relative to the grid.

    `late`: median delay in milliseconds, negative if early. `spread`: standard deviation of the delays in
    milliseconds. `notes`: number of onsets measured.
    """

    late: float
    spread: float
    notes: int


@dataclass(frozen=True)
class Grid:
    """The beats of a song or of a range of it.

    `own`: the file's own grid fits and is kept; grid positions are then exactly ticks / `ppq`.
    `beats`: (beats,), ticks, increasing; at least two if `own` is False.
    `downbeats`: (beats,), whether each beat begins a bar.
    `confidence`: (beats,), probability that the beat is correct. `level_confidence`: probability that the tempo is
    neither half nor twice the perceived one.
    `felt`: perceived beats per grid beat: 1, or 2 or 0.5 if the file's grid almost certainly has another level.
    `swing`: position of the second eighth as a fraction of the beat; None if there are too few.
    `feel`: for each line in order; None if it has too few notes. `tempi`: converts ticks to seconds.
    """

    ppq: int
    own: bool
    beats: Doubles
    downbeats: Flags
    confidence: Doubles
    level_confidence: float
    bar_confidence: float
    swing: float | None
    feel: tuple[Feel | None, ...]
    tempi: TempoMap
    felt: float = 1.0

    def to_grid(self, ticks: npt.ArrayLike) -> Doubles:
        """Convert ticks to grid positions: quarters from tick 0 if `own`, otherwise beats from the first beat.

        Before the first and after the last beat, the tempo is extrapolated.
        """
        at = np.asarray(ticks, np.float64)
        if self.own:
            return at / self.ppq
        first, last = self._ends
        inside = np.interp(at, self.beats, self._numbers)
        return np.asarray(
            inside + np.minimum(0, at - self.beats[0]) / first + np.maximum(0, at - self.beats[-1]) / last
        )

    def from_grid(self, places: npt.ArrayLike) -> Ints:
        """Convert grid positions to the nearest ticks. This is the exact inverse of `to_grid` for whole ticks."""
        at = np.asarray(places, np.float64)
        if self.own:
            return np.asarray(np.round(at * self.ppq), np.int64)
        first, last = self._ends
        inside = np.interp(at, self._numbers, self.beats)
        beyond = np.minimum(0, at) * first + np.maximum(0, at - self._numbers[-1]) * last
        return np.asarray(np.round(inside + beyond), np.int64)

    def bpm_at(self, beat: int) -> float:
        """Return the tempo between a beat and the next in beats per minute; 0 if there are fewer than two beats."""
        if len(self.beats) < 2:
            return 0.0
        low = min(max(0, beat), len(self.beats) - 2)
        begin, end = self.tempi.seconds_of(self.beats[low : low + 2])
        return 60.0 / max(1e-6, float(end - begin))

    @property
    def bpm(self) -> float:
        """The median tempo in beats per minute; 0 if there are fewer than two beats."""
        if len(self.beats) < 2:
            return 0.0
        return 60.0 / max(1e-6, float(np.median(np.diff(self.tempi.seconds_of(self.beats)))))

    @property
    def bars(self) -> tuple[tuple[int, int], ...]:
        """(beat from 0, beats per bar) at the first downbeat and at every change of the bar length."""
        downs = np.flatnonzero(self.downbeats)
        found: list[tuple[int, int]] = []
        for first, length in zip(downs.tolist(), np.diff(downs).tolist(), strict=False):
            if not found or found[-1][1] != length:
                found.append((first, length))
        return tuple(found)

    @property
    def certainty(self) -> float:
        """Mean confidence of the beats times the confidence in their level, 0 to 1."""
        return float(self.confidence.mean()) * self.level_confidence if len(self.confidence) else 0.0

    @cached_property
    def _numbers(self) -> Doubles:
        return np.arange(len(self.beats), dtype=np.float64)

    @property
    def _ends(self) -> tuple[float, float]:
        """The length in ticks of the first and the last beat."""
        return float(self.beats[1] - self.beats[0]), float(self.beats[-1] - self.beats[-2])
