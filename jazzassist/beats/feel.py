"""How a grid is played: the swing of its eighths, and how late each line is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.beats.grid import Feel

Doubles = npt.NDArray[np.float64]

OFF = (0.42, 0.80)  # where second eighths begin, as shares of the beat
FEWEST, SHARE = 12, 0.08  # onsets there from which on a swing ratio is named, and their least share of all
NEAR = 1 / 8  # of a beat: onsets further from it are not meant on it
FEWEST_NOTES = 4


def swing_of(at: Doubles) -> float | None:
    """Where the second eighth begins, from the places of onsets in beats; None where too few are played.

    Sixteenths and triplets that fill the beat say nothing, so beats that have onsets elsewhere do not count.
    """
    beat, within = np.floor(at + NEAR / 2).astype(np.int64), (at + NEAR / 2) % 1 - NEAR / 2
    second = (within >= OFF[0]) & (within <= OFF[1])
    elsewhere = ~second & (within > NEAR)
    names, beat = np.unique(beat, return_inverse=True)  # few of the beats of a long pause have onsets
    size = len(names)
    busy = np.bincount(beat, elsewhere, minlength=size) + (np.bincount(beat, second, minlength=size) > 1)
    found = within[second & (busy[beat] == 0)]
    return float(np.median(found)) if len(found) >= max(FEWEST, SHARE * len(at)) else None


def feel_of(at: Doubles, milliseconds: Doubles, swing: float | None) -> Feel | None:
    """The feel of a line from the places of its onsets in beats and the length of each one's beat; None for too few."""
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
