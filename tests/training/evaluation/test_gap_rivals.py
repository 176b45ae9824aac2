"""The simple predictors that stand next to the network in tables of likelihood on a corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jazzassist.neural.encoding import FIELDS, GRID
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.gap_rivals import compared, rival_rows, rivals_sheet, task_of
from jazzassist.training.evaluation.gaps import draw_gaps
from jazzassist.training.evaluation.likelihood import BARS, likelihood
from jazzassist.training.evaluation.rivals import ALL, OURS, WRITERS
from tests.neural.requests import tiny_network
from tests.training.tiny_corpus import RECIPE


@pytest.fixture(scope="module")
def data(corpus: Path) -> Dataset:
    return Dataset(corpus, RECIPE)


def test_a_gap_becomes_a_task_of_the_same_notes(data: Dataset) -> None:
    gap = draw_gaps(data, 2, 1, 0)[0]
    task = task_of(gap)
    assert task.request.ppq == GRID and (task.request.start, task.request.end) == (gap.start, gap.end)
    assert task.removed.pitch.tolist() == gap.notes.pitch.tolist()
    assert not len(task.request.lines[0].notes.starting_in(gap.start, gap.end))
    heard = task.request.lines[1].notes
    quarter = (int(heard.start[0]) // GRID) - gap.around.first_quarter
    sounding = np.flatnonzero(gap.around.heard[quarter, :12] > 0.2)
    assert set(sounding) <= {int(pitch) % 12 for pitch in heard.pitch[heard.start == heard.start[0]]}


def test_every_role_has_the_network_and_three_rivals(data: Dataset) -> None:
    found = compared(tiny_network(), data, 4)
    assert {"all", "combo"} <= set(found) <= {"all", *data.roles}  # those that have a gap of that length
    for rows in found.values():
        assert list(rows) == [OURS, *WRITERS]
        assert all(set(row) == {*FIELDS, "total"} and row["total"] > 0 for row in rows.values())
    sheet = rivals_sheet(found, 4)
    assert sheet.header == ("", OURS, *WRITERS) and len(sheet.rows) == len(found)


def test_tables_of_gaps_have_the_rivals_too(data: Dataset) -> None:
    outcome = likelihood(tiny_network(), data, 3, 1, rivals=rival_rows)
    found = [bars for bars in BARS if f"{bars} bars" in outcome.figures]
    assert found
    for bars in found:
        assert set(WRITERS) <= set(outcome.figures[f"{bars} bars"])
        (sheet,) = (sheet for sheet in outcome.sheets if sheet.title.startswith(f"Gaps of {bars} bar"))
        assert set(WRITERS) <= {row[0] for row in sheet.rows}


def test_tables_of_similarity_have_them_too() -> None:
    assert set(WRITERS) <= set(ALL)
