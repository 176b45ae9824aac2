"""Velocities as the seed has them: accents, deviation and range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import GRID
from jazzassist.neural.touch import Struck, Touch, deviation, struck_as

METERS = MeterMap(GRID)
SPAN = 16 * GRID


def struck(rows: list[tuple[int, int, int]]) -> Struck:
    columns = np.array(sorted(rows), np.int64).reshape(-1, 3)
    return Struck(columns[:, 0], columns[:, 1], columns[:, 2])


def beats(count: int, velocity: list[int], pitch: int = 60, first: int = 0) -> Struck:
    """A note on each beat, with velocities in turn."""
    return struck([((first + at) * GRID, pitch + at % 5, velocity[at % len(velocity)]) for at in range(count)])


NOTHING = struck([])
rows = st.lists(
    st.tuples(st.integers(0, 40 * GRID), st.integers(21, 108), st.integers(1, 127)), min_size=0, max_size=60
)


@given(rows, rows, rows, st.booleans())
def test_velocities_stay_in_the_range_of_the_seed_and_the_same_is_found_again(
    before: list[tuple[int, int, int]], after: list[tuple[int, int, int]], new: list[tuple[int, int, int]], kit: bool
) -> None:
    sides, written = [struck(before), struck(after)], struck(new)
    found = struck_as(sides, written, METERS, SPAN, kit)
    assert len(found) == len(written.onset)
    assert ((found >= 1) & (found <= 127)).all()
    assert (found == struck_as(sides, written, METERS, SPAN, kit)).all()
    seed = np.concatenate([side.velocity for side in sides])
    if len(seed) >= 8 and seed.std() >= 2 and len(found):
        assert seed.min() <= found.min() <= found.max() <= seed.max()


@given(rows, st.lists(st.integers(1, 127), min_size=2, max_size=30))
def test_of_two_notes_in_one_place_the_louder_stays_no_softer(
    before: list[tuple[int, int, int]], velocity: list[int]
) -> None:
    written = struck([(bar * 4 * GRID, 60, value) for bar, value in enumerate(velocity)])
    found = struck_as([struck(before), NOTHING], written, METERS, SPAN, False)
    order = np.argsort(written.velocity, kind="stable")
    assert (np.diff(found[order]) >= 0).all()


def test_what_is_too_flat_gets_the_deviation_of_the_seed() -> None:
    random = np.random.default_rng(1)
    seed = beats(64, random.normal(70, 14, 64).astype(int).tolist())
    flat = beats(32, random.normal(70, 4, 32).astype(int).tolist(), first=64)
    found = struck_as([seed, NOTHING], flat, METERS, SPAN, False)
    assert found.std() == pytest.approx(deviation([seed], SPAN), rel=0.15)


def test_what_is_too_uneven_is_evened() -> None:
    random = np.random.default_rng(2)
    seed = beats(64, random.normal(80, 5, 64).astype(int).tolist())
    uneven = beats(32, random.integers(30, 127, 32).tolist(), first=64)
    found = struck_as([seed, NOTHING], uneven, METERS, SPAN, False)
    assert found.std() == pytest.approx(deviation([seed], SPAN), rel=0.15)


def test_backbeats_are_accented_where_the_seed_accents_them() -> None:
    seed = beats(64, [60, 90, 62, 88, 58, 92, 60, 90])
    found = struck_as([seed, NOTHING], beats(16, [70, 71, 72, 70, 69, 70, 71], first=64), METERS, SPAN, False)
    assert found[1::2].min() > found[::2].max() + 15


def test_a_top_voice_stays_above_the_others() -> None:
    seed = struck(
        [
            (at * GRID, pitch, velocity + at % 3)
            for at in range(32)
            for pitch, velocity in ((48, 60), (60, 50), (72, 90))
        ]
    )
    new = struck([(at * GRID, pitch, 66 + at % 2) for at in range(32, 48) for pitch in (50, 62, 74)])
    found = struck_as([seed, NOTHING], new, METERS, SPAN, False).reshape(-1, 3)
    assert (found[:, 2] > found[:, 0] + 15).all()
    assert (found[:, 0] > found[:, 1]).all()


def test_pieces_of_a_kit_have_their_own_levels() -> None:
    seed = struck([(at * GRID, piece, level + at % 3) for at in range(32) for piece, level in ((38, 30), (51, 100))])
    new = struck([(at * GRID, piece, 64) for at in range(32, 48) for piece in (38, 51)])
    found = struck_as([seed, NOTHING], new, METERS, SPAN, True).reshape(-1, 2)
    assert (found[:, 1] > found[:, 0] + 40).all()


def test_a_line_of_few_velocities_is_answered_in_them() -> None:
    found = struck_as([beats(64, [80, 100, 80, 80]), NOTHING], beats(32, [70, 95, 84]), METERS, SPAN, False)
    assert np.unique(found, return_counts=True)[0].tolist() == [80, 100]
    assert 4 <= (found == 100).sum() <= 12


def test_a_seed_that_is_short_or_even_changes_nothing() -> None:
    new = beats(16, [50, 90, 70])
    for seed in (NOTHING, beats(7, [10, 120]), beats(64, [80, 81])):
        assert (struck_as([seed, NOTHING], new, METERS, SPAN, False) == new.velocity).all()
    assert len(struck_as([beats(64, [10, 120]), NOTHING], NOTHING, METERS, SPAN, False)) == 0


@pytest.mark.parametrize("seed", [beats(16, [60, 70, 80, 90]), beats(16, [64])], ids=["played", "exact"])
@pytest.mark.parametrize("wished", [2.0, 8.0, 20.0])
def test_the_deviation_that_is_asked_for_comes_instead_of_the_seed_s(seed: Struck, wished: float) -> None:
    written = beats(16, [70, 74, 71, 78, 73], first=64)
    found = Touch([seed, NOTHING], METERS, SPAN, False, wished).struck(written)
    assert found.std() == pytest.approx(wished, abs=0.6)
    within = Touch([seed, NOTHING], METERS, SPAN, False, wished, (70, 74)).struck(written)
    assert within.min() >= 70 and within.max() <= 74
