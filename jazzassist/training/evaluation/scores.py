"""All metrics of one fill of one gap, by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.training.evaluation.similarity import (
    HISTOGRAMS,
    chroma_similarity,
    density_doublings,
    density_ratio,
    groove_similarity,
    grooving_similarity,
    histogram_overlap,
    pitch_class_entropy,
)
from jazzassist.training.evaluation.stretch import Stretch, top_line
from jazzassist.training.evaluation.tasks import Task

REFERENCES = ("removed", "past", "future")
ENTROPY_BARS = 4  # of H4
EMPTY_FILL = "without a note"
PAIRED: dict[str, Callable[[Stretch, Stretch], float]] = {
    "chroma similarity": chroma_similarity,
    "groove similarity": groove_similarity,
    "density ratio": density_ratio,
    "density, doublings off": density_doublings,
}
DIFFERENCES = ("H1", "H4", "GS")


def scores_of(task: Task, notes: Notes) -> dict[str, float]:
    """Every metric of notes as the fill of a task's gap; NaN where one is not defined."""
    fill = task.filled(notes)
    references = {"removed": task.filled(task.removed), "past": task.past, "future": task.future}
    found = {EMPTY_FILL: float(not len(fill.notes))}
    for name in REFERENCES:
        found |= {f"{metric}, {name}": _against(fill, references[name], metric) for metric in (*PAIRED, *HISTOGRAMS)}
    for name in ("past", "future"):
        found |= {f"{metric} difference, {name}": _difference(fill, references[name], metric) for metric in DIFFERENCES}
    return found | _seams(task, fill)


def _against(fill: Stretch, reference: Stretch, metric: str) -> float:
    if not len(reference.notes):
        return float("nan")
    if metric in PAIRED:
        return PAIRED[metric](fill, reference)
    histogram = HISTOGRAMS[metric]
    return histogram_overlap(histogram(fill), histogram(reference))


def _difference(fill: Stretch, context: Stretch, metric: str) -> float:
    """|metric(fill) - metric(context)|, as Variable-Length Piano Infilling reports it."""
    if metric == "GS":
        return abs(grooving_similarity(fill) - grooving_similarity(context)) if len(fill.notes) else float("nan")
    # A short fill has no window of four bars: then both are measured in windows as long as the fill.
    window = 1 if metric == "H1" else min(ENTROPY_BARS, fill.bar_count)
    return abs(pitch_class_entropy(fill, window) - pitch_class_entropy(context, window))


def _seams(task: Task, fill: Stretch) -> dict[str, float]:
    """Semitones and rhythm from the note before the gap into the fill, and from it into what follows."""
    before, after = task.request.before, task.request.after
    usual = usual_inter_onset(before, after)
    return {
        "interval in, semitones": _interval(before, fill.notes, task.drums),
        "interval out, semitones": _interval(fill.notes, after, task.drums),
        "inter-onset in, doublings off": _rhythm(before, fill.notes, usual),
        "inter-onset out, doublings off": _rhythm(fill.notes, after, usual),
    }


def usual_inter_onset(before: Notes, after: Notes) -> float:
    """The median of the ticks from one onset to the next on both sides of a gap; NaN without any."""
    steps = np.concatenate([np.diff(np.unique(side.start)) for side in (before, after)])
    return float(np.median(steps)) if len(steps) else float("nan")


def _interval(left: Notes, right: Notes, drums: bool) -> float:
    """Semitones between the highest notes on both sides of a seam."""
    if drums or not len(left) or not len(right):
        return float("nan")
    return float(abs(top_line(right)[0] - top_line(left)[-1]))


def _rhythm(left: Notes, right: Notes, usual: float) -> float:
    """How many times the ticks over a seam are twice or half the usual ones."""
    if not len(left) or not len(right) or not usual > 0:
        return float("nan")
    return float(abs(np.log2(max(1, int(right.start[0] - left.start[-1])) / usual)))
