"""Where a tick is: in seconds (TempoMap), in bars and beats (MeterMap)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DEFAULT_TEMPO = 500_000.0  # microseconds per quarter note: 120 bpm (Standard MIDI Files 1.0)


@dataclass(frozen=True)
class TempoMap:
    """Tempo changes as (tick, microseconds per quarter note), sorted; of several at one tick the last counts."""

    ppq: int
    changes: tuple[tuple[int, float], ...] = ()

    @cached_property
    def _table(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Start tick, seconds per tick and start in seconds of every stretch of one tempo."""
        by_tick = {0: DEFAULT_TEMPO} | dict(self.changes)
        ticks = np.array(sorted(by_tick), dtype=np.int64)
        rates = np.array([by_tick[int(tick)] for tick in ticks]) / (self.ppq * 1_000_000)
        seconds = np.concatenate(([0.0], np.cumsum(np.diff(ticks) * rates[:-1])))
        return ticks, rates, seconds

    def seconds_at(self, tick: float) -> float:
        """Seconds from the start of the song to `tick`."""
        return float(self.seconds_of(np.array([tick]))[0])

    def seconds_of(self, ticks: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Seconds of many ticks at once."""
        at = np.asarray(ticks, dtype=np.float64)
        starts, rates, seconds = self._table
        index = np.maximum(np.searchsorted(starts, at, side="right") - 1, 0)
        return np.asarray(seconds[index] + (at - starts[index]) * rates[index])

    def tick_at(self, seconds: float) -> float:
        """The tick, with its fraction, at which the song is after `seconds`."""
        starts, rates, begins = self._table
        index = max(int(np.searchsorted(begins, seconds, side="right")) - 1, 0)
        return float(starts[index] + (seconds - begins[index]) / rates[index])

    def bpm_at(self, tick: int) -> float:
        """Quarter notes per minute at `tick`."""
        starts, rates, _ = self._table
        index = max(int(np.searchsorted(starts, tick, side="right")) - 1, 0)
        return float(60.0 / (rates[index] * self.ppq))


class Position(NamedTuple):
    """A place as composers name it: bar and beat from 1, and the ticks past that beat."""

    bar: int
    beat: int
    tick: int

    def __str__(self) -> str:
        return f"{self.bar}:{self.beat}" if self.tick == 0 else f"{self.bar}:{self.beat}+{self.tick}"


@dataclass(frozen=True)
class MeterMap:
    """Time signatures as (tick, numerator, denominator), sorted; 4/4 until the first.

    A change begins a new bar wherever it stands, so the bar before it may be shorter than its
    signature says. Of several changes at one tick the last counts. A beat is one denominator unit.
    """

    ppq: int
    changes: tuple[tuple[int, int, int], ...] = ()

    @cached_property
    def _spans(self) -> list[tuple[int, int, int, int]]:
        """(start tick, first bar from 0, numerator, denominator) of every stretch of one meter."""
        by_tick = {0: (4, 4)} | {tick: (num, den) for tick, num, den in self.changes}
        spans: list[tuple[int, int, int, int]] = []
        for tick in sorted(by_tick):
            num, den = by_tick[tick]
            bar = 0
            if spans:
                start, first, num_before, den_before = spans[-1]
                bar = first - (-(tick - start) // self._bar_ticks(num_before, den_before))
            spans.append((tick, bar, num, den))
        return spans

    def _bar_ticks(self, num: int, den: int) -> int:
        return max(1, num * self.ppq * 4 // den)

    def meter_at(self, tick: int) -> tuple[int, int]:
        """(numerator, denominator) in force at `tick`."""
        return self._span_at(tick)[2:]

    def beat_ticks(self, tick: int) -> int:
        """Length of one beat (denominator unit) at `tick`, in ticks, at least 1."""
        return max(1, self.ppq * 4 // self.meter_at(tick)[1])

    def bar_at(self, tick: int) -> int:
        """The bar, from 1, that holds `tick`."""
        start, first, num, den = self._span_at(tick)
        return first + (tick - start) // self._bar_ticks(num, den) + 1

    def bar_start(self, bar: int) -> int:
        """The tick at which bar `bar` (from 1) begins; ValueError below 1."""
        if bar < 1:
            raise ValueError(f"bars are counted from 1, so there is no bar {bar}")
        start, first, num, den = self._spans[bisect_right(self._first_bars, bar - 1) - 1]
        return start + (bar - 1 - first) * self._bar_ticks(num, den)

    def position(self, tick: int) -> Position:
        """Bar, beat and remaining ticks of `tick`."""
        bar = self.bar_at(tick)
        beats, rest = divmod(tick - self.bar_start(bar), self.beat_ticks(tick))
        return Position(bar, beats + 1, rest)

    def tick_at(self, bar: int, beat: float = 1.0) -> int:
        """The tick of `bar` and `beat`, both from 1; ValueError when the bar has no such beat."""
        start = self.bar_start(bar)
        tick = start + round((beat - 1) * self.beat_ticks(start))
        if beat < 1 or tick >= self.bar_start(bar + 1):
            raise ValueError(f"bar {bar} has no beat {beat:g}")
        return tick

    def bars(self, start: int, end: int) -> list[int]:
        """Start ticks of the bars that touch [start, end) ticks."""
        first = self.bar_at(max(0, start))
        count = max(0, self.bar_at(max(0, end - 1)) - first + 1) if end > start else 0
        return [self.bar_start(bar) for bar in range(first, first + count)]

    def _span_at(self, tick: int) -> tuple[int, int, int, int]:
        return self._spans[bisect_right(self._first_ticks, max(0, tick)) - 1]

    @cached_property
    def _first_ticks(self) -> list[int]:
        return [span[0] for span in self._spans]

    @cached_property
    def _first_bars(self) -> list[int]:
        return [span[1] for span in self._spans]
