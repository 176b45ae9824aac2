"""Nats per note on held-out tunes, by field and task."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from jazzassist.neural.encoding import FIELDS, HEARD, OTHERS, WISHES
from jazzassist.neural.steps import AIMS, NO_SLOT
from jazzassist.training.arrays import TEST, VALIDATION
from jazzassist.training.dataset import Dataset, Mode
from jazzassist.training.devices import creating_on, device_for
from jazzassist.training.loading import moved
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.fields import Batch, field_losses
from jazzassist.training.network.network import Network

SEED = 7


def _same(batch: Batch) -> None:
    pass


def without_right(batch: Batch) -> None:
    """Takes what follows the gaps out of a batch."""
    batch["slot"][:] = NO_SLOT
    for name in AIMS:
        batch[name][:] = 0


def _without_lines(batch: Batch) -> None:
    for heard in _tables(batch):
        heard[..., :OTHERS] = 0


def without_chords(batch: Batch) -> None:
    """Takes the chords out of a batch."""
    for heard in _tables(batch):
        heard[..., OTHERS:] = 0


def _without_wishes(batch: Batch) -> None:
    for name in WISHES:
        batch[name][:] = 0


def _tables(batch: Batch) -> list[Tensor]:
    """Views of what is heard, (..., quarters, HEARD)."""
    return [batch[name].view(*batch[name].shape[:-1], -1, HEARD) for name in ("heard_ahead", "heard_here")]


TASKS: dict[str, tuple[Mode, Callable[[Batch], None]]] = {
    "plain": ("plain", _same),
    "continuation of a set length": ("exact", _same),
    "bridge": ("bridge", _same),
    "bridge without what follows": ("bridge", without_right),
    "bridge without the other lines": ("bridge", _without_lines),
    "bridge without chords": ("bridge", without_chords),
    "bridge without wishes": ("bridge", _without_wishes),
}


def held_out(
    network: Network, data: Dataset, batches: int = 6, size: int = 32, part: int = VALIDATION
) -> dict[str, dict[str, float]]:
    """Nats per note by field, and in total, for each of TASKS on the same held-out windows at every call.

    Where there are gaps only the notes inside them count.
    """
    return {name: _nats(network, data, name, batches, size, part) for name in TASKS}


def held_out_by_role(network: Network, data: Dataset, batches: int = 3, size: int = 32) -> dict[str, dict[str, float]]:
    """The same for bridges in each role of the corpus that has held-out lines."""
    roles = [role for role in data.roles if len(data.only(role).lines(TEST))]
    return {role: _nats(network, data.only(role), "bridge", batches, size, TEST) for role in roles}


@torch.no_grad()
def _nats(network: Network, data: Dataset, task: str, batches: int, size: int, part: int) -> dict[str, float]:
    network.eval()
    mode, change = TASKS[task]
    random, device = np.random.default_rng(SEED), device_for(network)
    sums, count = np.zeros(len(FIELDS)), 0
    for _ in range(batches):
        batch = moved(tensors(data.batch(random, size, part, mode, augment=False)), device)
        asked = (batch["target_pitch"] >= 0) & ((batch["counting"] > 0) | (mode == "plain"))
        change(batch)
        with creating_on(device):
            losses = field_losses(network(batch), batch)
        sums += np.array([float(loss[asked.flatten()].sum()) for loss in losses])
        count += int(asked.sum())
    nats = sums / max(1, count)
    return dict(zip(FIELDS, np.round(nats, 4).tolist(), strict=True)) | {"total": round(float(nats.sum()), 4)}
