"""Small songs, stretches and tasks for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song
from jazzassist.domain.suggestion import (
    Cancelled,
    Controls,
    NothingToSuggest,
    Part,
    Progress,
    Suggestion,
    SuggestionRequest,
    bridge_request,
    landing_of,
)
from jazzassist.domain.timing import MeterMap
from jazzassist.neural.familiarity import Role
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.evaluation.stretch import Stretch
from jazzassist.training.evaluation.tasks import Task
from tests.neural.requests import band

PPQ = 480
BAR = 4 * PPQ
SAX, BASS, DRUMS = range(3)


def notes_of(*rows: tuple[float, float, int], channel: int = 0) -> Notes:
    """Notes from (start in quarters, length in quarters, pitch)."""
    return Notes.of((round(start * PPQ), round(length * PPQ), pitch, 80, channel) for start, length, pitch in rows)


def stretch(*rows: tuple[float, float, int], bars: int = 1, drums: bool = False) -> Stretch:
    """Bars of 4/4 from such rows."""
    return Stretch.of(notes_of(*rows), MeterMap(PPQ), 0, bars * BAR, drums)


def task(track: int = SAX, role: Role = "melody", first: int = 9, bars: int = 2, song: int = 0, name: str = "") -> Task:
    """Bars of a band's line to be bridged, from bar `first` (counted from 1) on."""
    whole: Song = band(PPQ, 24, seed=10 * song)
    gap = Gap((track,), (first - 1) * BAR, (first - 1 + bars) * BAR)
    removed = whole.tracks[track].notes.starting_in(gap.start, gap.end)
    return Task(name or f"song {song}", role, bars, bridge_request(whole, gap, Controls()), removed)


@dataclass
class Always:
    """Suggests the same sets of notes for every request, in that order, and remembers what it was asked."""

    answers: list[Notes]

    def __post_init__(self) -> None:
        self.requests: list[SuggestionRequest] = []

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """One suggestion for each; what comes first is the likeliest."""
        self.requests.append(request)
        if not self.answers:
            raise NothingToSuggest("nothing")
        model = MarkovSuggester().suggest(request, progress, cancelled)[0]
        return [
            Suggestion((Part(0, notes, {"likelihood": float(-at)}, landing_of(notes, request)),), model.receipt)
            for at, notes in enumerate(self.answers)
        ]


def with_notes(suggestion: Suggestion, notes: Notes) -> Suggestion:
    """The suggestion with other notes in its only part."""
    return replace(suggestion, parts=(replace(suggestion.part, notes=notes),))
