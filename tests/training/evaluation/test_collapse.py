"""Counting suggestions that are stuck, or poorer than their seed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.suggestion import Cancelled, Complete, Progress, Suggestion, SuggestionRequest
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.evaluation.collapse import (
    CHECKS,
    Answered,
    Manner,
    ask,
    checks,
    lengths,
    longest_repeat,
    shares,
)
from tests.training.evaluation.songs import BASS, PPQ, Always, notes_of, stretch, task, with_notes

FIRST = 9  # bar of the gap
LIVELY = tuple((at, (0.5, 1, 0.75)[at % 3], 60 + at % 7) for at in range(16))


def moved(rows: tuple[tuple[float, float, int], ...]) -> Notes:
    """Rows from the start of the gap on."""
    return notes_of(*((start + 4 * (FIRST - 1), length, pitch) for start, length, pitch in rows))


def test_manner_by_hand() -> None:
    found = Manner.of(stretch(*LIVELY, *((start + 16, 1, 60) for start in range(6)), bars=8))
    assert (found.pitches, found.durations, found.in_a_row) == (1, 1, 6)  # the second window is the poorer one
    assert Manner.of(stretch(*LIVELY, bars=4)).pitches == 7
    late = Manner.of(stretch((0, 1, 60), *((start + 16, length, pitch) for start, length, pitch in LIVELY), bars=8))
    assert (late.pitches, late.durations) == (1, 1)  # and here the first
    assert Manner.of(stretch((0, 1, 60), (1, 1, 72))).entropy == 0
    assert Manner.of(stretch((0, 1, 36), (1, 1, 48), drums=True)).entropy == 1  # two pieces of the kit
    empty = Manner.of(stretch(bars=4))
    assert (empty.pitches, empty.in_a_row) == (0, 0)
    assert math.isnan(empty.entropy)


def test_played_lengths_count_as_written() -> None:
    assert len(set(lengths(notes_of((0, 0.5, 60), (1, 0.49, 60), (2, 0.51, 60)), PPQ).tolist())) == 1
    assert len(set(lengths(notes_of((0, 0.5, 60), (1, 1, 60)), PPQ).tolist())) == 2


@given(st.lists(st.integers(0, 2), max_size=20))
def test_longest_repeat(items: list[int]) -> None:
    found = longest_repeat(items)
    present = [count for count in range(1, 21) for value in range(3) if str([value] * count)[1:-1] in str(items)]
    assert found == max(present, default=0)


def test_a_lively_fill_of_a_lively_seed_is_whole() -> None:
    found = checks(task(first=FIRST, bars=4), moved(LIVELY))
    assert list(found) == list(CHECKS)
    assert found["varied"] and found["not stuck"] and found["whole"]


def test_a_stuck_fill() -> None:
    rows = (*LIVELY[:8], *((8 + at / 2, 0.5, 64) for at in range(5)))
    found = checks(task(first=FIRST, bars=4), moved(rows))
    assert found["varied"] and not found["not stuck"] and not found["whole"]
    four = checks(task(first=FIRST, bars=4), moved((*LIVELY[:8], *((8 + at / 2, 0.5, 64) for at in range(4)))))
    assert four["not stuck"]


def test_a_poor_fill_is_whole_only_where_the_seed_is_as_poor() -> None:
    asked = task(first=FIRST, bars=4)
    poor = moved(tuple((float(at), 1.0, 60 + 2 * (at % 3)) for at in range(16)))
    assert not checks(asked, poor)["varied or as the seed"]
    line = replace(asked.request.lines[0], notes=notes_of(*((float(at), 1, 60 + 2 * (at % 3)) for at in range(32))))
    same = replace(asked, request=replace(asked.request, lines=(line, *asked.request.lines[1:])))
    found = checks(same, poor)
    assert found["varied or as the seed"] and found["whole"] and not found["varied"]
    assert found["entropy of the seed"]


def test_a_fill_may_be_as_stuck_as_its_seed() -> None:
    asked = task(first=FIRST, bars=4)
    line = replace(asked.request.lines[0], notes=notes_of(*((at / 2, 0.5, 64) for at in range(48, 54)), (31, 1, 60)))
    stuck = replace(asked, request=replace(asked.request, lines=(line, *asked.request.lines[1:])))
    for count, expected in ((6, True), (7, False)):
        rows = (*LIVELY[:8], *((8 + at / 2, 0.5, 64) for at in range(count)))
        assert checks(stuck, moved(rows))["not stuck"] == expected


def test_entropy_may_differ_by_a_share_of_the_seeds_own() -> None:
    asked = task(first=FIRST, bars=4)
    bits = Manner.of(asked.past).entropy
    five = moved(tuple((float(at), 1.0, 60 + at % 5) for at in range(15)))  # log2(5) bits
    assert 0.35 < bits - math.log2(5) < 0.35 * bits
    assert checks(asked, five)["entropy of the seed"]


def test_entropy_of_another_kind() -> None:
    found = checks(task(first=FIRST, bars=4), moved(tuple((float(at), 0.5, 60 + at % 2) for at in range(16))))
    assert not found["entropy of the seed"]
    nothing = checks(task(first=FIRST), EMPTY)
    assert not any(nothing.values())


def test_as_many_suggestions_as_wanted_by_asking_again() -> None:
    suggester = Always([moved(LIVELY[at:]) for at in range(4)])
    told: list[float] = []
    found = ask([task(first=FIRST, bars=4)] * 2, suggester, 10, told.append)
    assert [len(item.alternatives) for item in found] == [10, 10]
    assert [request.rng_seed for request in suggester.requests] == [0, 1, 2] * 2
    assert told == [0.5, 1.0]
    assert ask([task()], Always([]), 3)[0].alternatives == ()


class Stuck(MarkovSuggester):
    """Plays one note again and again."""

    def stream(
        self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled, complete: Complete
    ) -> list[Suggestion]:
        found = super().stream(request, progress, cancelled, lambda suggestion: None)
        notes = notes_of(*((request.start / PPQ + at, 0.5, 60) for at in range(16)))
        return [with_notes(found[0], notes)]


def test_shares_of_roles_beside_the_real_bars() -> None:
    tasks = [task(first=FIRST, bars=4), task(BASS, "bass", first=FIRST, bars=4)]
    found = shares(ask(tasks, Stuck(), 2))
    assert list(found) == ["all", "melody", "bass"]
    assert (found["all"]["seeds"], found["all"]["suggestions"]) == (2, 4)
    assert found["all"]["whole"] == found["melody"]["not stuck"] == 0
    assert found["melody"]["real, not stuck"] == 1
    half = shares([Answered(tasks[0], (moved(LIVELY), moved(((0, 1, 60),))))])
    assert half["melody"]["whole"] == pytest.approx(0.5)
