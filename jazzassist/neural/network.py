"""The LSTM: a trunk that steps from note to note, a sub-decoder for the fields of one note, and an ear to the right.

One step predicts one note, its fields one after another (onset, pitch, duration, velocity), each
given the ones before it: parallel heads lose much of the likelihood, a small recurrent decoder
across the fields keeps it (Nested Music Transformer, ISMIR 2024, table of head structures). What
follows the gap is read by a backward LSTM over the notes after it, from far to near, whose last
state every step of the gap hears (the idea of Anticipation-RNN, Hadjeres and Nielsen 2017, at the
level of notes).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jazzassist.neural.encoding import (
    AHEAD_CLASSES,
    BAR_LENGTHS,
    DURATIONS,
    GRID,
    HARMONY,
    HARMONY_AHEAD,
    INSTRUMENT_CLASSES,
    PITCHES,
    QUARTERS_IN_BAR,
    VELOCITIES,
)

TARGETS = ("target_ahead", "target_sub", "target_pitch", "target_duration", "target_velocity")
FIELD_CLASSES = (AHEAD_CLASSES, GRID, PITCHES, len(DURATIONS), VELOCITIES)

Batch = dict[str, Tensor]
State = list[tuple[Tensor, Tensor]]  # (h, c) of each layer, each (batch, hidden)


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes: units of the trunk's LSTM layers, of the sub-decoder, of the right context and of embeddings."""

    hidden: int = 384
    layers: int = 2
    decoder: int = 192
    right: int = 192
    right_notes: int = 48
    embedding: int = 48
    dropout: float = 0.15

    def as_dict(self) -> dict[str, int | float]:
        """Its fields by name, for the checkpoint's config."""
        return asdict(self)


class Network(nn.Module):
    """Maps batches of steps to the logits of their fields. Batches are as `steps.step_arrays` names them."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        size = config.embedding
        self.note = nn.ModuleDict(
            {
                "ahead": nn.Embedding(AHEAD_CLASSES, size),
                "sub": nn.Embedding(GRID, size),
                "pitch": nn.Embedding(PITCHES + 1, 64),
                "duration": nn.Embedding(len(DURATIONS), size),
                "velocity": nn.Embedding(VELOCITIES, 24),
            }
        )
        self.instrument = nn.Embedding(INSTRUMENT_CLASSES, 32)
        self.quarter = nn.Embedding(QUARTERS_IN_BAR, 24)
        self.bar_length = nn.Embedding(BAR_LENGTHS, 12)
        self.countdown = nn.ModuleDict(
            {
                "counting": nn.Embedding(2, 8),
                "left_log": nn.Embedding(10, 24),
                "left_quarters": nn.Embedding(34, 32),
                "left_sub": nn.Embedding(GRID + 1, 16),
                "wait": nn.Embedding(10, 12),
                "interval": nn.Embedding(50, 32),
            }
        )
        self.harmony_ahead = nn.Linear(HARMONY_AHEAD * HARMONY, 96)
        self.right_away, self.right_step = nn.Embedding(32, 32), nn.Embedding(16, 16)
        self.right = nn.LSTM(size * 2 + 64 + 24 + 48, config.right, batch_first=True)
        self.right_none = nn.Parameter(torch.zeros(config.right))
        width = size * 3 + 64 + 24 + 32 + 24 + 12 + 124 + 96 + config.right
        self.trunk = nn.LSTM(width, config.hidden, config.layers, batch_first=True, dropout=config.dropout)
        self.norm = nn.LayerNorm(config.hidden)
        self.drop = nn.Dropout(config.dropout)
        self.fields = FieldDecoder(config)

    def right_context(self, notes: Tensor, lengths: Tensor) -> Tensor:
        """(batch, slots + 1, right): what follows each gap, and last the learned "nothing known".

        `notes`: (batch, slots, right_notes, 6) as `encoding.right_fields`, near to far, padded;
        `lengths`: (batch, slots).
        """
        batch, slots, count, _ = notes.shape
        note = self.note
        parts = [self.right_away(notes[..., 0]), note["sub"](notes[..., 1]), note["pitch"](notes[..., 2])]
        parts += [note["duration"](notes[..., 3]), note["velocity"](notes[..., 4]), self.right_step(notes[..., 5])]
        far_to_near = torch.cat(parts, -1).flip(2).reshape(batch * slots, count, -1)
        # The padding stands first and is silenced, so a short right side only means a short warm-up.
        real = torch.arange(count, device=notes.device)[None] >= count - lengths.reshape(-1, 1)
        _, (last, _) = self.right(far_to_near * real.unsqueeze(-1))
        none = self.right_none.expand(batch, 1, -1).to(last.dtype)
        return torch.cat([last[-1].view(batch, slots, -1), none], 1)

    def step_inputs(self, batch: Batch, right: Tensor) -> tuple[Tensor, Tensor]:
        """(trunk input, countdown) of steps; `right`: (batch, steps, right), the context that each step hears."""
        note = self.note
        instrument = self.instrument(batch["instrument"])[:, None].expand(-1, right.shape[1], -1)
        counted = torch.cat([table(batch[name]) for name, table in self.countdown.items()], -1)
        before = [note[name](batch[f"previous_{name}"]) for name in ("ahead", "sub", "pitch", "duration", "velocity")]
        place = [instrument, self.quarter(batch["quarter"]), self.bar_length(batch["bar_length"])]
        inputs = torch.cat([*before, *place, counted, self.harmony_ahead(batch["harmony_ahead"]), right], -1)
        return inputs, counted

    def forward(self, batch: Batch) -> list[Tensor]:
        """Logits of the five fields, each (batch * steps, classes), given the targets before each field."""
        contexts = self.right_context(batch["right"], batch["right_length"])
        slot = batch["slot"].unsqueeze(-1).expand(-1, -1, contexts.shape[-1])
        right = contexts.gather(1, slot)
        inputs, counted = self.step_inputs(batch, right)
        out, _ = self.trunk(self.drop(inputs))
        out = self.drop(self.norm(out))
        instrument = self.instrument(batch["instrument"])[:, None].expand(-1, out.shape[1], -1)
        state = self.fields.begin(out, right.to(out.dtype), instrument.to(out.dtype), counted.to(out.dtype))
        return self.fields.teach(state.flatten(0, 1), batch)

    def first_state(self, batch: int) -> State:
        """Zeros for `batch` lines."""
        zeros = torch.zeros(batch, self.config.hidden)
        return [(zeros, zeros) for _ in range(self.config.layers)]

    def read(self, batch: Batch) -> State:
        """The trunk's state after the given steps, all outside a gap; batch of one line."""
        steps = batch["previous_ahead"].shape[1]
        right = self.right_none.expand(1, steps, -1)
        inputs, _ = self.step_inputs(batch, right)
        _, (hidden, cell) = self.trunk(inputs)
        return [(hidden[layer], cell[layer]) for layer in range(self.config.layers)]

    def step(self, batch: Batch, right: Tensor, state: State) -> tuple[Tensor, State]:
        """(sub-decoder state, trunk state) after one step; batch rows are candidates, arrays (batch, 1, ...).

        Plain matrix products: stepping nn.LSTM would repack its weights at every call.
        """
        inputs, counted = self.step_inputs(batch, right[:, None])
        out, after = inputs[:, 0], []
        for layer, (hidden, cell) in enumerate(state):
            hidden, cell = _lstm_cell(self.trunk, layer, out, hidden, cell)
            after.append((hidden, cell))
            out = hidden
        instrument = self.instrument(batch["instrument"])
        return self.fields.begin(self.norm(out), right, instrument, counted[:, 0]), after


