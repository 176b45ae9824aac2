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
    scaled = query * int(query.shape[-1]) ** -0.5
    scores = [_products(scaled, part.keys.transpose(-1, -2)) for part in parts]
    masked = [torch.where(part.reach, score, FORBIDDEN) for score, part in zip(scores, parts, strict=True)]
    if nothing:
        masked.append(torch.zeros_like(masked[0][..., :1]))
    shares = torch.cat(masked, -1).softmax(-1).to(query.dtype)
    found, first = None, 0
    for part in parts:
        count = fixed(part.keys.shape[-2])
        mixed = _products(shares[..., first : first + count], part.values.to(shares.dtype))
        found, first = mixed if found is None else found + mixed, first + count
    assert found is not None
    return found


def _products(rows: Tensor, matrices: Tensor) -> Tensor:
    """(rows, heads, steps, width): each row, (rows, heads, steps, size), times its group's matrix.

    `matrices`: (groups, heads or 1, size, width).
    """
    heads, steps, size = int(rows.shape[1]), fixed(rows.shape[2]), matrices.shape[-2]
    groups, own, width = fixed(matrices.shape[0]), int(matrices.shape[1]), matrices.shape[-1]
    if own == heads and rows.shape[0] == groups:
        return rows @ matrices
    # All rows of a group that share a matrix are multiplied at once.
    if own == 1:
        return (rows.reshape(groups, 1, -1, size) @ matrices).view(-1, heads, steps, width)
    together = rows.view(groups, -1, heads * steps, size).transpose(1, 2) if steps == 1 else _by_head(rows, groups)
    found = together @ matrices
    if steps == 1:
        return found.transpose(1, 2).reshape(-1, heads, 1, width)
    found = found.view(groups, heads, -1, steps, width).transpose(1, 2)
    return found.reshape(-1, heads, steps, width)


def _by_head(rows: Tensor, groups: int) -> Tensor:
    """(groups, heads, rows of a group * steps, size) of rows, (rows, heads, steps, size)."""
    heads, steps, size = rows.shape[1:]
    return rows.view(groups, -1, heads, steps, size).transpose(1, 2).reshape(groups, heads, -1, size)


def fixed(size: int) -> int:
    """The size of a dimension. One that is 1 in the example of a traced graph is always 1 there, and costs nothing."""
    return 1 if size == 1 else size


def parted(vectors: Tensor, heads: int) -> Tensor:
    """(batch, heads, n, size) of vectors, (batch, n, heads * size)."""
    return vectors.view(-1, fixed(vectors.shape[1]), heads, int(vectors.shape[2]) // heads).transpose(1, 2)


def joined(vectors: Tensor) -> Tensor:
    """(batch, n, heads * size) of vectors, (batch, heads, n, size)."""
    width = int(vectors.shape[1]) * int(vectors.shape[3])
    return vectors.transpose(1, 2).reshape(-1, fixed(vectors.shape[2]), width)


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
