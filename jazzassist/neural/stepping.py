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

from jazzassist.neural.attention import RECALLED, Following, LookAhead
from jazzassist.neural.encoding import DRUMS, PITCHES, WISHES
from jazzassist.neural.fields import FIELD_CLASSES, FIELDS, PITCH
from jazzassist.neural.folding import FoldedNetwork
from jazzassist.neural.network import State
from jazzassist.neural.pointers import ECHOED, HEADS, INTERVAL, INTERVALS, NAMES, Notes, Pointers
from jazzassist.neural.steps import AIMS, Arrays

ROOM = 64  # steps for which there is room at first


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
        folded = self.folded
        looked_up = folded.rows_of(columns, self.instrument)
        if self.deaf:
            looked_up = np.concatenate([looked_up, folded.unsaid(looked_up, (*AIMS, *WISHES))])
        given = F.embedding_bag(torch.from_numpy(looked_up), folded.tables, mode="sum")
        heard = self.each(folded.heard_ahead(torch.from_numpy(columns["heard_ahead"])))
        out = self.step_layers(given[:, : -folded.over.weight.shape[1]] + self._known[0], heard)
        out = F.layer_norm(out, out.shape[-1:], folded.network.norm.weight, folded.network.norm.bias)
        out = self._looked(out)
        start = torch.tanh(torch.addmm(self._known[1], out, folded.start.weight).add_(folded.start.bias))
        self._state = self._cell(given[:, -folded.over.weight.shape[1] :], start)
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
            opened = torch.sigmoid_(gates[:, : 3 * size])
            cell = opened[:, size : 2 * size] * cell
            cell.addcmul_(opened[:, :size], torch.tanh_(gates[:, 3 * size :]))
            into = opened[:, 2 * size :] * torch.tanh(cell)
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
        network = self.folded.network
        if self._recall is not None and network.recall is not None:
            size = network.config.recall
            query, key, value = torch.split(parts[:, : 3 * size], size, 1)
            keys, values = self._recall
            keys.add(key)
            values.add(value)
            shares = (keys.scores(query[:, None]) / size**0.5).softmax(-1)
            out = out + F.linear(values.mixed(shares)[:, 0], network.recall.back.weight, network.recall.back.bias)
            parts = parts[:, 3 * size :]
        if self._ahead is not None:
            out[: self.count] += self._ahead.seen(parts[: self.count])
        return out

    def _cell(self, given: Tensor, state: Tensor) -> Tensor:
        """The decoder's GRU cell, its input multiplied out."""
        size, over = state.shape[1], self.folded.over(state)
        gates = torch.sigmoid(given[:, : 2 * size] + over[:, : 2 * size])
        new = torch.tanh(torch.addcmul(given[:, 2 * size :], gates[:, :size], over[:, 2 * size :]))
        return torch.lerp(new, state, gates[:, size:])


