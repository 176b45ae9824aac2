"""Input features of the chord model: the pitch classes that sound in each quarter note."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

NEAR = (-2, -1, 0, 1, 2)  # neighbouring quarters with features of their own
BAR, PHRASE = 4, 32  # quarters over which pitch classes are averaged
LONGEST = 8  # maximum length of a note in quarters, so that hanging notes do not affect the whole song
INPUTS = 12 * (2 * len(NEAR) + 2)


def sounding(starts: Doubles, ends: Doubles, pitches: npt.NDArray[np.int64], quarters: int) -> tuple[Floats, Floats]:
    """Return the weights of the pitch classes, and one-hot pitch classes of the lowest note: (quarters, 12) each.

    `starts`, `ends`: quarters. The weight of a note is its length within the quarter, at least a sixth. A note that
    begins up to a sixth before a quarter counts as played early and belongs to that quarter.
    """
    weights, lowest = np.zeros((quarters, 12), np.float32), np.full((quarters, 12), np.inf)
    ends = np.minimum(ends, starts + LONGEST)
    first = np.floor(starts + 1 / 6).astype(np.int64)
    last = np.floor(np.maximum(ends - 1e-6, starts + 1 / 6)).astype(np.int64)
    for ahead in range(LONGEST + 1):
        quarter = first + ahead
        here = (quarter <= last) & (quarter >= 0) & (quarter < quarters)
        at, pitch = quarter[here], pitches[here]
        length = np.minimum(ends[here], at + 1) - np.maximum(starts[here], at)
        np.add.at(weights, (at, pitch % 12), np.clip(length, 1 / 6, 1))
        np.minimum.at(lowest, (at, pitch % 12), pitch)
    bass = np.zeros((quarters, 12), np.float32)
    known = np.flatnonzero(np.isfinite(lowest).any(1))
    bass[known, np.argmin(lowest[known], axis=1)] = 1
    return np.log1p(weights), bass


def inputs(weights: Floats, bass: Floats) -> Floats:
    """Return the features of each quarter, (quarters, INPUTS / 12, 12): groups of twelve pitch classes from C."""
    groups = [_shifted(table, step) for table in (weights, bass) for step in NEAR]
    groups += [_mean(weights, length) for length in (BAR, PHRASE)]
    return np.stack(groups, axis=1)


def seen_from(view: Floats, root: int) -> Floats:
    """Return the features with pitch classes relative to `root`, flattened: (quarters, INPUTS)."""
    return np.roll(view, -root, axis=2).reshape(len(view), -1)


def _shifted(table: Floats, step: int) -> Floats:
    """Return the table shifted by `step` rows and padded with zeros: row i is row i + step."""
    found = np.zeros_like(table)
    if step >= 0:
        found[: len(table) - step] = table[step:]
    else:
        found[-step:] = table[:step]
    return found


def _mean(table: Floats, length: int) -> Floats:
    """Return the moving average over `length` rows."""
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(table, axis=0, dtype=np.float64)])
    at = np.arange(len(table))
    low, high = np.maximum(0, at - length // 2), np.minimum(len(table), at + length - length // 2)
    return np.asarray((sums[high] - sums[low]) / (high - low)[:, None], np.float32)
