"""Positions in the quarter that a seed keeps to, and its silences."""

from __future__ import annotations

import numpy as np
import pytest

from jazzassist.neural.encoding import GRID
from jazzassist.neural.places import balance, longest_silence, steady_places, without_joins
from tests.neural.test_encoding import line_of


def onsets(*places: int, quarters: int = 16) -> np.ndarray:
    return np.array([quarter * GRID + place for quarter in range(quarters) for place in places], np.int64)


@pytest.mark.parametrize("places", [(0,), (0, 12), (0, 18), (0, 14), (0, 8, 16), (0, 6, 12, 18), (0, 7, 12, 19)])
def test_steady_seed_keeps_to_its_places(places: tuple[int, ...]) -> None:
    shares = steady_places(onsets(*places))
    assert shares is not None
    assert np.flatnonzero(shares).tolist() == list(places)
    assert shares.sum() == pytest.approx(1)


def test_played_seed_keeps_to_the_neighbours_of_its_places_and_forgets_what_it_hardly_does() -> None:
    played = onsets(0, 16, quarters=30)
    played[1::4] += 1
    played[5] = 3 * GRID + 9
    shares = steady_places(played)
    assert shares is not None
    assert np.flatnonzero(shares).tolist() == [0, 16, 17]


def test_seed_that_is_everywhere_or_too_short_keeps_to_nothing() -> None:
    assert steady_places(onsets(0, 4, 8, 12, 16, 20)) is None
    assert steady_places(onsets(0, 12, quarters=3)) is None


def test_balance_leads_to_the_places_that_are_missing() -> None:
    shares = np.zeros(GRID, np.float32)
    shares[[0, 18]] = 0.75, 0.25
    none, even, right = np.zeros((3, GRID), np.float32)
    even[[0, 18]], right[[0, 18]] = 10, (15, 5)
    found = balance(shares, np.stack([none, even, right]))
    assert np.abs(found[[0, 2]]).max() < 0.01
    assert found[1, 0] > 0.2 > -0.4 > found[1, 18]
    assert not found[:, [1, 12, 17]].any()


def test_longest_silence_is_what_no_note_sounds_through() -> None:
    assert longest_silence(line_of([(0, 96, 60, 80), (12, 6, 64, 80), (24, 6, 64, 80), (100, 12, 60, 80)])) == 4
    assert longest_silence(line_of([(0, 24, 60, 80), (24, 24, 60, 80)])) == 0
    assert longest_silence(line_of([])) == 0


def test_voice_whose_notes_reach_into_the_next_is_heard_without_that() -> None:
    swung = line_of([(24 * (at // 2) + 18 * (at % 2), 10, 60 + at % 5, 80) for at in range(16)])
    assert without_joins(swung).length.tolist() == [10, 6] * 7 + [10, 10]
    assert np.array_equal(without_joins(swung).onset, swung.onset)


def test_chords_arpeggios_and_lines_without_joins_are_heard_as_they_are() -> None:
    chords = line_of([(24 * (at // 2), 30, 60 + 4 * (at % 2), 80) for at in range(16)])
    arpeggio = line_of([(6 * at, 48, 60 + 4 * (at % 3), 80) for at in range(16)])
    plain = line_of([(12 * at, 11, 60, 80) for at in range(16)])
    assert all(without_joins(line) is line for line in (chords, arpeggio, plain))
