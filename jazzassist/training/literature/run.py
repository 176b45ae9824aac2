"""The training loop of the literature networks: resumable, with early stopping; keeps the best weights.

The folder of a run contains the best checkpoint so far (weights.safetensors, config.json), state.pt for resuming, and
log.jsonl as in other runs. An epoch has as many counted targets as the training lines have tokens.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import Progress as Bars

from jazzassist.literature.systems import SYSTEMS
from jazzassist.literature.words import Vocabulary
from jazzassist.neural.checkpoint import WEIGHTS
from jazzassist.training.arrays import TRAIN, VALIDATION
from jazzassist.training.config import Recipe
from jazzassist.training.devices import has_bf16
from jazzassist.training.literature.checkpoint import Loaded, save
from jazzassist.training.literature.data import Tokens, encoded, spelled, tunes, vocabulary_of
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.literature.systems import build
from jazzassist.training.literature.wellformed import well_formed
from jazzassist.training.train import LOG, STATE

CLIP = 1.0
HELD_OUT_SEED = 7
LOGGED = 25  # updates between lines of the log


@dataclass(frozen=True)
class Settings:
    """Training settings.

    `targets`: number of trained tokens at the end of a window, 0 for all but the first tenth. `patience`: epochs
    without a better held-out loss after which training ends. `held_out`: number of held-out windows. `sheets`: number
    of sheets written after each epoch to measure how many are well-formed (text networks only).
    """

    minutes: float = 10.0
    epochs: int = 100
    batch: int = 32
    targets: int = 0
    patience: int = 5
    held_out: int = 512
    sheets: int = 64
    seed: int = 0
    units: int = 0  # 0: the default of the network


@dataclass
class Place:
    """The progress of a run. `best` and the nats in the log are per token of the network's kind."""

    epoch: int = 0
    updates: int = 0
    notes: int = 0
    seconds: float = 0.0
    best: float = math.inf
    best_epoch: float = 0.0
    done: bool = False


@dataclass(frozen=True)
class Material:
    """The data of one network: its vocabulary, training tokens and held-out tokens."""

    vocabulary: Vocabulary
    training: Tokens
    held_out: Tokens

    @staticmethod
    def of(system: str, corpus: Path, recipe: Recipe) -> Material:
        """Read and encode the corpus. Takes some seconds."""
        kind = SYSTEMS[system].kind
        lines = spelled(kind, tunes(corpus, recipe, TRAIN), "training")
        held = spelled(kind, tunes(corpus, recipe, VALIDATION), "held-out")
        vocabulary = vocabulary_of(kind, lines)
        return Material(vocabulary, encoded(vocabulary, lines), encoded(vocabulary, held))