class _Trail:
    """Vectors of steps: those `before`, (1 or rows, steps, heads * size), and those that the rows made since.

    The last `most` of them are looked back on.
    """

    def __init__(self, before: Tensor, rows: int, heads: int = 1) -> None:
        parted = _parted(before, heads).transpose(1, 2)
        self.before = parted if len(before) == 1 else parted.repeat(rows // len(before), 1, 1, 1)
        self.own = before.new_zeros(rows, heads, ROOM, parted.shape[-1])
        self.count = 0

    def add(self, vectors: Tensor) -> None:
        """One for each row, (rows, heads * size)."""
        if self.count == self.own.shape[2]:
            self.own = torch.cat([self.own, torch.zeros_like(self.own)], 2)
        self.own[:, :, self.count] = _parted(vectors, self.own.shape[1])
        self.count += 1

    def keep(self, rows: list[int]) -> None:
        """Of some rows alone."""
        self.own = self.own[rows]
        self.before = self.before if len(self.before) == 1 else self.before[rows]

    def scores(self, query: Tensor) -> Tensor:
        """(rows, heads, steps): the products with a query for each row and head, (rows, heads, size)."""
        before, own = self._parts()
        if len(before) == 1:
            far = torch.bmm(query.transpose(0, 1), before[0].transpose(1, 2)).transpose(0, 1)
        else:
            far = (before @ query[..., None])[..., 0]
        return torch.cat([far, (own @ query[..., None])[..., 0]], -1)

    def mixed(self, shares: Tensor) -> Tensor:
        """(rows, heads, size): the sums of the vectors by shares, (rows, heads, steps); they have one head."""
        before, own = self._parts()
        far, near = torch.split(shares, [before.shape[2], own.shape[2]], -1)
        if len(before) == 1:
            found = torch.mm(far.flatten(0, 1), before[0, 0]).view(*far.shape[:2], -1)
        else:
            found = far @ before[:, 0]
        return torch.baddbmm(found, near, own[:, 0])

    def _parts(self) -> tuple[Tensor, Tensor]:
        there = self.before.shape[2]
        first = max(0, there + self.count - RECALLED)
        return self.before[:, :, first:], self.own[:, :, max(0, first - there) : self.count]


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
        self.answers = _Trail(before.notes.answers(), rows)
        self.last = before.notes.last().repeat(rows // len(before.notes.pitch))
        after = _parted(pointers.key_right(notes), HEADS)
        self.after = after.permute(1, 2, 0) / after.shape[-1] ** 0.5
        self.drums, self.folded = instrument == DRUMS, folded.keys
        if self.drums or self.folded is None:
            self.told = F.one_hot(pitch, PITCHES).float().repeat(HEADS, 1, 1)
        else:
            self.told = self.folded.after[:, pitch]
        none = torch.zeros(rows, 0)
        self.shares = self.right = self.played = none
        self.fields: dict[str, Tensor] = {}
        self.previous = none.long()

    def keep(self, rows: list[int]) -> None:
        """Of some rows alone."""
        self.keys.keep(rows)
        self.answers.keep(rows)
        self.last = self.last.of_rows(rows)

    def step(self, parts: Tensor, hearing: int, columns: Arrays) -> None:
        """Takes the note before as what answers the key before, and points with `parts`: two queries and a key.

        `hearing`: how many of the rows hear what follows.
        """
        size = parts.shape[1] // 3
        query, query_right, key = torch.split(parts, size, 1)
        self._answer(columns, len(parts))
        scores = self.keys.scores(_parted(query, HEADS)) / (size // HEADS) ** 0.5
        found = self.answers.mixed(F.pad(scores, (0, 1)).softmax(-1)[..., :-1])
        self.keys.add(key)
        pitch, interval, fields = torch.split(found, [PITCHES, INTERVALS, sum(ECHOED)], -1)
        self.fields = dict(zip(NAMES, torch.split(fields, list(ECHOED), -1), strict=True))
        onto = torch.arange(PITCHES) - self.previous[:, None] + INTERVAL
        onto = torch.where((onto >= 0) & (onto < INTERVALS), onto, INTERVALS)
        onto = F.pad(interval, (0, 1)).gather(-1, onto[:, None].expand(-1, HEADS, -1))
        self.played = pitch if self.drums else torch.cat([pitch, onto], 1)
        right = torch.bmm(_parted(query_right[:hearing], HEADS).transpose(0, 1), self.after)
        right = F.pad(right, (0, 1)).softmax(-1)[..., :-1]
        self.right = right.transpose(0, 1)

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
        """Takes the note before as the one that answers the last key, where there is any."""
        names = [f"previous_{name}" for name in FIELDS]
        fields = {name: torch.from_numpy(columns[name]) for name in names}
        times = rows // len(columns["previous_pitch"])
        now = Notes.before({name: column.repeat(times)[:, None] for name, column in fields.items()})
        if self.last.pitch.numel():
            self.answers.add(self.last.then(now).answers()[:, 0])
        self.last, self.previous = now, now.pitch[:, 0]


def _parted(vectors: Tensor, heads: int) -> Tensor:
    """(..., heads, size) of vectors, (..., heads * size)."""
    return vectors.reshape(*vectors.shape[:-1], heads, vectors.shape[-1] // heads)
