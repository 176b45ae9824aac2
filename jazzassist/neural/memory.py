"""What the seed did where the network felt as it does now: the vocabulary of this one piece.

A small network knows the music that it was trained on better than the piece that it is given. So its
chances are mixed with those of a cache: the notes of the seed, each weighted by how alike the trunk's
output before it is to the present one (Grave, Joulin and Usunier 2017, "Improving neural language
models with a continuous cache"). How much the cache counts is found on the seed itself, field by
field: much in a rag that comes back to its figures, next to nothing in a free solo.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from jazzassist.neural.encoding import FIELD_CLASSES, TARGETS
from jazzassist.training.network.fields import Batch
from jazzassist.training.network.network import Reading

FIELDS = (0, 2, 3)  # quarters ahead, pitch, duration; for the position in the quarter it helps nowhere
SHARPNESS = 16.0  # how much more the most alike notes count than others
FIRST = 4  # notes of the seed that nothing is asked of yet
EXPECTED, FIRMNESS = 0.02, 8.0  # the cache's share before the seed is known, and how many notes that is worth
ROUNDS = 10
TINY = 1e-9


@dataclass(frozen=True)
class Memory:
    """`outs`: (notes, hidden), each of length 1. By field: `classes`, (notes, classes), one-hot; `shares`, 0 to 1."""

    outs: Tensor
    classes: dict[int, Tensor]
    shares: dict[int, float]

    @staticmethod
    @torch.no_grad()
    def of(reading: Reading, batch: Batch) -> Memory | None:
        """The memory of the steps that were read, `batch` of one line; None where they are too few to tell."""
        count = len(reading.out)
        if count <= FIRST:
            return None
        outs = F.normalize(reading.out, dim=-1)
        earlier = torch.ones(count, count).tril(-1).bool()
        weights = (SHARPNESS * (outs @ outs.T)).masked_fill(~earlier, float("-inf")).softmax(-1)[FIRST:]
        classes, shares = {}, {}
        for field in FIELDS:
            targets = batch[TARGETS[field]][0, -count:]
            classes[field] = F.one_hot(targets, FIELD_CLASSES[field]).float()
            asked = targets[FIRST:, None]
            network = reading.logits[field][FIRST:].softmax(-1).gather(-1, asked)[:, 0]
            cache = (weights @ classes[field]).gather(-1, asked)[:, 0]
            shares[field] = best_share(network, cache)
        return Memory(outs, classes, shares)

    def weights(self, out: Tensor) -> Tensor:
        """(rows, notes): how much each note of the seed counts for outputs of the trunk, (rows, hidden)."""
        return (SHARPNESS * (F.normalize(out, dim=-1) @ self.outs.T)).softmax(-1)

    def mixed(self, field: int, logits: Tensor, weights: Tensor) -> Tensor:
        """Logits of a field, (rows, classes), with the seed's own in them."""
        share = self.shares.get(field, 0.0)
        if share == 0.0:
            return logits
        return torch.log((1 - share) * logits.softmax(-1) + share * (weights @ self.classes[field]) + TINY)


def best_share(network: Tensor, cache: Tensor) -> float:
    """The share of the cache under which what came, (notes,) by either's chances, is likeliest.

    By expectation and maximisation, from EXPECTED as FIRMNESS notes' worth of belief.
    """
    share = torch.tensor(0.1)
    for _ in range(ROUNDS):
        by_cache = share * cache / ((1 - share) * network + share * cache + TINY)
        share = (by_cache.sum() + EXPECTED * FIRMNESS) / (len(cache) + FIRMNESS)
    return float(share)
