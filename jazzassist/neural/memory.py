"""What the seed did where the network felt as it does now: the vocabulary of this one piece.

A small network knows the music that it was trained on better than the piece that it is given. So its
chances are mixed with those of a cache: the notes of the seed, each weighted by how alike the trunk's
output before it is to the present one (Grave, Joulin and Usunier 2017, "Improving neural language
models with a continuous cache"). How much the cache counts is found on the seed itself, field by
field: much in a rag that comes back to its figures, next to nothing in a free solo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import FIELD_CLASSES, TARGETS, Floats, Ints
from jazzassist.neural.sampling import softmax

FIELDS = (0, 2, 3)  # quarters ahead, pitch, duration; for the position in the quarter it helps nowhere
SHARPNESS = 16.0  # how much more the most alike notes count than others
FIRST = 4  # notes of the seed that nothing is asked of yet
EXPECTED, FIRMNESS = 0.02, 8.0  # the cache's share before the seed is known, and how many notes that is worth
ROUNDS = 10
TINY = 1e-9


class Read(Protocol):
    """Steps that were read: the trunk's outputs, (steps, hidden), and the logits of each field, (steps, classes)."""

    @property
    def out(self) -> Floats:
        """(steps, hidden)."""

    @property
    def logits(self) -> Sequence[Floats]:
        """Of each field (steps, classes)."""


class Expected(NamedTuple):
    """The simplest `Read`."""

    out: Floats
    logits: list[Floats]


@dataclass(frozen=True)
class Memory:
    """`outs`: (notes, hidden), each of length 1. By field: `classes`, (notes, classes), one-hot; `shares`, 0 to 1.

    Of the steps that were read, by field, (notes,): `targets`, what came, and `own`, the chances that it had been
    given, the memory of the notes before it included.
    """

    outs: Floats
    classes: dict[int, Floats]
    shares: dict[int, float]
    targets: list[Ints]
    own: list[Floats]

    @staticmethod
    def of(reading: Read, batch: Mapping[str, npt.NDArray[Any]]) -> Memory | None:
        """The memory of the steps that were read; None where they are too few.

        `batch`: the targets of the steps by name, (1, steps).
        """
        count = len(reading.out)
        if count <= FIRST:
            return None
        outs: Floats = reading.out / _lengths(reading.out)
        earlier = np.tri(count, k=-1, dtype=np.bool_)
        weights = softmax(np.where(earlier, SHARPNESS * (outs @ outs.T), -np.inf)[FIRST:].astype(np.float32))
        asked = np.arange(count)
        targets = [batch[name][0, -count:] for name in TARGETS]
        own = [softmax(logits)[asked, target] for logits, target in zip(reading.logits, targets, strict=True)]
        classes, shares = {}, {}
        for field in FIELDS:
            classes[field] = np.eye(FIELD_CLASSES[field], dtype=np.float32)[targets[field]]
            cache = (weights @ classes[field])[asked[: count - FIRST], targets[field][FIRST:]]
            shares[field] = best_share(own[field][FIRST:], cache)
            own[field][FIRST:] += shares[field] * (cache - own[field][FIRST:])
        return Memory(outs, classes, shares, targets, own)

    def weights(self, out: Floats) -> Floats:
        """(rows, notes): how much each note of the seed counts for outputs of the trunk, (rows, hidden)."""
        return softmax((out @ self.outs.T) * (SHARPNESS / _lengths(out)))

    def mixed(self, field: int, chances: Floats, weights: Floats) -> Floats:
        """The chances of a field, (rows, classes), mixed with what the seed did."""
        share = self.shares.get(field, 0.0)
        if share == 0.0:
            return chances
        return np.asarray((share * weights) @ self.classes[field] + (1 - share) * chances)


def best_share(network: npt.NDArray[np.floating[Any]], cache: npt.NDArray[np.floating[Any]]) -> float:
    """The share of the cache under which what came, (notes,) by either's chances, is likeliest.

    By expectation and maximisation, from EXPECTED as FIRMNESS notes' worth of belief.
    """
    share = 0.1
    for _ in range(ROUNDS):
        by_cache = share * cache / ((1 - share) * network + share * cache + TINY)
        share = (float(by_cache.sum()) + EXPECTED * FIRMNESS) / (len(cache) + FIRMNESS)
    return share


def _lengths(vectors: Floats) -> Floats:
    """(..., 1): the lengths of vectors, (..., size)."""
    squares: Floats = (vectors * vectors).sum(-1, keepdims=True)
    found: Floats = np.maximum(np.sqrt(squares), np.float32(1e-12))
    return found
