"""Answering a request: the one path that the worker and the command line share, so that both give the same notes."""

from __future__ import annotations

from jazzassist.domain.suggestion import Cancelled, Progress, Suggester, Suggestion, SuggestionRequest
from jazzassist.suggest.harmonising import with_chords
from jazzassist.suggest.ranking import choose, playable
from jazzassist.suggest.regridding import on_musical_grid


def answer(
    suggester: Suggester, request: SuggestionRequest, progress: Progress, cancelled: Cancelled
) -> list[Suggestion]:
    """The chosen suggestions, best first; none when cancelled. NothingToSuggest when there are none."""
    hearing = on_musical_grid(request)
    found = suggester.suggest(with_chords(hearing.request), progress, cancelled)
    candidates = [hearing.back(one) for one in found]
    return [] if cancelled() else choose(playable(candidates, request), request)
