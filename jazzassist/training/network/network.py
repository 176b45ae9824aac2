"""The LSTM: a trunk that steps from note to note, a sub-decoder for the fields of one note, and an ear to the right.

One step predicts one note, its fields one after another (onset, pitch, duration, velocity), each
given the ones before it: parallel heads lose much of the likelihood, a small recurrent decoder
across the fields keeps it (Nested Music Transformer, ISMIR 2024, table of head structures). What
follows the gap is read by a backward LSTM over the notes after it, from far to near, whose last
state every step of the gap hears (the idea of Anticipation-RNN, Hadjeres and Nielsen 2017, at the
level of notes), and whose outputs it can look at one by one. Pointers to notes on both sides say
beside the heads of the fields what comes next (`pointers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from jazzassist.neural.encoding import (
    AHEAD_CLASSES,
    BAR_LENGTHS,
    DENSITIES,
    DRUMS,
    DURATIONS,
    END,
    EXTRA_CLASSES,
    GRID,
    HEARD,
    INSTRUMENT_CLASSES,
    NO_PITCH,
    PITCHES,
    POLYPHONIES,
    QUARTERS_AHEAD,
    QUARTERS_IN_BAR,
    RECALLED,
    REGISTERS,
    VELOCITIES,
)
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.network.attention import Following, LookAhead, Part, Recall, fixed, within_reach
from jazzassist.training.network.fields import Batch, FieldDecoder, Outlook
from jazzassist.training.network.pointers import Hints, Pointers, answers_of, told_pitches


@dataclass(frozen=True)
class State:
    """What steps leave behind for those after them.

    `hidden`, `cell`: of the trunk's layers, (layers, rows, hidden). Of all steps so far, where the network attends to
    them: `keys` and `values`, (rows, 1, steps, recall), and the pointers' keys, `pointed`, (rows, heads, steps, size),
    with the notes that answered them, `answers`, (rows, 1, steps, classes); and how many steps ago each was, `age`,
    (steps,), 1 for the last.
    """

    hidden: Tensor
    cell: Tensor
    keys: Tensor
    values: Tensor
    pointed: Tensor
    answers: Tensor
    age: Tensor


@dataclass(frozen=True)
class Past:
    """What a batch of steps goes on from: the trunk's state, if any, and the earlier steps that it may attend to."""

    hidden: Tensor | None = None
    cell: Tensor | None = None
    recalled: tuple[Part, ...] = ()
    pointed: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Ahead:
    """What follows the gap: `last`, (batch, steps, right), and its notes, if any, for `LookAhead` and the pointers."""

    last: Tensor
    notes: Part | None
    pointed: Part | None


