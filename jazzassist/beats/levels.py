"""Choice of the metrical level: which of several candidates (double or half tempo, offbeats) is the beat."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.beats.onsets import FEATURES, Floats, Onsets

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PLACES = ((0, 24), (12,), (6,), (18,), (8, 7, 9), (16, 15, 17))  # positions in 24ths of a beat that are distinguished
INPUTS = 4 + 2 * len(PLACES) + 3 * FEATURES + 2


def places(seconds: Doubles, beats: Doubles) -> Doubles:
    """Return the positions of onsets in beats from the first beat. The tempo is extrapolated at both ends."""
    at = np.interp(seconds, beats, np.arange(len(beats)))
    early = np.minimum(0, seconds - beats[0]) / (beats[1] - beats[0])
    late = np.maximum(0, seconds - beats[-1]) / (beats[-1] - beats[-2])
    return np.asarray(at + early + late)


def view(onsets: Onsets, chances: Doubles, beats: Doubles) -> Floats:
    """Return the model input, (INPUTS,), for candidate beats at increasing times in seconds.

    `chances`: (onsets,), the probability of each onset to be on a beat by its accents.
    """
    at = places(onsets.seconds, beats)
    cell = np.round((at - np.floor(at)) * 24).astype(np.int64)
    count = len(beats)
    speed = np.log2(60 / np.median(np.diff(beats)) / 100)
    density = np.log2(max(0.05, len(at) / count))
    found = [speed, speed**2, density, density**2]
    for keys in PLACES:
        here = np.isin(cell, keys)
        found += [float(here.mean()), float((here * chances).sum() / len(at))]
    nearest = np.round(at).astype(np.int64)
    on, off = np.isin(cell, (23, 0, 1, 24)), np.isin(cell, (11, 12, 13))
    even = on & (nearest % 2 == 0)
    found += [*_mean(onsets.accents, on), *_mean(onsets.accents, off)]
    per_beat = 2 / count
    found += list(np.abs(onsets.accents[even].sum(0) - onsets.accents[on & ~even].sum(0)) * per_beat)
    filled = len(np.unique(nearest[on])) / count
    found += [filled, abs(len(np.unique(nearest[even])) - len(np.unique(nearest[on & ~even]))) * per_beat]
    return np.asarray(found, np.float32)


def _mean(accents: Floats, where: npt.NDArray[np.bool_]) -> list[float]:
    """Return the mean of each accent under a mask; zeros if it is empty."""
    return [float(x) for x in accents[where].sum(0) / max(1, int(where.sum()))]


def variants(beats: Doubles) -> list[Doubles]:
    """Return the candidates: the beats, every other one (both phases), twice as many, and the offbeats."""
    between = (beats[1:] + beats[:-1]) / 2
    twice = np.sort(np.concatenate([beats, between]))
    return [found for found in (beats, beats[::2], beats[1::2], twice, between) if len(found) >= 4]
