"""Conversion of ticks to seconds (TempoMap) and to bars and beats (MeterMap), and back."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_ENDLESS = 1 << 62
DEFAULT_TEMPO = 500_000.0  # microseconds per quarter note: 120 bpm (Standard MIDI Files 1.0)


@dataclass(frozen=True)
class TempoMap:
    """Tempo changes as (tick, microseconds per quarter note), sorted. Of several at one tick, the last counts."""

    ppq: int
    changes: tuple[tuple[int, float], ...] = ()

    @cached_property
    def _table(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """For each section of constant tempo: start tick, seconds per tick, start in seconds."""
        by_tick = {0: DEFAULT_TEMPO} | dict(self.changes)
        ticks = np.array(sorted(by_tick), dtype=np.int64)
        rates = np.array([by_tick[int(tick)] for tick in ticks]) / (self.ppq * 1_000_000)
        seconds = np.concatenate(([0.0], np.cumsum(np.diff(ticks) * rates[:-1])))
        return ticks, rates, seconds

    def seconds_at(self, tick: float) -> float:
        """Return the seconds from the start of the song to `tick`."""
        return float(self.seconds_of(np.array([tick]))[0])

    def seconds_of(self, ticks: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the seconds from the start of the song to each of `ticks`."""
        at = np.asarray(ticks, dtype=np.float64)
        starts, rates, seconds = self._table
        index = np.maximum(np.searchsorted(starts, at, side="right") - 1, 0)
        return np.asarray(seconds[index] + (at - starts[index]) * rates[index])

    def tick_at(self, seconds: float) -> float:
        """Return the tick (a float) that is reached after `seconds`."""
        starts, rates, begins = self._table
        index = max(int(np.searchsorted(begins, seconds, side="right")) - 1, 0)
        return float(starts[index] + (seconds - begins[index]) / rates[index])

    def bpm_at(self, tick: int) -> float:
        """Return the tempo at `tick` in quarter notes per minute."""
        starts, rates, _ = self._table
        index = max(int(np.searchsorted(starts, tick, side="right")) - 1, 0)
        return float(60.0 / (rates[index] * self.ppq))


class Position(NamedTuple):
    """A musical position: bar and beat, both from 1, and the ticks after that beat."""

    bar: int
    beat: int
    tick: int

    def __str__(self) -> str:
        return f"{self.bar}:{self.beat}" if self.tick == 0 else f"{self.bar}:{self.beat}+{self.tick}"


class _Span(NamedTuple):
    """A section of one meter: its first tick, its first bar (from 0), the bar after its last, and its meter."""

    start: int
    first: int
    end_bar: int
    numerator: int
    denominator: int