@dataclass(frozen=True)
class Reading:
    """A line that was read: the `state` after it, the trunk's outputs, (steps, hidden), and the logits of each field,
    (steps, classes), given the fields before it; all of the first row."""

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
        self.phrase = PhrasePlace(config.phrase, self.quarter.embedding_dim) if config.phrase else None
        self.gap = GapEmbedding()
        self.extras = Extras(config.extras, self.gap.width) if config.extras else None
        self.heard_ahead = nn.Linear(QUARTERS_AHEAD * HEARD, 112)
        self.right_away, self.right_step = nn.Embedding(32, 32), nn.Embedding(16, 16)
        self.right = nn.LSTM(size * 2 + 64 + 24 + 48, config.right, batch_first=True)
        self.right_none = nn.Parameter(torch.zeros(config.right))
        width = size * 3 + 64 + 24 + 32 + 24 + 12 + self.gap.width + 112 + config.right
        between = config.dropout if config.layers > 1 else 0.0
        self.trunk = nn.LSTM(width, config.hidden, config.layers, batch_first=True, dropout=between)
        self.norm = nn.LayerNorm(config.hidden)
        self.recall = Recall(config.hidden, config.recall) if config.recall else None
        self.ahead = LookAhead(config.hidden, config.right, config.ahead) if config.ahead else None
        self.pointers = Pointers(config.hidden, config.right, config.pointers) if config.pointers else None
        self.drop = nn.Dropout(config.dropout)
        heard = config.hidden + config.right + self.instrument.embedding_dim
        self.fields = FieldDecoder(config.decoder, heard, self.gap.width, hinted=config.pointers > 0)

    def follow(self, notes: Tensor, lengths: Tensor, drums: Tensor, slot: Tensor) -> Following:
        """What follows, as steps with the gaps `slot`, (batch, steps), hear it; slot NO_SLOT hears nothing.

        `notes`: (batch, slots, right_notes, 6) as `encoding.right_fields`, near to far, padded;
        `lengths`: (batch, slots), 0 for a slot that is not used; `drums`: (batch,).
        """
        batch, slots = lengths.shape
        count = notes.shape[2]
        used = lengths.flatten().nonzero()[:, 0]
        if not len(used):
            return self.follow_nothing(*slot.shape)
        kind = drums.repeat_interleave(slots)[used]
        read = self.read_back(notes.flatten(0, 1)[used], lengths.flatten()[used], kind)
        outputs = read.new_zeros(batch * slots, count, self.config.right).index_copy(0, used, read)
        contexts = self.right_none.to(read.dtype).expand(batch * slots, -1).index_copy(0, used, read[:, 0])
        none = self.right_none.expand(batch, 1, -1).to(contexts.dtype)
        contexts = torch.cat([contexts.view(batch, slots, -1), none], 1)
        last = contexts.gather(1, slot.unsqueeze(-1).expand(-1, -1, contexts.shape[-1]))
        real = torch.arange(count) < lengths[..., None]
        heard = (slot[..., None] == torch.arange(slots)).unsqueeze(-1) & real[:, None]
        return Following(last, outputs.view(batch, slots * count, -1), notes[..., 2].flatten(1), heard.flatten(2))

    def follow_nothing(self, batch: int, steps: int) -> Following:
        """What steps outside of gaps hear of what follows: that nothing is known."""
        last = self.right_none.expand(batch, steps, -1)
        none = torch.zeros(1, 0, dtype=torch.int64)
        heard = torch.zeros(batch, steps, 0, dtype=torch.bool)
        return Following(last, torch.zeros(1, 0, self.config.right), none, heard)

    def read_back(self, notes: Tensor, lengths: Tensor, drums: Tensor) -> Tensor:
        """(rows, right_notes, right), near to far: after each of the notes was read, from far to near."""
        note, count = self.note, notes.shape[1]
        parts = [self.right_away(notes[..., 0]), note["sub"](notes[..., 1])]
        parts += [note["pitch"](_kind_of_pitch(notes[..., 2], drums)), note["duration"](notes[..., 3])]
        parts += [note["velocity"](notes[..., 4]), self.right_step(notes[..., 5])]
        far_to_near = torch.cat(parts, -1).flip(1)
        # The padding stands first and is silenced, so a short right side only means a short warm-up.
        real = torch.arange(count, device=notes.device)[None] >= count - lengths[:, None]
        outputs, _ = self.right(far_to_near * real.unsqueeze(-1))
        return cast(Tensor, outputs.flip(1))

    def step_inputs(self, batch: Batch, right: Tensor) -> tuple[Tensor, Tensor]:
        """(trunk input, what is known of the gap) of steps; `right`: (batch, steps, right), what each step hears."""
        note = self.note
        instrument = self.instrument(batch["instrument"])[:, None].expand(-1, fixed(right.shape[1]), -1)
        gap = self.gap(batch)
        if self.extras is not None:
            gap = gap + self.extras(batch["extra"])
        pitch = _kind_of_pitch(batch["previous_pitch"], batch["instrument"] == DRUMS)
        before = [note[name](batch[f"previous_{name}"]) for name in ("ahead", "sub", "duration", "velocity")]
        quarter = self.quarter(batch["quarter"])
        if self.phrase is not None:
            quarter = quarter + self.phrase(batch["bar"])
        place = [instrument, quarter, self.bar_length(batch["bar_length"])]
        heard = self.heard_ahead(batch["heard_ahead"])
        return torch.cat([*before, note["pitch"](pitch), *place, gap, heard, right], -1), gap

    def forward(self, batch: Batch) -> list[Tensor]:
        """Logits of the five fields, each (batch * steps, classes), given the targets before each field."""
        outlook = self.outputs(batch)
        drums = batch["instrument"] == DRUMS
        return self.fields.teach(outlook.flat(), batch, drums.repeat_interleave(outlook.out.shape[1]))

    def outputs(self, batch: Batch, before: State | None = None) -> Outlook:
        """What the trunk says of steps, (batch, steps, ...); `before`: the state that they go on from, if any."""
        following = self.follow(batch["right"], batch["right_length"], batch["instrument"] == DRUMS, batch["slot"])
        return self.advance(batch, self.ahead_of(following), self.past(batch, before))[0]

    def read(self, batch: Batch, before: State | None = None) -> Reading:
        """The state after steps outside of gaps, and what was expected at each of them.

        Rows of the batch differ in what is heard besides the line; what was expected is that of the first.
        """
        rows, steps = batch["previous_ahead"].shape
        ahead = self.ahead_of(self.follow_nothing(rows, steps))
        outlook, state = self.advance(batch, ahead, self.past(batch, before))
        first = {name: part[:1] for name, part in batch.items()}
        drums = (first["instrument"] == DRUMS).expand(steps)
        return Reading(state, outlook.out[0], self.fields.teach(outlook.first_row(), first, drums))

    def advance(self, batch: Batch, ahead: Ahead, past: Past) -> tuple[Outlook, State]:
        """What the trunk says of the steps of a batch, and the state after them with these steps alone to attend to.

        A batch without targets has one step, which nothing in it comes after.
        """
        inputs, gap = self.step_inputs(batch, ahead.last)
        begun = None if past.hidden is None or past.cell is None else (past.hidden, past.cell)
        out, (hidden, cell) = self.trunk(self.drop(inputs), begun)
        out = self.norm(out)
        steps, looked = fixed(out.shape[1]), out
        keys = values = pointed = answers = out.new_zeros(out.shape[0], 1, 0, 0)
        if self.recall is not None:
            keys, values = (part[:, None] for part in self.recall.remember(out))
            out = out + self.recall(out, list(past.recalled), within_reach(steps))
        if self.ahead is not None and ahead.notes is not None:
            out = out + self.ahead(looked, ahead.notes)
        out = self.drop(out)
        hints = None
        if self.pointers is not None:
            pointed, parts = self.pointers.remember(out), list(past.pointed)
            if "target_ahead" in batch:
                answers = answers_of(batch)
                parts.append(Part(pointed, answers, _answered(batch["target_ahead"])))
            hints = self.pointers(out, batch["previous_pitch"], parts, ahead.pointed)
        outlook = self._outlook(out, batch, ahead.last, gap, hints)
        age = torch.arange(steps, 0, -1)
        return outlook, State(hidden, cell, keys, values, pointed, answers, age)

    def past(self, batch: Batch, before: State | None) -> Past:
        """What the steps of a batch go on from: `before`, or nothing."""
        if before is None:
            return Past()
        age = before.age + torch.arange(batch["previous_ahead"].shape[1])[:, None]
        recalled = (Part(before.keys, before.values, age < RECALLED),) if self.recall is not None else ()
        # What a step leads to is known one step later, so pointers reach one step further back.
        pointed = (Part(before.pointed, before.answers, age <= RECALLED),) if self.pointers is not None else ()
        return Past(before.hidden, before.cell, recalled, pointed)

    def ahead_of(self, following: Following) -> Ahead:
        """What follows the gap, as it is attended to."""
        notes = pointed = None
        heard = following.heard[:, None]
        if not following.notes.shape[1]:
            return Ahead(following.last, None, None)
        if self.ahead is not None:
            notes = Part(*self.ahead.remember(following.notes), heard)
        if self.pointers is not None:
            pointed = Part(self.pointers.remember_right(following.notes), told_pitches(following.pitch), heard)
        return Ahead(following.last, notes, pointed)

    def _outlook(self, out: Tensor, batch: Batch, last: Tensor, gap: Tensor, hints: Hints | None) -> Outlook:
        instrument = self.instrument(batch["instrument"])[:, None].expand(-1, fixed(out.shape[1]), -1)
        right = last.to(out.dtype)
        return Outlook(out, self.fields.begin(out, right, instrument.to(out.dtype), gap.to(out.dtype)), hints)


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


