"""Weights of the ranking, fitted on held-out gaps: of two candidates for a gap, the one like the real bars wins.

The weights are fitted on gaps of validation tunes alone. What they are worth is measured on gaps of test tunes.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import track

from jazzassist.domain.suggestion import NothingToSuggest, Suggester, Suggestion, SuggestionRequest
from jazzassist.suggest.features import WEIGHTS, Manner, cost, penalties
from jazzassist.suggest.harmonising import with_chords
from jazzassist.suggest.ranking import playable, total
from jazzassist.suggesters import open_suggester
from jazzassist.training.arrays import TEST, VALIDATION
from jazzassist.training.config import ConfigError, Recipe, read_recipe
from jazzassist.training.evaluation.played import SIMILARITIES
from jazzassist.training.evaluation.real_songs import real_songs
from jazzassist.training.evaluation.report import Cell, Sheet, as_text
from jazzassist.training.evaluation.scores import scores_of
from jazzassist.training.evaluation.tasks import Source, Task, held_out_sources, make_tasks

Floats = npt.NDArray[np.float64]

REST = "the rest of the ranking"
NAMES = (REST, *WEIGHTS)
BARS = 4
STEPS, RATE, RIDGE = 2000, 0.1, 0.01
SAY = 0.5
LEAST_APART = 0.02  # similarities that differ by less tell nothing
LEGEND = (
    "similarity to the removed bars (mean of chroma, groove, durations, inter-onsets) of the candidate that is ranked "
    "first, on {gaps} gaps of test tunes; the weights are fitted on validation tunes; ±: standard error over the gaps"
)
LACKS_LEGEND = "then what the candidate that is ranked first lacks of it, on average over the same test gaps"


@dataclass(frozen=True)
class Field:
    """The candidates for one gap: (candidates, NAMES), more is better, and how like the real bars they are."""

    features: Floats
    likeness: Floats

    def ranked_by(self, weights: Mapping[str, float]) -> Floats:
        """(candidates,): the total with such weights of the features."""
        return np.asarray(self.features @ np.array([1.0, *(weights[name] for name in WEIGHTS)]), np.float64)


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
    to_fit, to_judge = (
        fields(tasks_of(recipe, arguments.data, part, arguments.gaps), suggester, _watched)
        for part in (VALIDATION, TEST)
    )
    command = f"jazzassist ranking {arguments.checkpoint} --config {arguments.config} --gaps {arguments.gaps}"
    print(as_text(sheets(fitted(to_fit), to_judge), command))
    return 0


def tasks_of(recipe: Recipe, data: Path, part: int, gaps: int) -> list[Task]:
    """Gaps in the tunes of one part of the split: `gaps` of each role in each set that was played, and in all files."""
    songs = list(real_songs(recipe, data, part=part))
    groups = [
        [Source(song.path, song.group, song=song.song) for song in songs if song.group == group]
        for group in dict.fromkeys(song.group for song in songs)
    ]
    groups.append(held_out_sources(recipe, data, part))
    return [task for sources in groups for task in make_tasks(sources, (BARS,), gaps)]


def _watched(tasks: Sequence[Task]) -> Any:
    return track(tasks, "Asking", transient=True)


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
    rows = [_features(candidate, request) for candidate in candidates]
    return Field(np.array(rows), np.array([_likeness(candidate, task) for candidate in candidates]))


def _features(candidate: Suggestion, request: SuggestionRequest) -> list[float]:
    part = candidate.part
    manner = Manner.of(request)
    lacks = penalties(part.notes, manner)
    return [total(part, request, manner) + cost(part.notes, manner), *(-lacks[name] for name in WEIGHTS)]


def _likeness(candidate: Suggestion, task: Task) -> float:
    scores = scores_of(task, candidate.part.notes)
    values = [scores[name] for name in SIMILARITIES.values()]
    return float(np.mean([value for value in values if not math.isnan(value)] or [0.0]))


def fitted(gaps: Sequence[Field]) -> dict[str, float]:
    """Weights of the features, none below 0, by logistic regression on pairs of candidates for the same gap.

    Likeness to the removed bars does not tell how a candidate meets what follows, so the rest of the ranking keeps
    its say: the weights are scaled so that all of them together differ SAY times as much as the rest.
    """
    pairs, sides = _pairs(gaps)
    if not len(pairs):
        raise ConfigError("No gap has two candidates that differ.")
    scale = np.maximum(pairs.std(0), 1e-9)
    rows, weights = pairs / scale, np.full(pairs.shape[1], 0.1)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = ((chance - 1) * sides) @ rows / sides.sum() + RIDGE * weights
        weights = np.maximum(0.0, weights - RATE * slope)
    own = (weights / scale)[1:]
    rest, found = _size(pairs[:, 0]), _size(pairs[:, 1:] @ own)
    return dict(zip(WEIGHTS, (own * (SAY * rest / found if found else 0.0)).tolist(), strict=True))


def _size(differences: Floats) -> float:
    return float(np.sqrt(np.mean(differences**2)))


def _pairs(gaps: Sequence[Field]) -> tuple[Floats, Floats]:
    """(pairs, NAMES): the better candidate's features less the other's; and by how much it is better."""
    rows, sides = [np.zeros((0, len(NAMES)))], [np.zeros(0)]
    for gap in gaps:
        first, second = np.nonzero(gap.likeness[:, None] - gap.likeness[None] > LEAST_APART)
        rows.append(gap.features[first] - gap.features[second])
        sides.append(gap.likeness[first] - gap.likeness[second])
    return np.concatenate(rows), np.concatenate(sides)


def first_likeness(gaps: Sequence[Field], weights: Mapping[str, float]) -> Floats:
    """(gaps,): how like the real bars the candidate is that is ranked first."""
    return np.array([gap.likeness[int(np.argmax(gap.ranked_by(weights)))] for gap in gaps])


def first_lacks(gaps: Sequence[Field], weights: Mapping[str, float]) -> dict[str, float]:
    """What the candidate that is ranked first lacks of each feature, on average."""
    lacks = [-gap.features[int(np.argmax(gap.ranked_by(weights))), 1:] for gap in gaps]
    return dict(zip(WEIGHTS, np.mean(lacks, axis=0).tolist(), strict=True))


def sheets(weights: Mapping[str, float], gaps: Sequence[Field]) -> tuple[Sheet, Sheet]:
    """Today's weights and those fitted, and what both are worth on gaps on which they were not fitted."""
    if not gaps:
        raise ConfigError("No gap of a test tune has two candidates.")
    lacks = [first_lacks(gaps, each) for each in (dict.fromkeys(WEIGHTS, 0.0), WEIGHTS, weights)]
    rows: list[tuple[Cell, ...]] = [
        (name, WEIGHTS[name], weights[name], *(lack[name] for lack in lacks)) for name in WEIGHTS
    ]
    without = first_likeness(gaps, dict.fromkeys(WEIGHTS, 0.0))
    worth: list[tuple[Cell, ...]] = [
        ("any candidate", float(np.mean([gap.likeness.mean() for gap in gaps])), ""),
        ("first without the features", float(without.mean()), ""),
    ]
    for name, each in (("first by today's weights", WEIGHTS), ("first by the fitted weights", weights)):
        found = first_likeness(gaps, each)
        gain = found - without
        words = f"{gain.mean():+.3f} ± {gain.std() / math.sqrt(len(gaps)):.3f}"
        worth.append((name, float(found.mean()), words))
    worth.append(("the best candidate", float(np.mean([gap.likeness.max() for gap in gaps])), ""))
    return (
        Sheet("Weights", ("", "today", "fitted", "lack without", "today", "fitted"), tuple(rows), LACKS_LEGEND),
        Sheet("Likeness to the real bars", ("", "likeness", "gain"), tuple(worth), LEGEND.format(gaps=len(gaps))),
    )
