"""The network of S. Mangal, R. Modak and P. Joshi, "LSTM based music generation system", CoRR abs/1908.01080.

From the paper: one LSTM layer of 512 units, dropout, a dense layer, softmax, RMSprop; accuracy 0.97 after 200 epochs,
measured on the training music. That figure shows memorisation, so the comparison uses held-out music. Decisions made
here: words as for rokvic2021, one-hot; sequences of 100; dropout 0.3; RMSprop with Keras's constants; training ends
when the held-out loss rises, long before 200 epochs.
"""

from __future__ import annotations

from typing import ClassVar

import torch

from jazzassist.literature.systems import MANGAL, System
from jazzassist.training.literature.layers import OneLayer

DROPOUT = 0.3


class Mangal2019(OneLayer):
    """`vocabulary`: number of words. `units`: size of the layer."""

    system: ClassVar[System] = MANGAL

    def __init__(self, vocabulary: int, units: int = 512) -> None:
        super().__init__(vocabulary, units, DROPOUT)

    def optimizer(self) -> torch.optim.Optimizer:
        """RMSprop with Keras's constants."""
        return torch.optim.RMSprop(self.trained(), 1e-3, alpha=0.9, eps=1e-7)
