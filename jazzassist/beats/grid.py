"""The musical grid of a song: its beats in ticks, and the way from ticks to places on it and back."""

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
    """How one line is played against the grid.

    `late`: milliseconds after it, the median, below 0 before it. `spread`: their standard deviation. `notes`: how many
    onsets this rests on.
    """

    late: float
    spread: float
    notes: int


@dataclass(frozen=True)
class Grid:
    """The beats of a song or of a stretch of it.

    `own`: the file's own grid fits and is kept; musical places are then ticks divided by `ppq`, exactly. `beats`: their
    ticks, rising, two or more where `own` is False; `downbeats`: whether each begins a bar. `confidence`: 0 to 1, the
    chance that the beat is right, and `level_confidence` that it is neither half nor twice the beat that is felt.
    `felt`: how many beats are felt in one, 1 unless another level of an own grid is almost certain: 2 or 0.5.
    `swing`: where the second eighth begins, as a share of the beat, None where too few are played. `feel`: for each
    line in order, None where it has too few notes. `tempi`: ticks to seconds.
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
        """The places of ticks in quarters: from tick 0 on an own grid, otherwise in beats from the first beat.

        Beyond the first and last beat the tempo there goes on.
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
        """The ticks of places as `to_grid` counts them, to the nearest; the ticks of `to_grid` come back exactly."""
        at = np.asarray(places, np.float64)
        if self.own:
            return np.asarray(np.round(at * self.ppq), np.int64)
        first, last = self._ends
        inside = np.interp(at, self._numbers, self.beats)
        beyond = np.minimum(0, at) * first + np.maximum(0, at - self._numbers[-1]) * last
        return np.asarray(np.round(inside + beyond), np.int64)

    def bpm_at(self, beat: int) -> float:
        """Beats a minute from one beat to the next; 0 where there are not two."""
        if len(self.beats) < 2:
            return 0.0
        low = min(max(0, beat), len(self.beats) - 2)
        begin, end = self.tempi.seconds_of(self.beats[low : low + 2])
        return 60.0 / max(1e-6, float(end - begin))

    @property
    def bpm(self) -> float:
        """The median beats a minute; 0 where there are not two beats."""
        if len(self.beats) < 2:
            return 0.0
        return 60.0 / max(1e-6, float(np.median(np.diff(self.tempi.seconds_of(self.beats)))))

    @property
    def bars(self) -> tuple[tuple[int, int], ...]:
        """(beat from 0, beats in the bar) at the first downbeat, and wherever the length of the bars changes."""
        downs = np.flatnonzero(self.downbeats)
        found: list[tuple[int, int]] = []
        for first, length in zip(downs.tolist(), np.diff(downs).tolist(), strict=False):
            if not found or found[-1][1] != length:
                found.append((first, length))
        return tuple(found)

    @property
    def certainty(self) -> float:
        """0 to 1: the mean confidence of the beats, and of their level."""
        return float(self.confidence.mean()) * self.level_confidence if len(self.confidence) else 0.0

    @cached_property
    def _numbers(self) -> Doubles:
        return np.arange(len(self.beats), dtype=np.float64)

    @property
    def _ends(self) -> tuple[float, float]:
        """The length in ticks of the first beat and of the last."""
        return float(self.beats[1] - self.beats[0]), float(self.beats[-1] - self.beats[-2])
