"""A single line is joined as its seed is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.neural.legato import FURTHEST, joined_as

Q = 480
NONE = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def line(ahead: list[int], share: float | list[float]) -> tuple[np.ndarray, np.ndarray]:
    start = np.cumsum([0, *ahead[:-1]])
    held = np.round(np.array(ahead) * np.resize(share, len(ahead))).astype(np.int64)
    return start, start + np.maximum(1, held)


distances = st.lists(st.integers(1, 4 * Q), min_size=1, max_size=40)
shares = st.lists(st.floats(0.05, 1.5), min_size=1, max_size=7)


@given(distances, shares, distances, shares)
def test_starts_stay_lengths_are_above_zero_and_the_longest_held_stay_so(
    seed: list[int], held: list[float], ahead: list[int], own: list[float]
) -> None:
    start, end = line(ahead, own)
    found = joined_as([line(seed, held), NONE], start, end, None, Q)
    assert (found > start).all()
    assert (found == joined_as([line(seed, held), NONE], start, end, None, Q)).all()
    far = np.append(np.diff(start), 9 * Q) > FURTHEST * Q
    assert (found[far] == end[far]).all()


@pytest.mark.parametrize("share", [0.3, 0.7, 1.0, 1.1])
def test_a_bass_is_as_short_or_long_as_its_seed(share: float) -> None:
    seed, (start, end) = line([Q] * 32, share), line([Q] * 16, [0.9, 0.8, 0.95])
    found = joined_as([seed, seed], start, end, 16 * Q, Q)
    assert (found - start == round(share * Q)).all()


def test_among_notes_equally_far_apart_the_order_is_the_networks() -> None:
    seed, (start, end) = line([Q] * 32, [0.3, 0.6, 0.9]), line([Q] * 9, [0.5, 0.7, 0.6])
    length = joined_as([seed, NONE], start, end, 9 * Q, Q) - start
    order = np.argsort(end - start, kind="stable")
    assert (np.diff(length[order]) >= 0).all()
    assert length.min() < 0.4 * Q < 0.8 * Q < length.max()


def test_short_notes_and_long_ones_are_told_apart() -> None:
    seed = line([Q // 2, Q // 2, Q] * 12, [1.0, 1.0, 0.5])
    start, end = line([Q // 2, Q // 2, Q] * 3, 0.8)
    length = joined_as([seed, NONE], start, end, 6 * Q, Q) - start
    assert length.tolist() == [Q // 2] * 9


def test_what_the_seed_does_not_show_stays() -> None:
    start, end = line([Q] * 8, 0.8)
    for sides in ([NONE, NONE], [line([Q // 4] * 30, 0.5), NONE], [line([Q] * 5, 0.2), NONE]):
        assert (joined_as(sides, start, end, None, Q) == end).all()
    assert len(joined_as([line([Q] * 30, 0.5), NONE], *NONE, None, Q)) == 0
