"""The chord model: chances of each chord in each quarter, from what sounds around it."""

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
    """A chord model cannot be used; the message is one sentence that names the file."""


@dataclass(frozen=True)
class ChordModel:
    """Weights as `training.chord_training` writes them.

    `first`, `second`: (weight, bias) of the two layers. `moves`: (quality, interval, quality) chances of the next
    chord. `changes`: (quarters in the bar, quarter) chances that the chord changes there. `priors`: (quality,).
    """

    first: tuple[Floats, Floats]
    second: tuple[Floats, Floats]
    moves: Floats
    changes: Floats
    priors: Floats

    @staticmethod
    def load(path: Path) -> ChordModel:
        """The model in a safetensors file; ModelError when it is missing, damaged or of other sizes."""
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
            raise ModelError(f"{path} is a chord model of other sizes than this version's.")
        return model

    @property
    def _fits(self) -> bool:
        kinds = len(QUALITIES)
        hidden = len(self.first[1])
        shapes = [(hidden, INPUTS), (hidden,), (kinds, hidden), (kinds,), (kinds, 12, kinds), (kinds,)]
        arrays = [*self.first, *self.second, self.moves, self.priors]
        return all(a.shape == s and np.isfinite(a).all() for a, s in zip(arrays, shapes, strict=True))

    def logits(self, view: Floats) -> Floats:
        """(quarters, STATES) from the view of `features.inputs`."""
        found = [self._seen_from(view, root) for root in range(12)]
        return np.stack(found, axis=1).reshape(len(view), STATES)

    def _seen_from(self, view: Floats, root: int) -> Floats:
        hidden = np.maximum(seen_from(view, root) @ self.first[0].T + self.first[1], 0)
        return np.asarray(hidden @ self.second[0].T + self.second[1], np.float32)

    @cached_property
    def log_moves(self) -> Floats:
        """(STATES, STATES): log chances of the state after another, given that it changes."""
        kinds = len(QUALITIES)
        states = np.arange(STATES)
        root, kind = states // kinds, states % kinds
        interval = (root[None, :] - root[:, None]) % 12
        return np.asarray(np.log(self.moves[kind[:, None], interval, kind[None, :]]), np.float32)

    def change_chances(self, bars: Ints, beats: Ints) -> Floats:
        """The chances that the chord changes at places in bars; `bars`: their lengths, `beats`: the quarter in each."""
        rows, columns = self.changes.shape
        return np.asarray(self.changes[np.minimum(bars, rows - 1), np.minimum(beats, columns - 1)])
