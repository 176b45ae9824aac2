"""Each rule for choosing from chances, alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.neural.sampling import (
    Draws,
    allow,
    guided,
    min_p,
    pick,
    softmax,
    taste,
    top_p,
)

CHANCES = np.array([[0.5, 0.3, 0.15, 0.05]], np.float32)


def kept(chances: np.ndarray) -> list[bool]:
    return (chances > 0).flatten().tolist()


@pytest.mark.parametrize(("share", "count"), [(0.4, 1), (0.6, 2), (0.9, 3), (1.0, 4)])
def test_top_p_keeps_the_likeliest(share: float, count: int) -> None:
    assert kept(top_p(CHANCES, share)) == [True] * count + [False] * (4 - count)


def test_min_p_drops_what_is_far_less_likely_than_the_best() -> None:
    assert kept(min_p(CHANCES, 0.2)) == [True, True, True, False]


def test_only_what_is_allowed_stays() -> None:
    assert kept(allow(CHANCES, np.array([[False, True, False, True]]))) == [False, True, False, True]


def test_row_that_allows_nothing_is_left_as_it_is() -> None:
    assert kept(allow(CHANCES, np.zeros((1, 4), np.bool_))) == [True] * 4


@settings(deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=2, max_size=20), st.integers(0, 100))
def test_something_can_always_be_drawn(logits: list[float], adventurous: int) -> None:
    manner = taste(adventurous)
    filtered = top_p(min_p(softmax(np.array([logits], np.float32)), manner.min_p), manner.top_p)
    value = pick(filtered, manner.pitch, np.random.default_rng(0).random(1))
    assert kept(filtered)[int(value[0])]


def test_draws_follow_the_temperature() -> None:
    generator = np.random.default_rng(1)
    many = np.tile(CHANCES, (4000, 1))
    cold, warm = (float(np.mean(pick(many, heat, generator.random(4000)) == 0)) for heat in (0.5, 1.0))
    assert 0.45 < warm < 0.55
    assert cold > 0.65


def test_adventurous_heats_every_field_evenly() -> None:
    temperatures = [taste(adventurous).temperatures for adventurous in (0, 25, 50, 75, 100)]
    assert temperatures[2] == pytest.approx((0.9, 0.9, 1.0, 1.0, 0.8))
    for column in zip(*temperatures, strict=True):
        assert list(column) == sorted(set(column))
    assert temperatures[0][2] == pytest.approx(0.65)


def test_guidance_leads_on_from_what_is_said_by_those_who_hear_less() -> None:
    wished, plain = (np.array([row], np.float32) for row in ([2.0, 1.0, 0.0], [1.0, 1.0, 1.0]))
    found = softmax(guided(np.concatenate([wished, plain]), 1))
    assert found[0, 0] > softmax(wished)[0, 0] > found[0, 1] > found[0, 2]
    assert np.allclose(softmax(guided(np.concatenate([wished, wished]), 1)), softmax(wished))
    assert np.array_equal(guided(wished, 1), wished)  # nobody hears less


def test_pitches_are_chosen_with_more_care_than_the_rest_the_less_the_more_adventurous() -> None:
    shares = [(taste(adventurous).top_p, taste(adventurous).pitch_top_p) for adventurous in (0, 50, 100)]
    assert shares[1] == pytest.approx((0.98, 0.955))
    cares = [share - pitches for share, pitches in shares]
    assert cares[0] > cares[1] > cares[2] == pytest.approx(0.0)


def test_softmax_of_any_row_is_a_number() -> None:
    logits = np.array([[1e30, 0, -1e30], [-np.inf, 0, 0], [-np.inf] * 3], np.float32)
    assert softmax(logits).tolist() == [[1, 0, 0], [0, 0.5, 0.5], [0, 0, 0]]


def test_rows_in_which_nothing_is_possible_give_no_nan() -> None:
    chances = np.concatenate([np.zeros_like(CHANCES), CHANCES])
    for kept in (top_p(chances, 0.9), min_p(chances, 0.1)):
        assert not np.isnan(kept).any()
    for temperature in (0.5, 1.0, np.array([[0.5], [1.2]], np.float32)):
        assert pick(chances, temperature, np.array([0.9, 0.9])).max() < 4


def test_what_is_allowed_but_too_unlikely_for_a_number_can_still_be_drawn() -> None:
    sure = softmax(np.array([[500.0, 0.0, 0.0, 1.0]], np.float32))
    assert kept(allow(sure, np.array([[False, True, False, True]]))) == [False, True, False, True]


@settings(deadline=None)
@given(st.lists(st.floats(-20, 20, width=32), min_size=2, max_size=20), st.floats(0.05, 1))
def test_top_p_keeps_the_fewest_classes_that_reach_the_share(logits: list[float], share: float) -> None:
    """And no class that is less likely than one that is dropped."""
    row = softmax(np.array([logits], np.float32))
    chances, found = row[0].astype(np.float64), np.array(kept(top_p(row, share)))
    assert found.any()
    assert chances[found].sum() >= share - 1e-5
    assert chances[found].min() >= chances[~found].max(initial=0)
    assert chances[found].sum() - chances[found].min() * (chances == chances[found].min()).sum() < share + 1e-5


def test_pick_goes_through_the_classes_by_their_probability() -> None:
    at = np.array([0.0, 0.49, 0.51, 0.79, 0.81, 0.96, 1.0])
    assert pick(np.tile(CHANCES, (7, 1)), 1.0, at).tolist() == [0, 0, 1, 1, 2, 3, 3]
    never = np.array([[0, 0.5, 0]] * 2, np.float32)
    assert pick(never, 1.0, np.array([0.0, 1.0])).tolist() == [1, 1]


def test_each_candidate_draws_from_a_stream_of_its_own() -> None:
    """Whatever the number of candidates, and whichever of them are complete."""
    few, many = Draws(7, 3, 2), Draws(7, 9, 2)
    for note in range(150):
        going = np.arange(9) if note < 20 else np.array([1, 2, 8])
        alone, together = few.of(np.arange(3)), many.of(going)
        assert np.array_equal(alone[:, [1, 2]], together[:, [np.flatnonzero(going == row)[0] for row in (1, 2)]])
    assert not np.array_equal(Draws(7, 1, 2).of(np.arange(1)), Draws(8, 1, 2).of(np.arange(1)))
    assert len(np.unique(Draws(7, 50, 6).of(np.arange(50)))) == 300
