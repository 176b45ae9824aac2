"""Weights of the ranking, fitted on held-out gaps: of two candidates for a gap, the one like the real bars wins."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import track

from jazzassist.domain.suggestion import NothingToSuggest, Suggester, Suggestion
from jazzassist.suggest.features import WEIGHTS, penalties
from jazzassist.suggest.harmonising import with_chords
from jazzassist.suggest.ranking import DENSITY_PENALTY, LIKELIHOOD_WEIGHT, SEAM_WEIGHT, doublings, playable, total
from jazzassist.suggesters import open_suggester
from jazzassist.training.arrays import TEST, VALIDATION
from jazzassist.training.config import ConfigError, read_recipe
from jazzassist.training.evaluation.played import SIMILARITIES
from jazzassist.training.evaluation.real_songs import real_songs
from jazzassist.training.evaluation.report import Cell, Sheet, as_text
from jazzassist.training.evaluation.scores import scores_of
from jazzassist.training.evaluation.tasks import Source, Task, held_out_sources, make_tasks

Floats = npt.NDArray[np.float64]

NAMES = ("likelihood", "seam", "density", *WEIGHTS)
NOW = (LIKELIHOOD_WEIGHT, SEAM_WEIGHT, DENSITY_PENALTY, *WEIGHTS.values())
BARS = 4
STEPS, RATE, RIDGE = 2000, 0.1, 0.01
LEAST_APART = 0.02  # similarities that differ by less tell nothing
LEGEND = (
    "similarity to the removed bars (mean of chroma, groove, durations, inter-onsets) of the candidate that is ranked "
    "first, on {gaps} gaps of tunes that the weights were not fitted on"
)


@dataclass(frozen=True)
class Field:
    """The candidates for one gap: (candidates, NAMES) features, how like the real bars, and today's total."""

    features: Floats
    likeness: Floats
    total: Floats


def add_ranking(commands: Any) -> None:
    """Adds the command to a parser's commands."""
    command = commands.add_parser("ranking", help="fit the weights by which candidates are ranked")
    command.add_argument("checkpoint", type=Path)
    command.add_argument("--config", type=Path, default=Path("jazz-7"), help="the recipe whose sets and split hold")
    command.add_argument("--data", type=Path, required=True, help="the folder that holds the recipe's sets")
    command.add_argument("--gaps", type=int, default=12, help="for each role, played and written (default: 12)")
    command.set_defaults(run_command=_ranking)


def _ranking(arguments: argparse.Namespace) -> int:
    recipe, (_, suggester) = read_recipe(arguments.config), open_suggester(str(arguments.checkpoint))
    parts: list[list[Field]] = []
    for part in (VALIDATION, TEST):
        songs = list(real_songs(recipe, arguments.data, part=part))
        groups = [
            [Source(song.path, song.group, song=song.song) for song in songs if song.group == group]
            for group in dict.fromkeys(song.group for song in songs)
        ]
        groups.append(held_out_sources(recipe, arguments.data, part))
        tasks = [task for sources in groups for task in make_tasks(sources, (BARS,), arguments.gaps)]
        parts.append(fields(tasks, suggester, lambda them: track(them, "Asking", transient=True)))
    weights = fitted(parts[0])
    print(as_text(sheets(weights, parts[1]), f"jazzassist ranking {arguments.checkpoint} --gaps {arguments.gaps}"))
    return 0


def fields(
    tasks: Sequence[Task], suggester: Suggester, watch: Callable[[Sequence[Task]], Any] = lambda them: them
) -> list[Field]:
    """The candidates for each task, where there are two or more."""
    found = [field_of(task, suggester) for task in watch(tasks)]
    return [field for field in found if field is not None]


