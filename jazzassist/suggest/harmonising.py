"""Requests of songs that name no chords: what the tracks play says which they are."""

from __future__ import annotations

from dataclasses import replace

from jazzassist.domain.suggestion import SuggestionRequest
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony.analysis import NO_CHORD, chords_of
from jazzassist.harmony.model import ModelError

CONFIDENT = 0.75  # the mean confidence over time below which chords would mislead more than help


def with_chords(request: SuggestionRequest) -> SuggestionRequest:
    """The request with the chords of its lines where it has no chord symbols and they are clear enough."""
    if request.chords:
        return request
    lines = [line.notes for line in request.lines if not line.is_drums]
    try:
        spans = chords_of(lines, request.ppq, MeterMap(request.ppq, request.meters))
    except ModelError:
        return request  # suggestions without chords are better than none
    named = [(span.end - span.start, span.confidence) for span in spans if span.symbol != NO_CHORD]
    time = sum(length for length, _ in named)
    if not time or sum(length * confidence for length, confidence in named) / time < CONFIDENT:
        return request
    return replace(request, chords=tuple((span.start, span.symbol) for span in spans))
