"""Timing and touch of a performer for lines that were written on the grid.

Nearly all of the data is exact, and what a composer's file holds often is not. The ranges cover what POP909, WJazzD
(seconds beside beat times) and Groove have; each window draws its own values, and many windows stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import GRID, GridLine, Ints
from jazzassist.neural.steps import Previous

Times = npt.NDArray[np.float64]

SWUNG = 0.3  # the chance that straight eighths are swung
SWING = (0.54, 0.75)  # where the second eighth begins, as a share of the quarter
TRIPLETS = 0.15  # the share of onsets on triplets from which a line swings already
SHIFTED, SHIFT = 0.5, 1.2  # the chance of a constant offset and its standard deviation in grid positions
JITTER = 1.2  # the largest standard deviation of single onsets in grid positions
DRIFT = 1.5  # the largest standard deviation of the slow wandering of the tempo, in grid positions
DRIFT_NOTES = 24  # notes over which it wanders
ROLLED, ROLL = 0.35, 1.5  # the chance that chords are rolled, and by how many grid positions a note at most
ARTICULATION = (0.6, 1.15)  # range of the factor of all durations
TOUCH = 0.15  # standard deviation of the logarithm of single durations
DYNAMICS = (4.0, 16.0)  # range of the standard deviation of velocities, written ones included
ACCENT = 8.0  # largest difference between notes on and off the beat


@dataclass(frozen=True)
class Performer:
    """How one window is played. Lengths in grid positions; `swing` None where eighths stay as written."""

    swing: float | None
    shift: float
    jitter: float
    drift: float
    roll: float
    articulation: float
    spread: float
    accent: float

    @staticmethod
    def drawn(random: np.random.Generator) -> Performer:
        """A performer at random."""
        return Performer(
            swing=float(random.uniform(*SWING)) if random.random() < SWUNG else None,
            shift=float(random.normal(0, SHIFT)) if random.random() < SHIFTED else 0.0,
            jitter=float(random.uniform(0, JITTER)),
            drift=float(random.uniform(0, DRIFT)),
            roll=float(random.uniform(0, ROLL)) if random.random() < ROLLED else 0.0,
            articulation=float(random.uniform(*ARTICULATION)),
            spread=float(random.uniform(*DYNAMICS)),
            accent=float(random.uniform(-ACCENT / 4, ACCENT)),
        )


def perform(random: np.random.Generator, line: GridLine, before: Previous, how: Performer) -> tuple[GridLine, Previous]:
    """The line as `how` plays it, sorted, with the note before it moved alike."""
    times = [np.asarray(time, np.float64) for time in (line.onset, line.onset + line.length, before.onset)]
    if how.swing is not None and not _swings(line.onset):
        times = [_swung(time, how.swing) for time in times]
    onset, end, previous = times
    length = np.maximum(1.0, end - onset) * how.articulation * np.exp(random.normal(0, TOUCH, len(line)))
    onset = onset + how.shift + _wandering(random, line.onset, how)
    played = np.maximum(0, np.round(onset)).astype(np.int64)
    lengths = np.maximum(1, np.round(length)).astype(np.int64)
    velocity = _touched(random, line, how)
    order = np.lexsort((line.pitch, played))
    kept = order[_first_of_each(played[order], line.pitch[order])]
    found = GridLine(played[kept], lengths[kept], line.pitch[kept], velocity[kept], line.instrument)
    moved = min(max(0, round(float(previous) + how.shift)), int(found.onset[0]))
    return found, replace(before, onset=moved)


def _swings(onset: Ints) -> bool:
    within = onset % GRID
    return bool(np.mean((within == GRID // 3) | (within == 2 * GRID // 3)) > TRIPLETS)


def _swung(time: Times, swing: float) -> Times:
    """Times with the middle of each quarter moved to `swing` of it, and what lies between in proportion."""
    whole = np.floor(time / GRID)
    within = time / GRID - whole
    early = within * 2 * swing
    late = swing + (within - 0.5) * 2 * (1 - swing)
    return np.asarray((whole + np.where(within < 0.5, early, late)) * GRID, np.float64)


def _wandering(random: np.random.Generator, onset: Ints, how: Performer) -> Times:
    """By how much each note is late: drift, one draw for each onset, and rolled chords from the lowest note up."""
    _, begins, chord = np.unique(onset, return_index=True, return_inverse=True)
    knots = len(begins) // DRIFT_NOTES + 2
    slow = np.interp(np.arange(len(begins)) / DRIFT_NOTES, np.arange(knots), random.normal(0, how.drift, knots))
    late = (slow + random.normal(0, how.jitter, len(begins)))[chord]
    return np.asarray(late + how.roll * random.random() * (np.arange(len(onset)) - begins[chord]))


def _touched(random: np.random.Generator, line: GridLine, how: Performer) -> Ints:
    """Velocities with accents on the beat, a slow contour, and as much spread as the performer has."""
    written = float(line.velocity.std()) if len(line) else 0.0
    lacking = np.sqrt(max(0.0, how.spread**2 - written**2))
    knots = len(line) // DRIFT_NOTES + 2
    contour = np.interp(np.arange(len(line)) / DRIFT_NOTES, np.arange(knots), random.normal(0, 0.6, knots))
    each = random.normal(0, 0.8, len(line))
    accent = how.accent * np.where(line.onset % GRID == 0, 0.5, -0.5)
    played = np.round(line.velocity + lacking * (contour + each) + accent)
    return np.asarray(np.clip(played, 1, 127), np.int64)


def _first_of_each(onset: Ints, pitch: Ints) -> npt.NDArray[np.bool_]:
    """Where sorted notes differ from the one before in onset or pitch."""
    keep = np.ones(len(onset), np.bool_)
    keep[1:] = (np.diff(onset) > 0) | (np.diff(pitch) != 0)
    return keep
