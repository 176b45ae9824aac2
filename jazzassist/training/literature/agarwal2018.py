"""After S. Agarwal and others, "LSTM based music generation with dataset preprocessing and reconstruction
techniques", IEEE SSCI 2018, pages 455-462.

The paper's summary: textual notation; what is not essential is removed before training, so that the
network learns the notes of the text alone, and put back after generation; then more of what it writes
is well-formed after as many epochs. Decided here: ABC notation as `notation.py` writes and reads it,
a character at a time, one LSTM layer of 256, one-hot, dropout 0.2, Adam at 3e-3, 256 characters of context.

`Agarwal2018Raw` is the same network on whole sheets with headers, bar lines and ties: what the
preprocessing is measured against. It writes nothing in the app.
"""

from __future__ import annotations

from typing import ClassVar

import torch

from jazzassist.literature.systems import AGARWAL, AGARWAL_RAW, System
from jazzassist.training.literature.layers import OneLayer

DROPOUT = 0.2


class Agarwal2018(OneLayer):
    """`vocabulary`: characters; `units`: of the layer."""

    system: ClassVar[System] = AGARWAL

    def __init__(self, vocabulary: int, units: int = 256) -> None:
        super().__init__(vocabulary, units, DROPOUT)

    def optimizer(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.trained(), 3e-3)


class Agarwal2018Raw(Agarwal2018):
    """Without the preprocessing."""

    system: ClassVar[System] = AGARWAL_RAW
