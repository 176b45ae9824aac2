"""Stepping from note to note: the trunk, and the fields of each note, of all candidates in one batch.

The rows of the batch are the candidates, and, where they are to be compared with what they would be
if they heard less (`sampling.guided`), the same candidates a second time, deaf to what follows and
to what is wished. What stays the same at every step is read once: the notes on both sides. No
gradients are kept: all of it is called where torch keeps none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from jazzassist.neural.encoding import DRUMS, FIELD_CLASSES, FIELDS, NO_PITCH, PITCH, PITCHES, WISHES
from jazzassist.neural.folding import FoldedNetwork
from jazzassist.neural.steps import AIMS, Arrays
from jazzassist.training.network.attention import RECALLED, Following, LookAhead
from jazzassist.training.network.network import State
from jazzassist.training.network.pointers import CLASSES, ECHOED, FIRSTS, HEADS, INTERVAL, INTERVALS, NAMES, Pointers

ROOM = 64  # steps for which there is room at first
# For each key before and each key, the class of the interval between them, or the one behind them for too large ones.
_BETWEEN = torch.arange(PITCHES) - torch.arange(NO_PITCH + 1)[:, None] + INTERVAL
ONTO = torch.where((_BETWEEN >= 0) & (_BETWEEN < INTERVALS), _BETWEEN, INTERVALS)


class Stepper:
    """Rows that are stepped together, behind what `before` tells and towards what `following` tells of one step.

    `before`: of one line, or of as many as there are candidates; `count`: candidates; `deaf`: whether each of them is
    there a second time. After a step `out`, (rows, hidden), is the trunk's output.
    """

    def __init__(
        self, folded: FoldedNetwork, before: State, following: Following, instrument: int, count: int, deaf: bool
    ) -> None:
        network, rows = folded.network, count * (1 + deaf)
        self.folded, self.instrument, self.count, self.deaf = folded, instrument, count, deaf
        times = rows // len(before.keys)
        self.layers = [(hidden.repeat(times, 1), cell.repeat(times, 1)) for hidden, cell in before.layers]
        right = following.last[:1, 0].expand(count, -1)
        if deaf:
            right = torch.cat([right, network.right_none.expand(count, -1)])
        self._known = folded.known(right, instrument)
        self._recall = None if network.recall is None else (_Trail(before.keys, rows), _Trail(before.values, rows))
        notes, pitch = following.notes[0], following.pitch[0]
        heard = following.heard[0, 0]
        notes, pitch = notes[heard], pitch[heard]
        self._ahead = None if network.ahead is None else _Ahead(network.ahead, notes)
        self._pointing = None
        if network.pointers is not None:
            self._pointing = _Pointing(folded, network.pointers, before, notes, pitch, instrument, rows)
        self.out = self._state = self._here = torch.zeros(rows, 0)

    def keep(self, candidates: Sequence[int]) -> None:
        """Goes on with some of the candidates alone."""
        rows = [*candidates, *(self.count + row for row in candidates)] if self.deaf else [*candidates]
        self.count = len(candidates)
        self.layers = [(hidden[rows], cell[rows]) for hidden, cell in self.layers]
        gates, start = self._known
        self._known = gates[rows], start[rows]
        for trail in self._recall or ():
            trail.keep(rows)
        if self._pointing is not None:
            self._pointing.keep(rows)

    def step(self, columns: Arrays) -> None:
        """Takes the note before, and what is known when the next is chosen: `columns` as `step_arrays` names them."""
        folded, gates = self.folded, self._known[0].shape[1]
        looked_up = folded.rows_of(columns, self.instrument)
        if self.deaf:
            looked_up = np.concatenate([looked_up, folded.unsaid(looked_up, (*AIMS, *WISHES))])
        given = F.embedding_bag(torch.from_numpy(looked_up), folded.tables, mode="sum")
        heard = self.each(folded.heard_ahead(torch.from_numpy(columns["heard_ahead"])))
        out = self.step_layers(given[:, :gates] + self._known[0], heard)
        out = F.layer_norm(out, out.shape[-1:], folded.norm.weight, folded.norm.bias)
        out = self._looked(out)
        self._state = self._cell(given[:, gates:], torch.addmm(self._known[1], out, folded.start).tanh_())
        if self._pointing is not None and folded.pointing is not None:
            self._pointing.step(folded.pointing(out), self.count, columns)
        self.out = out

    def step_layers(self, gates: Tensor, heard: Tensor) -> Tensor:
        """The output of the last layer; `gates`: what all but the `heard`, (rows, ...), adds to those of the first."""
        found, into = [], heard
        for number, (hidden, cell) in enumerate(self.layers):
            layer, size = self.folded.layers[number], hidden.shape[1]
            into = torch.cat([into, hidden], 1)
            gates = gates.addmm_(into, layer.weight) if number == 0 else layer(into)
            let_in, forget, let_out = gates[:, : 3 * size].sigmoid_().chunk(3, 1)
            cell = (forget * cell).addcmul_(let_in, gates[:, 3 * size :].tanh_())
            into = torch.tanh(cell).mul_(let_out)
            found.append((into, cell))
        self.layers = found
        return into

    def logits(self, field: int) -> Tensor:
        """(rows, classes) of the field with index 0-4, given those chosen before it."""
        drums = self.instrument == DRUMS
        found = self.folded.heads[drums][field](self._state)
        if self._pointing is None:
            return found
        found, counts = found[:, : FIELD_CLASSES[field]], found[:, FIELD_CLASSES[field] :]
        if field == PITCH and not drums:
            return found + self._pointing.of_keys(counts, self._here)
        hints = self._pointing.kit if field == PITCH else self._pointing.fields[FIELDS[field]]
        return torch.baddbmm(found[:, None], counts[:, None], hints)[:, 0]

    def choose(self, field: int, value: Tensor, here: Tensor | None = None) -> None:
        """Takes the candidates' classes of a field; `here`: what is heard at the onset, with the field `sub`."""
        if field == PITCH and self.instrument == DRUMS:
            value = value + PITCHES
        given = F.embedding(value, self.folded.chosen[field])
        if here is not None:
            given = torch.addmm(given, here, self.folded.heard_here)
            self._here = self.each(here)
        self._state = self._cell(self.each(given), self._state)

    def each(self, candidates: Tensor) -> Tensor:
        """Rows of the candidates as rows of the batch."""
        return torch.cat([candidates, candidates]) if self.deaf else candidates

    def _looked(self, out: Tensor) -> Tensor:
        """The output together with what the trunk recalls and what it sees ahead."""
        if self.folded.looking is None:
            return out
        parts = self.folded.looking(out)
        if self._recall is not None and self.folded.recalled is not None:
            size = self.folded.network.config.recall
            keys, values = self._recall
            keys.add(parts[:, size : 2 * size])
            values.add(parts[:, 2 * size : 3 * size])
            found = values.mixed(keys.scores(parts[:, :size]).softmax(-1))
            out = out + self.folded.recalled(found[:, 0])
            parts = parts[:, 3 * size :]
        if self._ahead is not None:
            out[: self.count] += self._ahead.seen(parts[: self.count])
        return out

    def _cell(self, given: Tensor, state: Tensor) -> Tensor:
        """The decoder's GRU cell, its input multiplied out."""
        size, over = state.shape[1], self.folded.over(state)
        reset, keep = (given[:, : 2 * size] + over[:, : 2 * size]).sigmoid_().chunk(2, 1)
        new = torch.addcmul(given[:, 2 * size :], reset, over[:, 2 * size :]).tanh_()
        return new.lerp_(state, keep)


