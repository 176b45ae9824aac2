"""Conversion of ticks to seconds and bars, and back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jazzassist.domain.timing import MeterMap, Position, TempoMap
from tests.midi.strategies import tried

tempo_changes = st.lists(st.tuples(st.integers(0, 5000), st.integers(1000, 2_000_000).map(float)), max_size=5).map(
    lambda found: tuple(sorted(found, key=lambda change: change[0]))
)
meter_changes = st.lists(
    st.tuples(st.integers(0, 20_000), st.integers(1, 15), st.sampled_from((1, 2, 4, 8, 16))), max_size=4
).map(lambda found: tuple(sorted(found, key=lambda change: change[0])))


@tried
@given(st.integers(1, 1000), tempo_changes, st.floats(0, 10_000))
def test_a_tick_found_again_from_its_seconds(ppq: int, changes: tuple[tuple[int, float], ...], tick: float) -> None:
    tempo_map = TempoMap(ppq, changes)
    assert tempo_map.tick_at(tempo_map.seconds_at(tick)) == pytest.approx(tick, abs=1e-3)


def test_seconds_without_a_tempo_are_those_of_120_bpm() -> None:
    assert TempoMap(480).seconds_at(960) == 1.0
    assert TempoMap(480).bpm_at(0) == 120


def test_seconds_over_a_change_of_tempo() -> None:
    tempo_map = TempoMap(100, ((0, 500_000.0), (200, 1_000_000.0)))
    assert tempo_map.seconds_of([0, 100, 200, 300]).tolist() == [0.0, 0.5, 1.0, 2.0]
    assert [tempo_map.bpm_at(tick) for tick in (199, 200)] == [120, 60]


def test_of_two_tempi_at_one_tick_the_last_counts() -> None:
    assert TempoMap(100, ((0, 500_000.0), (0, 1_000_000.0))).bpm_at(0) == 60


@tried
@given(st.integers(1, 1000), meter_changes, st.integers(0, 30_000))
def test_a_tick_lies_in_the_bar_that_is_said_to_hold_it(
    ppq: int, changes: tuple[tuple[int, int, int], ...], tick: int
) -> None:
    meters = MeterMap(ppq, changes)
    bar = meters.bar_at(tick)
    assert meters.bar_start(bar) <= tick < meters.bar_start(bar + 1)


@tried
@given(st.integers(1, 1000), meter_changes, st.integers(0, 30_000))
def test_a_position_says_where_its_tick_is(ppq: int, changes: tuple[tuple[int, int, int], ...], tick: int) -> None:
    meters = MeterMap(ppq, changes)
    bar, beat, rest = meters.position(tick)
    assert meters.tick_at(bar, beat) + rest == tick
    assert meters.beats(bar)[beat - 1] + rest == tick
    assert meters.position(tick - rest) == (bar, beat, 0)


@tried
@given(st.integers(1, 1000), meter_changes, st.integers(0, 30_000), st.integers(1, 30_000))
def test_bars_touch_the_range_they_are_asked_for(
    ppq: int, changes: tuple[tuple[int, int, int], ...], start: int, length: int
) -> None:
    bars = MeterMap(ppq, changes).bars(start, start + length)
    assert bars[0] <= start
    assert bars == sorted(set(bars))
    assert bars[-1] < start + length


def test_a_change_of_meter_begins_a_new_bar() -> None:
    meters = MeterMap(480, ((0, 4, 4), (1000, 3, 4)))
    assert [meters.bar_start(bar) for bar in (1, 2, 3)] == [0, 1000, 2440]
    assert meters.position(1000) == Position(2, 1, 0)


def test_beats_are_units_of_the_meter() -> None:
    assert MeterMap(480, ((0, 6, 8),)).tick_at(2, 3) == 1440 + 480


def test_a_position_reads_as_composers_write_it() -> None:
    assert str(MeterMap(480).position(1920 + 480)) == "2:2"
    assert str(MeterMap(480).position(1920 + 481)) == "2:2+1"


@pytest.mark.parametrize(("bar", "beat"), [(1, 5), (1, 0), (0, 1), (2, 0.5)])
def test_a_place_that_the_meter_does_not_have_is_refused(bar: int, beat: float) -> None:
    with pytest.raises(ValueError, match="no"):
        MeterMap(480).tick_at(bar, beat)


@tried
@given(st.integers(1, 1000), st.integers(1, 33), st.sampled_from((1, 2, 4, 8, 16, 32, 64, 128)), st.integers(1, 5000))
def test_bars_and_beats_do_not_drift(ppq: int, numerator: int, denominator: int, bar: int) -> None:
    beat = Fraction(ppq * 4, denominator)
    assume(beat >= 1)
    meters = MeterMap(ppq, ((0, numerator, denominator),))
    exact = [(bar - 1) * numerator * beat + count * beat for count in range(numerator)]
    assert meters.beats(bar) == [math.floor(tick) for tick in exact]
    assert meters.bar_start(bar) == math.floor(exact[0])
    assert [meters.tick_at(bar, count + 1) for count in range(numerator)] == meters.beats(bar)
    assert [meters.bar_at(tick) for tick in (meters.bar_start(bar), meters.bar_start(bar + 1) - 1)] == [bar, bar]


def test_bars_of_seven_eighths_at_25_ticks_a_quarter() -> None:
    meters = MeterMap(25, ((0, 7, 8),))
    assert [meters.bar_start(bar) for bar in (1, 2, 3, 101)] == [0, 87, 175, 8750]
    assert meters.beats(1) == [0, 12, 25, 37, 50, 62, 75]
    assert meters.tick_at(1, 2.5) == 12 + 6
    assert meters.bars(0, 200) == [0, 87, 175]


@pytest.mark.parametrize("written", [87, 88])
def test_a_change_at_a_bar_line_that_was_rounded_begins_that_bar(written: int) -> None:
    meters = MeterMap(25, ((0, 7, 8), (written, 4, 4)))
    assert [meters.bar_start(bar) for bar in (1, 2, 3)] == [0, written, written + 100]
    assert [meters.bar_at(tick) for tick in (86, written - 1, written)] == [1, 1, 2]
    assert meters.position(written) == Position(2, 1, 0)
    assert MeterMap(25, ((0, 7, 8), (89, 4, 4))).bar_at(89) == 3, "a bar line at 87, and a change two ticks later"


def test_a_length_in_bars_and_beats_is_counted_by_the_meters() -> None:
    meters = MeterMap(25, ((0, 7, 8), (8750, 3, 4)))
    assert meters.after(0, 100) == 8750
    assert meters.after(87, 1) == 175
    assert meters.after(0, 1, 3) == meters.tick_at(2, 4)
    assert meters.after(0, 0, 9) == meters.tick_at(2, 3), "also over a bar line"
    assert meters.after(8750, 2, 1.5) == 8750 + 150 + 25 + 12
    assert MeterMap(480, ((0, 4, 4), (1920, 2, 4))).after(1440, 1) == 1920 + 960, "that bar has no fourth beat"


class Counted(list[object]):
    """A list that counts how many of its items are read."""

    reads = 0

    def __getitem__(self, at: Any) -> Any:
        self.reads += 1
        return super().__getitem__(at)

    def __iter__(self) -> Iterator[object]:
        self.reads += len(self)
        return super().__iter__()


def test_many_meters_are_looked_up_without_going_through_all_of_them() -> None:
    meters = MeterMap(480, tuple((at * 480, 3 + at % 4, 4) for at in range(20_000)))
    meters.bar_at(0), meters.bar_start(1)  # makes the tables
    tables = {name: Counted(vars(meters)[name]) for name in ("_spans", "_first_ticks", "_first_bars")}
    vars(meters).update(tables)
    for at in range(0, 20_000, 20):
        assert meters.bar_start(meters.bar_at(at * 480)) == at * 480
    assert 0 < sum(table.reads for table in tables.values()) < 1_000 * 50, "a search by halves reads about 30 of 20,000"


def test_bars_of_many_meters_are_those_counted_one_by_one() -> None:
    cycle = [(3, 4), (7, 8), (1, 16), (12, 2)]
    changes = tuple((tick, *cycle[at % 4]) for at, tick in enumerate(range(0, 30_000, 700)))
    meters = MeterMap(480, changes)
    starts = [0]
    while starts[-1] < 32_000:
        num, den = meters.meter_at(starts[-1])
        following = [tick for tick, _, _ in changes if tick > starts[-1]]
        starts.append(min([starts[-1] + num * 480 * 4 // den, *following[:1]]))
    assert [meters.bar_start(bar) for bar in range(1, len(starts) + 1)] == starts
    assert all(meters.bar_at(start) == bar for bar, start in enumerate(starts, 1))
    assert all(meters.bar_at(start - 1) == bar - 1 for bar, start in enumerate(starts, 1) if start)
