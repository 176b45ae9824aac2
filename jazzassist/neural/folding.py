"""A trained network as it is stepped note by note: all that does not depend on the notes is worked out once.

What an embedding adds to the gates of the LSTM is the same at every step, so the embeddings are kept
multiplied out, and a step looks up rows and sums them. What the convolution along the keys makes of one
note is kept for each key. Weights lie transposed, as a product of few rows reads them fastest. The same
chances come out as from the `Network` itself, but for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from jazzassist.neural.encoding import DRUMS, FIELDS, HEARD, NO_PITCH, PITCH, PITCHES, QUARTERS_HERE, Ints
from jazzassist.neural.steps import Arrays
from jazzassist.training.network.network import Network
from jazzassist.training.network.pointers import CHANNELS, CLASSES_HEARD, HEADS, REACH, each_octave, sum_of_taps

AT_ONSET = 1  # the field with which what is heard at the onset comes in

Weights = dict[str, Tensor]  # by the names of the network's state


@dataclass(frozen=True)
class Layer:
    """Linear layers of one input as one: `weight`, (inputs, outputs), and `bias`, (outputs,)."""

    weight: Tensor
    bias: Tensor

    @staticmethod
    def of(weights: Weights, *names: str) -> Layer:
        """Their outputs side by side."""
        weight, bias = (torch.cat([weights[f"{name}.{part}"] for name in names]) for part in ("weight", "bias"))
        return Layer(weight.T.contiguous(), bias)

    def beside(self, other: Layer) -> Layer:
        """The outputs of another one behind its own."""
        return Layer(torch.cat([self.weight, other.weight], 1), torch.cat([self.bias, other.bias]))

    def scaled(self, count: int, factor: float) -> Layer:
        """With the first `count` outputs times a factor."""
        factors = torch.ones_like(self.bias)
        factors[:count] = factor
        return Layer(self.weight * factors, self.bias * factors)

    def __call__(self, rows: Tensor) -> Tensor:
        return torch.addmm(self.bias, rows, self.weight)


@dataclass(frozen=True)
class FoldedKeys:
    """The convolution along the keys (`KeyLogits`), of which `near` and `far` are left.

    What notes in any key come to, (keys, CHANNELS * PITCHES): `previous`, the note before, with the bias, NO_PITCH
    last; `after`, of each head, a note that follows. `heard`: the same of the `columns` of what is heard.
    """

    near: Tensor
    far: Tensor
    previous: Tensor
    after: Tensor
    heard: Tensor
    columns: Tensor

    @staticmethod
    def of(weights: Weights) -> FoldedKeys:
        """Of a network's weights."""
        weight, played = weights["fields.hinted.near.weight"], 2 * HEADS
        single = torch.eye(PITCHES)[:, None]
        others = range(played, played + HEADS + 1)
        *after, before = (F.conv1d(single, weight[:, [kind]], padding=REACH).flatten(1) for kind in others)
        previous = torch.cat([before, torch.zeros(1, CHANNELS * PITCHES)])
        columns = torch.tensor([first + step for first in CLASSES_HEARD for step in range(12)])
        single = F.one_hot(columns, QUARTERS_HERE * HEARD).float()
        return FoldedKeys(
            weight[:, :played].contiguous(),
            weights["fields.hinted.far.weight"][0].T.contiguous(),
            previous + weights["fields.hinted.near.bias"].repeat_interleave(PITCHES),
            torch.stack(after),
            each_octave(single, weight[:, played + HEADS + 1 :]).flatten(1),
            columns,
        )

    def logits(self, played: Tensor, rest: Tensor, gates: Tensor) -> Tensor:
        """(rows, PITCHES) to add, of `played`, (rows, 2 * HEADS, PITCHES), and what the `rest` came to."""
        near = F.conv1d(played, self.near, padding=REACH)
        near = torch.relu_(near.add_(rest.view_as(near))).mul_(gates[..., None])
        return sum_of_taps(self.far, near)


