"""Beat times to the millisecond, from coarse ones and the onsets near the places of their grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.beats.levels import places

Doubles = npt.NDArray[np.float64]

NEAR = 0.11  # of a beat: onsets further from every place that is tried say nothing
SMOOTH = 1.5  # beats: standard deviation of the window in which onsets are averaged
PULL = 1.0  # weight of the coarse beat, in onsets
STEADY = 0.012  # seconds: beats that lie this near to equal distances have equal distances
ROUNDS = 3


def refined(seconds: Doubles, chances: Doubles, beats: Doubles) -> Doubles:
    """The beats moved to where onsets on beats and halves of beats lie around them; rising."""
    found = beats
    for _ in range(ROUNDS):
        found = _moved(seconds, chances, found)
    steady = np.polyval(np.polyfit(np.arange(len(found)), found, 1), np.arange(len(found)))
    return np.asarray(steady if np.abs(found - steady).std() <= STEADY else found)


def _moved(seconds: Doubles, chances: Doubles, beats: Doubles) -> Doubles:
    at = places(seconds, beats)
    half = np.round(at * 2) / 2
    away = at - half
    on = half == np.round(half)
    weight = np.where(np.abs(away) < NEAR, np.where(on, chances, 0.3 * (1 - chances)), 0.0)
    beat = np.clip(np.round(half), 0, len(beats) - 1).astype(np.int64)
    size = len(beats)
    shift = np.bincount(beat, weight * away, minlength=size)
    total = np.bincount(beat, weight, minlength=size)
    reach = np.arange(-int(4 * SMOOTH), int(4 * SMOOTH) + 1)
    window = np.exp(-0.5 * (reach / SMOOTH) ** 2)
    shift, total = (np.convolve(np.pad(column, len(reach) // 2), window, "valid") for column in (shift, total))
    by = shift / (total + PULL)
    periods = np.gradient(beats)
    moved = beats + np.clip(by, -NEAR, NEAR) * periods
    return np.asarray(moved if (np.diff(moved) > 0.4 * np.diff(beats)).all() else beats)
