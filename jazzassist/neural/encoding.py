"""Notes of one line <-> the integer fields of the network's steps.

One step is one note. Its onset is given as quarter notes ahead of the note before (0-15, or END)
and its position within that quarter (0-23); pitch as the MIDI number; duration as one of 32 lengths;
velocity in 16 levels. The grid has GRID positions a quarter note whatever the meter, which holds
16ths, 32nds, triplets and swing ratios. What a played note lies off the grid is not a field: the
suggester measures it in the seed and gives it back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Notes
from jazzassist.domain.timing import MeterMap

VERSION = 1  # a checkpoint of another version is refused

GRID = 24
MOST_AHEAD = 15  # quarters; a longer rest is taken as this long
END = 17
AHEAD_CLASSES, PITCHES, VELOCITIES = 18, 128, 16
NO_PITCH = 128  # the previous pitch of a line's first note
DURATIONS = np.array(
    [*range(1, 13), 14, 16, 18, 20, 22, 24, 28, 30, 32, 36, 42, 48, 60, 72, 84, 96, 120, 144, 192, 288]
)
_DURATION_EDGES = (DURATIONS[1:] + DURATIONS[:-1]) / 2

INSTRUMENT_CLASSES = 14
DRUMS = 13
QUARTERS_IN_BAR, BAR_LENGTHS = 12, 24
HARMONY = 25  # 12 pitch classes, 12 bass pitch classes, drum activity
HARMONY_AHEAD = 5  # quarters of harmony that the trunk hears, from the previous note's on

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def instrument_class(program: int, drums: bool) -> int:
    """0-12 for General MIDI's families (effects, ethnic and percussive ones in one), 13 for drums."""
    return DRUMS if drums else min(program >> 3, 12)


def duration_class(length: npt.ArrayLike) -> Ints:
    """The class of the nearest of DURATIONS to lengths in grid positions."""
    return np.asarray(np.digitize(np.asarray(length), _DURATION_EDGES), np.int64)


def log_class(length: npt.ArrayLike) -> Ints:
    """A length in grid positions in 10 classes that grow by doubling."""
    doubled = np.log2(np.maximum(np.asarray(length), 0) / 6 + 1)
    return np.asarray(np.clip(np.ceil(doubled), 0, 9), np.int64)


@dataclass(frozen=True)
class GridLine:
    """One line on the grid: columns of one length, sorted by onset then pitch, and its instrument class."""

    onset: Ints
    length: Ints
    pitch: Ints
    velocity: Ints
    instrument: int

    @staticmethod
    def of(notes: Notes, ppq: int, instrument: int) -> GridLine:
        """The notes rounded to the grid; of two that fall on one place and pitch the first stays."""
        onset = np.round(notes.start * (GRID / ppq)).astype(np.int64)
        length = np.maximum(1, np.round(notes.duration * (GRID / ppq))).astype(np.int64)
        order = np.lexsort((notes.pitch, onset))
        columns = (onset, length, notes.pitch.astype(np.int64), notes.velocity.astype(np.int64))
        onset, length, pitch, velocity = (column[order] for column in columns)
        keep = np.ones(len(onset), dtype=np.bool_)
        keep[1:] = (np.diff(onset) > 0) | (np.diff(pitch) > 0)
        return GridLine(onset[keep], length[keep], pitch[keep], velocity[keep], instrument)

    def __len__(self) -> int:
        return len(self.onset)

    def part(self, low: int, high: int) -> GridLine:
        """The notes with indices [low, high)."""
        cut = slice(low, high)
        return GridLine(self.onset[cut], self.length[cut], self.pitch[cut], self.velocity[cut], self.instrument)


