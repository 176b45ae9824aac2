"""The sub-decoder: the fields of one note, one after another, from what the trunk tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jazzassist.neural.encoding import FIELD_CLASSES, FIELDS, HEARD, PITCH, PITCHES, QUARTERS_HERE, TARGETS
from jazzassist.training.network.pointers import Hints, KeyLogits

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Outlook:
    """What the trunk tells the sub-decoder: its outputs, (..., hidden), the first states that it makes of them,
    (..., decoder), and the hints of the pointers, where the network has any."""

    out: Tensor
    first: Tensor
    hints: Hints | None

    def flat(self) -> Outlook:
        """Of (batch, steps) the steps one after another."""
        hints = None if self.hints is None else self.hints.flat()
        return Outlook(self.out.flatten(0, 1), self.first.flatten(0, 1), hints)

    def first_row(self) -> Outlook:
        """Of (batch, steps) the steps of the first row."""
        hints = None if self.hints is None else self.hints.first_row()
        return Outlook(self.out[0], self.first[0], hints)

    def __getitem__(self, chosen: Tensor | tuple[slice, int]) -> Outlook:
        hints = None if self.hints is None else self.hints[chosen]
        return Outlook(self.out[chosen], self.first[chosen], hints)


class FieldCell(nn.GRUCell):
    """A GRU cell whose products with the weights of its input may be known already."""

    def products(self, values: Tensor) -> Tensor:
        """(..., 3 * size): of inputs, (..., size)."""
        return F.linear(values, self.weight_ih, self.bias_ih)

    def after(self, products: Tensor, state: Tensor) -> Tensor:
        """The next state of rows, (rows, size), given the products of their inputs, (rows, 3 * size)."""
        parts = [2 * self.hidden_size, self.hidden_size]
        gates, fresh = torch.split(products, parts, -1)
        own_gates, own_fresh = torch.split(F.linear(state, self.weight_hh, self.bias_hh), parts, -1)
        reset, kept = torch.split(torch.sigmoid(gates + own_gates), self.hidden_size, -1)
        new = torch.tanh(fresh + reset * own_fresh)
        found: Tensor = new + kept * (state - new)
        return found


class FieldDecoder(nn.Module):
    """Predicts the fields of one note, one after another, with a GRU cell. Drums have pitches of their own."""

    def __init__(self, size: int, heard: int, gap: int, hinted: bool) -> None:
        """`heard`: width of what the first state is made of but for the gap's `gap`; `hinted`: whether hints come."""
        super().__init__()
        self.start = nn.Linear(heard, size)
        self.gap = nn.Linear(gap, size)
        self.cell = FieldCell(size, size)
        classes = [count * (1 + (field == PITCH)) for field, count in enumerate(FIELD_CLASSES)]
        self.chosen = nn.ModuleList(nn.Embedding(count, size) for count in classes[:-1])
        self.heard_here = nn.Linear(QUARTERS_HERE * HEARD, size)
        self.heads = nn.ModuleList(nn.Linear(size, count) for count in classes)
        self.hinted = KeyLogits(size) if hinted else None

    def begin(self, out: Tensor, right: Tensor, instrument: Tensor, gap: Tensor) -> Tensor:
        """The state that predicts the first field, of the leading shape of `out`."""
        start = torch.tanh(self.start(torch.cat([out, right, instrument], -1)))
        size = int(start.shape[-1])
        known = self.gap(gap).to(start.dtype)
        state = self.cell(known.reshape(-1, size), start.reshape(-1, size))
        return cast(Tensor, state).view_as(start)

    def logits(
        self, field: int, state: Tensor, drums: Tensor | bool, hints: Hints | None = None, here: Tensor | None = None
    ) -> Tensor:
        """Logits of the field with index 0-4 (ahead, sub, pitch, duration, velocity); `drums`: for all rows, or each.

        `here`: what is heard at the onset, for a pitch that is given hints.
        """
        head = cast(nn.Linear, self.heads[field])
        if field == PITCH and isinstance(drums, bool):
            own = slice(PITCHES, None) if drums else slice(PITCHES)
            logits = F.linear(state, head.weight[own], head.bias[own])
        else:
            logits = head(state)
        if field == PITCH and not isinstance(drums, bool):
            logits = torch.where(drums[:, None], logits[:, PITCHES:], logits[:, :PITCHES])
        if hints is None or self.hinted is None:
            return logits
        if field != PITCH:
            return logits + self.hinted.of_field(FIELDS[field], state, hints).to(logits.dtype)
        if here is None:
            raise ValueError("a pitch that is given hints needs what is heard at its onset")
        return logits + self.hinted.of_pitch(state, drums, hints, here).to(logits.dtype)

    def choose(
        self, field: int, value: Tensor, state: Tensor, drums: Tensor | bool, heard_here: Tensor | None = None
    ) -> Tensor:
        """The state after `field` was given `value`; what is heard at the onset comes in with `sub` (1)."""
        if field == PITCH:
            value = value + PITCHES * drums
        chosen = self.chosen[field](value)
        if field == 1 and heard_here is not None:
            chosen = chosen + self.heard_here(heard_here)
        return cast(Tensor, self.cell(chosen.to(state.dtype), state))

    def choose_from_tables(
        self, field: int, value: Tensor, state: Tensor, drums: Tensor, heard_here: Tensor | None = None
    ) -> Tensor:
        """As `choose`, for few rows: from the cell's products of all classes, which are the same for every note.

        A program that runs the exported graph computes the tables once, when it opens it.
        """
        if field == PITCH:
            value = value + PITCHES * drums
        products = F.embedding(value, self.cell.products(cast(nn.Embedding, self.chosen[field]).weight))
        if field == 1 and heard_here is not None:
            cell, heard = self.cell, self.heard_here
            products = products + F.linear(heard_here, cell.weight_ih @ heard.weight, cell.weight_ih @ heard.bias)
        return self.cell.after(products, state)

    def teach(self, outlook: Outlook, batch: Batch, drums: Tensor | bool) -> list[Tensor]:
        """Logits of all fields with the true values of the fields before each; `outlook`: of steps in one row."""
        here = batch["heard_here"].flatten(0, 1)
        state, hints = outlook.first, outlook.hints
        logits = [self.logits(0, state, drums, hints)]
        for field, name in enumerate(TARGETS[:-1]):
            value = batch[name].flatten().clamp(min=0)
            state = self.choose(field, value, state, drums, here)
            logits.append(self.logits(field + 1, state, drums, hints, here))
        return logits


def field_losses(logits: list[Tensor], batch: Batch) -> list[Tensor]:
    """Cross-entropy in nats of each field at each step, (batch * steps,), 0 where the target is ignored."""
    pairs = zip(logits, TARGETS, strict=True)
    return [
        F.cross_entropy(out.float(), batch[name].flatten(), ignore_index=-1, reduction="none") for out, name in pairs
    ]
