"""Positions of ticks and pitches on the screen, and of the grid lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from jazzassist.domain.timing import MeterMap

PITCHES = 128
BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
FAR = float(1 << 15)  # pixels outside the view at which all is held that is farther away: Qt paints in 32 bits
LEAST_BAR_PIXELS = 46  # between two bar numbers
DIGIT_PIXELS = 8  # of a bar number
LEAST_NUMBER_PIXELS = 26  # between two bar numbers where one bar is shorter than the others
LEAST_LINE_PIXELS = 7  # between two bar or beat lines
LEAST_PART_PIXELS = 14  # between two lines within a beat
FINEST_PART = 8  # a beat is divided into eight parts at most


@dataclass(frozen=True)
class Geometry:
    """`per_tick`: pixels a tick; `row`: pixels a semitone; `left`, `top`: pixels scrolled away."""

    per_tick: float
    row: float
    left: float = 0.0
    top: float = 0.0

    def x(self, tick: float) -> float:
        """The pixel of a tick, held within FAR."""
        return min(FAR, max(-FAR, tick * self.per_tick - self.left))

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

    bars: tuple[int, ...]
    beats: tuple[int, ...]
    parts: tuple[int, ...]
    numbers: tuple[tuple[int, int], ...]


@lru_cache(maxsize=8)
def grid_lines(meters: MeterMap, geometry: Geometry, width: int) -> Lines:
    """The lines of bars, beats and parts of beats in `width` pixels, as many as there is room for."""
    first = meters.bar_at(int(geometry.tick(0)))
    last = meters.bar_at(int(geometry.tick(width))) + 1
    digits = max(LEAST_BAR_PIXELS, DIGIT_PIXELS * (len(str(last)) + 2))
    usual = geometry.per_tick * (meters.bar_start(last + 1) - meters.bar_start(first)) / (last + 1 - first)
    every, step = (_bars_between(usual, least) for least in (digits, LEAST_LINE_PIXELS))
    bars: list[int] = []
    beats: list[int] = []
    parts: list[int] = []
    numbers: list[tuple[int, int]] = []
    for bar in range(first - (first - 1) % step, last + 1, step):
        start = meters.bar_start(bar)
        bars.append(start)
        if (bar - 1) % every == 0 and not (numbers and _is_close(geometry, numbers[-1][0], start)):
            numbers.append((start, bar))
        if step == 1:
            _divide(meters, geometry, bar, width, beats, parts)
    return Lines(tuple(bars), tuple(beats), tuple(parts), tuple(numbers))


def _divide(meters: MeterMap, geometry: Geometry, bar: int, width: int, beats: list[int], parts: list[int]) -> None:
    """Adds the lines within one bar, as far as they are in view."""
    starts, end = meters.beats(bar), meters.bar_start(bar + 1)
    beat = meters.beat_ticks(starts[0])
    if beat * geometry.per_tick < LEAST_LINE_PIXELS:
        return
    left, right = int(geometry.tick(0)), int(geometry.tick(width)) + beat
    beats.extend(start for start in starts[1:] if left <= start <= right)
    part = part_of_beat(beat, geometry.per_tick)
    for start in starts:
        first = start + max(1, (left - start) // part) * part
        parts.extend(range(first, min(start + beat, end, right), part))


def part_of_beat(beat: int, per_tick: float) -> int:
    """Ticks of the smallest part of a beat that has room on the screen; at least 1, at most the beat."""
    parts = 1
    while parts < FINEST_PART and beat % (parts * 2) == 0 and beat * per_tick / (parts * 2) >= LEAST_PART_PIXELS:
        parts *= 2
    return max(1, beat // parts)


def _is_close(geometry: Geometry, one: int, next_one: int) -> bool:
    """Whether the numbers of two bars would touch, as after a very short bar among longer ones."""
    return (next_one - one) * geometry.per_tick < LEAST_NUMBER_PIXELS


def _bars_between(one: float, pixels: float) -> int:
    """The smallest power of two of bars, of `one` pixels each, that takes at least so many pixels."""
    every = 1
    while every * one < pixels:
        every *= 2
    return every