class _Trail:
    """Vectors of steps, of which the last RECALLED are looked back on.

    Those `before`, (1 or rows, steps, heads * size), which are all rows' or each row's, and those of the rows' own.
    """

    def __init__(self, before: Tensor, rows: int, heads: int = 1) -> None:
        parted = _parted(before, heads).transpose(1, 2)
        self.heads, self.shared = heads, len(before) == 1
        self.before = parted[0] if self.shared else parted.repeat(rows // len(before), 1, 1, 1).flatten(0, 1)
        self.own = before.new_zeros(rows * heads, ROOM, parted.shape[-1])
        self.count = 0

    def add(self, vectors: Tensor) -> None:
        """One for each row, (rows, heads * size)."""
        if self.count == self.own.shape[1]:
            self.own = torch.cat([self.own, torch.zeros_like(self.own)], 1)
        self.own[:, self.count] = vectors.reshape(len(self.own), -1)
        self.count += 1

    def keep(self, rows: list[int]) -> None:
        """Of some rows alone."""
        kept = [row * self.heads + head for row in rows for head in range(self.heads)]
        self.own = self.own[kept]
        self.before = self.before if self.shared else self.before[kept]

    def scores(self, query: Tensor, *others: Tensor) -> Tensor:
        """(rows * heads, steps): the products with queries, (rows, heads * size), and `others` behind them."""
        before, own = self._parts()
        single = query.reshape(len(own), -1, 1)
        if self.shared and self.heads == 1:
            far = torch.mm(query, before[0].T)
        elif self.shared:
            far = torch.bmm(_parted(query, self.heads).transpose(0, 1), before.transpose(1, 2))
            far = far.transpose(0, 1).reshape(len(own), -1)
        else:
            far = torch.bmm(before, single)[..., 0]
        return torch.cat([far, torch.bmm(own, single)[..., 0], *others], 1)

    def mixed(self, shares: Tensor) -> Tensor:
        """(rows, heads, size): the sums by shares, (rows * heads, steps and others), of vectors that have one head."""
        before, own = self._parts()
        there, rows, heads = before.shape[1], len(own), len(shares) // len(own)
        far, near = shares[:, :there], shares[:, there : there + own.shape[1]].reshape(rows, heads, own.shape[1])
        if self.shared:
            found = torch.mm(far, before[0]).view(rows, heads, before.shape[2])
        else:
            found = torch.bmm(far.reshape(rows, heads, there), before)
        return torch.baddbmm(found, near, own)

    def _parts(self) -> tuple[Tensor, Tensor]:
        there = self.before.shape[1]
        first = max(0, there + self.count - RECALLED)
        before = self.before[:, first:] if first else self.before
        return before, self.own[:, max(0, first - there) : self.count]


class _Ahead:
    """`LookAhead` at notes, (notes, right), that do not change."""

    def __init__(self, ahead: LookAhead, notes: Tensor) -> None:
        self.back = ahead.back.weight.T
        key, value = (
            _parted(F.pad(part(notes), (0, 0, 0, 1)), ahead.HEADS).transpose(0, 1) for part in (ahead.key, ahead.value)
        )
        self.key, self.value = key.transpose(1, 2) / key.shape[-1] ** 0.5, value

    def seen(self, query: Tensor) -> Tensor:
        """What each of the queries, (rows, size), takes."""
        parted = _parted(query, len(self.key)).transpose(0, 1)
        found = torch.bmm(torch.bmm(parted, self.key).softmax(-1), self.value)
        return found.transpose(0, 1).flatten(1) @ self.back


class _Pointing:
    """What `Pointers` point at, step by step, and what it adds to the logits (`KeyLogits`)."""

    def __init__(
        self,
        folded: FoldedNetwork,
        pointers: Pointers,
        before: State,
        notes: Tensor,
        pitch: Tensor,
        instrument: int,
        rows: int,
    ) -> None:
        self.keys = _Trail(before.pointed, rows, HEADS)
        # With a column for intervals that are none, which stays empty, behind those that are some.
        answers = before.notes.answers()
        columns = [*range(PITCHES + INTERVALS), -1, *range(PITCHES + INTERVALS, CLASSES)]
        self.answers = _Trail(F.pad(answers, (0, 1))[..., columns], rows)
        last = before.notes.pitch[:, -1:].numpy()
        self.last = np.tile(last[:, 0], rows // len(last)) if last.size else None
        # The attention that is left points at nothing.
        self.idle = torch.zeros(rows * HEADS, 1)
        after = _parted(F.pad(pointers.key_right(notes), (0, 0, 0, 1)), HEADS)
        self.after = after.permute(1, 2, 0) / after.shape[-1] ** 0.5
        self.drums, self.folded = instrument == DRUMS, folded.keys
        if self.drums or self.folded is None:
            told = F.one_hot(pitch, PITCHES).float().expand(HEADS, -1, -1)
        else:
            told = self.folded.after[:, pitch]
        self.told = F.pad(told, (0, 0, 0, 1))
        self.right = self.played = torch.zeros(rows, 0)
        self.fields: dict[str, Tensor] = {}
        self.previous = torch.zeros(rows, dtype=torch.int64)

    def keep(self, rows: list[int]) -> None:
        """Of some rows alone."""
        self.keys.keep(rows)
        self.answers.keep(rows)
        self.idle = self.idle[: len(rows) * HEADS]
        self.last = None if self.last is None else self.last[rows]

    def step(self, parts: Tensor, hearing: int, columns: Arrays) -> None:
        """Takes the note before as what answers the key before, and points with `parts`: two queries and a key.

        `hearing`: how many of the rows hear what follows.
        """
        size = parts.shape[1] // 3
        query, query_right, key = torch.split(parts, size, 1)
        self._answer(columns, len(parts))
        found = self.answers.mixed(self.keys.scores(query, self.idle).softmax(-1))
        self.keys.add(key)
        pitch, interval, *fields = torch.split(found, [PITCHES, INTERVALS + 1, *ECHOED], -1)
        self.fields = dict(zip(NAMES, fields, strict=True))
        if self.drums:
            self.played = pitch
        else:
            onto = ONTO[self.previous][:, None].expand(-1, HEADS, -1)
            self.played = torch.cat([pitch, interval.gather(-1, onto)], 1)
        right = torch.bmm(_parted(query_right[:hearing], HEADS).transpose(0, 1), self.after)
        self.right = right.softmax(-1).transpose(0, 1)

    @property
    def kit(self) -> Tensor:
        """(rows, 2 * HEADS, PITCHES): of drums the pitches that are pointed at on either side."""
        after = torch.bmm(self.right.transpose(0, 1), self.told).transpose(0, 1)
        after = F.pad(after, (0, 0, 0, 0, 0, len(self.played) - len(after)))
        return torch.cat([self.played, after], 1)

    def of_keys(self, gates: Tensor, here: Tensor) -> Tensor:
        """(rows, PITCHES) to add for other instruments."""
        folded = self.folded
        assert folded is not None
        rest = folded.previous[self.previous].addmm_(here[:, folded.columns], folded.heard)
        hearing = len(self.right)
        rest[:hearing].addmm_(self.right.flatten(1), self.told.flatten(0, 1))
        return folded.logits(self.played, rest, gates)

    def _answer(self, columns: Arrays, rows: int) -> None:
        """Takes the note before as the one that answers the last key, where there is any: see `Notes.answers`."""
        times = rows // len(columns["previous_pitch"])
        pitch = np.tile(columns["previous_pitch"], times)
        if self.last is not None:
            interval = pitch - self.last + INTERVAL
            known = (self.last != NO_PITCH) & (interval >= 0) & (interval < INTERVALS)
            told = np.zeros((rows, CLASSES + 1), np.float32)
            every = np.arange(rows)
            told[every, pitch] = 1
            told[every, PITCHES + interval.clip(0, INTERVALS - 1)] = known
            for name, first in zip(NAMES, FIRSTS, strict=True):
                told[every, np.tile(columns[f"previous_{name}"], times) + first + 1] = 1
            self.answers.add(torch.from_numpy(told))
        self.last, self.previous = pitch, torch.from_numpy(pitch)


def _parted(vectors: Tensor, heads: int) -> Tensor:
    """(..., heads, size) of vectors, (..., heads * size)."""
    return vectors.reshape(*vectors.shape[:-1], heads, vectors.shape[-1] // heads)
