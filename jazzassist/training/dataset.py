"""Windows of the corpus as batches: gaps chosen, keys transposed, ears covered, all at random from a seed."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import (
    DRUMS,
    GRID,
    MIDDLE_C,
    OTHERS,
    WHOLE_WISHES,
    WISHES,
    Floats,
    GridLine,
    Ints,
    duration_class,
    right_fields,
    tempo_class,
)
from jazzassist.neural.steps import (
    IGNORED,
    NO_PEDALS,
    NO_SLOT,
    Arrays,
    Previous,
    Span,
    Surroundings,
    Target,
    step_arrays,
)
from jazzassist.training.arrays import (
    CHORDS_FIRST,
    COLUMNS,
    COUNT,
    FIRST,
    HEARD_FIRST,
    INSTRUMENT,
    PART,
    QUARTERS,
    ROLE,
    SONG,
    TEST,
    TRAIN,
    VALIDATION,
)
from jazzassist.training.config import Recipe
from jazzassist.training.meters import can_change, change_meter
from jazzassist.training.performance import Performer, perform

Mode = Literal["bridge", "exact", "plain"]
MODES: tuple[Mode, ...] = ("bridge", "exact", "plain")
MODE_CHANCES = (0.7, 0.15, 0.15)
GAP_QUARTERS = (2, 3, 4, 6, 8, 12, 16, 24, 32)
GAP_CHANCES = (0.06, 0.04, 0.2, 0.05, 0.25, 0.08, 0.2, 0.04, 0.08)
GAPS = 3  # in a window, at most: as many right contexts are kept apart
GAP_BARS = (1, 2, 3, 4, 6, 8)  # in other meters than 4/4
DEAF = 0.25  # the chance that a window does not hear the other lines
NO_CHORDS = 0.35  # the chance that it does not know the chords
SILENT = 0.5  # the chance of each wish that it is not said
OTHER_METER = 0.12
UNCOUNTED, PHRASE = 0.3, 8  # the chance that its bars are counted from elsewhere, as behind a count-in; from how far
SEMITONES = 6
GIVEN = 0.35  # the chance that notes of a gap are given
ESTIMATED = 0.9  # the chance that chord symbols are replaced by what can be told from the notes, where that is built
NO_TEMPO, TEMPO_ERROR = 0.25, 0.08  # the chance that the tempo is not known; standard deviation of its logarithm
OTHER_TEMPO = 0.05  # the chance that it is taken for half or double


class Dataset:
    """The built corpus in `folder`, drawn from with the recipe's shares; `gaps`: in a window, at most."""

    def __init__(self, folder: Path, recipe: Recipe, gaps: int = GAPS) -> None:
        self.performed = recipe.training.performed
        self.steps, self.right_notes, self.gaps = recipe.training.steps, recipe.network.right_notes, gaps
        self.columns = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in COLUMNS}
        self.others = np.load(folder / "others.npy", mmap_mode="r")
        self.chords = np.load(folder / "chords.npy", mmap_mode="r")
        extras = recipe.network.extras > 0
        self.estimated = np.load(folder / "estimated.npy", mmap_mode="r") if extras else None
        self.table = np.load(folder / "table.npy")
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        self.meters = [MeterMap(GRID, tuple(tuple(change) for change in song)) for song in meta["meters"]]
        self.tempi: list[list[tuple[int, float]]] = meta["tempi"] if extras else [[] for _ in self.meters]
        self.numbers = {int(first): number for number, first in enumerate(self.table[:, FIRST])}
        self.pedals = [np.array(pairs, np.int64).reshape(-1, 2) for pairs in meta["pedals"]] if extras else []
        shares = {role: share for part in recipe.sets for role, share in part.role_shares.items()}
        shares["solo"] = sum(part.first_track_share or 0 for part in recipe.sets)
        played = {role for part in recipe.sets if part.played for role in part.role_shares}
        self.roles: list[str] = meta["roles"]
        self.shares = [shares.get(role, 0.0) for role in self.roles]
        self.played = [role in played for role in self.roles]
        self._pools: dict[int, list[tuple[Ints, npt.NDArray[np.float64]]]] = {
            part: [self._pool(role, part) for role in range(len(self.roles))] for part in (TRAIN, VALIDATION, TEST)
        }

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
        row = self.choose_line(random, part)
        line, before, around = self._cut(random, row)
        own = False  # whether the chords were told from the line itself
        if augment:
            if self.estimated is not None:
                own, around = self._told(random, row, line, around)
            line, before, around = _vary(random, line, before, around)
            if random.random() < OTHER_METER and can_change(line, around):
                line, before, around = change_meter(random, line, before, around)
            exact = line.instrument != DRUMS and not self.played[int(row[ROLE])]
            if exact and random.random() < self.performed:
                line, before = perform(random, line, before, Performer.drawn(random))
        kind: Mode = mode or MODES[random.choice(3, p=MODE_CHANCES)]
        spans = _choose_gaps(random, line, kind, around.meters)[: self.gaps]
        if self.estimated is not None:
            spans = [_with_more(random, line, span, around.meters) for span in spans]
        if own:  # what is hidden in a gap tells nothing of its chords
            around = _without_chords(around, spans)
        arrays = step_arrays(line, before, around, spans)
        padded = {name: _fit(array, self.steps, name) for name, array in arrays.items()}
        padded |= self._right(line, spans)
        padded["instrument"] = np.array(line.instrument, np.int64)
        return padded

    def cut(self, random: np.random.Generator, part: int) -> GridLine:
        """A stretch of a random line, unvaried."""
        return self._cut(random, self.choose_line(random, part))[0]

    def choose_line(self, random: np.random.Generator, part: int) -> Ints:
        """A row of the table: the role by the recipe's share, then a line by its length."""
        pools = self._pools[part]
        shares = np.array([share if len(rows) else 0.0 for share, (rows, _) in zip(self.shares, pools, strict=True)])
        rows, up_to = pools[random.choice(len(pools), p=shares / shares.sum())]
        return np.asarray(rows[np.searchsorted(up_to, random.random() * up_to[-1], side="right")])

    def _pool(self, role: int, part: int) -> tuple[Ints, npt.NDArray[np.float64]]:
        """The rows of a role in a part, and the sum of their weights up to each: its length, or half a window."""
        rows = self.table[(self.table[:, ROLE] == role) & (self.table[:, PART] == part)]
        return rows, np.cumsum(np.maximum(rows[:, COUNT], self.steps // 2), dtype=np.float64)

    def _cut(self, random: np.random.Generator, row: Ints) -> tuple[GridLine, Previous, Surroundings]:
        count = int(row[COUNT])
        low = int(random.integers(0, max(1, count - self.steps // 2))) if random.random() > 0.08 else 0
        return self.stretch(row, low, min(count, low + self.steps))

    def stretch(self, row: Ints, low: int, high: int) -> tuple[GridLine, Previous, Surroundings]:
        """The notes [low, high) of the line in a row of the table, the note before them, and what lies around them."""
        first = int(row[FIRST])
        cut = {
            name: np.asarray(column[first + low : first + high]).astype(np.int64)
            for name, column in self.columns.items()
        }
        line = GridLine(cut["onset"], cut["length"], cut["pitch"], cut["velocity"], int(row[INSTRUMENT]))
        quarter = max(0, int(line.onset[0]) // GRID - 8)
        heard = self._heard(row, quarter, int(line.onset[-1]) // GRID + 8)
        around = Surroundings(self.meters[row[SONG]], heard, quarter, pedals=self._pedals(row))
        return line, self._previous(first, low, line), around

    def _pedals(self, row: Ints) -> Ints:
        """Where the line's sustain pedal goes down and up."""
        return self.pedals[self.numbers[int(row[FIRST])]] if self.pedals else NO_PEDALS

    def _heard(self, row: Ints, low: int, high: int) -> Floats:
        """(quarters, HEARD) of the quarters [low, high) of a line's song."""
        high = min(high, int(row[QUARTERS]))
        rest = self.others[row[HEARD_FIRST] + low : row[HEARD_FIRST] + high]
        chords = self.chords[row[CHORDS_FIRST] + low : row[CHORDS_FIRST] + high]
        return np.concatenate([rest, chords], axis=1, dtype=np.float32)

    def _told(
        self, random: np.random.Generator, row: Ints, line: GridLine, around: Surroundings
    ) -> tuple[bool, Surroundings]:
        """What is known of the chords and the tempo, with errors; and whether the chords come from the line itself."""
        around = replace(around, tempo=self._tempo(random, row, line))
        known = bool(around.heard[:, -1].any())
        if self.estimated is None or (known and random.random() >= ESTIMATED):
            return False, around
        first = int(row[HEARD_FIRST]) + around.first_quarter
        told = self.estimated[first : first + len(around.heard)].astype(np.float32)
        if known and not told.any():
            return False, around
        told[:, -1] /= 255
        alone = not around.heard[:, :24].any()
        return alone, replace(around, heard=np.concatenate([around.heard[:, :OTHERS], told], axis=1))

    def _tempo(self, random: np.random.Generator, row: Ints, line: GridLine) -> int:
        """The class of the tempo in the middle of the line, with errors; 0 where it is not known."""
        at = int(line.onset[len(line) // 2])
        bpm = next((bpm for tick, bpm in reversed(self.tempi[row[SONG]]) if tick <= at), None)
        if bpm is None or random.random() < NO_TEMPO:
            return 0
        octave = random.choice((0.5, 2.0)) if random.random() < OTHER_TEMPO else 1.0
        return tempo_class(float(bpm * octave * np.exp(random.normal(0, TEMPO_ERROR))))

    def _previous(self, first: int, low: int, line: GridLine) -> Previous:
        if low == 0:
            return Previous(int(line.onset[0]) // (4 * GRID) * 4 * GRID)
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
    """Another key, other dynamics, and sometimes no other lines to hear or another count of the bars."""
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
    varied = GridLine(line.onset, line.length, pitch, velocity, line.instrument)
    heard = _covered(random, around.heard, semitones)
    uncounted = int(random.integers(1, PHRASE)) if random.random() < UNCOUNTED else 0
    return varied, before, replace(around, heard=heard, bars_before=around.bars_before + uncounted)


def _covered(random: np.random.Generator, heard: Floats, semitones: int) -> Floats:
    """What is heard, in another key, and at random without the others or the chords."""
    rest, chords = _rotated(heard[:, :OTHERS], semitones), _rotated(heard[:, OTHERS:], semitones)
    if random.random() < DEAF:
        rest = np.zeros_like(rest)
    if random.random() < NO_CHORDS:
        chords = np.zeros_like(chords)
    return np.concatenate([rest, chords], axis=1)


def _rotated(table: Floats, semitones: int) -> Floats:
    """Pitch classes and bass moved; the columns behind them stay."""
    classes, bass = np.roll(table[:, :12], semitones, 1), np.roll(table[:, 12:24], semitones, 1)
    return np.concatenate([classes, bass, table[:, 24:]], axis=1)


def _choose_gaps(random: np.random.Generator, line: GridLine, mode: Mode, meters: MeterMap) -> list[Span]:
    """Up to GAPS gaps with notes on both sides; a bridge hears what follows, "exact" the countdown alone."""
    spans: list[Span] = []
    if mode == "plain":
        return spans
    count = len(line)
    at = int(random.integers(4, max(5, min(24, count // 3))))
    while len(spans) < GAPS and at < count - 6:
        start, end = _gap_at(random, int(line.onset[at]), meters)
        low, high = (int(index) for index in np.searchsorted(line.onset, (start, end)))
        if high >= count - 2:
            break
        if spans and start < spans[-1].end:  # the bar of a note soon after a gap may have begun inside it
            at += 4
            continue
        said = tuple(name for name in WISHES if random.random() > SILENT)
        slot, target = (len(spans), Target.of(line, end)) if mode == "bridge" else (NO_SLOT, None)
        spans.append(Span(start, end, low, high, slot, target, said))
        at = high + int(random.integers(6, 24))
    return spans


def _with_more(random: np.random.Generator, line: GridLine, span: Span, meters: MeterMap) -> Span:
    """The gap with given notes, and wishes for all of it, at random."""
    said = tuple(name for name in WHOLE_WISHES if random.random() > SILENT)
    given = given_notes(random, line, span, meters) if random.random() < GIVEN else ()
    return replace(span, said=span.said + said, given=given)


def given_notes(random: np.random.Generator, line: GridLine, span: Span, meters: MeterMap) -> tuple[int, ...]:
    """Indices of notes of a gap as composers lock them: some single ones, a run, one hand or register, or a bar."""
    here = np.arange(span.low, span.high)
    if not len(here):
        return ()
    onset, pitch = line.onset[here], line.pitch[here]
    kind = random.integers(4)
    if kind == 0:
        chosen = random.random(len(here)) < random.choice((0.05, 0.15, 0.4))
        chosen[random.integers(len(here))] = True
    elif kind == 1:
        first, length = random.integers(len(here)), random.integers(1, max(2, len(here) // 2 + 1))
        chosen = (np.arange(len(here)) >= first) & (np.arange(len(here)) < first + length)
    elif kind == 2:
        split = MIDDLE_C if random.random() < 0.5 else float(np.median(pitch))
        chosen = (pitch < split) == (random.random() < 0.5)
    else:
        bar = meters.bar_at(int(random.choice(onset)))
        chosen = (onset >= meters.bar_start(bar)) & (onset < meters.bar_start(bar + 1))
    return tuple(here[chosen].tolist())


def _without_chords(around: Surroundings, spans: list[Span]) -> Surroundings:
    """Surroundings in which the chords of gaps are not known."""
    heard = around.heard.copy()
    for span in spans:
        low, high = span.start // GRID - around.first_quarter, -(-span.end // GRID) - around.first_quarter
        heard[max(0, low) : max(0, high), OTHERS:] = 0
    return replace(around, heard=heard)


def _gap_at(random: np.random.Generator, onset: int, meters: MeterMap) -> tuple[int, int]:
    """[start, end) of a gap near an onset: mostly whole bars, as composers select them."""
    bar = meters.bar_at(onset)
    length = meters.bar_start(bar + 1) - meters.bar_start(bar)
    start = onset // GRID * GRID
    if random.random() < 0.6:
        start = meters.bar_start(bar + int(random.random() < 0.5))
    if length == 4 * GRID or random.random() < 0.2:
        return start, start + int(random.choice(GAP_QUARTERS, p=GAP_CHANCES)) * GRID
    return start, start + int(random.choice(GAP_BARS)) * length


def _fit(array: Ints | Floats, steps: int, name: str) -> Ints | Floats:
    """Cut or padded to `steps` rows; padded targets are ignored."""
    filler = IGNORED if name.startswith("target_") else 0
    fitted = np.full((steps, *array.shape[1:]), filler, array.dtype)  # several times faster than np.pad
    fitted[: len(array)] = array[:steps]
    return fitted