def field_of(task: Task, suggester: Suggester) -> Field | None:
    """The candidates for a task; None where there are not two."""
    request = with_chords(task.request)
    try:
        candidates = playable(suggester.suggest(request, lambda share: None, lambda: False), request)
    except NothingToSuggest:
        return None
    if len(candidates) < 2:
        return None
    rows = [_features(candidate, task) for candidate in candidates]
    alike = [_likeness(candidate, task) for candidate in candidates]
    totals = [total(candidate.part, request) for candidate in candidates]
    return Field(np.array(rows), np.array(alike), np.array(totals))


def _features(candidate: Suggestion, task: Task) -> list[float]:
    """Each so that more is better."""
    part, request = candidate.part, with_chords(task.request)
    lacks = penalties(part.notes, request)
    density = abs(doublings(part, request.controls.density))
    return [part.scores.get("likelihood", 0.0), -part.scores.get("seam", 0.0), -density,
            *(-lacks[name] for name in WEIGHTS)]  # fmt: skip


def _likeness(candidate: Suggestion, task: Task) -> float:
    scores = scores_of(task, candidate.part.notes)
    values = [scores[name] for name in SIMILARITIES.values()]
    return float(np.mean([value for value in values if not math.isnan(value)] or [0.0]))


def fitted(gaps: Sequence[Field]) -> dict[str, float]:
    """Weights, none below 0, by logistic regression on pairs of candidates, on the scale of today's totals."""
    pairs, sides = _pairs(gaps)
    if not len(pairs):
        raise ConfigError("No gap has two candidates that differ.")
    scale = np.maximum(pairs.std(0), 1e-9)
    rows, weights = pairs / scale, np.full(pairs.shape[1], 0.1)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = ((chance - 1) * sides) @ rows / sides.sum() + RIDGE * weights
        weights = np.maximum(0.0, weights - RATE * slope)
    weights = weights / scale
    now = np.array(NOW)
    wanted, found = (float((pairs @ each).std()) for each in (now, weights))
    return dict(zip(NAMES, (weights * (wanted / found if found else 1.0)).tolist(), strict=True))


def _pairs(gaps: Sequence[Field]) -> tuple[Floats, Floats]:
    """(pairs, NAMES): the better candidate's features less the other's; and by how much it is better."""
    rows, sides = [np.zeros((0, len(NAMES)))], [np.zeros(0)]
    for gap in gaps:
        first, second = np.nonzero(gap.likeness[:, None] - gap.likeness[None] > LEAST_APART)
        rows.append(gap.features[first] - gap.features[second])
        sides.append(gap.likeness[first] - gap.likeness[second])
    return np.concatenate(rows), np.concatenate(sides)


def first_likeness(gaps: Sequence[Field], scores: Callable[[Field], Floats]) -> float:
    """How like the real bars the candidates are that some scores put first, on average."""
    return float(np.mean([gap.likeness[int(np.argmax(scores(gap)))] for gap in gaps]))


def sheets(weights: dict[str, float], gaps: Sequence[Field]) -> tuple[Sheet, Sheet]:
    """The weights beside today's, and what they are worth on gaps of other tunes."""
    rows: list[tuple[Cell, ...]] = [(name, now, weights[name]) for name, now in zip(NAMES, NOW, strict=True)]
    new = np.array([weights[name] for name in NAMES])

    def total_by(gap: Field) -> Floats:
        """The total with the fitted weights; what is not weighted here stays as it is today."""
        return np.asarray(gap.total + gap.features @ (new - np.array(NOW)), np.float64)

    worth: tuple[tuple[Cell, ...], ...] = (
        ("any candidate", float(np.mean([gap.likeness.mean() for gap in gaps]))),
        ("first by today's weights", first_likeness(gaps, lambda gap: gap.total)),
        ("first by the fitted weights", first_likeness(gaps, total_by)),
        ("the best candidate", float(np.mean([gap.likeness.max() for gap in gaps]))),
    )
    return (
        Sheet("Weights", ("", "today", "fitted"), tuple(rows)),
        Sheet("Likeness to the real bars", ("", "likeness"), worth, LEGEND.format(gaps=len(gaps))),
    )
