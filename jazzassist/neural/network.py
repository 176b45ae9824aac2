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
    DENSITIES,
    DRUMS,
    DURATIONS,
    GRID,
    HEARD,
    INSTRUMENT_CLASSES,
    NO_PITCH,
    PITCHES,
    POLYPHONIES,
    QUARTERS_AHEAD,
    QUARTERS_HERE,
    QUARTERS_IN_BAR,
    REGISTERS,
    VELOCITIES,
)

TARGETS = ("target_ahead", "target_sub", "target_pitch", "target_duration", "target_velocity")
FIELD_CLASSES = (AHEAD_CLASSES, GRID, PITCHES, len(DURATIONS), VELOCITIES)
PITCH = 2  # the index of the field whose classes mean something else for drums
RECALLED = 160  # steps that the trunk can look back on: as many as a training window has

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes: units of the trunk's LSTM layers, of the sub-decoder, of the right context and of embeddings.

    `recall`: width of the attention over the trunk's earlier outputs, 0 for none.
    """

    hidden: int = 384
    layers: int = 2
    decoder: int = 192
    right: int = 192
    right_notes: int = 48
    embedding: int = 48
    dropout: float = 0.15
    recall: int = 96

    def as_dict(self) -> dict[str, int | float]:
        """Its fields by name, for the checkpoint's config."""
        return asdict(self)


@dataclass(frozen=True)
class State:
    """What the trunk carries from step to step: (h, c) of each layer, each (batch, hidden); keys and values of the
    attention, (batch, up to RECALLED, recall)."""

    layers: tuple[tuple[Tensor, Tensor], ...]
    keys: Tensor
    values: Tensor

    def expand(self, count: int) -> State:
        """The state of one line, or of several one after another, again and again for `count` rows."""
        times = count // len(self.keys)
        layers = tuple((hidden.repeat(times, 1), cell.repeat(times, 1)) for hidden, cell in self.layers)
        return State(layers, self.keys.repeat(times, 1, 1), self.values.repeat(times, 1, 1))

    def of_rows(self, rows: list[int]) -> State:
        """The state of some of the rows."""
        layers = tuple((hidden[rows], cell[rows]) for hidden, cell in self.layers)
        return State(layers, self.keys[rows], self.values[rows])


