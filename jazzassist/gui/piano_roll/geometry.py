"""Where a tick and a pitch are on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from jazzassist.domain.timing import MeterMap

PITCHES = 128
BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
LEAST_BAR_PIXELS = 46  # between two bar numbers
LEAST_LINE_PIXELS = 7  # between two lines of the grid


@dataclass(frozen=True)
class Geometry:
    """`per_tick`: pixels a tick; `row`: pixels a semitone; `left`, `top`: pixels scrolled away."""

    per_tick: float
    row: float
    left: float = 0.0
    top: float = 0.0

    def x(self, tick: float) -> float:
        """The pixel of a tick."""
        return tick * self.per_tick - self.left

    def tick(self, x: float) -> float:
        """The tick at a pixel, not below 0."""
        return max(0.0, (x + self.left) / self.per_tick)

    def y(self, pitch: float) -> float:
        """The upper edge of a pitch's row."""
        return (PITCHES - 1 - pitch) * self.row - self.top

    def pitch(self, y: float) -> int:
        """The pitch of the row at a pixel, 0-127."""
        return min(PITCHES - 1, max(0, PITCHES - 1 - int((y + self.top) // self.row)))


@dataclass(frozen=True)
class Lines:
    """Ticks of the grid's lines in view; `numbers`: (tick, bar) for the bars that get a number."""

    bars: list[int]
    beats: list[int]
    numbers: list[tuple[int, int]]


def grid_lines(meters: MeterMap, geometry: Geometry, width: int) -> Lines:
    """The bar and beat lines between the left edge and `width` pixels, as many as there is room for."""
    first = meters.bar_at(int(geometry.tick(0)))
    last = meters.bar_at(int(geometry.tick(width))) + 1
    every = _bars_between_numbers(meters, geometry, first)
    bars: list[int] = []
    beats: list[int] = []
    numbers: list[tuple[int, int]] = []
    spacing = geometry.per_tick * (meters.bar_start(first + 1) - meters.bar_start(first))
    step = every if spacing < LEAST_LINE_PIXELS else 1
    for bar in range(first - (first - 1) % step, last + 1, step):
        start = meters.bar_start(bar)
        bars.append(start)
        if (bar - 1) % every == 0:
            numbers.append((start, bar))
        beat = meters.beat_ticks(start)
        if step == 1 and beat * geometry.per_tick >= LEAST_LINE_PIXELS:
            beats.extend(range(start + beat, meters.bar_start(bar + 1), beat))
    return Lines(bars, beats, numbers)


def _bars_between_numbers(meters: MeterMap, geometry: Geometry, bar: int) -> int:
    pixels = geometry.per_tick * (meters.bar_start(bar + 1) - meters.bar_start(bar))
    every = 1
    while every * pixels < LEAST_BAR_PIXELS:
        every *= 2
    return every