class LiteratureRun:
    """The training of one network in `folder`, new or resumed.

    `clock`: returns seconds; processor time by default, so that a busy machine does not shorten the run.
    """

    def __init__(
        self,
        system: str,
        material: Material,
        folder: Path,
        settings: Settings,
        clock: Callable[[], float] = time.process_time,
    ) -> None:
        self.system, self.material, self.folder, self.settings, self.clock = system, material, folder, settings, clock
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(settings.seed)
        sizes = {"units": settings.units} if settings.units else {}
        self.network: LiteratureNetwork = build(system, vocabulary=len(material.vocabulary), **sizes)
        self.optimizer = self.network.optimizer()
        self.place = Place()
        self.autocast = has_bf16()

    @property
    def targets(self) -> int:
        """The number of trained tokens per window."""
        return self.settings.targets or self.network.window - self.network.window // 10

    @property
    def updates_in_epoch(self) -> int:
        """The number of batches per epoch."""
        return max(1, len(self.material.training.values) // (self.targets * self.settings.batch))

    @property
    def epochs_done(self) -> float:
        """The number of completed epochs, with its fraction."""
        return round(self.place.updates / self.updates_in_epoch, 2)

    def resume(self) -> bool:
        """Resume from the files of `keep`. Return False if there are none, or if their vocabulary differs."""
        path = self.folder / STATE
        if not path.exists():
            return False
        state: dict[str, Any] = torch.load(path, weights_only=True)
        if state["vocabulary"] != list(self.material.vocabulary.entries):
            return False
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        self.place = Place(**state["place"])
        self.place.done = self._is_done()  # by the current settings, which may allow more than the previous ones
        return True

    def train(self) -> None:
        """Train until the time is used up, all epochs are done or the held-out loss rises; then save the run."""
        place, begun = self.place, self.place.updates
        if not begun:
            (self.folder / LOG).unlink(missing_ok=True)
        with Bars(transient=True) as bars:
            bar = bars.add_task(self.system, total=1.0)
            while not place.done and place.seconds < self.settings.minutes * 60:
                self._to_epoch_end(lambda share: bars.update(bar, completed=share))
                if place.updates >= (place.epoch + 1) * self.updates_in_epoch:
                    place.epoch += 1
                    self.evaluate()
                    self.keep()
        unfinished = place.updates > begun and place.updates % self.updates_in_epoch > 0
        if unfinished or not is_trained(self.folder):
            self.evaluate()
        self.keep()

    def _to_epoch_end(self, tell: Callable[[float], None]) -> None:
        """Run updates until the end of the epoch or of the time."""
        place, budget = self.place, self.settings.minutes * 60
        end = (place.epoch + 1) * self.updates_in_epoch
        while place.updates < end and place.seconds < budget:
            begun = self.clock()
            self._update()
            place.seconds += self.clock() - begun
            tell(max(place.seconds / budget, place.epoch / self.settings.epochs))

    def _update(self) -> None:
        place, network = self.place, self.network
        random = np.random.default_rng((self.settings.seed, place.updates))
        windows = self.material.training.windows(random, self.settings.batch, network.window + 1)
        network.train()
        generator = torch.Generator().manual_seed(place.updates)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            losses = network.losses(torch.from_numpy(windows), self.targets, generator)
        losses.loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.trained(), CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad()
        place.updates += 1
        place.notes += losses.count
        if place.updates % LOGGED == 0:
            self.log({"loss": round(float(losses.nats) / max(1, losses.count), 4)})

    def evaluate(self) -> None:
        """Log the held-out nats per token, save the best weights as the checkpoint, and decide whether to end."""
        place, settings = self.place, self.settings
        nats = held_out_nats(self.network, self.material.held_out, settings)
        entry: dict[str, Any] = {"epoch": self.epochs_done}
        entry["held_out"] = {self.network.kind: {"total": round(nats, 4)}}
        if self.network.kind in ("text", "raw text"):
            entry["well_formed"] = well_formed(self.network, self.material.vocabulary, settings.sheets)
        self.log(entry)
        if nats < place.best:
            place.best, place.best_epoch = nats, self.epochs_done
            save(Loaded(self.system, self.network, self.material.vocabulary, self._trained()), self.folder)
        place.done = self._is_done()

    def _is_done(self) -> bool:
        place, settings = self.place, self.settings
        return place.epoch - place.best_epoch >= settings.patience or place.epoch >= settings.epochs

    def _trained(self) -> dict[str, float]:
        place = self.place
        minutes, bits = round(place.seconds / 60, 2), round(place.best / math.log(2), 4)
        return {"minutes": minutes, "epochs": self.epochs_done, "tokens": place.notes, "held_out_bits": bits}

    def keep(self) -> None:
        """Save everything needed for resuming, atomically."""
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "place": vars(self.place),
            "vocabulary": list(self.material.vocabulary.entries),
        }
        part = self.folder / (STATE + ".part")
        torch.save(state, part)
        os.replace(part, self.folder / STATE)

    def log(self, entry: dict[str, Any]) -> None:
        """Append a line to the run's log, in the format read by `jazzassist figures`."""
        place = self.place
        head = {"updates": place.updates, "notes": place.notes, "minutes": round(place.seconds / 60, 2)}
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**head, **entry}) + "\n")


@torch.no_grad()
def held_out_nats(network: LiteratureNetwork, tokens: Tokens, settings: Settings) -> float:
    """Return the nats per token on held-out windows, which are the same for every call."""
    network.eval()
    random, generator = np.random.default_rng(HELD_OUT_SEED), torch.Generator().manual_seed(HELD_OUT_SEED)
    targets = settings.targets or network.window - network.window // 10
    nats, count = 0.0, 0
    for _ in range(max(1, settings.held_out // settings.batch)):
        windows = torch.from_numpy(tokens.windows(random, settings.batch, network.window + 1))
        found = network.losses(windows, targets, generator)
        nats, count = nats + float(found.nats), count + found.count
    return nats / max(1, count)


def is_trained(folder: Path) -> bool:
    """Return True if a run has left a checkpoint in the folder."""
    return (folder / WEIGHTS).exists()
