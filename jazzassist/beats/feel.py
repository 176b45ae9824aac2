"""The feel of a performance: the swing ratio of eighths, and how late each line is played."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.beats.grid import Feel

Doubles = npt.NDArray[np.float64]

OFF = (0.42, 0.80)  # range of second eighths, as fractions of the beat
FEWEST, SHARE = 12, 0.08  # minimum number of second eighths for a swing ratio, and their minimum share of all onsets
NEAR = 1 / 8  # fraction of a beat: onsets further away are not on the beat
FEWEST_NOTES = 4


def swing_of(at: Doubles) -> float | None:
    """Return the position of the second eighth as a fraction of the beat; None if there are too few.

    `at`: positions of onsets in beats. Beats with other onsets (sixteenths, triplets) are ignored, because they do
    not show a swing ratio.
    """
    beat, within = np.floor(at + NEAR / 2).astype(np.int64), (at + NEAR / 2) % 1 - NEAR / 2
    second = (within >= OFF[0]) & (within <= OFF[1])
    elsewhere = ~second & (within > NEAR)
    names, beat = np.unique(beat, return_inverse=True)  # skips the empty beats of long pauses
    size = len(names)
    busy = np.bincount(beat, elsewhere, minlength=size) + (np.bincount(beat, second, minlength=size) > 1)
    found = within[second & (busy[beat] == 0)]
    return float(np.median(found)) if len(found) >= max(FEWEST, SHARE * len(at)) else None


def feel_of(at: Doubles, milliseconds: Doubles, swing: float | None) -> Feel | None:
    """Return the feel of a line; None if it has too few onsets.

    `at`: positions of its onsets in beats. `milliseconds`: the length of the beat at each onset.
    """
    if not len(at):
        return None
    targets = np.array([0.0, swing if swing is not None else 0.5, 1.0])
    within = at % 1
    away = within[:, None] - targets[None, :]
    nearest = np.abs(away).argmin(1)
    near = np.abs(away).min(1) <= NEAR
    if near.sum() < FEWEST_NOTES:
        return None
    late = (away[np.arange(len(at)), nearest] * milliseconds)[near]
    return Feel(float(np.median(late)), float(late.std()), int(near.sum()))
