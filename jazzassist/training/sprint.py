"""`jazzassist train sprint`: a short training from a packed corpus, on a machine with nothing but PyTorch.

It needs Python, PyTorch, NumPy and safetensors, and no network. The folder that it writes is a checkpoint of the
weights in half precision, without the optimizer's state, and the log. A later sprint, or `jazzassist train --from`,
goes on from it; `jazzassist graphs` makes it one that the program can use.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from jazzassist.neural.checkpoint import WEIGHTS
from jazzassist.training.config import ConfigError, Recipe
from jazzassist.training.devices import CPU
from jazzassist.training.network.checkpoint import save
from jazzassist.training.packing import unpack
from jazzassist.training.train import LOG, Progress, Run

PROGRESS = "progress.json"  # of all sprints so far, next to the weights
GPU_BATCH = 512  # windows; a recipe's batch keeps no GPU busy
MOST_RATE = 2.0  # times the recipe's learning rate
SAVE_MINUTES = 1.5
LAST_EVALUATION = 1.3  # the time kept for the last evaluation, in that of the first

Clock = Callable[[], float]


@dataclass(frozen=True)
class Options:
    """What is said on the command line. None for what suits the device: the recipe's batch and rate, or larger ones.

    `minutes`: from the start to the end, with unpacking and two evaluations. `updates`: at most. `workers`: processes
    that prepare batches. `start`: a checkpoint to begin with. `exact`: whether to compute in float32 alone.
    """

    minutes: float = 10
    batch: int | None = None
    learning_rate: float | None = None
    updates: int | None = None
    workers: int | None = None
    start: Path | None = None
    exact: bool = False


@dataclass(frozen=True)
class Earlier:
    """What the sprints before have done."""

    sprints: int = 0
    updates: int = 0
    notes: int = 0
    seconds: float = 0.0

    @staticmethod
    def of(checkpoint: Path | None) -> Earlier:
        """What a checkpoint's folder says; nothing where it is not of a sprint. ConfigError when it is damaged."""
        path = checkpoint / PROGRESS if checkpoint is not None else None
        if path is None or not path.exists():
            return Earlier()
        try:
            return Earlier(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(f"{path} is damaged: it does not say what the sprints before have done.") from error

    def with_(self, progress: Progress) -> dict[str, float]:
        """The same with one more sprint."""
        seconds = round(self.seconds + progress.seconds, 1)
        updates, notes = self.updates + progress.updates, self.notes + progress.notes
        return {"sprints": self.sprints + 1, "updates": updates, "notes": notes, "seconds": seconds}


class _Sprint(Run):
    """A run that keeps its weights alone, in the folder `out`, with the log of all sprints there."""

    def __init__(self, recipe: Recipe, corpus: Path, out: Path, earlier: Earlier, device: torch.device, clock: Clock):
        super().__init__(recipe, corpus, corpus / "run", clock, device=device)
        self.out, self.earlier = out, earlier
        self.scored = 1 if device.type == CPU else self.scored  # on a processor it would take minutes
        self.log_before = (out / LOG).read_text(encoding="utf-8") if (out / LOG).exists() else ""

    def evaluate(self) -> None:
        """Saves first: an evaluation takes a while, and the machine may be gone after it."""
        self.save()
        super().evaluate()

    def save(self) -> None:
        """Writes the weights in half precision, what all sprints together have done, and the log."""
        save(self.network, self.out, self.recipe.name)
        (self.out / PROGRESS).write_text(json.dumps(self.earlier.with_(self.progress)) + "\n", encoding="utf-8")
        if (self.folder / LOG).exists():
            text = self.log_before + (self.folder / LOG).read_text(encoding="utf-8")
            (self.out / LOG).write_text(text, encoding="utf-8")


def sprint(packed: Path, out: Path, device: torch.device, options: Options, clock: Clock = time.monotonic) -> str:
    """Trains and writes the weights into `out`; one sentence on what was done. ConfigError when it cannot begin.

    Where `out` holds the weights of an earlier sprint, it goes on from them unless another start is named.
    """
    began = clock()
    start = options.start or (out if (out / WEIGHTS).exists() else None)
    earlier = Earlier.of(start)
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    with TemporaryDirectory(ignore_cleanup_errors=True) as work:
        recipe = _changed(unpack(packed, Path(work)), device, options, earlier)
        run = _Sprint(recipe, Path(work), out, earlier, device, clock)
        run.workers = options.workers
        run.autocast = run.autocast and not options.exact
        if start is not None:
            run.start_from(start)
        before = clock()
        run.evaluate()
        at_first = _bits(run)
        spent = clock() - began
        left = options.minutes * 60 - spent - LAST_EVALUATION * (clock() - before)
        if left <= 0:
            needed = options.minutes - left / 60
            raise ConfigError(
                f"{options.minutes:g} minutes are too few here: unpacking and scoring alone take {needed:.1f}."
            )
        run.recipe = replace(recipe, training=replace(recipe.training, minutes=left / 60))
        run.train(options.updates)
    return _told(run, at_first)


def _changed(recipe: Recipe, device: torch.device, options: Options, earlier: Earlier) -> Recipe:
    """The recipe with the batch and learning rate of a sprint, and another seed than the sprints before had.

    Its minutes are set when it is known how long an evaluation takes.
    """
    training = recipe.training
    batch = options.batch or (training.batch if device.type == CPU else max(GPU_BATCH, training.batch))
    # Larger batches take larger steps, but no trained network takes those of a new one well.
    rate = options.learning_rate or training.learning_rate * min(MOST_RATE, math.sqrt(batch / training.batch))
    changed = replace(
        training,
        batch=batch,
        learning_rate=rate,
        seed=training.seed + earlier.sprints,
        checkpoint_minutes=SAVE_MINUTES,
        evaluate_minutes=math.inf,
        patience=0,
    )
    return replace(recipe, training=changed)


def _bits(run: Run) -> float:
    return run.scores["bridge"]["total"] / math.log(2)


def _told(run: _Sprint, at_first: float) -> str:
    done, size = run.progress, (run.out / WEIGHTS).stat().st_size
    speed = done.notes / done.seconds if done.seconds else 0.0
    return (
        f"{run.out} holds the weights ({size / 1e6:.1f} MB) after {done.updates} updates on {run.device.type}: "
        f"{done.notes} notes in {done.seconds / 60:.1f} minutes, {speed:.0f} a second; held-out bridges cost "
        f"{_bits(run):.3f} bits a note, {at_first:.3f} before."
    )