class FieldDecoder(nn.Module):
    """Predicts the fields of one note, one after another, with a GRU cell."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        size = config.decoder
        self.start = nn.Linear(config.hidden + config.right + 32, size)
        self.countdown = nn.Linear(124, size)
        self.cell = nn.GRUCell(size, size)
        self.chosen = nn.ModuleList(nn.Embedding(classes, size) for classes in FIELD_CLASSES[:-1])
        self.harmony_here = nn.Linear(2 * HARMONY, size)
        self.heads = nn.ModuleList(nn.Linear(size, classes) for classes in FIELD_CLASSES)

    def begin(self, out: Tensor, right: Tensor, instrument: Tensor, counted: Tensor) -> Tensor:
        """The state that predicts the first field, of the leading shape of `out`."""
        start = torch.tanh(self.start(torch.cat([out, right, instrument], -1)))
        shape = start.shape
        counted = self.countdown(counted).to(start.dtype)
        state = self.cell(counted.reshape(-1, shape[-1]), start.reshape(-1, shape[-1]))
        return cast(Tensor, state).view(shape)

    def logits(self, field: int, state: Tensor) -> Tensor:
        """Logits of the field with index 0-4 (ahead, sub, pitch, duration, velocity)."""
        return cast(Tensor, self.heads[field](state))

    def choose(self, field: int, value: Tensor, state: Tensor, harmony_here: Tensor | None = None) -> Tensor:
        """The state after `field` was given `value`; the harmony at the onset comes with the field `sub` (1)."""
        chosen = self.chosen[field](value)
        if harmony_here is not None:
            chosen = chosen + self.harmony_here(harmony_here)
        return cast(Tensor, self.cell(chosen.to(state.dtype), state))

    def teach(self, state: Tensor, batch: Batch) -> list[Tensor]:
        """Logits of all fields with the true values of the fields before each."""
        logits = [self.logits(0, state)]
        here = batch["harmony_here"].flatten(0, 1)
        for field, name in enumerate(TARGETS[:-1]):
            value = batch[name].flatten().clamp(min=0)
            state = self.choose(field, value, state, here if field == 1 else None)
            logits.append(self.logits(field + 1, state))
        return logits


def _lstm_cell(lstm: nn.LSTM, layer: int, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """One step of one layer of `lstm`, in torch's order of gates: input, forget, cell, output."""
    into, over = getattr(lstm, f"weight_ih_l{layer}"), getattr(lstm, f"weight_hh_l{layer}")
    bias = getattr(lstm, f"bias_ih_l{layer}") + getattr(lstm, f"bias_hh_l{layer}")
    gates = F.linear(x, into, bias) + F.linear(hidden, over)
    let_in, forget, new, let_out = gates.chunk(4, -1)
    cell = torch.sigmoid(forget) * cell + torch.sigmoid(let_in) * torch.tanh(new)
    return torch.sigmoid(let_out) * torch.tanh(cell), cell


def field_losses(logits: list[Tensor], batch: Batch) -> list[Tensor]:
    """Cross-entropy in nats of each field at each step, (batch * steps,), 0 where the target is ignored."""
    pairs = zip(logits, TARGETS, strict=True)
    return [
        F.cross_entropy(out.float(), batch[name].flatten(), ignore_index=-1, reduction="none") for out, name in pairs
    ]