@dataclass(frozen=True)
class MeterMap:
    """Time signatures as (tick, numerator, denominator), sorted. The meter is 4/4 before the first.

    A change always begins a new bar, so the bar before it may be shorter than its time signature.
    Of several changes at one tick, the last counts. A beat is one denominator unit.
    Bars and beats need not be whole numbers of ticks (7/8 at 25 ticks per quarter: 87.5). They are counted
    exactly and each start is rounded down to a tick, so that errors do not accumulate.
    A bar or beat lasts at least one tick.
    """

    ppq: int
    changes: tuple[tuple[int, int, int], ...] = ()

    @cached_property
    def _spans(self) -> list[_Span]:
        by_tick = {0: (4, 4)} | {tick: (num, den) for tick, num, den in self.changes}
        spans: list[_Span] = []
        for tick in sorted(by_tick):
            if spans:
                spans[-1] = spans[-1]._replace(end_bar=self._bars_until(spans[-1], tick))
            spans.append(_Span(tick, spans[-1].end_bar if spans else 0, _ENDLESS, *by_tick[tick]))
        return spans

    def _bars_until(self, span: _Span, tick: int) -> int:
        """Return the bar that a change at `tick` begins. Allows for a bar line that was rounded to the next tick."""
        length, parts = self._bar(span)
        bars, into = divmod((tick - span.start) * parts, length)
        return span.first + bars + (into > 0 and (into >= parts or not bars))

    def _bar(self, span: _Span) -> tuple[int, int]:
        """Return the length of a bar in ticks as (numerator, denominator)."""
        length, parts = span.numerator * self.ppq * 4, span.denominator
        return (length, parts) if length >= parts else (1, 1)

    def _start(self, span: _Span, bar: int, beat: int = 0) -> int:
        """Return the tick of a bar and beat (both from 0) in a section."""
        length, parts = self._bar(span)
        if self.ppq * 4 < span.denominator:  # beats shorter than a tick
            return span.start + (bar - span.first) * length // parts + beat
        return span.start + ((bar - span.first) * span.numerator + beat) * self.ppq * 4 // parts

    def meter_at(self, tick: int) -> tuple[int, int]:
        """Return (numerator, denominator) at `tick`."""
        span = self._span_at(tick)
        return span.numerator, span.denominator

    def beat_ticks(self, tick: int) -> int:
        """Return the length of a beat (denominator unit) at `tick` in whole ticks, at least 1.

        Use `beats` for exact positions: this length is rounded down.
        """
        return max(1, self.ppq * 4 // self.meter_at(tick)[1])

    def bar_at(self, tick: int) -> int:
        """Return the bar (from 1) that contains `tick`."""
        span = self._span_at(tick)
        length, parts = self._bar(span)
        return min(span.first + ((tick - span.start + 1) * parts - 1) // length + 1, span.end_bar)

    def bar_start(self, bar: int) -> int:
        """Return the tick at which bar `bar` (from 1) begins. Raises ValueError for bars below 1."""
        return self._start(self._span_of(bar), bar - 1)

    def beats(self, bar: int) -> list[int]:
        """Return the ticks at which the beats of bar `bar` (from 1) begin. Raises ValueError for bars below 1."""
        span, end = self._span_of(bar), self.bar_start(bar + 1)
        starts = (self._start(span, bar - 1, beat) for beat in range(span.numerator))
        return [start for start in starts if start < end]

    def position(self, tick: int) -> Position:
        """Return the bar, the beat and the remaining ticks of `tick`."""
        bar = self.bar_at(tick)
        beats = self.beats(bar)
        beat = bisect_right(beats, tick)
        return Position(bar, beat, tick - beats[beat - 1])

    def tick_at(self, bar: int, beat: float = 1.0) -> int:
        """Return the tick of `bar` and `beat`, both from 1. Raises ValueError if the bar has no such beat."""
        tick = self._beats_later(self._span_of(bar), bar, 1, beat - 1)
        if beat < 1 or tick >= self.bar_start(bar + 1):
            raise ValueError(f"bar {bar} has no beat {beat:g}")
        return tick

    def after(self, tick: int, bars: int, beats: float = 0.0) -> int:
        """Return the tick `bars` bars and `beats` beats after `tick`, by the meters in force there.

        If the last of these bars is too short, its end is returned.
        """
        bar = self.bar_at(tick)
        into = tick - self.bar_start(bar)
        tick = min(self.bar_start(bar + bars) + into, self.bar_start(bar + bars + 1))
        place = self.position(tick)
        return self._beats_later(self._span_at(tick), place.bar, place.beat, beats) + place.tick

    def _beats_later(self, span: _Span, bar: int, beat: int, beats: float) -> int:
        """Return the tick `beats` beats (may be fractional) after a bar and beat (both from 1)."""
        whole = math.floor(beats)
        part = round((beats - whole) * max(1.0, self.ppq * 4 / span.denominator))
        return self._start(span, bar - 1, beat - 1 + whole) + part

    def bars(self, start: int, end: int) -> list[int]:
        """Return the start ticks of the bars that overlap [start, end) ticks."""
        first = self.bar_at(max(0, start))
        count = max(0, self.bar_at(max(0, end - 1)) - first + 1) if end > start else 0
        return [self.bar_start(bar) for bar in range(first, first + count)]

    def _span_at(self, tick: int) -> _Span:
        return self._spans[bisect_right(self._first_ticks, max(0, tick)) - 1]

    def _span_of(self, bar: int) -> _Span:
        if bar < 1:
            raise ValueError(f"there is no bar {bar}: bars are numbered from 1")
        return self._spans[bisect_right(self._first_bars, bar - 1) - 1]

    @cached_property
    def _first_ticks(self) -> list[int]:
        return [span[0] for span in self._spans]

    @cached_property
    def _first_bars(self) -> list[int]:
        return [span[1] for span in self._spans]