@dataclass(frozen=True)
class Reading:
    """A line that was read: the `state` behind it, and of its last steps, at most RECALLED, the trunk's outputs,
    (steps, hidden), and the logits of each field, (steps, classes), given the fields before it."""

    state: State
    out: Tensor
    logits: list[Tensor]


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
                "pitch": nn.Embedding(2 * PITCHES + 1, 64),
                "duration": nn.Embedding(len(DURATIONS), size),
                "velocity": nn.Embedding(VELOCITIES, 24),
            }
        )
        self.instrument = nn.Embedding(INSTRUMENT_CLASSES, 32)
        self.quarter = nn.Embedding(QUARTERS_IN_BAR, 24)
        self.bar_length = nn.Embedding(2 * BAR_LENGTHS, 12)
        self.gap = GapEmbedding()
        self.heard_ahead = nn.Linear(QUARTERS_AHEAD * HEARD, 112)
        self.right_away, self.right_step = nn.Embedding(32, 32), nn.Embedding(16, 16)
        self.right = nn.LSTM(size * 2 + 64 + 24 + 48, config.right, batch_first=True)
        self.right_none = nn.Parameter(torch.zeros(config.right))
        width = size * 3 + 64 + 24 + 32 + 24 + 12 + self.gap.width + 112 + config.right
        self.trunk = nn.LSTM(width, config.hidden, config.layers, batch_first=True, dropout=config.dropout)
        self.norm = nn.LayerNorm(config.hidden)
        self.recall = Recall(config.hidden, config.recall) if config.recall else None
        self.drop = nn.Dropout(config.dropout)
        self.fields = FieldDecoder(config, self.gap.width)

    def right_context(self, notes: Tensor, lengths: Tensor, drums: Tensor) -> Tensor:
        """(batch, slots + 1, right): what follows each gap, and last the learned "nothing known".

        `notes`: (batch, slots, right_notes, 6) as `encoding.right_fields`, near to far, padded;
        `lengths`: (batch, slots), 0 for a slot that is not used; `drums`: (batch,).
        """
        batch, slots = lengths.shape
        contexts = self.right_none.expand(batch * slots, -1)
        used = lengths.flatten().nonzero()[:, 0]
        if len(used):
            kind = drums.repeat_interleave(slots)[used]
            last = self._read_back(notes.flatten(0, 1)[used], lengths.flatten()[used], kind)
            contexts = contexts.to(last.dtype).index_copy(0, used, last)
        none = self.right_none.expand(batch, 1, -1).to(contexts.dtype)
        return torch.cat([contexts.view(batch, slots, -1), none], 1)

    def _read_back(self, notes: Tensor, lengths: Tensor, drums: Tensor) -> Tensor:
        """(rows, right) after the notes, (rows, right_notes, 6), were read from far to near."""
        note, count = self.note, notes.shape[1]
        parts = [self.right_away(notes[..., 0]), note["sub"](notes[..., 1])]
        parts += [note["pitch"](_kind_of_pitch(notes[..., 2], drums)), note["duration"](notes[..., 3])]
        parts += [note["velocity"](notes[..., 4]), self.right_step(notes[..., 5])]
        far_to_near = torch.cat(parts, -1).flip(1)
        # The padding stands first and is silenced, so a short right side only means a short warm-up.
        real = torch.arange(count, device=notes.device)[None] >= count - lengths[:, None]
        _, (last, _) = self.right(far_to_near * real.unsqueeze(-1))
        return cast(Tensor, last[-1])

    def step_inputs(self, batch: Batch, right: Tensor) -> tuple[Tensor, Tensor]:
        """(trunk input, what is known of the gap) of steps; `right`: (batch, steps, right), what each step hears."""
        note = self.note
        instrument = self.instrument(batch["instrument"])[:, None].expand(-1, right.shape[1], -1)
        gap = self.gap(batch)
        pitch = _kind_of_pitch(batch["previous_pitch"], batch["instrument"] == DRUMS)
        before = [note[name](batch[f"previous_{name}"]) for name in ("ahead", "sub", "duration", "velocity")]
        place = [instrument, self.quarter(batch["quarter"]), self.bar_length(batch["bar_length"])]
        heard = self.heard_ahead(batch["heard_ahead"])
        return torch.cat([*before, note["pitch"](pitch), *place, gap, heard, right], -1), gap

    def forward(self, batch: Batch) -> list[Tensor]:
        """Logits of the five fields, each (batch * steps, classes), given the targets before each field."""
        _, state = self.outputs(batch)
        drums = batch["instrument"] == DRUMS
        return self.fields.teach(state.flatten(0, 1), batch, drums.repeat_interleave(state.shape[1]))

    def outputs(self, batch: Batch, before: State | None = None) -> tuple[Tensor, Tensor]:
        """(the trunk's outputs, (batch, steps, hidden), the sub-decoder's first states, (batch, steps, decoder)).

        `before`: the state that the steps go on from, a row for each of the batch.
        """
        contexts = self.right_context(batch["right"], batch["right_length"], batch["instrument"] == DRUMS)
        slot = batch["slot"].unsqueeze(-1).expand(-1, -1, contexts.shape[-1])
        right = contexts.gather(1, slot)
        inputs, gap = self.step_inputs(batch, right)
        begun = None if before is None else tuple(torch.stack(part) for part in zip(*before.layers, strict=True))
        out, _ = self.trunk(self.drop(inputs), begun)
        out = self.norm(out)
        if self.recall is not None:
            out = out + (self.recall(out) if before is None else self.recall.go_on(out, before.keys, before.values))
        out = self.drop(out)
        instrument = self.instrument(batch["instrument"])[:, None].expand(-1, out.shape[1], -1)
        return out, self.fields.begin(out, right.to(out.dtype), instrument.to(out.dtype), gap.to(out.dtype))

    def first_state(self, batch: int) -> State:
        """Nothing heard yet, for `batch` lines."""
        zeros, none = torch.zeros(batch, self.config.hidden), torch.zeros(batch, 0, self.config.recall)
        return State(((zeros, zeros),) * self.config.layers, none, none)

    def read(self, batch: Batch) -> Reading:
        """The trunk's state after the given steps of one line, all outside a gap, and what it expected.

        Rows of the batch differ in what is heard beside the line; what was expected is that of the first.
        """
        right = self.right_none.expand(*batch["previous_ahead"].shape, -1)
        inputs, gap = self.step_inputs(batch, right)
        out, (hidden, cell) = self.trunk(inputs)
        layers = tuple((hidden[layer], cell[layer]) for layer in range(self.config.layers))
        out = self.norm(out[:, -RECALLED:])
        steps = out.shape[1]
        keys = values = torch.zeros(len(out), 0, 0)
        if self.recall is not None:
            keys, values = self.recall.remember(out)
            out = out + self.recall(out)
        recent = {name: batch[name][:1, -steps:] for name in (*TARGETS, "heard_here")}
        kind = batch["instrument"][:1]
        instrument = self.instrument(kind)[:, None].expand(-1, steps, -1)
        state = self.fields.begin(out[:1], right[:1, -steps:], instrument, gap[:1, -steps:])
        logits = self.fields.teach(state.flatten(0, 1), recent, (kind == DRUMS).expand(steps))
        return Reading(State(layers, keys, values), out[0], logits)

    def step(self, batch: Batch, right: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """(output, sub-decoder state, trunk state) after one step; batch rows are candidates, arrays (batch, 1, ...).

        Plain matrix products: stepping nn.LSTM would repack its weights at every call.
        """
        inputs, gap = self.step_inputs(batch, right[:, None])
        out, layers = self.step_layers(inputs[:, 0], state)
        out, keys, values = self.norm(out), state.keys, state.values
        if self.recall is not None:
            recalled, keys, values = self.recall.step(out, keys, values)
            out = out + recalled
        instrument = self.instrument(batch["instrument"])
        return out, self.fields.begin(out, right, instrument, gap[:, 0]), State(layers, keys, values)

    def step_layers(self, out: Tensor, state: State) -> tuple[Tensor, tuple[tuple[Tensor, Tensor], ...]]:
        """(output of the last layer, (h, c) of each) of the LSTM alone after one step with input (batch, width)."""
        layers = []
        for layer, (hidden, cell) in enumerate(state.layers):
            hidden, cell = _lstm_cell(self.trunk, layer, out, hidden, cell)
            layers.append((hidden, cell))
            out = hidden
        return out, tuple(layers)


class GapEmbedding(nn.Module):
    """What is known of the gap at a step: how much is left, where it leads, what is wished of it."""

    def __init__(self) -> None:
        super().__init__()
        sizes = {
            "counting": (2, 8),
            "left_log": (10, 24),
            "left_quarters": (34, 32),
            "left_sub": (GRID + 1, 16),
            "wait": (10, 12),
            "interval": (50, 32),
            "interval_next": (50, 24),
            "wait_after": (11, 12),
            "density": (DENSITIES, 16),
            "register": (REGISTERS, 16),
            "polyphony": (POLYPHONIES, 16),
        }
        self.tables = nn.ModuleDict({name: nn.Embedding(*size) for name, size in sizes.items()})
        self.width = sum(width for _, width in sizes.values())

    def forward(self, batch: Batch) -> Tensor:
        """(batch, steps, width)."""
        return torch.cat([table(batch[name]) for name, table in self.tables.items()], -1)


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
        steps, earlier = out.shape[1], keys.shape[1]
        reach = torch.ones(steps, earlier + steps, dtype=torch.bool).tril(earlier).triu(earlier - RECALLED + 1)
        keys, values = torch.cat([keys, new_keys], 1), torch.cat([values, new_values], 1)
        found = F.scaled_dot_product_attention(self.query(out), keys, values, attn_mask=reach)
        return cast(Tensor, self.back(found))

    def step(self, out: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(what one output, (batch, hidden), takes, keys, values) with the output added to those behind it."""
        key, value = self.remember(out[:, None])
        keys = torch.cat([keys[:, 1 - RECALLED :], key], 1)
        values = torch.cat([values[:, 1 - RECALLED :], value], 1)
        found = F.scaled_dot_product_attention(self.query(out)[:, None], keys, values)
        return self.back(found[:, 0]), keys, values


class FieldDecoder(nn.Module):
    """Predicts the fields of one note, one after another, with a GRU cell. Drums have pitches of their own."""

    def __init__(self, config: NetworkConfig, gap: int) -> None:
        super().__init__()
        size = config.decoder
        self.start = nn.Linear(config.hidden + config.right + 32, size)
        self.gap = nn.Linear(gap, size)
        self.cell = nn.GRUCell(size, size)
        classes = [count * (1 + (field == PITCH)) for field, count in enumerate(FIELD_CLASSES)]
        self.chosen = nn.ModuleList(nn.Embedding(count, size) for count in classes[:-1])
        self.heard_here = nn.Linear(QUARTERS_HERE * HEARD, size)
        self.heads = nn.ModuleList(nn.Linear(size, count) for count in classes)

    def begin(self, out: Tensor, right: Tensor, instrument: Tensor, gap: Tensor) -> Tensor:
        """The state that predicts the first field, of the leading shape of `out`."""
        start = torch.tanh(self.start(torch.cat([out, right, instrument], -1)))
        shape = start.shape
        known = self.gap(gap).to(start.dtype)
        state = self.cell(known.reshape(-1, shape[-1]), start.reshape(-1, shape[-1]))
        return cast(Tensor, state).view(shape)

    def logits(self, field: int, state: Tensor, drums: Tensor) -> Tensor:
        """Logits of the field with index 0-4 (ahead, sub, pitch, duration, velocity); `drums`: bool, one a row."""
        logits = cast(Tensor, self.heads[field](state))
        if field != PITCH:
            return logits
        return torch.where(drums[:, None], logits[:, PITCHES:], logits[:, :PITCHES])

    def choose(
        self, field: int, value: Tensor, state: Tensor, drums: Tensor, heard_here: Tensor | None = None
    ) -> Tensor:
        """The state after `field` was given `value`; what is heard at the onset comes with the field `sub` (1)."""
        if field == PITCH:
            value = value + PITCHES * drums
        chosen = self.chosen[field](value)
        if heard_here is not None:
            chosen = chosen + self.heard_here(heard_here)
        return cast(Tensor, self.cell(chosen.to(state.dtype), state))

    def teach(self, state: Tensor, batch: Batch, drums: Tensor) -> list[Tensor]:
        """Logits of all fields with the true values of the fields before each."""
        logits = [self.logits(0, state, drums)]
        here = batch["heard_here"].flatten(0, 1)
        for field, name in enumerate(TARGETS[:-1]):
            value = batch[name].flatten().clamp(min=0)
            state = self.choose(field, value, state, drums, here if field == 1 else None)
            logits.append(self.logits(field + 1, state, drums))
        return logits


def _kind_of_pitch(pitch: Tensor, drums: Tensor) -> Tensor:
    """The class of a pitch, (batch, steps), in the embedding: drums stand behind the others, "none" last."""
    shifted = pitch + PITCHES * drums[:, None]
    return torch.where(pitch == NO_PITCH, 2 * PITCHES, shifted)


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
