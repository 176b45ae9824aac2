"""What the windows drawn from a corpus are made of: sets, roles, both hands, meters, played or written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from jazzassist.neural.encoding import GridLine
from jazzassist.neural.familiarity import role_of_line
from jazzassist.training.arrays import COUNT, PART, ROLE, SONG, TRAIN
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.report import Cell, Sheet

WINDOWS = 3000
MIDDLE = 60  # both hands play where a tenth of the notes or more lie below and above it
HAND = 0.1
LEGEND = "of {windows} windows of the training, drawn by the recipe's shares"
ANSWER = {True: "yes", False: "no"}


def balance(data: Dataset, windows: int = WINDOWS, seed: int = 0) -> tuple[Sheet, Sheet]:
    """Lines and notes of each set with its share of windows, and the shares by role, hands, meter and playing."""
    random = np.random.default_rng(seed)
    sets: Counter[str] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    for _ in range(windows):
        row = data.choose_line(random, TRAIN)
        first = int(random.integers(0, max(1, int(row[COUNT]) - data.steps // 2)))
        line, _, _ = data.stretch(row, first, min(int(row[COUNT]), first + data.steps))
        sets[data.roles[int(row[ROLE])]] += 1
        role = role_of_line(line)
        kinds["role", role] += 1
        if role == "comping":
            kinds["comping with both hands", ANSWER[has_both_hands(line)]] += 1
        kinds["meter", _meter(data, int(row[SONG]), line)] += 1
        kinds["played by people", ANSWER[data.played[int(row[ROLE])]]] += 1
    return _set_sheet(data, sets, windows), _kind_sheet(kinds, windows)


def has_both_hands(line: GridLine) -> bool:
    """Whether a tenth of the notes or more lie on either side of middle C, over two octaves or more."""
    low, high = np.mean(line.pitch < MIDDLE), np.mean(line.pitch >= MIDDLE)
    return bool(min(low, high) >= HAND and np.ptp(line.pitch) >= 24)


def _meter(data: Dataset, song: int, line: GridLine) -> str:
    above, below = data.meters[song].meter_at(int(line.onset[len(line) // 2]))
    return f"{above}/{below}"


def _set_sheet(data: Dataset, sets: Counter[str], windows: int) -> Sheet:
    rows: list[tuple[Cell, ...]] = []
    for number, name in enumerate(data.roles):
        lines = data.table[(data.table[:, ROLE] == number) & (data.table[:, PART] == TRAIN)]
        notes = int(lines[:, COUNT].sum())
        rows.append((name, str(len(lines)), str(notes), _percent(sets[name], windows), ANSWER[data.played[number]]))
    rows.sort(key=lambda row: -sets[str(row[0])])
    header = ("set", "lines", "notes", "share", "played by people")
    return Sheet("Sets of the training", header, tuple(rows), LEGEND.format(windows=windows))


def _kind_sheet(kinds: Counter[tuple[str, str]], windows: int) -> Sheet:
    totals: Counter[str] = Counter()
    for (what, _), count in kinds.items():
        totals[what] += count
    order: Sequence[str] = list(totals)
    found = sorted(kinds.items(), key=lambda item: (order.index(item[0][0]), -item[1]))
    rows: list[tuple[Cell, ...]] = [(what, kind, _percent(count, totals[what])) for (what, kind), count in found]
    return Sheet("Balance", ("", "", "share"), tuple(rows), LEGEND.format(windows=windows))


def _percent(count: int, whole: int) -> str:
    return f"{100 * count / whole:.1f} %"
