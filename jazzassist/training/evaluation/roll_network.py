"""The network on piano rolls, which also sees the keys around each key.

Which key follows depends on the keys near it that sound already, and in the same way all over the
piano; learning that for each key by itself takes many times as long. So a small convolution along the
keys adds to the logits of the pitches: weights shared among the keys, as in Johnson 2017, "Generating
polyphonic music using tied parallel networks".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from jazzassist.neural.encoding import PITCH
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.evaluation.frames import KEYS, LOWEST
from jazzassist.training.network.fields import Batch
from jazzassist.training.network.network import Network

REACH, CHANNELS = 12, 24  # keys to either side that are seen by each of two layers; channels between them


class RollNetwork(Network):
    """A network for batches of `frames.batch_of`."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        width = 2 * REACH + 1
        self.near = nn.Conv1d(3, CHANNELS, width, padding=REACH)
        self.near_logits = nn.Conv1d(CHANNELS, 1, width, padding=REACH)
        nn.init.zeros_(self.near_logits.weight)

    def forward(self, batch: Batch) -> list[Tensor]:
        """Logits of the five fields, each (batch * steps, classes), given the targets before each field."""
        logits = super().forward(batch)
        added = self.near_logits(torch.relu(self.near(_keys(batch).flatten(0, 1))))[:, 0]
        pitch = logits[PITCH]
        above = pitch.shape[1] - LOWEST - KEYS
        logits[PITCH] = pitch + nn.functional.pad(added, (LOWEST, above)).to(pitch.dtype)
        return logits


def _keys(batch: Batch) -> Tensor:
    """(rows, steps, 3, KEYS): the frame before the coming key's, the one before that, and its own so far."""
    ahead, here = batch["heard_ahead"], batch["heard_here"]
    same = (batch["target_ahead"] == 0)[..., None]
    return torch.stack([here[..., :KEYS], ahead[..., KEYS : 2 * KEYS], ahead[..., :KEYS] * same], -2)
