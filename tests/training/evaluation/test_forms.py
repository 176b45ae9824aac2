"""Form of long gaps: bars that come back at the song's own distance are told from bars that are all alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Controls, bridge_request
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.evaluation.forms import FIGURES, Line, compared, figures_of, score_forms
from jazzassist.training.evaluation.real_songs import RealSong
from jazzassist.training.evaluation.rivals import OURS, REAL
from jazzassist.training.evaluation.tasks import Task

PPQ, BAR = 480, 1920
ALIKE, SPREAD, BACK, PHRASE = FIGURES


def song(bars: int = 32, period: int = 4) -> Song:
    """Each bar as the one `period` bars before it; the bars of a period have nothing in common."""
    random = np.random.default_rng(1)
    kinds = [(sorted(random.permutation(24)[:5].tolist()), random.integers(50, 80, 5).tolist()) for _ in range(period)]
    rows = [
        (bar * BAR + place * 80, 70, pitch, 80, 0)
        for bar in range(bars)
        for place, pitch in zip(*kinds[bar % period], strict=True)
    ]
    return Song(PPQ, (Track("Tune", Notes.of(rows), channel=0, program=66),))


def task(found: Song, first: int, bars: int) -> Task:
    gap = Gap((0,), first * BAR, (first + bars) * BAR)
    removed = found.tracks[0].notes.starting_in(gap.start, gap.end)
    return Task("song", "melody", bars, bridge_request(found, gap, Controls()), removed)


def test_bars_that_come_back_at_the_distance_of_the_song() -> None:
    asked = task(song(), 12, 8)
    line = Line.of(asked, asked.removed)
    assert line.phrase() == 4
    found = figures_of(line, 4)
    assert found[BACK] == found[PHRASE] == 1.0
    assert found[ALIKE] < 0.6 and found[SPREAD] > 0.2


def test_bars_that_are_all_alike_have_no_form() -> None:
    asked = task(song(), 12, 8)
    first = asked.removed.starting_in(12 * BAR, 13 * BAR)
    same = Notes.of(note._replace(start=note.start + at * BAR) for at in range(8) for note in first)
    line = Line.of(asked, same)
    found = figures_of(line, line.phrase())
    assert found[ALIKE] == 1.0 and found[SPREAD] == 0.0
    # Bars 4 and more of the gap are like those four before, as they are like all; the song's own bars are not there.
    assert found[PHRASE] < 1.0


def test_new_bars_do_not_come_back() -> None:
    asked = task(song(), 12, 8)
    random = np.random.default_rng(9)
    rows = [(12 * BAR + int(at) * 80, 70, int(random.integers(81, 100)), 80, 0) for at in range(0, 192, 5)]
    line = Line.of(asked, Notes.of(rows))
    assert figures_of(line, line.phrase())[PHRASE] == 0.0


def test_an_empty_fill_has_no_figures() -> None:
    asked = task(song(), 12, 8)
    line = Line.of(asked, asked.removed.starting_in(0, 0))
    assert all(np.isnan(value) for value in figures_of(line, 4).values())


def test_suggestions_stand_beside_the_real_bars() -> None:
    found = compared(MarkovSuggester(), [task(song(), 12, 8)])
    assert found[REAL][PHRASE] == 1.0 >= found[OURS][PHRASE]
    assert found[REAL].keys() == found[OURS].keys() == set(FIGURES)
    real = RealSong("", Path("song.mid"), song())
    outcome = score_forms(MarkovSuggester(), [real], 1)
    assert [sheet.title for sheet in outcome.sheets] == ["Form: 8 bars", "Form: 16 bars"]
