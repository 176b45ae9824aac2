"""Arrays of steps as the network takes them: tensors by name, rows of unequal length as one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import torch

from jazzassist.neural.encoding import Floats, Ints
from jazzassist.neural.steps import IGNORED, NO_SLOT, Arrays
from jazzassist.training.network.fields import Batch


def tensors(arrays: Mapping[str, Ints | Floats]) -> Batch:
    """Numpy arrays as tensors, without copying."""
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}


def stacked(rows: Sequence[Arrays], right_notes: int) -> Batch:
    """Rows of arrays by name, (steps, ...), padded to the longest: (rows, steps, ...); padded targets are ignored.

    Rows without `right` and `right_length` get right contexts that no step hears; scalars are stacked as they are.
    """
    most = max(len(row["target_ahead"]) for row in rows)
    count = len(rows)
    found: Arrays = {
        "right": np.zeros((count, NO_SLOT, right_notes, 6), np.int64),
        "right_length": np.zeros((count, NO_SLOT), np.int64),
    }
    whole = {"right", "right_length", "instrument"}
    for name in rows[0]:
        parts = [row[name] if name in whole else _fit(row[name], most, name) for row in rows]
        found[name] = cast(Ints | Floats, np.stack(parts))
    return tensors(found)


def _fit(array: Ints | Floats, steps: int, name: str) -> Ints | Floats:
    filler = IGNORED if name.startswith("target_") else 0
    fitted = np.full((steps, *array.shape[1:]), filler, array.dtype)
    fitted[: len(array)] = array
    return fitted
