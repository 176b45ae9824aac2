"""The rivals that copy: the bars before the gap, and "copy from context", those whose surroundings are most alike."""

from __future__ import annotations

import numpy as np

from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.suggestion import SuggestionRequest
from jazzassist.training.evaluation.stretch import Floats
from jazzassist.training.evaluation.tasks import Task

OCTAVE = 12
FLANK = 2  # bars on each side of the place that are compared as well


def copied(task: Task) -> Notes:
    """The bars before the gap once more, as many as it has where there are so many."""
    request = task.request
    length = request.end - request.start
    earlier = request.before.starting_in(max(0, request.start - length), request.start)
    return cut(earlier.shifted(length), request)


def copied_from_context(task: Task) -> Notes:
    """The stretch of the line as long as the gap, at a bar line before or after it, that fits the gap best.

    A place fits where the other lines play the same pitch classes beat by beat, and where the line's own notes on
    both sides are like those around the gap. The bars before, where no place is whole.
    """
    request, line = task.request, task.request.lines[task.request.target].notes
    length = request.end - request.start
    places = [place for place in _bar_starts(task) if _is_whole(place, task)]
    places = [place for place in places if len(line.starting_in(place, place + length))]
    if not places:
        return EMPTY
    first, last = _extent(task)
    around = _profile(task, line, first, last)
    others = np.concatenate([_profile(task, one, first, last) for one in _others(task)] or [around[:, :0]], axis=1)
    scores = [_fit(task, around, others, place, first) for place in places]
    best = places[max(range(len(places)), key=lambda at: (scores[at], -abs(places[at] - request.start)))]
    found = line.starting_in(best, best + length).shifted(request.start - best)
    return found.changed(duration=np.minimum(found.duration, request.end - found.start))


def _others(task: Task) -> list[Notes]:
    """Whatever plays beside the line, pitched lines joined."""
    lines = [line.notes for at, line in enumerate(task.request.lines) if at != task.request.target]
    lines = [notes for notes in lines if len(notes)]
    return [Notes.of(note for notes in lines for note in notes)] if lines else []


def _extent(task: Task) -> tuple[int, int]:
    """The bars in which the request holds notes."""
    ends = [(int(line.notes.start[0]), line.notes.last_end) for line in task.request.lines if len(line.notes)]
    first = task.meters.bar_start(task.meters.bar_at(min(start for start, _ in ends)))
    return first, max(max(end for _, end in ends), task.request.end)


def _bar_starts(task: Task) -> list[int]:
    first, last = _extent(task)
    return [tick for tick in task.meters.bars(first, last) if tick >= first]


def _is_whole(place: int, task: Task) -> bool:
    """Whether a stretch that begins there neither touches the gap nor leaves the excerpt."""
    end = place + task.request.end - task.request.start
    return (end <= task.request.start or place >= task.request.end) and end <= _extent(task)[1]


def _profile(task: Task, notes: Notes, first: int, last: int) -> Floats:
    """(quarters, 12) how long each pitch class sounds from onsets in each quarter, scaled to length 1."""
    ppq = task.request.ppq
    found = np.zeros(((last - first) // ppq + 1, OCTAVE))
    kept = notes.starting_in(first, last)
    np.add.at(found, ((kept.start - first) // ppq, kept.pitch % OCTAVE), np.minimum(kept.duration, ppq) / ppq)
    size = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(size > 0, size, 1))


def _fit(task: Task, around: Floats, others: Floats, place: int, first: int) -> float:
    """How alike a place and the gap are, by beats: of the other lines inside, of the line itself on both sides."""
    request = task.request
    ppq, gap = request.ppq, (request.start - first) // request.ppq
    here, count = (place - first) // ppq, (request.end - request.start) // ppq
    flank = FLANK * task.meters.beat_ticks(request.start) * task.meters.meter_at(request.start)[0] // ppq
    inside = _alike(others, here, gap, count)
    sides = _alike(around, here - flank, gap - flank, flank) + _alike(around, here + count, gap + count, flank)
    return inside + sides


def _alike(profile: Floats, first: int, second: int, count: int) -> float:
    """The mean cosine of `count` quarters from two places on, 0 outside."""
    if not profile.shape[1] or not count:
        return 0.0
    at = np.arange(count)
    inside = (first + at >= 0) & (second + at >= 0) & (np.maximum(first, second) + at < len(profile))
    rows = profile[np.clip(first + at, 0, len(profile) - 1)] * profile[np.clip(second + at, 0, len(profile) - 1)]
    return float((rows.sum(1) * inside).sum() / count)


def cut(notes: Notes, request: SuggestionRequest) -> Notes:
    """The notes that begin in the gap, none longer than to its end."""
    kept = notes.starting_in(request.start, request.end)
    return kept.changed(duration=np.minimum(kept.duration, request.end - kept.start))
