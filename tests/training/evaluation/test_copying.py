"""The longest run of notes that stands in the training set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.song import EMPTY
from jazzassist.neural.encoding import DRUMS as DRUM_CLASS
from jazzassist.neural.encoding import GRID
from jazzassist.training.arrays import COUNT, FIRST, INSTRUMENT, PART
from jazzassist.training.evaluation.collapse import Answered
from jazzassist.training.evaluation.copying import (
    MOST,
    Hashes,
    Runs,
    figures,
    line_of,
    longest_shared,
    shared_runs,
    steps_of,
    training_runs,
)
from tests.neural.requests import walk
from tests.training.evaluation.songs import DRUMS, PPQ, task

notes = st.lists(st.tuples(st.integers(0, 2), st.integers(60, 62)), max_size=14)


def steps(*rows: tuple[int, int], drums: bool = False) -> Hashes:
    """Steps of notes given as (grid positions ahead, pitch)."""
    ahead, pitch = (np.array([row[at] for row in rows], np.int64) for at in (0, 1))
    return steps_of(np.cumsum(ahead), pitch, drums)


def by_hand(line: Hashes, known: list[Hashes]) -> int:
    """The longest shared run, by trying all."""
    runs = {other[at : at + n].tobytes() for other in known for n in range(1, 15) for at in range(len(other) - n + 1)}
    found = [n for n in range(1, 15) for at in range(len(line) - n + 1) if line[at : at + n].tobytes() in runs]
    return max(found, default=0) + 1


Rows = list[list[tuple[int, int]]]


@given(st.lists(notes, max_size=4), st.lists(notes, min_size=1, max_size=4))
def test_longest_shared_run_is_that_found_by_trying_all(asked: Rows, known: Rows) -> None:
    lines, others = [steps(*rows) for rows in asked], [steps(*rows) for rows in known]
    assert longest_shared(lines, Runs.of(others)).tolist() == [by_hand(line, others) for line in lines]


def test_another_key_is_the_same_and_another_rhythm_is_not() -> None:
    known = Runs.of([steps(*((12, 60 + at * at % 7) for at in range(20)))])
    transposed = steps(*((12, 65 + at * at % 7) for at in range(20)))
    slower = steps(*((24, 60 + at * at % 7) for at in range(20)))
    assert longest_shared([transposed, slower], known).tolist() == [20, 1]


def test_of_drums_the_pieces_of_the_kit_count() -> None:
    known = Runs.of([steps((0, 36), (12, 38), (12, 36), drums=True)])
    same, other = steps((0, 36), (12, 38), (12, 36), drums=True), steps((0, 40), (12, 42), (12, 40), drums=True)
    assert longest_shared([same, other], known).tolist() == [3, 1]
    assert longest_shared([steps((0, 36), (12, 38), (12, 36))], known).tolist() == [1]  # and are no intervals


def test_runs_do_not_reach_from_line_to_line() -> None:
    whole = steps(*((12, 60 + at * at % 11) for at in range(20)))
    parts = [whole[:10], whole[10:]]
    assert longest_shared([whole], Runs.of(parts)).tolist() == [11]
    assert longest_shared(parts, Runs.of([whole])).tolist() == [11, 10]


def test_very_long_runs_are_counted_up_to_a_limit() -> None:
    line = steps(*((12, 60 + at * at % 13) for at in range(200)))
    assert longest_shared([line], Runs.of([line])).tolist() == [MOST]
    assert longest_shared([], Runs.of([line])).tolist() == []
    assert longest_shared([line], Runs.of([])).tolist() == [1]


def test_runs_of_a_corpus_are_those_of_the_lines_in_one_part(corpus: Path) -> None:
    known = training_runs(corpus)
    table, onset, pitch = (np.load(corpus / f"{name}.npy") for name in ("table", "onset", "pitch"))
    longest: dict[int, list[int]] = {}
    for row in table[:: max(1, len(table) // 12)]:
        cut = slice(row[FIRST], row[FIRST] + row[COUNT])
        line = steps_of(onset[cut].astype(np.int64), pitch[cut].astype(np.int64), row[INSTRUMENT] == DRUM_CLASS)
        longest.setdefault(int(row[PART]), []).append(int(longest_shared([line], known)[0]))
    assert min(longest[0]) >= min(MOST, 24)
    assert all(max(lengths) < 12 for part, lengths in longest.items() if part)


def test_a_fill_is_compared_on_the_grid() -> None:
    asked = task(first=9)
    late = asked.removed.changed(start=asked.removed.start + PPQ // GRID // 3)
    assert line_of(asked, late).tolist() == line_of(asked, asked.removed).tolist()
    kit = task(DRUMS, "drums")
    assert len(line_of(kit, kit.removed)) == len(kit.removed) - 1


def test_figures() -> None:
    found = figures(np.array([3, 12, 13, 20]))
    assert found == {"mean": 12, "median": 12.5, "longest": 20, "verbatim": 0.5}


def test_figures_of_roles_beside_the_real_bars() -> None:
    melody, kit = task(first=9), task(DRUMS, "drums")
    known = Runs.of([line_of(melody, melody.removed)])
    own = walk(PPQ, 8, seed=99).shifted(melody.request.start)
    found = shared_runs([Answered(melody, (melody.removed, own)), Answered(kit, (kit.removed, EMPTY))], known)
    assert list(found) == ["all", "melody", "drums"]
    count = len(melody.removed)
    assert found["melody"]["longest"] == found["melody"]["real, mean"] == count > 12
    assert found["melody"]["verbatim"] == pytest.approx(0.5)
    assert found["drums"]["longest"] == found["drums"]["real, longest"] == 1
    assert found["all"]["suggestions"] == 3  # one without a note copies nothing
