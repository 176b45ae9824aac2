"""What the trunk attends to besides the note before: its own earlier outputs, and the notes after the gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from jazzassist.neural.encoding import AHEAD_HEADS, RECALLED

FORBIDDEN = float("-inf")


@dataclass(frozen=True)
class Following:
    """What follows the gap, as each step hears it.

    `last`: (batch, steps, right), the backward LSTM's state after the nearest note, or the learned "nothing known";
    `notes`: (1 or batch, notes, right), its outputs note by note; `pitch`: (1 or batch, notes); `heard`:
    (batch, steps, notes), which of the notes a step hears.
    """

    last: Tensor
    notes: Tensor
    pitch: Tensor
    heard: Tensor


@dataclass(frozen=True)
class Part:
    """Some of the vectors that are attended to.

    `keys`: (groups, heads, n, size); `values`: (groups, heads or 1, n, width); `reach`: bool, which of them each step
    may attend to, broadcast to (rows, heads, steps, n). The rows of a batch are split evenly among the groups, in
    order: one group is shared by all rows.
    """

    keys: Tensor
    values: Tensor
    reach: Tensor


def attend(query: Tensor, parts: list[Part], nothing: bool = False) -> Tensor:
    """(rows, heads, steps, width): scaled dot-product attention of queries, (rows, heads, steps, size), to all parts.

    `nothing`: whether there is also a key with score 0 and value 0. Vaswani et al. 2017, "Attention is all you need".
    """
    scores = [_products(query, part.keys.transpose(-1, -2)) * query.shape[-1] ** -0.5 for part in parts]
    masked = [score.masked_fill(~part.reach, FORBIDDEN) for score, part in zip(scores, parts, strict=True)]
    if nothing:
        masked.append(torch.zeros_like(masked[0][..., :1]))
    shares = torch.cat(masked, -1).softmax(-1).to(query.dtype)
    found, first = None, 0
    for part in parts:
        count = part.keys.shape[-2]
        mixed = _products(shares[..., first : first + count], part.values.to(shares.dtype))
        found, first = mixed if found is None else found + mixed, first + count
    assert found is not None
    return found


def _products(rows: Tensor, matrices: Tensor) -> Tensor:
    """(rows, heads, steps, width): each row, (rows, heads, steps, size), times its group's matrix.

    `matrices`: (groups, heads or 1, size, width).
    """
    count, heads, steps, size = rows.shape
    groups, own = matrices.shape[0], matrices.shape[1]
    if own == heads and count == groups:
        return rows @ matrices
    # All rows of a group that share a matrix are multiplied at once.
    each, sharing, width = count // groups, heads // own, matrices.shape[-1]
    together = rows.view(groups, each, own, sharing, steps, size).transpose(1, 2)
    found = together.reshape(groups, own, each * sharing * steps, size) @ matrices
    found = found.view(groups, own, each, sharing, steps, width).transpose(1, 2)
    return found.reshape(count, heads, steps, width)


def parted(vectors: Tensor, heads: int) -> Tensor:
    """(batch, heads, n, size) of vectors, (batch, n, heads * size)."""
    batch, count, size = vectors.shape
    return vectors.view(batch, count, heads, size // heads).transpose(1, 2)


def joined(vectors: Tensor) -> Tensor:
    """(batch, n, heads * size) of vectors, (batch, heads, n, size)."""
    return vectors.transpose(1, 2).flatten(2)


class Recall(nn.Module):
    """Attention of the trunk to its own earlier outputs, so that a motif can come back after many notes.

    One head without positions: what the LSTM knows of place and time is in its outputs.
    """

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__()
        self.query, self.key, self.value = nn.Linear(hidden, size), nn.Linear(hidden, size), nn.Linear(hidden, size)
        self.back = nn.Linear(size, hidden)

    def forward(self, out: Tensor, earlier: list[Part], reach: Tensor) -> Tensor:
        """What each of the outputs, (batch, steps, hidden), takes from those `earlier` and from each other.

        `reach`: (steps, steps), which of these outputs each may look at.
        """
        keys, values = self.remember(out)
        found = attend(self.query(out)[:, None], [*earlier, Part(keys[:, None], values[:, None], reach)])
        return cast(Tensor, self.back(found[:, 0]))

    def remember(self, out: Tensor) -> tuple[Tensor, Tensor]:
        """(keys, values) of outputs, each (batch, steps, size)."""
        return self.key(out), self.value(out)


class LookAhead(nn.Module):
    """Attention of the trunk to each note after the gap, as the backward LSTM heard it, or to none of them.

    A new one takes nothing, so that a network that learned without it can go on from where it is.
    """

    def __init__(self, hidden: int, right: int, size: int) -> None:
        super().__init__()
        self.query, self.key, self.value = nn.Linear(hidden, size), nn.Linear(right, size), nn.Linear(right, size)
        self.back = nn.Linear(size, hidden, bias=False)
        nn.init.zeros_(self.back.weight)

    def forward(self, out: Tensor, notes: Part) -> Tensor:
        """What each of the outputs, (batch, steps, hidden), takes from the notes: zeros where nothing is heard."""
        found = attend(parted(self.query(out), AHEAD_HEADS), [notes], nothing=True)
        return cast(Tensor, self.back(joined(found)))

    def remember(self, notes: Tensor) -> tuple[Tensor, Tensor]:
        """(keys, values) of the backward LSTM's outputs, (batch, notes, right), each (batch, heads, notes, size)."""
        return parted(self.key(notes), AHEAD_HEADS), parted(self.value(notes), AHEAD_HEADS)


def within_reach(steps: int, further: int = 0) -> Tensor:
    """(steps, steps): which of the steps up to itself each can look back on: the last RECALLED and `further` ones."""
    age = torch.arange(steps)[:, None] - torch.arange(steps)
    return (age >= 0) & (age < RECALLED + further)
