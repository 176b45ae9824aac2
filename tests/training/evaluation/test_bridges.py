"""Rivals on tasks, added up, and where ours is not between them and the real bars."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from jazzassist.domain.suggestion import Cancelled, Complete, Progress, Suggestion, SuggestionRequest
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.evaluation.bridges import (
    AREA,
    EVERYTHING,
    TASKS,
    Judged,
    goals,
    judge,
    misses,
    noise,
    table,
    tables,
)
from jazzassist.training.evaluation.rivals import ALL, COPIED, MARKOV, OTHER, OURS, REAL
from jazzassist.training.evaluation.similarity import HISTOGRAMS, overlapped_area, set_distances
from jazzassist.training.evaluation.tasks import Task
from tests.training.evaluation.songs import BASS, DRUMS, task, with_notes

TASK_LIST = [
    *(task(song=number, bars=bars) for number in range(3) for bars in (1, 4)),
    task(BASS, "bass"),
    task(DRUMS, "drums"),
]


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return judge(TASK_LIST, MarkovSuggester())


def scored(rival: str, values: list[float], tasks: list[Task]) -> list[Judged]:
    """A rival with one metric, by task."""
    empty = {name: np.zeros(2) for name in HISTOGRAMS}
    return [Judged(at, rival, {"metric": value}, empty) for at, value in zip(tasks, values, strict=True)]


def test_tables_of_lengths_and_roles(judged: list[Judged]) -> None:
    found = tables(judged)
    assert list(found) == [EVERYTHING, "1 bar", "2 bars", "4 bars", "melody", "bass", "drums"]
    assert set(found["1 bar"]) == set(ALL)
    counts = {name: rows[REAL][TASKS] for name, rows in found.items()}
    assert counts == {EVERYTHING: 8, "1 bar": 3, "2 bars": 2, "4 bars": 3, "melody": 6, "bass": 1, "drums": 1}


def test_the_real_bars_are_the_ceiling(judged: list[Judged]) -> None:
    rows = table(judged)
    for name in HISTOGRAMS:
        assert rows[REAL][f"{name}, removed"] == pytest.approx(1)
    assert rows[REAL]["density ratio, removed, median"] == 1
    assert rows[COPIED]["pitch, past"] > rows[REAL]["pitch, past"]


def test_a_rival_counts_only_where_it_has_a_fill(judged: list[Judged]) -> None:
    rows = table(judged)
    assert rows[OTHER][TASKS] == 6  # there is one song with a bass, and one with drums
    assert 0 < rows[OTHER][f"{AREA}, pitch"] <= 1


def test_a_fill_is_not_held_against_the_bars_it_stands_for() -> None:
    rows = np.random.default_rng(0).random((12, 6))
    places = [task(song=number % 3) for number in range(12)]
    real = [Judged(at, REAL, {}, dict.fromkeys(HISTOGRAMS, row)) for at, row in zip(places, rows, strict=True)]
    later = [replace(item, rival=OTHER) for item in real[1:]]
    distances = set_distances(rows[1:], rows[1:])
    assert table(real + later)[OTHER][f"{AREA}, pitch"] == overlapped_area(distances, distances)


def test_areas_are_largest_for_a_set_that_is_like_the_real_bars() -> None:
    random = np.random.default_rng(0)
    tasks = [task(song=number) for number in range(3)] * 8
    places = [Task(str(at), "melody", 1, found.request, found.removed) for at, found in enumerate(tasks)]
    histograms = {REAL: random.random((24, 6)), OURS: random.random((24, 6)), MARKOV: np.eye(6)[[0] * 24]}
    histograms[MARKOV][:, 1] = random.random(24) / 4
    items = [
        Judged(at, rival, {}, dict.fromkeys(HISTOGRAMS, rows[number]))
        for rival, rows in histograms.items()
        for number, at in enumerate(places)
    ]
    rows = table(items)
    area = {rival: rows[rival][f"{AREA}, pitch"] for rival in histograms}
    assert area[REAL] > 0.9
    assert area[OURS] > 0.7
    assert area[MARKOV] < 0.2


def test_progress_reaches_the_end() -> None:
    told: list[float] = []
    judge(TASK_LIST[:2], MarkovSuggester(), told.append)
    assert told == [0.5, 1.0]


def test_means_leave_out_what_is_not_defined() -> None:
    rows = table(scored(REAL, [1.0, math.nan, 3.0], TASK_LIST[:3]))
    assert rows[REAL]["metric"] == 2
    assert math.isnan(table(scored(REAL, [math.nan], TASK_LIST[:1]))[REAL]["metric"])


def test_nearness_to_the_real_bars_is_what_counts() -> None:
    rows = {REAL: {"a": 1.0, "b": 0.5}, OURS: {"a": 0.8, "b": 0.4}, MARKOV: {"a": 0.7, "b": 0.9}}
    rows[COPIED] = {"a": math.nan, "b": 0.55}  # even if it is above them
    rows = {rival: {TASKS: 9.0, **values} for rival, values in rows.items()}
    assert goals(rows) == {"a": pytest.approx(-0.1), "b": pytest.approx(0.05)}
    assert misses(rows) == ["b"]


def test_what_is_not_defined_is_no_miss() -> None:
    assert goals({REAL: {"a": 1.0}, OURS: {"a": math.nan}, MARKOV: {"a": 1.0}}) == {}
    assert goals({REAL: {"a": 1.0}, OURS: {"a": 1.0}}) == {}


def test_noise_is_the_change_with_the_choice_of_tasks() -> None:
    tasks = TASK_LIST[:6]
    real = scored(REAL, [0.0] * 6, tasks)
    steady = [*real, *scored(OURS, [1.0] * 6, tasks), *scored(MARKOV, [2.0] * 6, tasks)]
    assert noise(steady) == {"metric": 0}
    wild = [*real, *scored(OURS, [1.0, 3, 1, 3, 1, 3], tasks), *scored(MARKOV, [0.0] * 6, tasks)]
    assert noise(wild)["metric"] == pytest.approx(1 / math.sqrt(6), rel=0.2)


class Knowing(MarkovSuggester):
    """Gives back the bars that were taken out where it hears what follows."""

    def __init__(self, tasks: list[Task]) -> None:
        self.tasks = tasks

    def stream(
        self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled, complete: Complete
    ) -> list[Suggestion]:
        found = super().stream(request, progress, cancelled, lambda suggestion: None)
        known = [asked.removed for asked in self.tasks if asked.request is request]
        return [with_notes(found[0], known[0])] if known else found


def test_a_suggester_that_knows_the_bars_misses_nothing() -> None:
    tasks = [task(song=number) for number in range(3)]
    assert misses(table(judge(tasks, Knowing(tasks)))) == []
    assert misses(table(judge(tasks, MarkovSuggester())))
