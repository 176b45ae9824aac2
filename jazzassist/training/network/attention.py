"""What the trunk looks at beside the note before: its own earlier outputs, and the notes after the gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RECALLED = 160  # steps that the trunk can look back on: as many as a training window has


@dataclass(frozen=True)
class Following:
    """What follows the gap, as each step hears it.

    `last`: (batch, steps, right), the backward LSTM's state behind the nearest note, or the learned "nothing known";
    `notes`: (1 or batch, notes, right), its outputs note by note; `pitch`: (1 or batch, notes); `heard`:
    (batch, steps, notes), which of the notes a step hears.
    """

    last: Tensor
    notes: Tensor
    pitch: Tensor
    heard: Tensor


class Recall(nn.Module):
    """Attention of the trunk to its own earlier outputs, so that a motif can come back after many notes.

    One head without positions: what the LSTM knows of place and time is in its outputs.
    """

    def __init__(self, hidden: int, size: int) -> None:
        super().__init__()
        self.query, self.key, self.value = nn.Linear(hidden, size), nn.Linear(hidden, size), nn.Linear(hidden, size)
        self.back = nn.Linear(size, hidden)

    def forward(self, out: Tensor) -> Tensor:
        """What each of the outputs, (batch, steps, hidden), takes from those up to itself."""
        keys, values = self.remember(out)
        found = F.scaled_dot_product_attention(self.query(out), keys, values, is_causal=True)
        return cast(Tensor, self.back(found))

    def remember(self, out: Tensor) -> tuple[Tensor, Tensor]:
        """(keys, values) of outputs."""
        return self.key(out), self.value(out)

    def go_on(self, out: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """What each of the outputs, (batch, steps, hidden), takes from the last RECALLED up to itself.

        `keys`, `values`: of the outputs before them.
        """
        new_keys, new_values = self.remember(out)
        reach = within_reach(out.shape[1], keys.shape[1])
        keys, values = torch.cat([keys, new_keys], 1), torch.cat([values, new_values], 1)
        found = F.scaled_dot_product_attention(self.query(out), keys, values, attn_mask=reach)
        return cast(Tensor, self.back(found))


class LookAhead(nn.Module):
    """Attention of the trunk to each note after the gap, as the backward LSTM heard it; to none of them as well.

    A new one takes nothing, so that a network that learned without it can go on from where it is.
    """

    HEADS = 4

    def __init__(self, hidden: int, right: int, size: int) -> None:
        super().__init__()
        self.query, self.key, self.value = nn.Linear(hidden, size), nn.Linear(right, size), nn.Linear(right, size)
        self.back = nn.Linear(size, hidden, bias=False)
        nn.init.zeros_(self.back.weight)

    def forward(self, out: Tensor, following: Following) -> Tensor:
        """What each of the outputs, (batch, steps, hidden), takes from what follows: zeros where nothing is heard."""
        query, key, value = self.query(out), self.key(following.notes), self.value(following.notes)
        key, value = F.pad(key, (0, 0, 0, 1)), F.pad(value, (0, 0, 0, 1))  # the one that says nothing
        heard = F.pad(following.heard, (0, 1), value=True)[:, None]
        parts = [part.unflatten(-1, (self.HEADS, -1)).transpose(1, 2) for part in (query, key, value)]
        rows = len(out)
        query, key, value = (part.expand(rows, -1, -1, -1) for part in parts)
        found = F.scaled_dot_product_attention(query, key, value, attn_mask=heard)
        return cast(Tensor, self.back(found.transpose(1, 2).flatten(2)))


def within_reach(steps: int, earlier: int) -> Tensor:
    """(steps, earlier + steps): which of the steps up to itself each can look back on, the last RECALLED of them."""
    return torch.ones(steps, earlier + steps, dtype=torch.bool).tril(earlier).triu(earlier - RECALLED + 1)
