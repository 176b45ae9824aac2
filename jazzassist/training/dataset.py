"""Windows of the corpus as batches: gaps chosen, keys transposed, ears covered, all at random from a seed."""

from __future__ import annotations

import json
from copy import copy
from pathlib import Path
from typing import Literal, cast

import numpy as np

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import DRUMS, GRID, HARMONY, Floats, GridLine, Ints, duration_class, right_fields
from jazzassist.neural.steps import IGNORED, NO_SLOT, Arrays, Previous, Span, Surroundings, step_arrays
from jazzassist.training.config import Recipe
from jazzassist.training.corpus import (
    COLUMNS,
    COUNT,
    FIRST,
    HARMONY_FIRST,
    INSTRUMENT,
    PART,
    QUARTERS,
    ROLE,
    SONG,
)

Mode = Literal["bridge", "exact", "plain"]
MODES: tuple[Mode, ...] = ("bridge", "exact", "plain")
MODE_CHANCES = (0.55, 0.15, 0.30)
GAP_QUARTERS = (2, 3, 4, 6, 8, 12, 16, 24, 32)
GAP_CHANCES = (0.06, 0.04, 0.2, 0.05, 0.25, 0.08, 0.2, 0.04, 0.08)
GAPS = 2  # in a window
DEAF = 0.25  # the chance that a window does not hear the other lines
SEMITONES = 6
BAR = 4 * GRID


