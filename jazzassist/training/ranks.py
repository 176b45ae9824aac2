"""The processes of one training run: one alone, or as many as torchrun has started, which share every batch."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from jazzassist.neural.steps import Arrays


@dataclass(frozen=True)
class Ranks:
    """This process's number among `count` of them. The first one logs, evaluates and saves."""

    number: int = 0
    count: int = 1

    @staticmethod
    def join() -> Ranks:
        """This process among those that torchrun started, connected (gloo); alone where it started none."""
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return Ranks()
        dist.init_process_group("gloo")
        return Ranks(dist.get_rank(), dist.get_world_size())

    def leave(self) -> None:
        """Ends the connection; after an error of one process the others hear of it."""
        if self.count > 1:
            dist.destroy_process_group()

    @property
    def is_first(self) -> bool:
        """Whether this process speaks for all."""
        return self.number == 0

    def share(self, batch: Arrays) -> Arrays:
        """The rows of a batch that this process trains on; together the processes have each row once."""
        return batch if self.count == 1 else {name: rows[self.number :: self.count] for name, rows in batch.items()}

    def wrapped(self, network: nn.Module) -> nn.Module:
        """The network with gradients that are the mean over all processes, and the first one's weights."""
        # Not every batch has a bridge, and the right context is only read where there is one.
        return network if self.count == 1 else DistributedDataParallel(network, find_unused_parameters=True)

    def now(self, clock: Callable[[], float]) -> float:
        """The first process's clock in seconds, so that all decide alike what it is time for."""
        return clock() if self.count == 1 else float(self._from_first(torch.tensor([clock()], dtype=torch.float64)))

    def total(self, value: Tensor) -> Tensor:
        """The sum of a value over all processes."""
        if self.count == 1:
            return value
        found = value.clone()
        dist.all_reduce(found)
        return found

    def gathered(self, value: Tensor) -> list[Tensor]:
        """A value of every process, in order; they have one shape."""
        if self.count == 1:
            return [value]
        found = [torch.empty_like(value) for _ in range(self.count)]
        dist.all_gather(found, value)
        return found

    @staticmethod
    def _from_first(value: Tensor) -> Tensor:
        dist.broadcast(value, 0)
        return value
