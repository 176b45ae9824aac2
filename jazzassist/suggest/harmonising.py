"""Requests of songs that name no chords: what the tracks play says which they are."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import SuggestionRequest
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony.analysis import NO_CHORD, ChordSpan, chords_of
from jazzassist.harmony.model import ModelError

CONFIDENT = 0.75  # the mean confidence over time below which chords would mislead more than help
SONGS = 16  # whose chords are kept: with another wish or random seed a song is the same


def with_chords(request: SuggestionRequest) -> SuggestionRequest:
    """The request with the chords of its lines where it has no chord symbols and they are clear enough."""
    if request.chords:
        return request
    lines = tuple(_columns(line.notes) for line in request.lines if not line.is_drums)
    try:
        spans = _chords(lines, request.ppq, request.meters)
    except ModelError:
        return request  # suggestions without chords are better than none
    named = [(span.end - span.start, span.confidence) for span in spans if span.symbol != NO_CHORD]
    time = sum(length for length, _ in named)
    if not time or sum(length * confidence for length, confidence in named) / time < CONFIDENT:
        return request
    return replace(request, chords=tuple((span.start, span.symbol) for span in spans), estimated=True)


Columns = tuple[bytes, bytes, bytes]


def _columns(notes: Notes) -> Columns:
    """All that the analysis takes of a line: starts, durations and pitches."""
    start, duration, pitch = (column.astype(np.int64) for column in (notes.start, notes.duration, notes.pitch))
    return start.tobytes(), duration.tobytes(), pitch.tobytes()


@lru_cache(SONGS)
def _chords(lines: tuple[Columns, ...], ppq: int, meters: tuple[tuple[int, int, int], ...]) -> tuple[ChordSpan, ...]:
    """The chords of lines; a function of their bytes alone, so that the same ones need no second analysis."""
    found = []
    for line in lines:
        start, duration, pitch = (np.frombuffer(column, np.int64) for column in line)
        found.append(Notes.from_columns(start, duration, pitch, *np.ones((2, len(start)), np.int64)))
    return chords_of(found, ppq, MeterMap(ppq, meters))