class Dataset:
    """The built corpus in `folder`, drawn from with the recipe's shares."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self.steps, self.right_notes = recipe.training.steps, recipe.network.right_notes
        self.columns = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in COLUMNS}
        self.harmony = np.load(folder / "harmony.npy", mmap_mode="r")
        self.table = np.load(folder / "table.npy")
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        self.meters = [MeterMap(GRID, tuple(tuple(change) for change in song)) for song in meta["meters"]]
        shares = {part.name: part.share for part in recipe.sets}
        shares["solo"] = sum(part.first_track_share or 0 for part in recipe.sets)
        self.roles: list[str] = meta["roles"]
        self.shares = [shares.get(role, 0.0) for role in self.roles]

    def only(self, role: str) -> Dataset:
        """The same corpus, of which only one role is drawn."""
        found = copy(self)
        found.shares = [float(name == role) for name in self.roles]
        return found

    def lines(self, part: int) -> Ints:
        """The rows of the table that can be drawn."""
        drawn = np.array(self.shares)[self.table[:, ROLE]] > 0
        return cast(Ints, self.table[drawn & (self.table[:, PART] == part)])

    def batch(
        self, random: np.random.Generator, size: int, part: int, mode: Mode | None = None, augment: bool = True
    ) -> Arrays:
        """`size` windows stacked: (size, steps, ...), see `window`."""
        rows = [self.window(random, part, mode, augment) for _ in range(size)]
        return {name: cast(Ints | Floats, np.stack([row[name] for row in rows])) for name in rows[0]}

    def window(self, random: np.random.Generator, part: int, mode: Mode | None = None, augment: bool = True) -> Arrays:
        """The steps of one window, padded, with the right contexts of its gaps and the instrument."""
        row = self._choose_line(random, part)
        line, before, around = self._cut(random, row)
        if augment:
            line, before, around = _vary(random, line, before, around)
        kind: Mode = mode or MODES[random.choice(3, p=MODE_CHANCES)]
        spans = _choose_gaps(random, line, kind)
        arrays = step_arrays(line, before, around, spans)
        padded = {name: _fit(array, self.steps, name) for name, array in arrays.items()}
        padded |= self._right(line, spans)
        padded["instrument"] = np.array(line.instrument, np.int64)
        return padded

    def cut(self, random: np.random.Generator, part: int) -> GridLine:
        """A stretch of a random line, unvaried."""
        return self._cut(random, self._choose_line(random, part))[0]

    def _choose_line(self, random: np.random.Generator, part: int) -> Ints:
        """A row of the table: the role by the recipe's share, then a line by its length."""
        pools = [
            self.table[(self.table[:, ROLE] == i) & (self.table[:, PART] == part)] for i in range(len(self.shares))
        ]
        shares = np.array([share if len(pool) else 0.0 for share, pool in zip(self.shares, pools, strict=True)])
        pool = pools[random.choice(len(pools), p=shares / shares.sum())]
        sizes = np.maximum(pool[:, COUNT], self.steps // 2)
        return np.asarray(pool[random.choice(len(pool), p=sizes / sizes.sum())])

    def _cut(self, random: np.random.Generator, row: Ints) -> tuple[GridLine, Previous, Surroundings]:
        first, count = int(row[FIRST]), int(row[COUNT])
        low = int(random.integers(0, max(1, count - self.steps // 2))) if random.random() > 0.08 else 0
        high = min(count, low + self.steps)
        cut = {
            name: np.asarray(column[first + low : first + high]).astype(np.int64)
            for name, column in self.columns.items()
        }
        line = GridLine(cut["onset"], cut["length"], cut["pitch"], cut["velocity"], int(row[INSTRUMENT]))
        quarter = max(0, int(line.onset[0]) // GRID - 8)
        low_row, high_row = int(row[HARMONY_FIRST]), int(row[HARMONY_FIRST] + row[QUARTERS])
        heard = self.harmony[low_row:high_row][quarter : int(line.onset[-1]) // GRID + 8]
        around = Surroundings(self.meters[row[SONG]], np.asarray(heard, np.float32), quarter)
        return line, self._previous(first, low, line), around

    def _previous(self, first: int, low: int, line: GridLine) -> Previous:
        if low == 0:
            return Previous(int(line.onset[0]) // BAR * BAR)
        onset, length, pitch, velocity = (int(self.columns[name][first + low - 1]) for name in COLUMNS)
        return Previous(onset, pitch, int(duration_class(length)), velocity // 8)

    def _right(self, line: GridLine, spans: list[Span]) -> Arrays:
        fields = np.zeros((GAPS, self.right_notes, 6), np.int64)
        lengths = np.zeros(GAPS, np.int64)
        for span in spans:
            if span.slot != NO_SLOT:
                after = right_fields(line, span.end, self.right_notes)
                fields[span.slot, : len(after)] = after
                lengths[span.slot] = len(after)
        return {"right": fields, "right_length": lengths}


def _vary(
    random: np.random.Generator, line: GridLine, before: Previous, around: Surroundings
) -> tuple[GridLine, Previous, Surroundings]:
    """Another key, other dynamics, and sometimes no other lines to hear."""
    low, high, pitch = -SEMITONES, SEMITONES, line.pitch
    if line.instrument != DRUMS:
        low, high = min(0, max(low, 21 - int(pitch.min()))), max(0, min(high, 108 - int(pitch.max())))
    semitones = int(random.integers(low, high + 1))
    if line.instrument != DRUMS:
        pitch = np.clip(pitch + semitones, 0, 127)
        if before.pitch < 128:
            moved = int(np.clip(before.pitch + semitones, 0, 127))
            before = Previous(before.onset, moved, before.duration, before.velocity, before.ahead)
    velocity = np.clip(line.velocity * random.uniform(0.8, 1.2), 1, 127).astype(np.int64)
    heard = np.zeros_like(around.harmony) if random.random() < DEAF else _rotated(around.harmony, semitones)
    varied = GridLine(line.onset, line.length, pitch, velocity, line.instrument)
    return varied, before, Surroundings(around.meters, heard, around.first_quarter)


def _rotated(table: Floats, semitones: int) -> Floats:
    classes, bass = np.roll(table[:, :12], semitones, 1), np.roll(table[:, 12:24], semitones, 1)
    return np.concatenate([classes, bass, table[:, 24:HARMONY]], axis=1)


def _choose_gaps(random: np.random.Generator, line: GridLine, mode: Mode) -> list[Span]:
    """Up to GAPS gaps with notes on both sides; a bridge hears what follows, "exact" the countdown alone."""
    spans: list[Span] = []
    if mode == "plain":
        return spans
    count = len(line)
    at = int(random.integers(4, max(5, min(40, count // 3))))
    while len(spans) < GAPS and at < count - 6:
        start = int(line.onset[at]) // GRID * GRID
        if random.random() < 0.6:  # composers select bars
            start = start // BAR * BAR + (BAR if random.random() < 0.5 else 0)
        end = start + int(random.choice(GAP_QUARTERS, p=GAP_CHANCES)) * GRID
        low, high = (int(index) for index in np.searchsorted(line.onset, (start, end)))
        if high >= count - 2:
            break
        bridge = mode == "bridge"
        slot, target = (len(spans), int(line.pitch[high])) if bridge else (NO_SLOT, None)
        spans.append(Span(start, end, low, high, slot, target))
        at = high + int(random.integers(8, 40))
    return spans


def _fit(array: Ints | Floats, steps: int, name: str) -> Ints | Floats:
    """Cut or padded to `steps` rows; padded targets are ignored."""
    array = array[:steps]
    missing = ((0, steps - len(array)),) + ((0, 0),) * (array.ndim - 1)
    filler = IGNORED if name.startswith("target_") else 0
    return cast(Ints | Floats, np.pad(array, missing, constant_values=filler))
