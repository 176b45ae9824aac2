"""The network family on Boulanger-Lewandowski's four sets: frame NLL on the standard splits.

A network of its own is trained on each set's training part, in all keys within a tritone; its
validation part chooses the weights and the end; its test part is scored once. How frames become
steps, and why the figures are exact, is said in `frames`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.config import ConfigError, TrainingConfig
from jazzassist.training.devices import has_bf16
from jazzassist.training.evaluation.frames import KEYS, Roll, arrays_of, batch_of, step_nats
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.evaluation.roll_network import RollNetwork
from jazzassist.training.evaluation.suite import Outcome
from jazzassist.training.evaluation.windows import windows
from jazzassist.training.network.network import Network
from jazzassist.training.train import Progress, learning_rate

SETS = ("JSB_Chorales", "Nottingham", "MuseData", "Piano_midi")
PARTS = ("traindata", "validdata", "testdata")
SEMITONES = 6
CHECKS = 24  # of the validation part in a run
PATIENCE = 6  # checks without a better one after which a run ends
CHECKED_STEPS = 24_000  # of the validation part at each check; at the end all of it is scored
BIG = 100_000  # steps to train on, from which on less dropout is needed

INDEPENDENT, JOINT, NOTES = "independent outputs", "joint output", "note factors"
REMEMBERED = "remembered, not read again"
# Nats per frame in the order of SETS; None where no figure is known.
PUBLISHED: tuple[tuple[str, str, tuple[float | None, ...], str], ...] = (
    ("LSTM", INDEPENDENT, (8.45, 3.29, None, None), "TCN paper"),
    ("TCN", INDEPENDENT, (8.10, 3.07, None, None), "TCN paper"),
    ("LSTM, tuned", INDEPENDENT, (8.33, 3.25, 7.24, 7.54), "RRU paper"),
    ("GRU, tuned", INDEPENDENT, (8.20, 3.22, 7.31, 7.58), "RRU paper"),
    ("Mogrifier LSTM, tuned", INDEPENDENT, (8.18, 3.28, 7.22, 7.52), "RRU paper"),
    ("RRU", INDEPENDENT, (7.72, 2.92, 7.03, 7.38), "RRU paper"),
    ("RNN-RBM", JOINT, (6.27, 2.39, 6.01, 7.09), REMEMBERED),
    ("RNN-NADE", JOINT, (5.56, 2.31, 5.60, 7.05), REMEMBERED),
)
LEGEND = (
    "nats per frame on the test part, lower is better. Independent outputs: each key of a frame by itself, given the "
    "frames before; joint output, note factors: a key also given the other keys of its frame, so a class of its own"
)


@dataclass(frozen=True)
class Manner:
    """How to train: the network's sizes (dropout by the size of the set), steps in a window, windows in a batch."""

    sizes: NetworkConfig = field(
        default_factory=lambda: NetworkConfig(256, decoder=128, right=8, right_notes=1, embedding=32, recall=64)
    )
    dropout: tuple[float, float] = (0.25, 0.1)  # for a small set, for a big one
    steps: int = 256
    context: int = 128  # steps before each that is scored, in a piece longer than a window
    batch: int = 4  # small: in minutes many small updates come further than few large ones
    learning_rate: float = 3e-3
    seed: int = 0


@dataclass(frozen=True)
class Score:
    """A set's frame NLL in nats on its validation and test part, and what it took: minutes, updates, parameters."""

    name: str
    valid: float
    test: float
    minutes: float
    updates: int
    parameters: int


