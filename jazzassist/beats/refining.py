"""Refinement of coarse beat times to the millisecond, by the onsets near the grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.beats.levels import places

Doubles = npt.NDArray[np.float64]

NEAR = 0.11  # fraction of a beat: onsets further from all grid positions are ignored
SMOOTH = 1.5  # standard deviation of the averaging window in beats
PULL = 1.0  # weight of a coarse beat, as a number of onsets
STEADY = 0.012  # seconds: beats this close to equal spacing are spaced equally
ROUNDS = 3


def refined(seconds: Doubles, chances: Doubles, beats: Doubles) -> Doubles:
    """Return the beats, in seconds, moved towards nearby onsets on beats and half beats. They stay increasing."""
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
