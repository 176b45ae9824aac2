"""How often suggestions collapse, beside the seed they start from and the bars that really stood there.

Per 4 bars at least 5 pitches and 3 durations; no note of one pitch and duration more than 4 times in
a row; pitch-class entropy within 35 % of the seed's. Some lines do less by nature: a walking bass has
one or two durations, a drummer few pieces of the kit. So each is counted twice: as it stands, and
against what the seed itself does in its own 4-bar windows. For drums the pieces of the kit stand for
pitches and pitch classes.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Progress, Suggester
from jazzassist.neural.encoding import GRID, duration_class
from jazzassist.training.evaluation.rivals import suggestions
from jazzassist.training.evaluation.similarity import entropy, pitch_class_histogram, pitch_histogram
from jazzassist.training.evaluation.stretch import Stretch
from jazzassist.training.evaluation.tasks import ROLES, Task

WINDOW_BARS = 4
FEWEST_PITCHES, FEWEST_DURATIONS = 5, 3  # per window
MOST_IN_A_ROW = 4
ENTROPY_SHARE = 0.35
SEEDS, EACH = 50, 10
MOST_ASKED = 5  # times that a seed is asked for its share of suggestions
CHECKS = ("varied", "varied or as the seed", "not stuck", "entropy of the seed", "whole")


@dataclass(frozen=True)
class Manner:
    """How varied some bars are.

    `pitches`, `durations`: the fewest in any window. `in_a_row`: the most times that one pitch and
    duration follow each other. `entropy`: bits.
    """

    pitches: int
    durations: int
    in_a_row: int
    entropy: float

    @staticmethod
    def of(stretch: Stretch) -> Manner:
        """Of a stretch; all zeros, and NaN for the entropy, without notes."""
        windows = _windows(stretch)
        pitch, length = stretch.notes.pitch.astype(np.int64), lengths(stretch.notes, stretch.ppq)
        histogram = pitch_histogram(stretch) if stretch.drums else pitch_class_histogram(stretch)
        return Manner(
            min((len(np.unique(pitch[window])) for window in windows), default=0),
            min((len(np.unique(length[window])) for window in windows), default=0),
            longest_repeat(list(zip(pitch.tolist(), length.tolist(), strict=True))),
            entropy(histogram),
        )


@dataclass(frozen=True)
class Answered:
    """A task and what was suggested for it: `alternatives` in the order in which they came."""

    task: Task
    alternatives: tuple[Notes, ...] = field(default=())


def ask(
    tasks: list[Task], suggester: Suggester, each: int = EACH, progress: Progress = lambda share: None
) -> list[Answered]:
    """`each` suggestions a task, as the app offers them: asked with one random seed after the other."""
    found: list[Answered] = []
    for number, task in enumerate(tasks):
        notes: list[Notes] = []
        for again in range(MOST_ASKED):
            if len(notes) < each:
                request = replace(task.request, rng_seed=again)
                notes += [suggestion.notes for suggestion in suggestions(suggester, request)]
        found.append(Answered(task, tuple(notes[:each])))
        progress((number + 1) / len(tasks))
    return found


def shares(answered: list[Answered]) -> dict[str, dict[str, float]]:
    """{role or "all": {check: share, "real, check": share of the real bars, counts}}."""
    found: dict[str, dict[str, float]] = {}
    for role in ("all", *ROLES):
        chosen = [item for item in answered if role in ("all", item.task.role)]
        if chosen:
            ours = [checks(item.task, notes) for item in chosen for notes in item.alternatives]
            real = [checks(item.task, item.task.removed) for item in chosen]
            found[role] = {"seeds": float(len(chosen)), "suggestions": float(len(ours))}
            found[role] |= {name: _share(ours, name) for name in CHECKS}
            found[role] |= {f"real, {name}": _share(real, name) for name in CHECKS}
    return found


def checks(task: Task, notes: Notes) -> dict[str, bool]:
    """Which of CHECKS a fill of the task's gap meets.

    "whole": as varied as asked for or as the seed is, and not stuck. Entropy is a check of its own,
    since real music itself often changes more.
    """
    fill, seed = Manner.of(task.filled(notes)), Manner.of(task.past)
    varied = fill.pitches >= FEWEST_PITCHES and fill.durations >= FEWEST_DURATIONS
    as_seed = fill.pitches >= min(FEWEST_PITCHES, seed.pitches) and fill.durations >= min(
        FEWEST_DURATIONS, seed.durations
    )
    stuck = fill.in_a_row > max(MOST_IN_A_ROW, seed.in_a_row)
    near = abs(fill.entropy - seed.entropy) <= ENTROPY_SHARE * seed.entropy
    whole = len(notes) > 0 and as_seed and not stuck
    return dict(zip(CHECKS, (varied, as_seed, len(notes) > 0 and not stuck, near, whole), strict=True))


def lengths(notes: Notes, ppq: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(notes,): the class of each note's length, so that played lengths count as the written ones."""
    return np.asarray(duration_class(notes.duration * GRID / ppq), np.int64)


def longest_repeat(items: Sequence[Hashable]) -> int:
    """The most times that one item stands in a row."""
    longest = run = 0
    for index, item in enumerate(items):
        run = run + 1 if index and items[index - 1] == item else 1
        longest = max(longest, run)
    return longest


def _windows(stretch: Stretch) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Which notes begin in each WINDOW_BARS, one after the other; in all bars where there are fewer."""
    count = max(1, stretch.bar_count // WINDOW_BARS)
    bars = stretch.bar_of
    size = WINDOW_BARS if stretch.bar_count >= WINDOW_BARS else max(1, stretch.bar_count)
    return [(bars >= size * number) & (bars < size * (number + 1)) for number in range(count)]


def _share(found: list[dict[str, bool]], name: str) -> float:
    return float(np.mean([checked[name] for checked in found])) if found else float("nan")
