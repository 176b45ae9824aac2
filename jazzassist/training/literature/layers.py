"""Keras-compatible layers, the base classes of the networks, and their parameter tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jazzassist.literature.systems import Kind, System

State = dict[str, Tensor]  # recurrent state after the tokens read; the first dimension of each array is the rows
IGNORED = -1  # a target without a loss


@dataclass(frozen=True)
class Layer:
    """A row of the table: name and kind of a layer, its output shape, and its module or None."""

    name: str
    shape: tuple[int, ...]
    module: nn.Module | None = None


@dataclass(frozen=True)
class Losses:
    """The losses of a batch: the loss to minimise, the sum of the nats of all targets, and their number."""

    loss: Tensor
    nats: Tensor
    count: int


class KerasLSTM(nn.LSTM):
    """One LSTM layer with the parameters and initialisation of Keras: one bias vector, 1 for the forget gate.

    torch has a second bias vector. Here it is zero, not trained and not counted.
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
    """Return batch normalisation with Keras's constants."""
    return nn.BatchNorm1d(units, eps=1e-3, momentum=0.01)


class LiteratureNetwork(nn.Module, ABC):
    """The base class of networks that predict the next token. Tokens are numbers below `vocabulary`."""

    system: ClassVar[System]
    vocabulary: int

    @property
    def kind(self) -> Kind:
        """The kind of its tokens."""
        return self.system.kind

    @property
    def window(self) -> int:
        """The maximum number of tokens read before the predicted one."""
        return self.system.window

    @abstractmethod
    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits, (batch, steps, vocabulary), of the token after each of `tokens`, (batch, steps)."""

    @abstractmethod
    def start(self, rows: int) -> State:
        """Return the initial state: zeros."""

    @abstractmethod
    def read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the logits, (batch, vocabulary), of the token after `tokens`, (batch, steps), and the new state.

        This method is exported.
        """

    def ahead(self, after: Tensor, left: Tensor) -> State:
        """Return the state arrays for the music after a gap, for networks that read it; see jiang2019."""
        raise NotImplementedError(f"{self.system.name} does not read the music after a gap")

    @abstractmethod
    def table(self) -> list[Layer]:
        """The layers in order."""

    @property
    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """The constructor arguments."""

    def optimizer(self) -> torch.optim.Optimizer:
        """Return the optimizer: Adam, if the paper does not name one."""
        return torch.optim.Adam(self.trained(), 1e-3)

    def trained(self) -> list[nn.Parameter]:
        """Return the trainable parameters."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def losses(self, windows: Tensor, targets: int, random: torch.Generator) -> Losses:
        """Return the losses of windows, (batch, steps + 1), padded with IGNORED. The last `targets` tokens count."""
        logits = self(windows[:, :-1].clamp(min=0))[:, -targets:].flatten(0, 1)
        wanted = windows[:, 1:][:, -targets:].flatten()
        nats = F.cross_entropy(logits.float(), wanted, ignore_index=IGNORED, reduction="sum")
        count = int((wanted >= 0).sum())
        return Losses(nats / max(1, count), nats.detach(), count)


class OneLayer(LiteratureNetwork):
    """One-hot tokens, one LSTM layer, dropout, one dense layer: the structure of two of the papers."""

    def __init__(self, vocabulary: int, units: int, dropout: float) -> None:
        super().__init__()
        self.vocabulary, self.units = vocabulary, units
        self.lstm = KerasLSTM(vocabulary, units)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(units, vocabulary)

    @property
    def sizes(self) -> dict[str, int]:
        """The constructor arguments."""
        return {"vocabulary": self.vocabulary, "units": self.units}

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits, (batch, steps, vocabulary)."""
        out, _ = self.lstm(self._one_hot(tokens))
        return cast(Tensor, self.dense(self.dropout(out)))

    def start(self, rows: int) -> State:
        """Return the initial output and cell of the layer."""
        return {"hidden": torch.zeros(rows, self.units), "cell": torch.zeros(rows, self.units)}

    def read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the logits, (batch, vocabulary), and the new state."""
        out, (hidden, cell) = self.lstm(self._one_hot(tokens), (state["hidden"][None], state["cell"][None]))
        return self.dense(out[:, -1]), {"hidden": hidden[0], "cell": cell[0]}

    def table(self) -> list[Layer]:
        """The layers in order."""
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
    """Return (all, trainable) parameters as counted by Keras: one bias per LSTM, statistics are not trainable."""
    if module is None:
        return 0, 0
    frozen = {name for name, value in module.named_parameters() if not value.requires_grad}
    trainable = sum(value.numel() for name, value in module.named_parameters() if name not in frozen)
    fixed = sum(value.numel() for name, value in module.named_buffers() if "running" in name)
    return trainable + fixed, trainable


def table_text(network: LiteratureNetwork) -> str:
    """Return the summary table of a network in the format of Keras."""
    lines = [f"{'Layer (type)':<44}{'Output Shape':<20}{'Param #':>10}"]
    for layer in network.table():
        shape = f"({', '.join(['None', *map(str, layer.shape)])})"
        lines.append(f"{layer.name:<44}{shape:<20}{parameters_of(layer.module)[0]:>10}")
    total, trainable = totals(network)
    lines += [f"Total params: {total:,}", f"Trainable params: {trainable:,}"]
    return "\n".join([*lines, f"Non-trainable params: {total - trainable:,}"])


def totals(network: LiteratureNetwork) -> tuple[int, int]:
    """Return (all, trainable) parameters of a network."""
    counts = [parameters_of(layer.module) for layer in network.table()]
    return sum(both for both, _ in counts), sum(trainable for _, trainable in counts)
