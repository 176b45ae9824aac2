"""Layers as Keras has them, what the networks share, and their table of parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jazzassist.literature.systems import Kind, System

State = dict[str, Tensor]  # what a network remembers of the tokens it has read; each has the rows first
IGNORED = -1  # a target that does not count


@dataclass(frozen=True)
class Layer:
    """A line of the table: name and kind of a layer, the shape of what it gives, its module or None."""

    name: str
    shape: tuple[int, ...]
    module: nn.Module | None = None


@dataclass(frozen=True)
class Losses:
    """Of a batch: what is to be made small, the nats of all targets without anything else in them, their number."""

    loss: Tensor
    nats: Tensor
    count: int


class KerasLSTM(nn.LSTM):
    """One LSTM layer as Keras counts and begins it: one bias vector, of which the forget gate's part begins at 1.

    torch adds a second bias to the first; here it is zero, is not trained and is not counted.
    """

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__(inputs, units, batch_first=True)
        nn.init.xavier_uniform_(self.weight_ih_l0)
        nn.init.orthogonal_(self.weight_hh_l0)
        with torch.no_grad():
            self.bias_ih_l0.zero_()
            self.bias_ih_l0[units : 2 * units] = 1
            self.bias_hh_l0.zero_()
        self.bias_hh_l0.requires_grad_(False)


def keras_norm(units: int) -> nn.BatchNorm1d:
    """Batch normalisation with Keras's constants."""
    return nn.BatchNorm1d(units, eps=1e-3, momentum=0.01)


class LiteratureNetwork(nn.Module, ABC):
    """A network that says which token comes next. Tokens are numbers below `vocabulary`."""

    system: ClassVar[System]
    vocabulary: int

    @property
    def kind(self) -> Kind:
        """What its tokens are."""
        return self.system.kind

    @property
    def window(self) -> int:
        """Tokens that are read before the one that is predicted, at most."""
        return self.system.window

    @abstractmethod
    def forward(self, tokens: Tensor) -> Tensor:
        """(batch, steps, vocabulary) logits of the token after each of `tokens`, (batch, steps)."""

    @abstractmethod
    def start(self, rows: int) -> State:
        """The state before anything was read: zeros."""

    @abstractmethod
    def read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """((batch, vocabulary) logits of the token after `tokens`, (batch, steps), state); what is exported."""

    def ahead(self, after: Tensor, left: Tensor) -> State:
        """The arrays of the state that describe what follows a gap, for networks that read it; see jiang2019."""
        raise NotImplementedError(f"{self.system.name} hears one side")

    @abstractmethod
    def table(self) -> list[Layer]:
        """Its layers from first to last."""

    @property
    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """The arguments that build it again."""

    def optimizer(self) -> torch.optim.Optimizer:
        """Adam where a paper's summary names no optimizer."""
        return torch.optim.Adam(self.trained(), 1e-3)

    def trained(self) -> list[nn.Parameter]:
        """The parameters that training changes."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def losses(self, windows: Tensor, targets: int, random: torch.Generator) -> Losses:
        """Of windows, (batch, steps + 1) with IGNORED behind the end of a line: the last `targets` tokens count."""
        logits = self(windows[:, :-1].clamp(min=0))[:, -targets:].flatten(0, 1)
        wanted = windows[:, 1:][:, -targets:].flatten()
        nats = F.cross_entropy(logits.float(), wanted, ignore_index=IGNORED, reduction="sum")
        count = int((wanted >= 0).sum())
        return Losses(nats / max(1, count), nats.detach(), count)


class OneLayer(LiteratureNetwork):
    """One-hot tokens, one LSTM layer, dropout, one dense layer: what two of the papers share."""

    def __init__(self, vocabulary: int, units: int, dropout: float) -> None:
        super().__init__()
        self.vocabulary, self.units = vocabulary, units
        self.lstm = KerasLSTM(vocabulary, units)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(units, vocabulary)

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments that build it again."""
        return {"vocabulary": self.vocabulary, "units": self.units}

    def forward(self, tokens: Tensor) -> Tensor:
        """(batch, steps, vocabulary) logits."""
        out, _ = self.lstm(self._one_hot(tokens))
        return cast(Tensor, self.dense(self.dropout(out)))

    def start(self, rows: int) -> State:
        """The layer's output and cell."""
        return {"hidden": torch.zeros(rows, self.units), "cell": torch.zeros(rows, self.units)}

    def read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """((batch, vocabulary) logits, state)."""
        out, (hidden, cell) = self.lstm(self._one_hot(tokens), (state["hidden"][None], state["cell"][None]))
        return self.dense(out[:, -1]), {"hidden": hidden[0], "cell": cell[0]}

    def table(self) -> list[Layer]:
        """Its layers from first to last."""
        units, words = (self.units,), (self.vocabulary,)
        return [
            Layer("lstm (LSTM)", units, self.lstm),
            Layer("dropout (Dropout)", units, self.dropout),
            Layer("dense (Dense)", words, self.dense),
            Layer("activation, softmax", words),
        ]

    def _one_hot(self, tokens: Tensor) -> Tensor:
        return F.one_hot(tokens, self.vocabulary).to(self.dense.weight.dtype)


def parameters_of(module: nn.Module | None) -> tuple[int, int]:
    """(all, trainable) parameters as Keras counts them: one bias a layer of LSTM, statistics as not trainable."""
    if module is None:
        return 0, 0
    frozen = {name for name, value in module.named_parameters() if not value.requires_grad}
    trainable = sum(value.numel() for name, value in module.named_parameters() if name not in frozen)
    fixed = sum(value.numel() for name, value in module.named_buffers() if "running" in name)
    return trainable + fixed, trainable


def table_text(network: LiteratureNetwork) -> str:
    """The table that Keras prints of a network."""
    lines = [f"{'Layer (type)':<44}{'Output Shape':<20}{'Param #':>10}"]
    for layer in network.table():
        shape = f"({', '.join(['None', *map(str, layer.shape)])})"
        lines.append(f"{layer.name:<44}{shape:<20}{parameters_of(layer.module)[0]:>10}")
    total, trainable = totals(network)
    lines += [f"Total params: {total:,}", f"Trainable params: {trainable:,}"]
    return "\n".join([*lines, f"Non-trainable params: {total - trainable:,}"])


def totals(network: LiteratureNetwork) -> tuple[int, int]:
    """(all, trainable) parameters of a network."""
    counts = [parameters_of(layer.module) for layer in network.table()]
    return sum(both for both, _ in counts), sum(trainable for _, trainable in counts)
