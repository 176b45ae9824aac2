"""Answering a request: the one path that the worker and the command line share, so that both give the same notes."""

from __future__ import annotations

from jazzassist.domain.suggestion import Cancelled, Progress, Suggester, Suggestion, SuggestionRequest
from jazzassist.suggest.harmonising import with_chords
from jazzassist.suggest.ranking import choose, playable


def answer(
    suggester: Suggester, request: SuggestionRequest, progress: Progress, cancelled: Cancelled
) -> list[Suggestion]:
    """The chosen suggestions, best first; none when cancelled. NothingToSuggest when there are none."""
    request = with_chords(request)
    candidates = suggester.suggest(request, progress, cancelled)
    return [] if cancelled() else choose(playable(candidates, request), request)
