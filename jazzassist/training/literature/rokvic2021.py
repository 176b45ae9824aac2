"""The network of the paper: N. Rokvic, "Music generation using LSTM (Long Short-Term Memory) network", figure 3.

Three LSTM layers of 256, batch normalisation, a dense layer of 256, ReLU, batch normalisation, a dense
layer as wide as the vocabulary, softmax. The table of figure 3 has 264,192 parameters in the first
layer, 4 x 256 x (1 + 256 + 1), so each step hears one number: the word's integer, normalised, which is
its number divided by the size of the vocabulary. (Words next to each other in the alphabet so look
alike to the network. One-hot is only what comes out.) A sequence of 100 predicts the word after it, and
a word that is written takes the place of the oldest.

Not in the paper: which optimizer (here Adam), and that not only the hundredth step is trained to
predict its next word but all from the tenth on. The network is the same, a note costs a ninetieth, and
`--targets 1` trains as the paper does.
"""

from __future__ import annotations

from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from jazzassist.literature.systems import ROKVIC, System
from jazzassist.training.literature.layers import KerasLSTM, Layer, LiteratureNetwork, State, keras_norm


class Rokvic2021(LiteratureNetwork):
    """`vocabulary`: words; `units`: of each layer."""

    system: ClassVar[System] = ROKVIC

    def __init__(self, vocabulary: int, units: int = 256) -> None:
        super().__init__()
        self.vocabulary, self.units = vocabulary, units
        self.lstm = nn.ModuleList([KerasLSTM(1, units), KerasLSTM(units, units), KerasLSTM(units, units)])
        self.norm_1, self.dense_1 = keras_norm(units), nn.Linear(units, units)
        self.norm_2, self.dense_2 = keras_norm(units), nn.Linear(units, vocabulary)

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments that build it again."""
        return {"vocabulary": self.vocabulary, "units": self.units}

    def forward(self, tokens: Tensor) -> Tensor:
        """(batch, steps, vocabulary) logits of the word after each of the words."""
        return self._out(self._trunk(tokens).flatten(0, 1)).view(*tokens.shape, -1)

    def start(self, rows: int) -> State:
        """Nothing: it reads its whole window anew for each word."""
        return {}

    def read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Logits of the word after `tokens`, which are the whole window."""
        return self._out(self._trunk(tokens)[:, -1]), {}

    def table(self) -> list[Layer]:
        """The lines of figure 3."""
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
        """(batch, steps, units) after the third layer."""
        out = (tokens.to(self.dense_1.weight.dtype) / self.vocabulary)[..., None]
        for layer in self.lstm:
            out, _ = layer(out)
        return out

    def _out(self, out: Tensor) -> Tensor:
        """(rows, vocabulary) logits."""
        hidden = torch.relu(self.dense_1(self.norm_1(out)))
        return cast(Tensor, self.dense_2(self.norm_2(hidden)))
