"""The network of the paper: N. Rokvic, "Music generation using LSTM (Long Short-Term Memory) network", figure 3.

Three LSTM layers of 256 units, batch normalisation, a dense layer of 256 units, ReLU, batch normalisation, a dense
layer of the size of the vocabulary, softmax. The table of figure 3 gives 264,192 parameters for the first layer,
4 x 256 x (1 + 256 + 1), so the input of a step is one number: the word's number divided by the size of the
vocabulary. (Words that are alphabetic neighbours are therefore similar for the network; only its output is one-hot.)
A sequence of 100 words predicts the next one, and a generated word replaces the oldest.

Differences: the paper does not name the optimizer (here Adam), and only trains the prediction after the hundredth
step. Here all steps from the tenth on are trained, which reduces the cost per note to a ninetieth with the same
network. `--targets 1` trains as in the paper.
"""

from __future__ import annotations

from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from jazzassist.literature.systems import ROKVIC, System
from jazzassist.training.literature.layers import KerasLSTM, Layer, LiteratureNetwork, State, keras_norm


class Rokvic2021(LiteratureNetwork):
    """`vocabulary`: number of words. `units`: size of each layer."""

    system: ClassVar[System] = ROKVIC

    def __init__(self, vocabulary: int, units: int = 256) -> None:
        super().__init__()
        self.vocabulary, self.units = vocabulary, units
        self.lstm = nn.ModuleList([KerasLSTM(1, units), KerasLSTM(units, units), KerasLSTM(units, units)])
        self.norm_1, self.dense_1 = keras_norm(units), nn.Linear(units, units)
        self.norm_2, self.dense_2 = keras_norm(units), nn.Linear(units, vocabulary)

    @property
    def sizes(self) -> dict[str, int]:
        """The constructor arguments."""
        return {"vocabulary": self.vocabulary, "units": self.units}

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits of the word after each word, (batch, steps, vocabulary)."""
        return self._out(self._trunk(tokens).flatten(0, 1)).view(*tokens.shape, -1)

    def start(self, rows: int) -> State:
        """Return an empty state: the whole window is read again for each word."""
        return {}

    def read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the logits of the word after `tokens`, which are the whole window."""
        return self._out(self._trunk(tokens)[:, -1]), {}

    def table(self) -> list[Layer]:
        """The rows of figure 3."""
        whole, units, words = (self.window, self.units), (self.units,), (self.vocabulary,)
        return [
            Layer("lstm_1 (LSTM)", whole, self.lstm[0]),
            Layer("lstm_2 (LSTM)", whole, self.lstm[1]),
            Layer("lstm_3 (LSTM)", units, self.lstm[2]),
            Layer("batch_normalization_1 (BatchNormalization)", units, self.norm_1),
            Layer("dense_1 (Dense)", units, self.dense_1),
            Layer("activation_1 (Activation, relu)", units),
            Layer("batch_normalization_2 (BatchNormalization)", units, self.norm_2),
            Layer("dense_2 (Dense)", words, self.dense_2),
            Layer("activation_2 (Activation, softmax)", words),
        ]

    def _trunk(self, tokens: Tensor) -> Tensor:
        """Return the output of the third layer, (batch, steps, units)."""
        out = (tokens.to(self.dense_1.weight.dtype) / self.vocabulary)[..., None]
        for layer in self.lstm:
            out, _ = layer(out)
        return out

    def _out(self, out: Tensor) -> Tensor:
        """Return the logits, (rows, vocabulary)."""
        hidden = torch.relu(self.dense_1(self.norm_1(out)))
        return cast(Tensor, self.dense_2(self.norm_2(hidden)))
