"""The chord model: probabilities of each chord in each quarter, from the notes around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from jazzassist.harmony.features import INPUTS, Floats, seen_from
from jazzassist.harmony.qualities import QUALITIES, STATES

Ints = npt.NDArray[np.int64]


class ModelError(Exception):
    """A chord model cannot be used. The message is one sentence that names the file."""


@dataclass(frozen=True)
class ChordModel:
    """The weights written by `training.chord_training`.

    `first`, `second`: (weight, bias) of the two layers. `moves`: probabilities of the next chord, (quality, interval,
    quality). `changes`: probabilities of a chord change, (quarters per bar, quarter). `priors`: (quality,).
    """

    first: tuple[Floats, Floats]
    second: tuple[Floats, Floats]
    moves: Floats
    changes: Floats
    priors: Floats

    @staticmethod
    def load(path: Path) -> ChordModel:
        """Load a safetensors file. Raises ModelError if it is missing, damaged or has other sizes."""
        try:
            found = load_file(path)
            model = ChordModel(
                (found["first.weight"], found["first.bias"]),
                (found["second.weight"], found["second.bias"]),
                found["moves"],
                found["changes"],
                found["priors"],
            )
        except (OSError, SafetensorError, KeyError) as error:
            raise ModelError(f"{path} cannot be read as a chord model.") from error
        if not model._fits:
            raise ModelError(f"{path} is a chord model with sizes that this version does not support.")
        return model

    @property
    def _fits(self) -> bool:
        kinds = len(QUALITIES)
        hidden = len(self.first[1])
        shapes = [(hidden, INPUTS), (hidden,), (kinds, hidden), (kinds,), (kinds, 12, kinds), (kinds,)]
        arrays = [*self.first, *self.second, self.moves, self.priors]
        return all(a.shape == s and np.isfinite(a).all() for a, s in zip(arrays, shapes, strict=True))

    def logits(self, view: Floats) -> Floats:
        """Return the logits, (quarters, STATES), for the features of `features.inputs`."""
        found = [self._seen_from(view, root) for root in range(12)]
        return np.stack(found, axis=1).reshape(len(view), STATES)

    def _seen_from(self, view: Floats, root: int) -> Floats:
        hidden = np.maximum(seen_from(view, root) @ self.first[0].T + self.first[1], 0)
        return np.asarray(hidden @ self.second[0].T + self.second[1], np.float32)

    @cached_property
    def log_moves(self) -> Floats:
        """Return (STATES, STATES): log probabilities of the next state, given that the state changes."""
        kinds = len(QUALITIES)
        states = np.arange(STATES)
        root, kind = states // kinds, states % kinds
        interval = (root[None, :] - root[:, None]) % 12
        return np.asarray(np.log(self.moves[kind[:, None], interval, kind[None, :]]), np.float32)

    def change_chances(self, bars: Ints, beats: Ints) -> Floats:
        """Return the probabilities of a chord change. `bars`: bar lengths; `beats`: positions in them, in quarters."""
        rows, columns = self.changes.shape
        return np.asarray(self.changes[np.minimum(bars, rows - 1), np.minimum(beats, columns - 1)])
