"""Requests are heard on the grid of the music, and answers come back to song ticks, exactly inside the gap."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from jazzassist.beats.tracking import track
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song
from jazzassist.domain.suggestion import Controls, Landing, Part, Receipt, Suggestion, SuggestionRequest, bridge_request
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.regridding import Hearing, on_musical_grid, regridded
from tests.beats.songs import PPQ, played, trio, wandering

BAR = 4 * PPQ
SONG = played(trio(), wandering, jitter=5)


def request(song: Song = SONG, low: int | None = None, high: int | None = None) -> SuggestionRequest:
    """A bridge over bars 13 and 14 of the melody."""
    start, end = wandering(np.array([12.0, 14.0]) * BAR).round().astype(int).tolist()
    return bridge_request(song, Gap((2,), low or start, high or end), Controls(), alternatives=2)


def heard(asked: SuggestionRequest | None = None) -> Hearing:
    found = on_musical_grid(asked or request())
    assert found.grid is not None
    return found


def test_a_good_grid_changes_nothing() -> None:
    asked = bridge_request(trio(), Gap((2,), 12 * BAR, 14 * BAR), Controls())
    hearing = on_musical_grid(asked)
    assert hearing.request is asked
    found = Suggestion((Part(2, Notes.of([(12 * BAR, 100, 60)]), {}, Landing(True, 0)),), receipt(asked))
    assert hearing.back(found) is found


def test_music_without_a_click_is_heard_on_its_beats() -> None:
    hearing = heard()
    ppq = hearing.request.ppq
    bass = hearing.request.lines[0].notes.start / ppq
    assert np.abs(bass - bass.round()).mean() < 0.04
    assert (hearing.request.end - hearing.request.start) / ppq == pytest.approx(8, abs=0.15)
    assert (hearing.request.start / ppq + 2) % 4 == pytest.approx(2, abs=0.15)
    assert all(low < high for low, high in pairwise(tick for tick, _ in hearing.request.tempi))


def test_every_note_comes_back_to_its_tick() -> None:
    hearing = heard()
    assert hearing.grid is not None
    for asked, line in zip(hearing.asked.lines, hearing.request.lines, strict=True):
        places = line.notes.start / hearing.request.ppq - hearing.lead
        assert hearing.grid.from_grid(places).tolist() == asked.notes.start.tolist()


def receipt(asked: SuggestionRequest) -> Receipt:
    return Receipt.of("test", asked, 0)


@pytest.mark.parametrize("shift", [0, 1, 177])
def test_the_gap_stays_exact(shift: int) -> None:
    """A suggestion that fills what was heard fills the gap of the song to the tick, wherever its edges are."""
    whole = request()
    asked = request(low=whole.start + shift, high=whole.end + 2 * shift)
    hearing = heard(asked)
    low, high = hearing.request.start, hearing.request.end
    middle = (low + high) // 2
    notes = Notes.of([(low, middle - low, 60, 80, 2), (middle, high - middle, 62, 80, 2)])
    found = hearing.back(
        Suggestion((Part(2, notes, {"seam": 1.0}, Landing(True, 0, None, 1.0)),), receipt(hearing.request))
    )
    back = found.notes
    assert int(back.start[0]) == asked.start and back.last_end == asked.end
    assert back.end[0] == back.start[1]
    assert found.part.landing.exact and found.part.landing.rest == 0 and found.part.landing.seam == 1.0
    assert found.receipt.context_hash == asked.context_hash


def test_notes_at_the_very_end_stay_inside() -> None:
    hearing = heard()
    end = hearing.request.end
    notes = Notes.of([(end - 1, 1, 60, 80, 2), (end - 1, 1, 64, 80, 2)])
    back = hearing.back(Suggestion((Part(2, notes, {}, Landing(True, 0)),), receipt(hearing.request))).notes
    assert (back.start < hearing.asked.end).all() and (back.end <= hearing.asked.end).all()
    assert (back.duration >= 1).all()


def test_chords_move_with_the_music() -> None:
    at = wandering(np.array([0.0, 4.0]) * BAR).round().astype(int).tolist()
    hearing = heard(replace(request(), chords=((at[0], "Dm7"), (at[1], "Fm7"))))
    places = [tick / hearing.request.ppq for tick, _ in hearing.request.chords]
    assert places[1] - places[0] == pytest.approx(16, abs=0.2)
    assert [name for _, name in hearing.request.chords] == ["Dm7", "Fm7"]


def test_an_answer_lies_in_the_gap_of_the_song() -> None:
    asked = request()
    found = answer(MarkovSuggester(), asked, lambda _: None, lambda: False)
    assert found
    for suggestion in found:
        assert suggestion.notes.start.min() >= asked.start and suggestion.notes.last_end <= asked.end


def test_seeds_before_the_first_beat_have_places_too() -> None:
    asked = replace(request(), seed_start=0)
    grid = track(SONG)
    hearing = regridded(asked, grid)
    assert hearing.request.seed_start >= 0
    assert all((line.notes.start >= 0).all() for line in hearing.request.lines)
