"""A training run to be started by torchrun: CORPUS FOLDER UPDATES [KILLED], the rank that dies after as many updates.

Its clock ticks a second a call and nothing is dropped out, so that only what is tested can differ.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import torch

from jazzassist.training.config import Recipe
from jazzassist.training.ranks import Ranks
from jazzassist.training.train import STATE, Run
from tests.training.tiny_corpus import RECIPE


def recipe(dropout: float = 0.0) -> Recipe:
    return replace(RECIPE, network=replace(RECIPE.network, dropout=dropout))


def begin(corpus: Path, folder: Path, ranks: Ranks, dropout: float = 0.0) -> Run:
    torch.set_num_threads(1)
    run = Run(recipe(dropout), corpus, folder, count().__next__, ranks)
    run.autocast = False
    run.resume()
    return run


def main(corpus: Path, folder: Path, updates: int, killed: int | None) -> None:
    ranks = Ranks.join()
    assert ranks.count == 2
    run = begin(corpus, folder, ranks)
    run.train(updates, report=False)
    if killed is not None:
        if ranks.number == killed:
            while not (folder / STATE).exists():  # the first process writes it, and is ended with this one
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)
        run.train(updates, report=False)
    run.evaluate()
    torch.save(run.network.state_dict(), folder / f"rank-{ranks.number}.pt")
    ranks.leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else None)
