"""Bits per note of real bars, as the suggester meets them, and of the same bars when a rival's fill predicts them.

The network hears exactly what it hears in suggesting: the request's scene, and chords that were estimated from the
other tracks where the song names none. A rival writes notes, not chances. It is read as a prediction: each field of
the next note is what the rival has next, with a share that is chosen for it, and else what the context has, by
frequency. The share is the best one for these very gaps, so no such rival could cost fewer bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Notes
from jazzassist.neural.encoding import (
    END,
    FIELD_CLASSES,
    FIELDS,
    GRID,
    MOST_AHEAD,
    NO_PITCH,
    TARGETS,
    GridLine,
    Ints,
    duration_class,
)
from jazzassist.neural.places import without_joins
from jazzassist.neural.returning import whole_line
from jazzassist.neural.scene import Scene, class_of, scene_of
from jazzassist.neural.steps import Previous
from jazzassist.suggest.harmonising import CONFIDENT, with_chords
from jazzassist.training.evaluation.gaps import HeldOutGap
from jazzassist.training.evaluation.tasks import Task

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SMOOTHING = 0.5  # of a note, for each class that the context lacks
# How a prediction is spread over the classes next to it, by field: timing and touch never repeat exactly.
SPREAD: dict[str, tuple[float, ...]] = {
    "ahead": (1,),
    "sub": (1, 2, 3, 2, 1),
    "pitch": (1,),
    "duration": (1, 2, 1),
    "velocity": (1, 2, 1),
}

Bits = npt.NDArray[np.float64]


def gap_of(task: Task, doubtful: bool = False) -> HeldOutGap | None:
    """A task as a gap on the network's grid, heard as in the app; None where nothing is left of it on the grid.

    `doubtful`: whether the network is told how sure estimated chords are.
    """
    request = with_chords(task.request, 0.0 if doubtful else CONFIDENT)
    scene = scene_of(request, doubtful=doubtful)
    removed = on_grid(task, task.removed, scene)
    if not len(removed) or not len(scene.before):
        return None
    before = _clipped(scene.before, 0, scene.start - 1)
    columns = ("onset", "length", "pitch", "velocity")
    joined = [np.concatenate([getattr(side, name) for side in (before, removed, scene.after)]) for name in columns]
    line = GridLine(joined[0], joined[1], joined[2], joined[3], scene.instrument)
    first = Previous(int(line.onset[0]) // (4 * GRID) * 4 * GRID)
    low, high = len(before), len(before) + len(removed)
    return HeldOutGap(task.bars, 0, scene.start, scene.end, line, low, high, first, scene.around, whole_line(scene))


def on_grid(task: Task, notes: Notes, scene: Scene) -> GridLine:
    """Notes of the gap as the network would hear them, kept inside it."""
    line = without_joins(GridLine.of(notes, task.request.ppq, class_of(task.request.lines[task.request.target])))
    return _clipped(line, scene.start, scene.end - 1)


def _clipped(line: GridLine, first: int, last: int) -> GridLine:
    """The line with onsets moved into [first, last]; of notes that then share onset and pitch the first stays."""
    onset = np.clip(line.onset, first, last)
    order = np.lexsort((line.pitch, onset))
    keep = np.ones(len(onset), np.bool_)
    keep[1:] = (np.diff(onset[order]) > 0) | (np.diff(line.pitch[order]) > 0)
    chosen = order[keep]
    return GridLine(onset[chosen], line.length[chosen], line.pitch[chosen], line.velocity[chosen], line.instrument)


def rival_bits(gaps: Sequence[HeldOutGap], fills: Sequence[GridLine]) -> dict[str, float]:
    """Bits per note by field and in total of the real notes of gaps, predicted by a fill of each."""
    chances = [_chances(gap, fill) for gap, fill in zip(gaps, fills, strict=True)]
    found: dict[str, float] = {}
    for field, name in enumerate(FIELDS):
        usual = np.concatenate([gap_chances[field][0] for gap_chances in chances])
        copied = np.concatenate([gap_chances[field][1] for gap_chances in chances])
        costs = [float(-np.log2((1 - share) * usual + share * copied).mean()) for share in SHARES]
        found[name] = min(costs)
    values = {name: round(value, 4) for name, value in found.items()}
    return values | {"total": round(math.fsum(found.values()), 4)}


def _chances(gap: HeldOutGap, fill: GridLine) -> list[tuple[Bits, Bits]]:
    """For each field the chances of the real classes by the context's frequencies, and by the fill."""
    arrays = gap.arrays(True, False, 1)
    targets = {name: np.asarray(arrays[name], np.int64) for name in TARGETS}
    inside = np.arange(gap.low, gap.high)
    context = np.setdiff1d(np.arange(len(targets[TARGETS[0]])), inside)
    predicted = _predictions(gap, fill)
    found = []
    for field, name in enumerate(TARGETS):
        classes, size = targets[name], FIELD_CLASSES[field]
        seen = classes[context]
        counts = np.bincount(seen[seen >= 0], minlength=size) + SMOOTHING
        usual = counts / counts.sum()
        table = np.where(predicted[field][:, None] < 0, usual, _spread(predicted[field], size, SPREAD[FIELDS[field]]))
        real = classes[inside]
        found.append((usual[real], table[np.arange(len(real)), real]))
    return found


def _spread(classes: Ints, size: int, weights: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """(notes, size): the chances of a prediction and its neighbours; positions in the quarter go round."""
    table, half = np.zeros((len(classes), size)), len(weights) // 2
    for step, weight in enumerate(weights, -half):
        at = (classes + step) % size if size == GRID else np.clip(classes + step, 0, size - 1)
        np.add.at(table, (np.arange(len(classes)), at), weight / sum(weights))
    return table


def _predictions(gap: HeldOutGap, fill: GridLine) -> list[Ints]:
    """For each field the class that the fill has next, given the real notes before and the note's earlier fields."""
    rows = []
    keys = fill.onset * (NO_PITCH + 1) + fill.pitch
    for at in range(gap.low, gap.high):
        onset, pitch = int(gap.line.onset[at]), int(gap.line.pitch[at])
        last = (int(gap.line.onset[at - 1]), int(gap.line.pitch[at - 1])) if at else (-1, -1)
        when = int(np.searchsorted(keys, last[0] * (NO_PITCH + 1) + last[1], side="right"))
        lowest = last[1] + 1 if last[0] == onset else 0
        what = int(np.searchsorted(keys, onset * (NO_PITCH + 1) + lowest))
        how = int(np.searchsorted(keys, onset * (NO_PITCH + 1) + pitch))
        rows.append([*_time(fill, when, last[0]), *_rest(fill, what, how)])
    return [np.array(column, np.int64) for column in np.array(rows).T]


def _time(fill: GridLine, index: int, last: int) -> tuple[int, int]:
    if index >= len(fill):
        return END, -1
    onset = int(fill.onset[index])
    return int(np.clip(onset // GRID - last // GRID, 0, MOST_AHEAD)), onset % GRID


def _rest(fill: GridLine, what: int, how: int) -> tuple[int, int, int]:
    """Pitch, class of duration and class of velocity."""
    if not len(fill):
        return -1, -1, -1
    what, how = min(what, len(fill) - 1), min(how, len(fill) - 1)
    length = int(duration_class(int(fill.length[how])))
    return int(fill.pitch[what]), length, int(fill.velocity[how]) // 8
