"""Chooses which of several readings of one pulse is the beat: twice or half as fast, or shifted to the offbeat."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.beats.onsets import FEATURES, Floats, Onsets

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PLACES = ((0, 24), (12,), (6,), (18,), (8, 7, 9), (16, 15, 17))  # 24ths of a beat told apart
INPUTS = 4 + 2 * len(PLACES) + 3 * FEATURES + 2


def places(seconds: Doubles, beats: Doubles) -> Doubles:
    """Where onsets lie in beats, counted from the first beat; beyond the ends at the tempo there."""
    at = np.interp(seconds, beats, np.arange(len(beats)))
    early = np.minimum(0, seconds - beats[0]) / (beats[1] - beats[0])
    late = np.maximum(0, seconds - beats[-1]) / (beats[-1] - beats[-2])
    return np.asarray(at + early + late)


def view(onsets: Onsets, chances: Doubles, beats: Doubles) -> Floats:
    """(INPUTS,): features of beats at rising times (seconds), from which the model tells whether a listener taps them.

    `chances`: of each onset to be on a beat, by its accents.
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
    """The mean of each accent there; zeros where there is nothing."""
    return [float(x) for x in accents[where].sum(0) / max(1, int(where.sum()))]


def variants(beats: Doubles) -> list[Doubles]:
    """The beats, every other one (both ways), twice as many, and those half a beat later, where they are enough."""
    between = (beats[1:] + beats[:-1]) / 2
    twice = np.sort(np.concatenate([beats, between]))
    return [found for found in (beats, beats[::2], beats[1::2], twice, between) if len(found) >= 4]
