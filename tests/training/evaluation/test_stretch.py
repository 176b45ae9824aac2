"""Bars of a line: which notes are in them, and where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.song import EMPTY
from jazzassist.domain.timing import MeterMap
from jazzassist.training.evaluation.stretch import Stretch, top_line
from tests.training.evaluation.songs import BAR, PPQ, notes_of, stretch


def test_notes_that_begin_outside_are_left_out_and_long_ones_are_cut() -> None:
    found = Stretch.of(notes_of((3, 1, 60), (4, 8, 62), (8, 1, 64)), MeterMap(PPQ), BAR, 2 * BAR)
    assert found.notes == notes_of((4, 4, 62))
    assert found.bars == (BAR, 2 * BAR)


def test_place_and_bar_of_notes() -> None:
    found = stretch((0, 1, 60), (3, 1, 60), (4.5, 1, 60), bars=2)
    assert found.bar_of.tolist() == [0, 0, 1]
    assert found.place.tolist() == [0, 0.75, 0.125]
    assert (found.bar_count, found.quarters) == (2, 8)


def test_bars_follow_the_meter_and_may_begin_late() -> None:
    waltz = MeterMap(PPQ, ((0, 3, 4),))
    assert Stretch.of(EMPTY, waltz, PPQ, 9 * PPQ).bars == (PPQ, 3 * PPQ, 6 * PPQ, 9 * PPQ)
    assert Stretch.of(EMPTY, waltz, 0, 0).bar_count == 0


def test_top_line_of_chords() -> None:
    assert top_line(notes_of((0, 1, 60), (0, 1, 67), (1, 1, 62), (2, 1, 50), (2, 1, 49))).tolist() == [67, 62, 50]
    assert len(top_line(EMPTY)) == 0


@given(st.lists(st.tuples(st.integers(0, 63), st.integers(1, 8), st.integers(0, 127)), min_size=1, max_size=30))
def test_every_note_lies_in_its_bar(rows: list[tuple[int, int, int]]) -> None:
    found = stretch(*((start / 4, length / 4, pitch) for start, length, pitch in rows), bars=4)
    bars = np.array(found.bars)
    assert (bars[found.bar_of] <= found.notes.start).all()
    assert (found.notes.start < bars[found.bar_of + 1]).all()
    assert found.notes.end.max() <= 4 * BAR
    assert ((found.place >= 0) & (found.place < 1)).all()
    assert len(found.top_line) == len(found.onsets)
    assert found.quarters == pytest.approx(16)
