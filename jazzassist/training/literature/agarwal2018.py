"""After S. Agarwal and others, "LSTM based music generation with dataset preprocessing and reconstruction
techniques", IEEE SSCI 2018, pages 455-462.

From the abstract: music in textual notation; everything but the essential is removed before training, so that the
network only learns the notes, and is restored after generation; after the same number of epochs, more of the output
is well-formed. Decisions made here: ABC notation as in `notation.py`, one character per token, one LSTM layer of 256
units, one-hot input, dropout 0.2, Adam at 3e-3, a context of 256 characters.

`Agarwal2018Raw` is the same network on whole sheets with headers, bar lines and ties, as a baseline for the
preprocessing. It is not available in the app.
"""

from __future__ import annotations

from typing import ClassVar

import torch

from jazzassist.literature.systems import AGARWAL, AGARWAL_RAW, System
from jazzassist.training.literature.layers import OneLayer

DROPOUT = 0.2


class Agarwal2018(OneLayer):
    """`vocabulary`: number of characters. `units`: size of the layer."""

    system: ClassVar[System] = AGARWAL

    def __init__(self, vocabulary: int, units: int = 256) -> None:
        super().__init__(vocabulary, units, DROPOUT)

    def optimizer(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.trained(), 3e-3)


class Agarwal2018Raw(Agarwal2018):
    """The network without the preprocessing."""

    system: ClassVar[System] = AGARWAL_RAW
