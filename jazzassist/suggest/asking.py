"""Answering a request: the one path that the worker and the command line share, so that both give the same notes."""

from __future__ import annotations

from jazzassist.domain.suggestion import (
    Cancelled,
    Complete,
    Progress,
    StreamingSuggester,
    Suggester,
    Suggestion,
    SuggestionRequest,
    WarmingSuggester,
)
from jazzassist.suggest.early import Early
from jazzassist.suggest.harmonising import CONFIDENT, with_chords
from jazzassist.suggest.ranking import choose, playable
from jazzassist.suggest.regridding import on_musical_grid


def answer(
    suggester: Suggester,
    request: SuggestionRequest,
    progress: Progress,
    cancelled: Cancelled,
    complete: Complete = lambda suggestion: None,
) -> list[Suggestion]:
    """The chosen suggestions, best first; none when cancelled. NothingToSuggest when there are none.

    `complete` gets suggestions that can be heard while others are still being written. They count in the
    choice (see `choose`) whether anybody listens or not, so that the same request always gives the same answer.
    """
    if cancelled():
        return []
    # The notes are heard on the grid that they follow, and what is written comes back to the ticks of the song.
    hearing = on_musical_grid(request)
    if cancelled():
        return []
    request, heard = with_chords(request), with_chords(hearing.request, _least(suggester))
    early = Early(request, complete)
    if cancelled():
        return []

    def take(suggestion: Suggestion) -> None:
        early.take(hearing.back(suggestion))

    candidates = [hearing.back(found) for found in streamed(suggester, heard, progress, cancelled, take)]
    if cancelled():
        return []
    kept = playable(candidates, request, cancelled)
    return [] if cancelled() else choose(kept, request, early.shown)


def streamed(
    suggester: Suggester, request: SuggestionRequest, progress: Progress, cancelled: Cancelled, complete: Complete
) -> list[Suggestion]:
    """The candidates of any suggester; `complete` gets those of a streaming one as they are complete."""
    if isinstance(suggester, StreamingSuggester):
        return suggester.stream(request, progress, cancelled, complete)
    return suggester.suggest(request, progress, cancelled)


def _least(suggester: Suggester) -> float:
    """The mean confidence that estimated chords need: none for a suggester that is told how sure they are."""
    return 0.0 if getattr(suggester, "hears_doubt", False) else CONFIDENT


def prepare(suggester: Suggester, request: SuggestionRequest, cancelled: Cancelled) -> None:
    """Does what an answer to such a request begins with, so that the answer itself can begin with its notes."""
    if not cancelled() and isinstance(suggester, WarmingSuggester):
        heard = with_chords(on_musical_grid(request).request, _least(suggester))
        if not cancelled():
            suggester.warm(heard, cancelled)
