"""Long lines in windows, and windows of unequal length as one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jazzassist.neural.generation import tensors
from jazzassist.neural.network import Batch
from jazzassist.neural.steps import IGNORED, NO_SLOT, Arrays


@dataclass(frozen=True)
class Window:
    """Steps [low, high) of a line are heard; those from `scored` on count."""

    low: int
    high: int
    scored: int


def windows(count: int, size: int, context: int) -> list[Window]:
    """Windows of at most `size` steps that together score each of `count` steps once.

    Every scored step has at least `context` steps before it in its window, or all that there are; half a
    window where no window holds so many.
    """
    context = context if context < size else size // 2
    found: list[Window] = []
    done = 0
    while done < count:
        low = max(0, done - context)
        high = min(count, low + size)
        found.append(Window(low, high, done))
        done = high
    return found


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
        found[name] = np.stack(parts)
    return tensors(found)


def _fit(array: np.ndarray, steps: int, name: str) -> np.ndarray:
    filler = IGNORED if name.startswith("target_") else 0
    fitted = np.full((steps, *array.shape[1:]), filler, array.dtype)
    fitted[: len(array)] = array
    return fitted
