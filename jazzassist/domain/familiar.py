"""The note on suggestions for music that is unfamiliar to the model."""

from __future__ import annotations

from collections.abc import Iterable

from jazzassist.domain.suggestion import Suggestion

UNFAMILIAR = "unfamiliar"  # the score of a part, above 0 where its seed is unlike all that the network knows
NOTE = "The model knows little music like this; suggestions rely on your own bars."


def note_on(suggestions: Iterable[Suggestion]) -> str:
    """NOTE where the seed of any part is unfamiliar to the network; "" otherwise."""
    parts = (part for suggestion in suggestions for part in suggestion.parts)
    return NOTE if any(part.scores.get(UNFAMILIAR, 0.0) > 0 for part in parts) else ""
