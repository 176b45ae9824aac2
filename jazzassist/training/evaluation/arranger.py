"""The rival "arranger on estimated chords": rules instead of a network, on what the other tracks and bars tell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from jazzassist.domain.song import Note, Notes
from jazzassist.domain.suggestion import SuggestionRequest
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony.analysis import chords_of
from jazzassist.training.arranging.rules import OCTAVE, Harmony, nearest, voiced, walking_bass
from jazzassist.training.evaluation.context_copy import copied
from jazzassist.training.evaluation.tasks import Task

WALKS = 0.75  # notes per quarter from which on a bass walks; below, it plays roots where bars and chords begin
TOGETHER = 12  # notes that begin within a quarter divided by this are one chord
LEFT_HAND = 55  # G3: below it the lowest note of a chord on the first beat becomes the root
REACH = 5  # semitones around the seed's register in which a bass walks


def estimated(request: SuggestionRequest) -> Harmony:
    """The chords of what is known of the song: the gap holds only what the other tracks play there."""
    lines = [line.notes for line in request.lines if not line.is_drums]
    spans = chords_of(lines, request.ppq, MeterMap(request.ppq, request.meters))
    return Harmony(tuple((span.start, span.symbol) for span in spans))


def arranged(task: Task) -> Notes:
    """What simple rules write into the gap: drums and rhythms of the bars before, pitches of the chords.

    A bass that walks in the seed walks to the next root.
    """
    if task.drums:
        return copied(task)
    harmony = estimated(task.request)
    if task.role == "bass":
        return _bass(task, harmony)
    return _moved(task, harmony)


def _bass(task: Task, harmony: Harmony) -> Notes:
    request, past = task.request, task.past.notes
    seed = past if len(past) else task.future.notes
    bars = task.meters.bars(request.start, request.end)
    beats = [tick for bar in bars for tick in task.meters.beats(task.meters.bar_at(bar))]
    beats = [tick for tick in beats if request.start <= tick < request.end]
    walks = len(past) >= WALKS * max(1.0, task.past.quarters)
    if not walks:
        beats = sorted({*(bar for bar in bars if bar >= request.start), *harmony.changes(request.start, request.end)})
    around = int(np.median(seed.pitch))
    low, high = int(seed.pitch.min()) - REACH, int(seed.pitch.max()) + REACH
    line = walking_bass(harmony, beats, bars, around, low, max(high, low + OCTAVE))
    ends = [tick for tick, _ in line[1:]] + [request.end]
    velocity, channel = int(np.median(seed.velocity)), request.lines[request.target].channel
    longest = float(np.median(seed.duration)) if walks else float(seed.duration.max())
    return Notes.of(
        Note(tick, max(1, min(end - tick, round(longest))), pitch, velocity, channel)
        for (tick, pitch), end in zip(line, ends, strict=True)
    )


def _moved(task: Task, harmony: Harmony) -> Notes:
    """The bars before once more, every chord and every note on its nearest chord tone."""
    notes = copied(task)
    return Notes.of(note for group in _chords(notes, task.request.ppq) for note in _on_harmony(task, harmony, group))


def _chords(notes: Notes, ppq: int) -> Iterator[list[Note]]:
    """Notes that begin together."""
    group: list[Note] = []
    for note in notes:
        if group and note.start - group[0].start > ppq // TOGETHER:
            yield group
            group = []
        group.append(note)
    if group:
        yield group


def _on_harmony(task: Task, harmony: Harmony, group: list[Note]) -> Iterator[Note]:
    at = group[0].start + task.request.ppq / 6  # what is played early belongs to the chord that comes
    chord, root = harmony.chord_at(at), harmony.root_at(at)
    group = sorted(group, key=lambda note: note.pitch)
    if chord is None or root is None:
        yield from group
        return
    bar = task.meters.bar_start(task.meters.bar_at(round(at)))
    pitches = voiced(chord, [note.pitch for note in group])
    if group[0].pitch < LEFT_HAND and at - bar < task.request.ppq / 2:
        pitches = sorted({nearest([root], group[0].pitch), *pitches[1:]})
    for note, pitch in zip(group, pitches, strict=False):
        yield note._replace(pitch=int(np.clip(pitch, 0, 127)))
