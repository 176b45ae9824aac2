"""Each rule for choosing from logits, alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.neural.guard import Guard
from jazzassist.neural.sampling import NEVER, allow, draw, guided, min_p, taste, top_p
from tests.neural.test_encoding import line_of

CHANCES = torch.tensor([[0.5, 0.3, 0.15, 0.05]])


def kept(logits: torch.Tensor) -> list[bool]:
    return (logits > NEVER).flatten().tolist()


@pytest.mark.parametrize(("share", "count"), [(0.4, 1), (0.6, 2), (0.9, 3), (1.0, 4)])
def test_top_p_keeps_the_likeliest(share: float, count: int) -> None:
    assert kept(top_p(CHANCES.log(), share)) == [True] * count + [False] * (4 - count)


def test_min_p_drops_what_is_far_less_likely_than_the_best() -> None:
    assert kept(min_p(CHANCES.log(), 0.2)) == [True, True, True, False]


def test_only_what_is_allowed_stays() -> None:
    assert kept(allow(CHANCES.log(), np.array([[False, True, False, True]]))) == [False, True, False, True]


def test_row_that_allows_nothing_is_left_as_it_is() -> None:
    assert kept(allow(CHANCES.log(), np.zeros((1, 4), np.bool_))) == [True] * 4


@settings(deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=2, max_size=20), st.integers(0, 100))
def test_something_can_always_be_drawn(logits: list[float], adventurous: int) -> None:
    manner = taste(adventurous)
    filtered = top_p(min_p(torch.tensor([logits]), manner.min_p), manner.top_p)
    value = draw(filtered, manner.pitch, torch.Generator().manual_seed(0))
    assert kept(filtered)[int(value)]


def test_draws_follow_the_temperature() -> None:
    generator = torch.Generator().manual_seed(1)
    many = CHANCES.log().expand(4000, -1)
    cold, warm = (float((draw(many, heat, generator) == 0).float().mean()) for heat in (0.5, 1.0))
    assert 0.45 < warm < 0.55
    assert cold > 0.65


def test_adventurous_heats_every_field_evenly() -> None:
    temperatures = [taste(adventurous).temperatures for adventurous in (0, 25, 50, 75, 100)]
    assert temperatures[2] == pytest.approx((0.9, 0.9, 1.0, 1.0, 0.8))
    for column in zip(*temperatures, strict=True):
        assert list(column) == sorted(set(column))
    assert temperatures[0][2] == pytest.approx(0.65)


def test_guard_cools_nothing_while_the_line_moves() -> None:
    guard = Guard.for_seed(line_of([(i * 12, 12, 60 + i % 7, 80) for i in range(40)]))
    for pitch in (60, 64, 67, 65, 62, 70, 69, 60):
        guard.heard(1, 0, pitch)
    assert guard.heat == 1.0


def test_guard_heats_and_discourages_a_pitch_that_repeats() -> None:
    guard = Guard.for_seed(line_of([(i * 12, 12, 60 + i * 5 % 13, 80) for i in range(40)]))
    for _ in range(9):
        guard.heard(1, 0, 64)
    logits = torch.zeros(128)
    guard.discourage(logits)
    assert guard.heat > 1
    assert logits[64] < -1.5
    assert logits[65] == 0


def test_guard_lets_a_repeating_seed_repeat() -> None:
    guard = Guard.for_seed(line_of([(i * 12, 12, 64, 80) for i in range(40)]))
    for _ in range(9):
        guard.heard(0, 0, 64)
    logits = torch.zeros(128)
    guard.discourage(logits)
    assert guard.heat == 1.0
    assert logits[64] == 0


def heard(guard: Guard, pitches: list[int]) -> torch.Tensor:
    """What it says of the next pitch after some."""
    for pitch in pitches:
        guard.heard(1, 0, pitch)
    logits = torch.zeros(128)
    guard.discourage(logits)
    return logits


def test_guard_discourages_the_pitch_that_goes_on_with_a_loop() -> None:
    wandering = line_of([(i * 12, 12, 60 + i * 5 % 13, 80) for i in range(40)])
    loop = [66, 67, 64, 65]
    assert not heard(Guard.for_seed(wandering), loop * 3)[loop].any()
    first, later = (heard(Guard.for_seed(wandering), loop * times + [66])[67] for times in (5, 8))
    assert later < first < -1.5
    looping = line_of([(i * 12, 12, loop[i % 4], 80) for i in range(40)])
    assert heard(Guard.for_seed(looping), loop * 8 + [66])[67] == 0


def test_guard_lets_a_chord_come_again_as_often_as_a_note() -> None:
    """Of a seed that has each chord for a bar or longer."""
    chords = line_of([(i // 3 * 24, 24, 60 + 4 * (i % 3) + i // 24 * 5 % 7, 80) for i in range(96)])
    assert not heard(Guard.for_seed(chords), [60, 64, 68] * 8)[[60, 64, 68]].any()


def test_guard_counts_the_last_window_of_the_seed_too() -> None:
    """Its last 16 notes are two pitches, so two are enough."""
    seed = line_of([(i * 12, 12, 60 + i * 5 % 13 if i < 24 else 64 + i % 2, 80) for i in range(40)])
    assert Guard.for_seed(seed).fewest == 2
    assert Guard.for_seed(line_of([(i * 12, 12, 64 + i % 2, 80) for i in range(16)])).fewest == 2


def test_guard_leads_out_of_a_circle_of_few_pitches() -> None:
    """Also where they come in no loop; the seed has 13 in every window."""
    seed = line_of([(i * 12, 12, 60 + i * 5 % 13, 80) for i in range(40)])
    circle = [64, 65, 67, 65, 64, 67, 64, 65, 67, 67, 64, 65, 64, 67, 65]
    guard = Guard.for_seed(seed)
    assert not heard(guard.afresh(), circle[:8])[[64, 65, 67]].any()
    found = heard(guard, circle)
    assert (found[[64, 65, 67]] < -1).all()
    assert found[[62, 66, 69]].tolist() == [0, 0, 0]
    assert guard.heat > 1


def test_guard_leads_back_into_the_seeds_register() -> None:
    seed = line_of([(i * 12, 12, 40 + i * 5 % 13, 80) for i in range(40)])  # about 46
    far = [58, 60, 55, 62, 57, 59, 61, 56, 60, 54]
    above = heard(Guard.for_seed(seed), far)
    assert above[70] < above[60] < above[50] < -0.2
    assert above[45] == 0
    below = heard(Guard.for_seed(seed), [pitch - 28 for pitch in far])
    assert below[20] < below[30] < 0
    assert below[50] == 0
    assert not heard(Guard.for_seed(seed), [pitch - 12 for pitch in far]).any()
    assert not heard(Guard.for_seed(seed, moves=True), far).any()


def test_guidance_leads_on_from_what_is_said_by_those_who_hear_less() -> None:
    wished, plain = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([[1.0, 1.0, 1.0]])
    found = guided(torch.cat([wished, plain]), 1).softmax(-1)
    assert found[0, 0] > wished.softmax(-1)[0, 0] > found[0, 1] > found[0, 2]
    assert torch.allclose(guided(torch.cat([wished, wished]), 1).softmax(-1), wished.softmax(-1))
    assert torch.equal(guided(wished, 1), wished)  # nobody hears less


def test_pitches_are_chosen_with_more_care_than_the_rest_the_less_the_more_adventurous() -> None:
    shares = [(taste(adventurous).top_p, taste(adventurous).pitch_top_p) for adventurous in (0, 50, 100)]
    assert shares[1] == pytest.approx((0.98, 0.955))
    cares = [share - pitches for share, pitches in shares]
    assert cares[0] > cares[1] > cares[2] == pytest.approx(0.0)
