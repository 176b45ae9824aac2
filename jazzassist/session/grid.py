"""The grid: the step of a nudge, and rounding of ranges to whole bars and beats."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from jazzassist.domain.timing import MeterMap


@dataclass(frozen=True)
class Grid:
    """`parts`: number of steps in a quarter note."""

    parts: int = 4

    def step(self, ppq: int) -> int:
        """Return the ticks of one step, at least 1."""
        return max(1, ppq // self.parts)


def whole_bars(meters: MeterMap, start: int, end: int) -> tuple[int, int]:
    """Extend [start, end) to whole bars, at least one. In ticks."""
    last = meters.bar_at(max(start, end - 1))
    return meters.bar_start(meters.bar_at(start)), meters.bar_start(last + 1)


def whole_beats(meters: MeterMap, start: int, end: int) -> tuple[int, int]:
    """Extend [start, end) to whole beats, at least one. In ticks. The last beat of a bar may be short."""
    low, _ = _beat_around(meters, start)
    _, high = _beat_around(meters, max(start, end - 1))
    return low, high


def _beat_around(meters: MeterMap, tick: int) -> tuple[int, int]:
    bar = meters.bar_at(tick)
    beats = [*meters.beats(bar), meters.bar_start(bar + 1)]
    low = bisect_right(beats, tick) - 1
    return beats[low], beats[low + 1]
