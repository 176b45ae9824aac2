"""What a suggestion is measured beside: the real bars, simple ways to fill a gap, and the network with less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.suggestion import (
    Cancelled,
    Complete,
    NothingToSuggest,
    Progress,
    Suggester,
    Suggestion,
    SuggestionRequest,
)
from jazzassist.suggest.asking import answer, streamed
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.ranking import playable
from jazzassist.training.evaluation.arranger import arranged
from jazzassist.training.evaluation.context_copy import copied, copied_from_context, cut
from jazzassist.training.evaluation.tasks import Task

REAL, OURS = "real bars", "ours"
COPIED, MARKOV, LEFT_ONLY, OTHER, SAMPLE = (
    "bars before, copied",
    "Markov chain",
    "left side only",
    "another song's bars",
    "one sample",
)
CONTEXT, ARRANGER = "copy from context", "arranger on estimated chords"
RIVALS = (COPIED, CONTEXT, ARRANGER, MARKOV, LEFT_ONLY, OTHER)  # what ours has to beat
# Those that are measured in every table of likelihood or similarity.
WRITERS: dict[str, Callable[[Task], Notes]] = {
    COPIED: copied,
    CONTEXT: copied_from_context,
    ARRANGER: arranged,
}
ALL = (REAL, OURS, SAMPLE, *RIVALS)


@dataclass
class Remembering:
    """A suggester that remembers its last candidates as they were before any choice."""

    inner: Suggester
    candidates: list[Suggestion] = field(default_factory=list)

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """What the inner suggester says."""
        return self.stream(request, progress, cancelled, lambda suggestion: None)

    def stream(
        self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled, complete: Complete
    ) -> list[Suggestion]:
        """What the inner suggester says, and early where it says it early."""
        self.candidates = []
        self.candidates = streamed(self.inner, request, progress, cancelled, complete)
        return self.candidates


def fills(task: Task, pool: list[Task], suggester: Suggester) -> dict[str, Notes]:
    """What each of ALL writes into the task's gap; no notes from one that has nothing to suggest.

    `pool`: the tasks among which "another song's bars" are looked for; that rival is missing where
    no other song has a line of the same role.
    """
    remembering = Remembering(suggester)
    found = {REAL: task.removed, OURS: first_suggestion(remembering, task.request)}
    found[SAMPLE] = _one_sample(remembering.candidates, task.request)
    found |= {name: write(task) for name, write in WRITERS.items()}
    found[MARKOV] = first_suggestion(MarkovSuggester(), task.request)
    found[LEFT_ONLY] = first_suggestion(suggester, without_after(task.request))
    other = another_passage(task, pool)
    if other is not None:
        found[OTHER] = other
    return found


def suggestions(suggester: Suggester, request: SuggestionRequest) -> list[Suggestion]:
    """What the app would offer, best first; none where there is nothing to suggest."""
    try:
        return answer(suggester, request, lambda share: None, lambda: False)
    except NothingToSuggest:
        return []


def first_suggestion(suggester: Suggester, request: SuggestionRequest) -> Notes:
    """The notes of the first suggestion; none where there is nothing to suggest."""
    found = suggestions(suggester, request)
    return found[0].notes if found else EMPTY


def without_after(request: SuggestionRequest) -> SuggestionRequest:
    """The same gap as a continuation: the target's notes behind it are not heard, those of other lines are."""
    line = request.lines[request.target]
    lines = list(request.lines)
    lines[request.target] = replace(line, notes=line.notes.starting_in(0, request.start))
    return replace(request, kind="continuation", lines=tuple(lines))


def another_passage(task: Task, pool: list[Task]) -> Notes | None:
    """The real bars of another song's line of the same role, fitted into the gap; always the same ones.

    Those of the same number of bars where there are any. None without another such song.
    """
    others = [other for other in pool if other.role == task.role and other.song != task.song]
    others = [other for other in others if other.bars == task.bars] or others
    if not others:
        return None
    random = np.random.default_rng([task.request.rng_seed, task.request.start])
    return fitted(others[int(random.integers(len(others)))], task)


def fitted(other: Task, task: Task) -> Notes:
    """The bars removed from another song, bar for bar in the gap's ticks, transposed to its register."""
    request, notes = task.request, other.removed
    bar, other_bar = ((of.request.end - of.request.start) / of.bars for of in (task, other))
    scale = bar / other_bar
    start = np.round((notes.start - other.request.start) * scale).astype(np.int64) + request.start
    duration = np.maximum(1, np.round(notes.duration * scale)).astype(np.int64)
    channel = np.full(len(notes), request.lines[request.target].channel)
    pitch = notes.pitch + _transposition(notes, task)
    return cut(notes.changed(start=start, duration=duration, pitch=np.clip(pitch, 0, 127), channel=channel), request)


def _transposition(notes: Notes, task: Task) -> int:
    """Semitones from the mean pitch of the notes to that around the gap; none for drums."""
    around = task.past.notes.joined(task.future.notes)
    if task.drums or not len(around) or not len(notes):
        return 0
    return round(float(around.pitch.mean()) - float(notes.pitch.mean()))


def _one_sample(candidates: list[Suggestion], request: SuggestionRequest) -> Notes:
    """The first candidate as MIDI can hold it, without any choice among them."""
    if not candidates:
        return EMPTY
    try:
        return playable(candidates[:1], request)[0].notes
    except NothingToSuggest:
        return EMPTY
