"""The beats that a file's own grid has: its meters, at its ticks per quarter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jazzassist.domain.timing import MeterMap

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MOST_BARS = 20_000  # of a grid that are counted


def own_beats(meters: MeterMap, start: int, end: int) -> tuple[Doubles, Flags]:
    """The beats of the bars that touch [start, end) in ticks, and whether each begins its bar.

    A beat is a quarter, in meters such as 6/8 a dotted quarter. A bar that is no multiple of it has a short last one.
    """
    first = meters.bar_at(max(0, start))
    last = min(meters.bar_at(max(0, start, end - 1)), first + MOST_BARS)
    starts = [meters.bar_start(bar) for bar in range(first, last + 2)]
    beats: list[float] = []
    downs: list[bool] = []
    for low, high in pairwise(starts):
        step = beat_of(*meters.meter_at(low)) * meters.ppq
        count = max(1, int(np.floor((high - low) / step + 0.25)))
        beats += [low + step * number for number in range(count)]
        downs += [number == 0 for number in range(count)]
    return np.asarray(beats, np.float64), np.asarray(downs, np.bool_)


def beat_of(numerator: int, denominator: int) -> float:
    """The length of a beat in quarters: 1.5 in 6/8, 9/8, 12/8 and 3/8, otherwise 1."""
    return 1.5 if denominator == 8 and numerator % 3 == 0 else 1.0