def harmony(lines: list[GridLine], quarters: int) -> Floats:
    """What the lines play, per quarter note from 0: (quarters, HARMONY).

    12 weights of the pitch classes that sound in it, the pitch class of its lowest note as one of
    12, and how busy the drums are. A note counts in at most nine quarters, so that a pedal that was
    never released does not colour a whole song.
    """
    found = np.zeros((quarters, HARMONY), np.float32)
    lowest = np.full(quarters, 999, np.int64)
    for line in lines:
        if line.instrument == DRUMS:
            here = line.onset[(line.onset >= 0) & (line.onset < quarters * GRID)] // GRID
            np.add.at(found[:, 24], here, 0.1)
        else:
            _add_pitches(line, found, lowest)
    np.clip(found[:, :12], 0, 2, out=found[:, :12])
    np.clip(found[:, 24], 0, 1, out=found[:, 24])
    sounding = np.nonzero(lowest < 999)[0]
    found[sounding, 12 + lowest[sounding] % 12] = 1
    return found


def _add_pitches(line: GridLine, found: Floats, lowest: Ints) -> None:
    end = line.onset + line.length
    first = line.onset // GRID
    last = np.minimum((line.onset + np.maximum(line.length, 1) - 1) // GRID, first + 8)
    for ahead in range(9):
        quarter = first + ahead
        mask = (quarter <= last) & (quarter < len(found)) & (quarter >= 0)
        if not mask.any():
            continue
        at, pitch = quarter[mask], line.pitch[mask]
        sounding = np.minimum(end[mask], (at + 1) * GRID) - np.maximum(line.onset[mask], at * GRID)
        np.add.at(found, (at, pitch % 12), np.clip(sounding / GRID, 0.15, 1))
        np.minimum.at(lowest, at, pitch)


def harmony_from(table: Floats, quarter: Ints, count: int) -> Floats:
    """The rows of `count` quarters from each of `quarter` on, side by side; zeros outside the table."""
    rows = quarter[:, None] + np.arange(count)
    inside = (rows >= 0) & (rows < len(table))
    picked = np.where(inside[..., None], table[np.clip(rows, 0, len(table) - 1)], np.float32(0))
    return picked.reshape(len(quarter), -1).astype(np.float32)


def place_in_bar(meters: MeterMap, onset: Ints) -> tuple[Ints, Ints]:
    """(quarter within the bar 0-11, length of the bar in eighths 1-23) at onsets of a map with GRID as its ppq."""
    starts, lengths = _bar_grid(meters)
    span = np.maximum(np.searchsorted(starts, onset, side="right") - 1, 0)
    quarter = ((onset - starts[span]) % lengths[span]) // GRID
    return np.clip(quarter, 0, QUARTERS_IN_BAR - 1), np.clip(lengths[span] // 12, 1, BAR_LENGTHS - 1)


def _bar_grid(meters: MeterMap) -> tuple[Ints, Ints]:
    by_tick = {0: (4, 4)} | {tick: (num, den) for tick, num, den in meters.changes}
    starts = np.array(sorted(by_tick), dtype=np.int64)
    lengths = [max(12, GRID * 4 * by_tick[int(t)][0] // by_tick[int(t)][1]) for t in starts]
    return starts, np.array(lengths, dtype=np.int64)


def grid_meters(meters: tuple[tuple[int, int, int], ...], ppq: int) -> MeterMap:
    """Time signatures at song ticks as a map on the grid."""
    return MeterMap(GRID, tuple((round(tick * GRID / ppq), num, den) for tick, num, den in meters))


def right_fields(line: GridLine, gap_end: int, count: int) -> Ints:
    """(n <= count, 6): the first notes after the gap, near to far, as the backward LSTM takes them.

    Columns: quarters from the gap's end (0-31), position in the quarter, pitch, duration class,
    velocity level, quarters from the note before (0-15).
    """
    low = int(np.searchsorted(line.onset, gap_end))
    near = line.part(low, low + count)
    away = near.onset - gap_end
    step = np.diff(near.onset, prepend=gap_end)
    columns = (
        np.clip(away // GRID, 0, 31),
        near.onset % GRID,
        near.pitch,
        duration_class(near.length),
        near.velocity // 8,
        np.clip(step // GRID, 0, MOST_AHEAD),
    )
    return np.stack(columns, axis=1).astype(np.int64) if len(near) else np.zeros((0, 6), np.int64)
