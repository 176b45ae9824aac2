"""Songs and requests for tests of suggesting."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import reject, settings
from hypothesis import strategies as st

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Notes, Song, Track
from jazzassist.domain.suggestion import (
    Controls,
    Landing,
    NothingToSuggest,
    Part,
    Receipt,
    Suggestion,
    SuggestionRequest,
    Wishes,
    bridge_request,
    continuation_request,
)
from tests.midi.strategies import notes, tried

few = settings(tried, max_examples=30)

BAR = 1920
TUNE = Notes.of([(at * 240, 200, 60 + at * 7 % 12, 70 + at % 30, 2) for at in range(8 * 24)])
SONG = Song(480, (Track("Tune", TUNE, channel=2, program=65), Track("Empty", EMPTY)))
AS_IT_COMES = Controls()
GAP = Gap((0,), 10 * BAR, 12 * BAR)


def bridge(song: Song = SONG, gap: Gap = GAP, *, adventurous: int = 50, **options: Any) -> SuggestionRequest:
    """A bridge over two bars of a running line."""
    return bridge_request(song, gap, Controls(adventurous), **options)


def continuation(song: Song = SONG, gap: Gap = GAP, **options: Any) -> SuggestionRequest:
    """A continuation of the four bars before the gap."""
    return continuation_request(song, gap, max(0, gap.start - 4 * BAR), Controls(), **options)


def trio(targets: tuple[int, ...] = (2, 0), wishes: Wishes = AS_IT_COMES, **options: Any) -> SuggestionRequest:
    """A bridge on several tracks of a song of three."""
    tracks = (
        Track(name, TUNE.shifted(120 * index).changed(channel=np.full(len(TUNE), index)), channel=index)
        for index, name in enumerate("abc")
    )
    return bridge_request(Song(480, tuple(tracks)), Gap(targets, GAP.start, GAP.end), wishes, **options)


def candidate(found: Notes, *, interval: int | None = None, **scores: float) -> Suggestion:
    """A suggestion of these notes, as a suggester would hand it over."""
    receipt = Receipt("test", "bridge", "0" * 16, 0, Controls(), 4, 99)
    return Suggestion((Part(0, found, scores, Landing(True, 0, interval, scores.get("seam"))),), receipt)


def controls() -> st.SearchStrategy[Controls]:
    """Any wishes."""
    maybe = [st.none() | st.floats(low, high) for low, high in ((0.1, 24), (0, 127), (1, 16))]
    return st.builds(Controls, st.integers(0, 100), *maybe)


@st.composite
def requests(draw: st.DrawFn) -> SuggestionRequest:
    """A bridge or a continuation on a random line that has a note to start from."""
    channel = draw(st.sampled_from((0, 9)))
    line = draw(notes(st.just(channel)).filter(len))
    start, length = draw(st.integers(1, 6000)), draw(st.integers(1, 1500))
    song = Song(draw(st.sampled_from((24, 480))), (Track("Line", line, channel=channel),))
    gap = Gap((0,), start, start + length)
    wishes = draw(controls())
    if len(line.starting_in(0, start)) and draw(st.booleans()):
        return continuation_request(song, gap, 0, wishes, rng_seed=draw(st.integers(0, 2**32)))
    if all(start <= note.start < start + length for note in line):
        line = line.changed(start=line.start + gap.end)
        song = Song(song.ppq, (Track("Line", line, channel=channel),))
    try:
        return bridge_request(song, gap, wishes, rng_seed=draw(st.integers(0, 2**32)))
    except NothingToSuggest:  # its notes are too far away
        reject()