def polyphony(
    folder: Path,
    minutes: float,
    names: Sequence[str] = SETS,
    manner: Manner | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Trains on each set in `folder` for at most `minutes`, and the scores beside the published ones."""
    scores = [train_on(name, read_set(folder, name), minutes, manner or Manner(), tell) for name in names]
    return Outcome({score.name: vars(score) for score in scores}, (sheet(scores),))


def read_set(folder: Path, name: str) -> tuple[list[Roll], list[Roll], list[Roll]]:
    """(training, validation, test) pieces of a MATLAB file with the standard split; ConfigError without it."""
    from scipy.io import loadmat  # of the extra `train`

    path = folder / f"{name}.mat"
    try:
        table = loadmat(str(path))
        train, valid, test = ([Roll.of(piece.astype(np.bool_)) for piece in table[part][0]] for part in PARTS)
    except (OSError, KeyError, ValueError) as error:
        raise ConfigError(f"{path} holds no set of piano rolls: {error}.") from error
    return train, valid, test


def train_on(
    name: str,
    pieces: tuple[list[Roll], list[Roll], list[Roll]],
    minutes: float,
    manner: Manner,
    tell: Callable[[str], None] = lambda line: None,
    clock: Callable[[], float] = time.process_time,
) -> Score:
    """Trains a network on the first pieces until the second ones get no better or the time is over; its score.

    `clock`: seconds from any time on; the processor's, so that a busy machine makes the run no shorter.
    """
    train, valid, test = pieces
    trainer = Trainer(train, minutes, manner, clock)
    weights = _best_weights(name, trainer, some(valid, CHECKED_STEPS), minutes, tell)
    trainer.network.load_state_dict(weights)
    found = [round(frame_nll(trainer.network, part, manner), 4) for part in (valid, test)]
    parameters = sum(weight.numel() for weight in trainer.network.parameters())
    progress = trainer.progress
    return Score(name, found[0], found[1], round(progress.seconds / 60, 1), progress.updates, parameters)


def _best_weights(
    name: str, trainer: Trainer, valid: list[Roll], minutes: float, tell: Callable[[str], None]
) -> dict[str, Tensor]:
    """The weights with the best score on `valid`, once the time is over or nothing better came for a while."""
    best, waited, weights = np.inf, 0, _copied(trainer.network)
    for _ in range(CHECKS):
        trainer.train(minutes * 60 / CHECKS)
        score, progress = frame_nll(trainer.network, valid, trainer.manner), trainer.progress
        tell(f"{name}: {progress.seconds / 60:.1f} minutes, {progress.updates} updates, valid {score:.3f}")
        waited += 1
        if score < best:
            best, waited, weights = score, 0, _copied(trainer.network)
        if waited >= PATIENCE:
            break
    return weights


def _copied(network: Network) -> dict[str, Tensor]:
    return {key: tensor.clone() for key, tensor in network.state_dict().items()}


class Trainer:
    """A network in training on some pieces, windows of them in any key, for `minutes` at most."""

    def __init__(self, pieces: list[Roll], minutes: float, manner: Manner, clock: Callable[[], float]) -> None:
        self.pieces, self.manner, self.clock = pieces, manner, clock
        self.lengths = np.array([len(piece) for piece in pieces])
        dropout = manner.dropout[int(self.lengths.sum() >= BIG)]
        torch.manual_seed(manner.seed)
        self.random = np.random.default_rng(manner.seed)
        self.network = RollNetwork(NetworkConfig(**{**manner.sizes.as_dict(), "dropout": dropout}))  # type: ignore[arg-type]
        self.training = TrainingConfig(minutes=minutes, learning_rate=manner.learning_rate, warm_up=50)
        weights = self.network.parameters()
        self.optimizer = torch.optim.AdamW(weights, manner.learning_rate, weight_decay=0.01, fused=True)
        self.progress = Progress()
        self.autocast = has_bf16()

    def train(self, seconds: float) -> None:
        """Makes updates for so long, at least one."""
        self.network.train()
        until, clock = self.progress.seconds + seconds, self.clock()
        while True:
            self.update()
            now = self.clock()
            self.progress.seconds += now - clock
            clock = now
            if self.progress.seconds >= until:
                return

    def update(self) -> float:
        """One step of the optimizer; the loss in nats per step."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.training, self.progress)
        batch = batch_of([self._window() for _ in range(self.manner.batch)], self.manner.sizes.right_notes)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            logits = self.network(batch)
        loss = step_nats(logits, batch).sum() / (batch["target_ahead"] >= 0).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.progress.updates += 1
        return float(loss.detach())

    def _window(self) -> dict[str, np.ndarray]:
        """A piece by its length, a stretch of it, in a key within SEMITONES that the piano has."""
        piece = self.pieces[self.random.choice(len(self.pieces), p=self.lengths / self.lengths.sum())]
        used = np.flatnonzero(piece.frames.any(0))
        if len(used):
            low, high = max(-SEMITONES, -int(used[0])), min(SEMITONES, KEYS - 1 - int(used[-1]))
            piece = piece.moved(int(self.random.integers(low, high + 1)))
        start = int(self.random.integers(0, max(1, len(piece) - self.manner.steps // 2)))
        return arrays_of(piece, start, min(len(piece), start + self.manner.steps))


@torch.no_grad()
def frame_nll(network: Network, pieces: Sequence[Roll], manner: Manner) -> float:
    """Nats per frame over all frames of the pieces, empty ones among them."""
    network.eval()
    jobs = [(piece, part) for piece in pieces for part in windows(len(piece), manner.steps, manner.context)]
    jobs.sort(key=lambda job: job[1].high - job[1].low)
    nats = 0.0
    for first in range(0, len(jobs), 2 * manner.batch):
        some_jobs = jobs[first : first + 2 * manner.batch]
        rows = [arrays_of(piece, part.low, part.high) for piece, part in some_jobs]
        batch = batch_of(rows, manner.sizes.right_notes)
        found = step_nats(network(batch), batch).double()
        nats += sum(float(found[row, part.scored - part.low :].sum()) for row, (_, part) in enumerate(some_jobs))
    return nats / sum(len(piece.frames) for piece in pieces)


def some(pieces: list[Roll], steps: int) -> list[Roll]:
    """Pieces from all over the list, as many as have about so many steps together, at least one."""
    share = min(1.0, steps / max(1, sum(map(len, pieces))))
    count = max(1, round(share * len(pieces)))
    return [pieces[index * len(pieces) // count] for index in range(count)]


def sheet(scores: Sequence[Score]) -> Sheet:
    """A line for each published network and one for ours, a column for each set."""
    ours = {score.name: score.test for score in scores}
    lines: list[tuple[Cell, ...]] = [
        (who, kind, *(_words(value) for value in values), source) for who, kind, values, source in PUBLISHED
    ]
    minutes = ", ".join(f"{score.minutes:.1f}" for score in scores)
    sizes = " and ".join(sorted({f"{score.parameters / 1e6:.1f} M parameters" for score in scores}))
    told = f"{sizes}, minutes: {minutes}"
    lines.append(("this network family", NOTES, *(_words(ours.get(name)) for name in SETS), told))
    valid = {score.name: score.valid for score in scores}
    lines.append(("the same, validation part", NOTES, *(_words(valid.get(name)) for name in SETS), ""))
    return Sheet("Polyphony", ("", "class", *SETS, "source"), tuple(lines), LEGEND)


def _words(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
