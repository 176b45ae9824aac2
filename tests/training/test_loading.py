"""Batches follow from their numbers alone: any number of workers gives the same, and small types lose nothing."""

from __future__ import annotations

from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.training.dataset import Dataset
from jazzassist.training.loading import Batches, batches, moved, smaller
from jazzassist.training.network.fields import Batch
from tests.training.tiny_corpus import RECIPE, TRAINING

CPU = torch.device("cpu")


def some(corpus: Path, workers: int, first: int = 0, small: bool = False, count: int = 5) -> list[Batch]:
    source = Batches(partial(Dataset, corpus, RECIPE), TRAINING, small=small)
    return list(islice(batches(source, first, workers), count))


def same(some_batches: list[Batch], others: list[Batch]) -> bool:
    pairs = zip(some_batches, others, strict=True)
    return all(one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one) for one, other in pairs)


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_gives_the_same_batches(corpus: Path, workers: int) -> None:
    alone = some(corpus, 0)
    assert same(some(corpus, workers), alone)
    assert not same(alone[:1], alone[1:2])


@pytest.mark.parametrize("workers", [0, 3])
def test_batches_go_on_from_a_number(corpus: Path, workers: int) -> None:
    assert same(some(corpus, workers, first=2, count=3), some(corpus, 0)[2:])


def test_small_types_hold_the_same_values(corpus: Path) -> None:
    usual, small = some(corpus, 0), some(corpus, 0, small=True)
    assert same([moved(batch, CPU) for batch in small], [moved(batch, CPU) for batch in usual])
    sizes = [sum(tensor.nbytes for tensor in batches[0].values()) for batches in (usual, small)]
    assert sizes[1] < 0.6 * sizes[0]


def test_numbers_keep_types_that_hold_them() -> None:
    arrays = {
        "thirds": np.array([1 / 3], np.float32),
        "halves": np.array([0.5], np.float32),
        "far": np.array([-1, 40000]),
        "near": np.array([-1, 127]),
        "none": np.zeros(0, np.int64),
        "huge": np.array([1 << 40]),
    }
    kinds = {name: array.dtype.name for name, array in smaller(arrays).items()}
    assert kinds == {
        "thirds": "float32",
        "halves": "float16",
        "far": "int32",
        "near": "int16",
        "none": "uint8",
        "huge": "int64",
    }
