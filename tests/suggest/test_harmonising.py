"""Requests get the chords that their lines play, unless the song names its own or they are not clear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Controls, SuggestionRequest, bridge_request
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony import analysis
from jazzassist.suggest import harmonising
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.harmonising import with_chords
from tests.harmony.songs import BAR, TUNE, comping


def request(*lines: Notes) -> SuggestionRequest:
    """A bridge over bar 9 and 10 of the first line."""
    tracks = tuple(Track(f"Line {n}", notes) for n, notes in enumerate(lines))
    return bridge_request(Song(480, tracks), Gap((0,), 8 * BAR, 10 * BAR), Controls())


def test_chords_of_the_lines_also_inside_the_gap() -> None:
    bass, piano = comping(TUNE * 2)
    found = with_chords(request(piano, bass)).chords
    assert (BAR, "G7") in found
    assert {symbol[0] for tick, symbol in found if 8 * BAR <= tick < 10 * BAR} <= {"A", "D"}


def test_symbols_of_the_song_stay() -> None:
    asked = replace(request(*comping(TUNE * 2)), chords=((0, "Abm7"),))
    assert with_chords(asked) is asked


def test_unclear_music_gets_no_chords() -> None:
    random = np.random.default_rng(3)
    noise = Notes.of((at * 120, 60, int(random.integers(30, 90)), 80, 0) for at in range(256))
    asked = request(noise)
    assert with_chords(asked) is asked


def test_answers_say_for_which_request_they_are() -> None:
    """The same request gives the same notes and the same receipt, chords estimated or not."""
    asked = request(*comping(TUNE * 2))
    first, second = (answer(MarkovSuggester(), asked, lambda _: None, lambda: False) for _ in range(2))
    assert first and [s.receipt for s in first] == [s.receipt for s in second]


def test_the_same_lines_are_analysed_once_whatever_is_wished_and_changed_ones_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    analysed: list[int] = []

    def chords_of(lines: list[Notes], *others: object) -> object:
        analysed.append(len(lines))
        return analysis.chords_of(lines, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(harmonising, "chords_of", chords_of)
    harmonising._chords.cache_clear()
    bass, piano = comping(TUNE * 2)
    asked = request(piano, bass)
    for again in (asked, replace(asked, rng_seed=7, controls=Controls(90)), request(piano, bass)):
        assert with_chords(again).chords == with_chords(asked).chords
    assert analysed == [2]
    for column in (bass.start + 1, bass.duration + 1, bass.pitch + 1):
        name = {0: "start", 1: "duration", 2: "pitch"}[len(analysed) - 1]
        with_chords(request(piano, bass.changed(**{name: column})))
    with_chords(replace(asked, meters=((0, 3, 4),)))
    assert len(analysed) == 5


def test_what_is_kept_is_what_a_new_analysis_finds() -> None:
    bass, piano = comping(TUNE * 2)
    found = []
    for _ in range(2):
        found.append(with_chords(request(piano, bass)).chords)
        harmonising._chords.cache_clear()
    spans = analysis.chords_of(
        [line.notes for line in request(piano, bass).lines], 480, MeterMap(480, request(piano, bass).meters)
    )
    assert found[0] == found[1] == tuple((span.start, span.symbol) for span in spans)