class FoldedNetwork:
    """The weights of a `network` for `Stepper`, as they were when it was made.

    `tables`: for each class of the inputs that `names` tells, what it adds to the gates of the first LSTM layer and to
    those of the decoder's first state, side by side. `layers`: of an LSTM layer's input and its hidden state to its
    gates; of the first one's input only what is `heard_ahead`. The gates stand in the order input, forget, output,
    cell, so that those of one kind lie together. Queries come divided by the root of their size. `heads`: by whether
    drums are written, and by field.
    """

    @torch.inference_mode()
    def __init__(self, network: Network) -> None:
        self.network, self._weights = network, {name: part.detach() for name, part in network.state_dict().items()}
        weights, hidden = self._weights, network.config.hidden
        self._columns = _trunk_columns(network)
        self._order = torch.arange(4 * hidden).view(4, hidden)[[0, 1, 3, 2]].flatten()
        self.layers = [self._layer(number) for number in range(network.trunk.num_layers)]
        self.heard_ahead = Layer.of(weights, "heard_ahead")
        looking = ["recall.query", "recall.key", "recall.value"] * (network.recall is not None)
        looking += ["ahead.query"] * (network.ahead is not None)
        self.looking = Layer.of(weights, *looking) if looking else None
        self.norm, self.recalled = network.norm, None
        if self.looking is not None and network.recall is not None:
            self.looking = self.looking.scaled(network.config.recall, network.config.recall**-0.5)
            self.recalled = Layer.of(weights, "recall.back")
        self.pointing, self.keys = None, None
        if network.pointers is not None:
            pointing = Layer.of(weights, "pointers.query", "pointers.query_right", "pointers.key")
            self.pointing = pointing.scaled(network.config.pointers, (network.config.pointers // HEADS) ** -0.5)
            self.keys = FoldedKeys.of(weights)
        self.start = weights["fields.start.weight"][:, :hidden].T.contiguous()
        self._into = weights["fields.cell.weight_ih"]
        self.over = Layer(weights["fields.cell.weight_hh"].T.contiguous(), weights["fields.cell.bias_hh"])
        self.names, self._firsts, self.tables = self._tables()
        tables = [weights[f"fields.chosen.{field}.weight"] for field in range(len(FIELDS) - 1)]
        self.chosen = [table @ self._into.T + weights["fields.cell.bias_ih"] for table in tables]
        self.chosen[AT_ONSET] += self._into @ weights["fields.heard_here.bias"]
        self.heard_here = (self._into @ weights["fields.heard_here.weight"]).T.contiguous()
        self.heads = [[self._head(field, drums) for field in range(len(FIELDS))] for drums in (False, True)]

    def rows_of(self, columns: Arrays, instrument: int) -> Ints:
        """(steps, names): the rows of `tables` that steps look up, by the columns that `step_arrays` names."""
        found = np.stack([np.asarray(columns[name], np.int64) for name in self.names], 1)
        pitch = self.names.index("previous_pitch")
        if instrument == DRUMS:
            found[:, pitch] += PITCHES
        found[columns["previous_pitch"] == NO_PITCH, pitch] = 2 * PITCHES
        if "bar" in self.names:
            found[:, self.names.index("bar")] %= self.network.config.phrase
        return found + self._firsts

    def unsaid(self, rows: Ints, names: tuple[str, ...]) -> Ints:
        """Rows of `rows_of` in which nothing is said of some of the names."""
        found = rows.copy()
        where = [self.names.index(name) for name in names]
        found[:, where] = self._firsts[where]
        return found

    def known(self, right: Tensor, instrument: int) -> tuple[Tensor, Tensor]:
        """What rows that hear `right`, (rows, right), of what follows add at every step: to the gates, to the start."""
        into, kind = self._weights["trunk.weight_ih_l0"], self._weights["instrument.weight"][instrument]
        gates = right @ into[:, self._columns["right"]].T + into[:, self._columns["instrument"]] @ kind
        start = Layer(
            self._weights["fields.start.weight"][:, self.network.config.hidden :].T, self._weights["fields.start.bias"]
        )
        return gates[:, self._order], start(torch.cat([right, kind.expand(len(right), -1)], 1))

    def _layer(self, number: int) -> Layer:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        into, over, *biases = (self._weights[f"trunk.{name}_l{number}"] for name in names)
        if number == 0:
            into = into[:, self._columns["heard_ahead"]]
        weight = torch.cat([into, over], 1)[self._order]
        return Layer(weight.T.contiguous(), (biases[0] + biases[1])[self._order])

    def _tables(self) -> tuple[list[str], Ints, Tensor]:
        """(names, the first row of each, rows); what every step adds comes in with the first name's."""
        weights, gap = self._weights, list(self.network.gap.tables)
        given = {f"previous_{name}": weights[f"note.{name}.weight"] for name in self.network.note}
        given |= {name: weights[f"{name}.weight"] for name in ("quarter", "bar_length")}
        given |= {name: weights[f"gap.tables.{name}.weight"] for name in gap}
        given |= {"bar": weights["phrase.weight"]} if self.network.phrase is not None else {}
        begin = torch.split(self._into @ weights["fields.gap.weight"], [given[name].shape[1] for name in gap], 1)
        of_gap = dict(zip(gap, begin, strict=True))
        into = weights["trunk.weight_ih_l0"][self._order]
        rows = []
        for name, table in given.items():
            gates = table @ into[:, self._columns["quarter" if name == "bar" else name]].T
            first = table @ of_gap[name].T if name in of_gap else table.new_zeros(len(table), len(self._into))
            rows.append(torch.cat([gates, first], 1))
        always = self._into @ weights["fields.gap.bias"] + weights["fields.cell.bias_ih"]
        rows[0] += torch.cat([self.layers[0].bias, always])
        firsts = np.cumsum([0, *(len(table) for table in rows[:-1])])
        return list(given), firsts, torch.cat(rows)

    def _head(self, field: int, drums: bool) -> Layer:
        """The logits of a field, and beside them how much each of its hints counts."""
        found = Layer.of(self._weights, f"fields.heads.{field}")
        if field == PITCH:
            part = slice(PITCHES * drums, PITCHES * (drums + 1))
            found = Layer(found.weight[:, part].contiguous(), found.bias[part])
        if self.keys is None:
            return found
        of_pitch = "kit" if drums else "gates"
        name = of_pitch if field == PITCH else f"echo.{FIELDS[field]}"
        return found.beside(Layer.of(self._weights, f"fields.hinted.{name}"))


def _trunk_columns(network: Network) -> dict[str, slice]:
    """Where in the trunk's input each part of `Network.step_inputs` stands."""
    weights = network.state_dict()
    names = {f"previous_{name}": f"note.{name}" for name in ("ahead", "sub", "duration", "velocity", "pitch")}
    names |= {name: name for name in ("instrument", "quarter", "bar_length")}
    names |= {name: f"gap.tables.{name}" for name in network.gap.tables}
    sizes = {name: weights[f"{module}.weight"].shape[1] for name, module in names.items()}
    sizes |= {"heard_ahead": network.heard_ahead.out_features, "right": network.config.right}
    ends = np.cumsum(list(sizes.values())).tolist()
    return {name: slice(end - size, end) for (name, size), end in zip(sizes.items(), ends, strict=True)}
