"""What can be heard of an answer while the rest of it is still being written."""

from __future__ import annotations

from dataclasses import replace

from jazzassist.domain.suggestion import Complete, Suggestion, SuggestionRequest
from jazzassist.suggest.ranking import ALIKE, has_collapsed, likeness, played


class Early:
    """The suggestions of one answer that were shown early: playable, unlike each other, no more than are asked for."""

    def __init__(self, request: SuggestionRequest, show: Complete) -> None:
        self.request, self.shown = request, list[Suggestion]()
        self._each, self._show = request.each(), show

    def take(self, candidate: Suggestion) -> None:
        """Shows a candidate unless it is unplayable, stuck, like one that is shown already, or one too many."""
        if len(self.shown) >= self.request.alternatives:
            return
        found = played(candidate, self._each)
        if found is None or self._is_stuck(found) or any(likeness(found, other) >= ALIKE for other in self.shown):
            return
        found = replace(found, receipt=replace(found.receipt, index=len(self.shown)))
        self.shown.append(found)
        self._show(found)

    def _is_stuck(self, found: Suggestion) -> bool:
        parts = zip(found.parts, self._each, strict=True)
        return any(has_collapsed(part.notes) and not has_collapsed(alone.before) for part, alone in parts)
