"""Bits per note of held-out gaps of a corpus when simple rivals predict them, as `real_bits` reads a rival's fill.

A corpus keeps of the other lines only which pitch classes sound in each quarter, and the lowest of them. So a rival
hears them as chords of that length, from which it estimates the harmony.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Line
from jazzassist.neural.encoding import GRID, GridLine
from jazzassist.neural.familiarity import role_of_line
from jazzassist.training.arrays import TEST
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.gaps import HeldOutGap, draw_gaps
from jazzassist.training.evaluation.likelihood import RIGHT, bits
from jazzassist.training.evaluation.real_bits import rival_bits
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.evaluation.rivals import OURS, WRITERS
from jazzassist.training.evaluation.tasks import Task
from jazzassist.training.network.network import Network

BARS, SEED = 4, 7
SOUNDS = 0.2  # the share of a quarter from which on a pitch class counts as sounding
BASS, MIDDLE = 36, 60  # the octaves of the lowest and of the other pitch classes
LEGEND = (
    "bits per note in up to {gaps} held-out gaps of {bars} bars, all that is around them heard; of all roles by the "
    "recipe's shares, then of each role alone. A rival predicts each field of the next note by what it wrote, mixed "
    "with the frequencies around the gap in the share that is best for these gaps"
)

Rows = dict[str, dict[str, float]]


def rival_rows(gaps: Sequence[HeldOutGap]) -> Rows:
    """Bits per note by field and in total, of each of the rivals that every table has."""
    tasks = [task_of(gap) for gap in gaps]
    rows: Rows = {}
    for name, write in WRITERS.items():
        fills = [GridLine.of(write(task), GRID, gap.line.instrument) for task, gap in zip(tasks, gaps, strict=True)]
        rows[name] = rival_bits(gaps, fills)
    return rows


def compared(network: Network, data: Dataset, gaps: int) -> dict[str, Rows]:
    """By role of the corpus, and "all", the network and the rivals in the same gaps; none where there is no gap."""
    drawn = {"all": draw_gaps(data, BARS, gaps, SEED)}
    for role in data.roles:
        alone = data.only(role)
        if len(alone.lines(TEST)):
            drawn[role] = draw_gaps(alone, BARS, gaps, SEED)
    return {
        role: {OURS: bits(network, found, RIGHT).per_note(), **rival_rows(found)}
        for role, found in drawn.items()
        if found
    }


def rivals_sheet(found: dict[str, Rows], gaps: int) -> Sheet:
    """The totals: a line for each role, a column for each predictor."""
    writers = (OURS, *WRITERS)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (role, *(by_writer[writer]["total"] for writer in writers)) for role, by_writer in found.items()
    )
    return Sheet("Bits per note, beside simple predictors", ("", *writers), rows, LEGEND.format(gaps=gaps, bars=BARS))


def task_of(gap: HeldOutGap) -> Task:
    """A gap of the corpus as a task on its grid, with what is known of the other lines as a second line."""
    request = gap.scene().request
    real = gap.notes
    channel = np.full(len(real), request.lines[0].channel)
    removed = Notes.from_columns(real.onset, real.length, real.pitch, real.velocity, channel)
    lines = (*request.lines, Line("heard", 0, 1, _heard(gap)))
    asked = replace(request, lines=lines, meters=gap.around.meters.changes)
    return Task(f"song {gap.song}", role_of_line(gap.line), gap.bars, asked, removed)


def _heard(gap: HeldOutGap) -> Notes:
    """What the other lines play, a chord for each quarter."""
    table = gap.around.heard
    quarter, classes = np.nonzero(table[:, :12] > SOUNDS)
    low_quarter, low = np.nonzero(table[:, 12:24] > SOUNDS)
    start = (np.concatenate([low_quarter, quarter]) + gap.around.first_quarter) * GRID
    pitch = np.concatenate([BASS + low, MIDDLE + classes])
    columns = (np.full(len(start), value) for value in (80, 1))
    return Notes.from_columns(start, np.full(len(start), GRID), pitch, *columns)
