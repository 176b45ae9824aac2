"""The beats of a file's own grid, by its time signatures and ticks per quarter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jazzassist.domain.timing import MeterMap

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MOST_BARS = 20_000  # maximum number of bars


def own_beats(meters: MeterMap, start: int, end: int) -> tuple[Doubles, Flags]:
    """Return the beats, in ticks, of the bars that overlap [start, end) ticks, and a mask of the downbeats.

    A beat is a quarter, or a dotted quarter in meters such as 6/8. The last beat of a bar may be shorter.
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
    """Return the length of a beat in quarters: 1.5 in 3/8, 6/8, 9/8 and 12/8, otherwise 1."""
    return 1.5 if denominator == 8 and numerator % 3 == 0 else 1.0