class Extras(nn.Module):
    """The first `count` of EXTRAS, added to what is known of the gap; nothing at first.

    All classes are rows of one table, so that one look-up serves all of them.
    """

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        classes = EXTRA_CLASSES[:count]
        self.first_rows = [sum(classes[:place]) for place in range(count)]
        self.table = nn.Embedding(sum(classes), width)
        nn.init.zeros_(self.table.weight)

    def forward(self, extra: Tensor) -> Tensor:
        """(..., width) of classes (..., EXTRAS or the first `count` of them)."""
        rows = extra[..., : len(self.first_rows)] + torch.tensor(self.first_rows, device=extra.device)
        return cast(Tensor, self.table(rows)).sum(-2)


class PhrasePlace(nn.Embedding):
    """Which bar of a phrase of so many a step stands in, said with the quarter of the bar; nothing at first."""

    def __init__(self, bars: int, width: int) -> None:
        super().__init__(bars, width)
        nn.init.zeros_(self.weight)

    def forward(self, bar: Tensor) -> Tensor:
        """(..., width) of bars counted from any on."""
        return super().forward(bar % self.num_embeddings)


def _answered(ahead: Tensor) -> Tensor:
    """(rows, 1, steps, steps): which of the steps before it each can point at.

    `ahead`: (rows, steps), what the steps led to. An END is no note, and neither is padding.
    """
    told = (ahead != END) & (ahead >= 0)
    return within_reach(ahead.shape[1], 1).tril(-1) & told[:, None, None]


def _kind_of_pitch(pitch: Tensor, drums: Tensor) -> Tensor:
    """The class of a pitch, (batch, steps), in the embedding: drums stand behind the others, "none" last."""
    shifted = pitch + PITCHES * drums[:, None]
    return torch.where(pitch == NO_PITCH, 2 * PITCHES, shifted)
