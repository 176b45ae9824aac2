"""The training run: resumable exactly, logged as JSON lines, evaluated on held-out tunes as it goes.

Its checkpoints move between devices: what was saved on a GPU resumes on the processor, and the other way round. Then
only the random numbers of dropout are others.

Under torchrun the processes share each batch of the recipe, so that they do what one would do alone,
but for the random numbers of dropout.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.config import ConfigError, Recipe, TrainingConfig
from jazzassist.training.dataset import GAPS, Dataset
from jazzassist.training.devices import CPU, PROCESSOR, creating_on, has_bf16, usual_workers
from jazzassist.training.held_out import held_out
from jazzassist.training.loading import Batches, batches, moved
from jazzassist.training.network.checkpoint import load
from jazzassist.training.network.fields import Batch, field_losses
from jazzassist.training.network.network import Network
from jazzassist.training.ranks import Ranks

MODES = ("plain", "continuation of a set length", "bridge")
STATE, BEST, LOG = "state.pt", "best.pt", "log.jsonl"
ADDED = ("ahead", "pointers", "phrase")  # sizes of parts that add nothing at first
WIDER = "extras"  # the size that may be larger than a checkpoint's: what is added to it adds nothing at first either


@dataclass
class Progress:
    """Where a run is: updates and notes done, seconds spent, the best held-out loss so far.

    `best_of`: the best by kind of task; `stale`: evaluations since the last that was better in any of them.
    """

    updates: int = 0
    notes: int = 0
    seconds: float = 0.0
    best: float = math.inf
    best_of: dict[str, float] = field(default_factory=dict)
    stale: int = 0


class Run:
    """One training run in `folder`; begun, or resumed from its last checkpoint, on whatever device that was saved.

    `clock`: seconds from any time on. `ranks`: the processes that share the run. `make`: the kind of network.
    `workers`: processes that prepare batches; None for as many as suit the device.
    """

    gaps = GAPS  # in a window, at most
    scored = 6  # batches of held-out windows for each kind of task

    def __init__(
        self,
        recipe: Recipe,
        corpus: Path,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
        ranks: Ranks = Ranks(),  # noqa: B008 - a value that never changes
        make: Callable[[NetworkConfig], Network] = Network,
        device: torch.device = PROCESSOR,
        workers: int | None = None,
    ) -> None:
        training = recipe.training
        if ranks.count > 1 and device.type != CPU:
            raise ConfigError("Several processes share a run on the processor alone; use --device cpu.")
        if training.batch < ranks.count:
            raise ConfigError(f"A batch of {training.batch} windows cannot be shared by {ranks.count} processes.")
        self.recipe, self.corpus, self.folder, self.clock, self.ranks = recipe, corpus, folder, clock, ranks
        self.device, self.workers = device, workers
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(training.seed)
        self.network = make(recipe.network).to(device)
        self.shared = ranks.wrapped(self.network)
        if not ranks.is_first:
            torch.manual_seed(training.seed + ranks.number)  # another dropout than the first one's
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), training.learning_rate, weight_decay=training.weight_decay, fused=True
        )
        self.progress = Progress()
        self.autocast = has_bf16(device)
        self.scores: dict[str, dict[str, float]] = {}  # of the last evaluation
        self._logged = Progress()  # as it was at the last line of the log

    def resume(self) -> bool:
        """Takes up the folder's last checkpoint; False when there is none."""
        path = self.folder / STATE
        if not path.exists():
            return False
        state: dict[str, Any] = torch.load(path, map_location=CPU, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        randoms = [state["random"], *state.get("other_randoms", [])]
        if self.ranks.number < len(randoms):
            torch.set_rng_state(randoms[self.ranks.number])
        self._set_device_random(state.get("device_random", {}))
        self.progress = Progress(**state["progress"])
        self._logged = replace(self.progress)
        return True

    def start_from(self, checkpoint: Path) -> None:
        """Takes over the weights of a checkpoint's folder, and nothing else; ConfigError when its sizes differ.

        Parts that the checkpoint does not have (ADDED), and inputs (WIDER), are left as they begin.
        """
        name, network = load(checkpoint)
        theirs, ours = network.config.as_dict(), self.recipe.network.as_dict()
        for size, value in ours.items():
            added = (size in ADDED and theirs[size] == 0) or (size == WIDER and theirs[size] < value)
            if size != "dropout" and theirs[size] != value and not added:
                raise ConfigError(
                    f"The checkpoint {name} has {size} {theirs[size]} and the recipe {self.recipe.name} {value}."
                )
        known, own = network.state_dict(), self.network.state_dict()
        for key in known:
            if key.startswith(f"{WIDER}."):
                known[key] = torch.cat([known[key], own[key][len(known[key]) :]])
        self.network.load_state_dict(own | known)

    def train(self, updates: int | None = None, report: bool = True) -> None:
        """Trains until the recipe's minutes are spent or no task gets better, or for `updates` more updates.

        Then evaluates and saves.
        """
        training = self.recipe.training
        until = math.inf if updates is None else self.progress.updates + updates
        source = Batches(partial(Dataset, self.corpus, self.recipe, self.gaps), training, self.ranks, self._on_gpu)
        workers = self.workers if self.workers is not None else usual_workers(self.device) * report
        numbered = batches(source, self.progress.updates, workers, pinned=self.device.type == "cuda")
        saved = evaluated = clock = self._now()
        while self.progress.seconds < training.minutes * 60 and self.progress.updates < until and not self.is_stale:
            self._update(next(numbered))
            now = self._now()
            self.progress.seconds += now - clock
            clock = now
            if now - evaluated > training.evaluate_minutes * 60:
                self.evaluate()
                evaluated = clock = self._now()
            if now - saved > training.checkpoint_minutes * 60:
                self.save()
                saved = self._now()
        if report:
            self.evaluate()
        self.save()

    @property
    def is_stale(self) -> bool:
        """Whether for `patience` evaluations no kind of task has got better on held-out tunes."""
        return 0 < self.recipe.training.patience <= self._from_first(self.progress.stale)

    def changed(self, batch: Batch) -> Batch:
        """A training batch, on the run's device, as this run meets it."""
        return batch

    @property
    def _on_gpu(self) -> bool:
        return self.device.type != CPU

    def _device_random(self) -> dict[str, Tensor]:
        """The random numbers of the device, by its type: dropout on a GPU does not take those of the processor."""
        if self.device.type == "cuda":
            return {"cuda": torch.cuda.get_rng_state(self.device)}
        return {"mps": torch.mps.get_rng_state()} if self.device.type == "mps" else {}

    def _set_device_random(self, states: dict[str, Tensor]) -> None:
        """Goes on with those that were saved; a run that was on another type of device begins with its own."""
        state = states.get(self.device.type)
        if state is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(state, self.device)
        elif state is not None:
            torch.mps.set_rng_state(state)

    def _now(self) -> float:
        return self.ranks.now(self.clock)

    def _from_first(self, number: int) -> int:
        """A number of the first process, which alone evaluates."""
        return int(self.ranks.now(lambda: number))

    def _update(self, batch: Batch) -> None:
        training, progress = self.recipe.training, self.progress
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(training, progress)
        with creating_on(self.device):
            batch = self.changed(moved(batch, self.device))
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
                losses = field_losses(self.shared(batch), batch)
            steps = self.ranks.total((batch["target_ahead"] >= 0).sum())
            loss = weighted(losses, training) / steps
            (loss * self.ranks.count).backward()  # type: ignore[no-untyped-call]  # the gradients' mean is their sum
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), training.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        progress.updates += 1
        progress.notes += int(steps)
        if progress.updates % 50 == 0:
            self.log({"loss": round(float(self.ranks.total(loss.detach())), 4)})

    def evaluate(self) -> None:
        """Held-out nats by field and kind of task into the log; the best weights so far are kept beside the last."""
        if not self.ranks.is_first:
            return
        scores = self.scores = held_out(self.network, Dataset(self.corpus, self.recipe), self.scored)
        self.log({"held_out": scores})
        total = scores["bridge"]["total"] + scores["plain"]["total"]
        self.progress.stale += 1
        for mode in MODES:
            if scores[mode]["total"] < self.progress.best_of.get(mode, math.inf):
                self.progress.best_of[mode], self.progress.stale = scores[mode]["total"], 0
        if total < self.progress.best:
            self.progress.best = total
            _write({"network": self.network.state_dict()}, self.folder / BEST)

    def save(self) -> None:
        """Everything that a resumed run needs, written so that a crash leaves the old checkpoint whole."""
        randoms = self.ranks.gathered(torch.get_rng_state())
        if not self.ranks.is_first:
            return
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": randoms[0],
            "other_randoms": randoms[1:],
            "device_random": self._device_random(),
            "progress": vars(self.progress),
        }
        _write(state, self.folder / STATE)

    def log(self, entry: dict[str, Any]) -> None:
        """Adds one line to the run's log and prints it."""
        if not self.ranks.is_first:
            return
        progress = self.progress
        head: dict[str, Any] = {"updates": progress.updates, "notes": progress.notes}
        head["minutes"] = round(progress.seconds / 60, 2)
        if progress.notes > self._logged.notes and progress.seconds > self._logged.seconds:
            notes, seconds = progress.notes - self._logged.notes, progress.seconds - self._logged.seconds
            head["notes_per_second"] = round(notes / seconds)
            self._logged = replace(progress)
        line = json.dumps({**head, **entry})
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line, flush=True)


def learning_rate(training: TrainingConfig, progress: Progress) -> float:
    """Warm-up by updates, then a cosine to 2 % over the minutes that the run may take."""
    share = min(1.0, progress.seconds / (training.minutes * 60))
    cosine = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share))
    return training.learning_rate * min(1.0, progress.updates / training.warm_up) * cosine


def weighted(losses: list[Tensor], training: TrainingConfig) -> Tensor:
    """The sum of all fields' losses, as much of each as the recipe says."""
    weights = (1.0, 1.0, 1.0, training.duration_weight, training.velocity_weight)
    return torch.stack([weight * loss.sum() for weight, loss in zip(weights, losses, strict=True)]).sum()


def _write(state: dict[str, Any], path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)
