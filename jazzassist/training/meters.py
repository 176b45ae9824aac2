"""Other meters out of 4/4: beats are left out of every bar, or triplets become eighths.

Hardly any of the data is in another meter, and a composer's song may be. A window of 4/4 is cut so
that its bars have the new length and its beats keep their order; what stood on the cut beats goes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import GRID, Floats, GridLine, Ints
from jazzassist.neural.steps import NO_PEDALS, Previous, Surroundings

BAR = 4 * GRID
LEAD_BARS = 8  # of silence before the window in its new time, so that nothing begins below 0
SHUFFLE = 0.85  # the share of onsets on triplets from which a window can become 12/8


@dataclass(frozen=True)
class Meter:
    """`kept`: the stretches [from, to) of every `cycle` grid positions that stay; then all is `stretched`."""

    numerator: int
    denominator: int
    cycle: int
    kept: tuple[tuple[int, int], ...]
    stretched: float = 1.0

    @property
    def bar(self) -> int:
        """Length of the new bar in grid positions."""
        return GRID * 4 * self.numerator // self.denominator

    def moved(self, time: Ints) -> Ints:
        """New times of old ones, from 0; what is cut falls together with the end of what stands before it."""
        whole, rest = np.divmod(time, self.cycle)
        within = np.sum([np.clip(rest - low, 0, high - low) for low, high in self.kept], axis=0)
        length = sum(high - low for low, high in self.kept)
        return np.asarray(np.round((whole * length + within) * self.stretched), np.int64)

    def stays(self, time: Ints) -> npt.NDArray[np.bool_]:
        """Whether notes that begin at old times stay."""
        rest = time % self.cycle
        return np.asarray(np.any([(rest >= low) & (rest < high) for low, high in self.kept], axis=0), np.bool_)

    def origins(self, time: Ints) -> Ints:
        """Old times of new ones."""
        lengths = [high - low for low, high in self.kept]
        whole, rest = np.divmod(np.asarray(time / self.stretched, np.int64), sum(lengths))
        found = whole * self.cycle + self.kept[-1][1] - 1
        begin = 0
        for (low, _), length in zip(self.kept, lengths, strict=True):
            here = (rest >= begin) & (rest < begin + length)
            found = np.where(here, whole * self.cycle + low + rest - begin, found)
            begin += length
        return np.asarray(found, np.int64)


CUTS = (
    Meter(3, 4, BAR, ((0, 3 * GRID),)),
    Meter(3, 4, BAR, ((0, 3 * GRID),)),  # waltzes are the most common of them
    Meter(5, 4, 2 * BAR, ((0, 3 * GRID), (BAR, BAR + 2 * GRID))),
    Meter(7, 8, BAR, ((0, 7 * GRID // 2),)),
)
STRETCHES = (Meter(12, 8, BAR, ((0, BAR),), 1.5), Meter(6, 8, BAR, ((0, BAR),), 1.5))


def can_change(line: GridLine, around: Surroundings) -> bool:
    """Whether the window is in 4/4 all through."""
    first, last = int(line.onset[0]), int(line.onset[-1])
    changes = [(num, den) for tick, num, den in around.meters.changes if first < tick <= last]
    return around.meters.meter_at(first) == (4, 4) and all(meter == (4, 4) for meter in changes)


def change_meter(
    random: np.random.Generator, line: GridLine, before: Previous, around: Surroundings
) -> tuple[GridLine, Previous, Surroundings]:
    """The window in another meter, or as it was when too little would be left of it."""
    choices = STRETCHES if _is_shuffled(line) and random.random() < 0.5 else CUTS
    meter = choices[random.integers(len(choices))]
    first_bar = around.meters.bar_at(max(0, min(before.onset, int(line.onset[0]))))
    base = around.meters.bar_start(first_bar)
    lead = LEAD_BARS * meter.bar
    onset = line.onset - base
    stays = meter.stays(onset)
    if stays.sum() < 8:
        return line, before, around
    start = meter.moved(onset)
    length = np.maximum(1, meter.moved(onset + line.length) - start)
    cut = GridLine(start[stays] + lead, length[stays], line.pitch[stays], line.velocity[stays], line.instrument)
    previous = int(meter.moved(np.array([max(0, before.onset - base)]))[0]) + lead
    moved = Previous(min(previous, int(cut.onset[0])), before.pitch, before.duration, before.velocity, before.ahead)
    meters = MeterMap(GRID, ((0, meter.numerator, meter.denominator),))
    heard = _heard(meter, around, base, int(cut.onset[-1]), lead)
    bars_before = around.bars_before + first_bar - 1 - LEAD_BARS
    there = replace(around, meters=meters, heard=heard, first_quarter=lead // GRID, bars_before=bars_before)
    return cut, moved, replace(there, pedals=NO_PEDALS)


def _heard(meter: Meter, around: Surroundings, base: int, last: int, lead: int) -> Floats:
    quarters = np.arange((last - lead) // GRID + 8)
    old = (meter.origins(quarters * GRID + 2) + base) // GRID - around.first_quarter
    inside = (old >= 0) & (old < len(around.heard))
    rows = around.heard[np.clip(old, 0, max(0, len(around.heard) - 1))]
    return np.where(inside[:, None], rows, np.float32(0)).astype(np.float32)


def _is_shuffled(line: GridLine) -> bool:
    return bool(np.mean(line.onset % (GRID // 3) == 0) > SHUFFLE)
