"""The trained model of the beat tracker: probabilities of onsets, of metrical levels and of downbeats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from jazzassist import paths
from jazzassist.beats import bars, levels
from jazzassist.beats.onsets import FEATURES, Floats, Onsets

Doubles = npt.NDArray[np.float64]

NEIGHBOURS = 6  # onsets before and after one with which its accents are compared
PLACES = 24  # positions in a beat with a known share of onsets
ACCENT_INPUTS = 2 * FEATURES + 1
LEAST, MOST = 0.03, 0.97  # probabilities are clipped to this range


class BeatModelError(Exception):
    """A beat model cannot be used. The message is one sentence that names the file."""


@dataclass(frozen=True)
class Net:
    """A network of two layers with weights (hidden, inputs), (hidden,), (hidden,), (1,)."""

    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats

    def logits(self, view: Floats) -> Doubles:
        """Return the logits, (rows,), for inputs of shape (rows, inputs)."""
        hidden = np.maximum(view @ self.first.T + self.first_bias, 0)
        return np.asarray(hidden @ self.second + self.second_bias[0], np.float64)

    def fits(self, inputs: int) -> bool:
        """Return True if the shapes are consistent and all weights are finite."""
        hidden = len(self.first_bias)
        shapes = ((hidden, inputs), (hidden,), (hidden,), (1,))
        arrays = (self.first, self.first_bias, self.second, self.second_bias)
        return all(a.shape == s and bool(np.isfinite(a).all()) for a, s in zip(arrays, shapes, strict=True))


@dataclass(frozen=True)
class BeatModel:
    """The weights written by `training.beat_training`.

    `accents`: (ACCENT_INPUTS,), logistic regression: whether an onset is on a beat. `masses`: (PLACES,), share of
    onsets at each 24th of a beat. `level`: network on `levels.view` that scores a metrical level. `bar`: network on
    `bars.view` that decides whether a beat begins a bar.
    """

    accents: Doubles
    masses: Doubles
    level: Net
    bar: Net

    @staticmethod
    def load(path: Path) -> BeatModel:
        """Load a safetensors file. Raises BeatModelError if it is missing, damaged or has other sizes."""
        try:
            found = load_file(path)
            nets = [Net(*(found[f"{name}.{part}"] for part in PARTS)) for name in ("level", "bar")]
            model = BeatModel(found["accents"].astype(np.float64), found["masses"].astype(np.float64), *nets)
        except (OSError, SafetensorError, KeyError) as error:
            raise BeatModelError(f"{path} cannot be read as a beat model.") from error
        if not model._fits:
            raise BeatModelError(f"{path} is a beat model with sizes that this version does not support.")
        return model

    @property
    def _fits(self) -> bool:
        plain = self.accents.shape == (ACCENT_INPUTS,) and self.masses.shape == (PLACES,)
        good = bool(np.isfinite(self.accents).all() and (self.masses > 0).all())
        return plain and good and self.level.fits(levels.INPUTS) and self.bar.fits(bars.INPUTS)

    def on_beat(self, onsets: Onsets) -> Doubles:
        """Return (onsets,): the probability of each onset to be on a beat, by its accents alone."""
        return np.asarray(np.clip(_sigmoid(accent_view(onsets) @ self.accents), LEAST, MOST))

    def level_chances(self, onsets: Onsets, chances: Doubles, readings: list[Doubles]) -> Doubles:
        """Return (readings,): the probability of each candidate to be the beat; they add up to 1."""
        logits = self.level.logits(np.stack([levels.view(onsets, chances, beats) for beats in readings]))
        found = np.exp(logits - logits.max())
        return np.asarray(found / found.sum())

    def bar_chances(self, onsets: Onsets, beats: Doubles) -> Doubles:
        """Return (beats,): the probability of each beat to begin a bar."""
        return np.asarray(_sigmoid(self.bar.logits(bars.view(onsets, beats))))


PARTS = ("first", "first_bias", "second", "second_bias")


def accent_view(onsets: Onsets) -> Doubles:
    """Return (onsets, ACCENT_INPUTS): the accents of each onset, their excess over neighbouring onsets, and 1."""
    own = onsets.accents.astype(np.float64)
    sums = np.concatenate([np.zeros((1, FEATURES)), np.cumsum(own, 0)])
    at = np.arange(len(own))
    low, high = np.maximum(0, at - NEIGHBOURS), np.minimum(len(own), at + NEIGHBOURS + 1)
    mean = (sums[high] - sums[low]) / np.maximum(1, high - low)[:, None]
    return np.concatenate([own, own - mean, np.ones((len(own), 1))], axis=1)


@cache
def shipped_model() -> BeatModel:
    """Load the model that is shipped with the program. Raises BeatModelError if it cannot be read."""
    return BeatModel.load(paths.models() / "beats-1" / "weights.safetensors")


def _sigmoid(logits: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))
