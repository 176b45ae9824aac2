"""Training batches, prepared by other processes ahead of time and moved to the device that trains.

A batch follows from its number and the recipe's seed alone, so a resumed run meets the same batches, with any
number of workers. For a GPU batches travel in the smallest types that hold their values: a third of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import count

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from jazzassist.neural.encoding import Floats, Ints
from jazzassist.neural.steps import Arrays
from jazzassist.training import dataset
from jazzassist.training.arrays import TRAIN
from jazzassist.training.config import TrainingConfig
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.fields import Batch
from jazzassist.training.ranks import Ranks

AHEAD = 4  # batches that each worker prepares in advance
ALONE = Ranks()
SMALL = (np.uint8, np.int16, np.int32)


class Batches(Dataset[Batch]):
    """The training batch of each number. Each rank makes the whole batch, which is cheap, and takes its share."""

    def __init__(
        self,
        data: Callable[[], dataset.Dataset],
        training: TrainingConfig,
        ranks: Ranks = ALONE,
        small: bool = False,
    ) -> None:
        self._open, self.training, self.ranks, self.small = data, training, ranks, small

    def __getitem__(self, number: int) -> Batch:
        random = np.random.default_rng((self.training.seed, number))
        arrays = self.ranks.share(self._data.batch(random, self.training.batch, TRAIN))
        return tensors(smaller(arrays) if self.small else arrays)

    @cached_property
    def _data(self) -> dataset.Dataset:
        """Opened in the process that reads it, so that the arrays are not sent to it."""
        return self._open()


def batches(source: Batches, first: int, workers: int, pinned: bool = False) -> Iterator[Batch]:
    """The batches from number `first` on, in order, without end. `workers`: processes; 0 for none but this one.

    `pinned`: whether they are in memory from which a CUDA device copies while it computes.
    """
    # A generator of its own: otherwise every start of the loader would take from the dropout's random numbers.
    loader = DataLoader(
        source,
        batch_size=None,
        sampler=count(first),
        num_workers=workers,
        prefetch_factor=AHEAD if workers else None,
        pin_memory=pinned,
        generator=torch.Generator(),
    )
    return iter(loader)


def smaller(arrays: Arrays) -> Arrays:
    """The arrays in the smallest types that hold exactly their values."""
    return {name: _small(array) for name, array in arrays.items()}


def _small(array: Ints | Floats) -> Ints | Floats:
    if np.issubdtype(array.dtype, np.floating):
        half = array.astype(np.float16)
        return half if np.array_equal(half, array) else array  # type: ignore[return-value]
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    kinds = (kind for kind in SMALL if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return array.astype(next(kinds, np.int64))  # type: ignore[return-value]


def moved(batch: Batch, device: torch.device) -> Batch:
    """The batch on a device, in the types that the network takes."""
    return {name: _wide(tensor.to(device, non_blocking=True)) for name, tensor in batch.items()}


def _wide(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor.long()
