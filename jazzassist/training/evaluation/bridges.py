"""How good bridges are: every rival on every task, and where ours does not stand between the best and the real bars."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from jazzassist.domain.suggestion import Progress, Suggester
from jazzassist.training.evaluation.rivals import ALL, OURS, REAL, RIVALS, fills
from jazzassist.training.evaluation.scores import scores_of
from jazzassist.training.evaluation.similarity import HISTOGRAMS, overlapped_area, set_distances
from jazzassist.training.evaluation.stretch import Floats
from jazzassist.training.evaluation.tasks import GAP_BARS, ROLES, Task

Table = dict[str, dict[str, float]]  # {rival: {metric: value}}
TASKS = "tasks"
EVERYTHING = "all gaps"
MEDIAN = ", median"
RATIO = "density ratio"  # its mean would hear twice as much far louder than half as much
AREA = "overlapped area"
DRAWS = 200  # of tasks, with replacement, for the noise
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Judged:
    """One rival's fill of one task: its metrics, and the histograms that whole sets of fills are compared by."""

    task: Task
    rival: str
    scores: dict[str, float]
    histograms: dict[str, Floats]


def judge(tasks: list[Task], suggester: Suggester, progress: Progress = lambda share: None) -> list[Judged]:
    """All rivals on all tasks."""
    found: list[Judged] = []
    for number, task in enumerate(tasks):
        for rival, notes in fills(task, tasks, suggester).items():
            fill = task.filled(notes)
            histograms = {name: histogram(fill) for name, histogram in HISTOGRAMS.items()}
            found.append(Judged(task, rival, scores_of(task, notes), histograms))
        progress((number + 1) / len(tasks))
    return found


def tables(judged: list[Judged]) -> dict[str, Table]:
    """The table over all tasks, and those for each gap length and each role that occur."""
    found = {EVERYTHING: table(judged)}
    for bars in GAP_BARS:
        found[f"{bars} bar{'s' if bars > 1 else ''}"] = table([item for item in judged if item.task.bars == bars])
    for role in ROLES:
        found[role] = table([item for item in judged if item.task.role == role])
    return {name: rows for name, rows in found.items() if rows}


def table(judged: list[Judged]) -> Table:
    """Means over the tasks, medians of ratios; of differences to the context both; mgeval's overlapped areas."""
    found: Table = {}
    real = [item for item in judged if item.rival == REAL]
    for rival in ALL:
        items = [item for item in judged if item.rival == rival]
        if items:
            values = _by_rival(items)[rival]
            averages = _averages(list(items[0].scores), values)
            found[rival] = {TASKS: float(len(items)), **averages, **_areas(real, items)}
    return found


def goals(rows: Table) -> dict[str, float]:
    """For each metric how far ours is from the real bars, less how far the nearest rival is: above 0 is a miss.

    Nearness to the real bars is what counts: a copy of the bars before is more like them than real music is.
    """
    found: dict[str, float] = {}
    rivals = [rows[name] for name in RIVALS if name in rows]
    for metric, ceiling in rows[REAL].items():
        distances = [abs(rival[metric] - ceiling) for rival in rivals if not np.isnan(rival.get(metric, np.nan))]
        ours = abs(rows[OURS].get(metric, np.nan) - ceiling)
        if metric != TASKS and distances and not np.isnan(ours):
            found[metric] = ours - min(distances)
    return found


def misses(rows: Table) -> list[str]:
    """The metrics on which ours is further from the real bars than the nearest rival."""
    return [metric for metric, behind in goals(rows).items() if behind > TOLERANCE]


def noise(judged: list[Judged], seed: int = 0) -> dict[str, float]:
    """The standard error of each of `goals`: how much it changes with the choice of tasks (bootstrap).

    Overlapped areas, which are of the whole set, have none.
    """
    names, values = list(judged[0].scores), _by_rival(judged)
    count = len(values[REAL])
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(DRAWS):
        chosen = random.integers(count, size=count)
        rows = {rival: _averages(names, found[chosen]) for rival, found in values.items()}
        for metric, behind in goals(rows).items():
            drawn.setdefault(metric, []).append(behind)
    return {metric: float(np.std(behind)) for metric, behind in drawn.items()}


def _by_rival(judged: list[Judged]) -> dict[str, Floats]:
    """Each rival's scores as (tasks, metrics), rows of NaN where it has no fill."""
    places = {task: at for at, task in enumerate(dict.fromkeys(id(item.task) for item in judged))}
    found: dict[str, Floats] = {}
    for item in judged:
        rows = found.setdefault(item.rival, np.full((len(places), len(item.scores)), np.nan))
        rows[places[id(item.task)]] = list(item.scores.values())
    return found


def _averages(names: list[str], values: Floats) -> dict[str, float]:
    """Means and medians of (tasks, metrics) by name, without what is not defined."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of nothing but NaN the average is NaN, and no news
        means, medians = np.nanmean(values, 0), np.nanmedian(values, 0)
    found: dict[str, float] = {}
    for name, mean, median in zip(names, means.tolist(), medians.tolist(), strict=True):
        if not name.startswith(RATIO):
            found[name] = mean
        if name.startswith(RATIO) or "difference" in name:
            found[name + MEDIAN] = median
    return found


def _areas(real: list[Judged], items: list[Judged]) -> dict[str, float]:
    """mgeval: distances within the real bars against those from them to the fills."""
    found: dict[str, float] = {}
    kept = _same_tasks(real, items)
    for name in HISTOGRAMS:
        first, second = (_stacked(item.histograms[name] for item in side) for side in (kept, items))
        found[f"{AREA}, {name}"] = overlapped_area(set_distances(first, first), set_distances(first, second))
    return found


def _same_tasks(real: list[Judged], items: list[Judged]) -> list[Judged]:
    """The real bars in the order of a rival's tasks."""
    by_task = {id(item.task): item for item in real}
    return [by_task[id(item.task)] for item in items]


def _stacked(rows: Iterable[Floats]) -> Floats:
    return np.stack(list(rows))
