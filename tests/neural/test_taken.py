"""Keys that are down for each candidate."""

from __future__ import annotations

import numpy as np

from jazzassist.domain.song import EMPTY, Notes
from jazzassist.neural.taken import Taken


def keys(taken: Taken, *at: float) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in taken.down(np.array(at), 480)]


def test_one_for_all_candidates() -> None:
    taken = Taken.of([Notes.of([(100, 100, 60), (150, 100, 64)])])
    assert keys(taken, 79, 80, 150, 200, 250) == [[], [60], [60, 64], [64], []]
    assert taken.of_rows([1, 0]) is taken
    assert len(taken.notes(7)) == 2


def test_one_for_each_candidate() -> None:
    taken = Taken.of([Notes.of([(0, 100, 60)]), EMPTY, Notes.of([(0, 100, 62), (0, 50, 65)])])
    assert keys(taken, 10, 10, 60) == [[60], [], [62]]
    assert keys(taken.of_rows([2, 0]), 10, 10) == [[62, 65], [60]]
    assert taken.of_rows([2]).notes(0) == taken.notes(2)


def test_nothing_in_the_way() -> None:
    assert not Taken.of([EMPTY]).down(np.zeros(4), 480).any()
