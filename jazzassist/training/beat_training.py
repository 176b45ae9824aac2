"""Fitting the model of beats to songs whose beats are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from jazzassist.beats import bars, levels
from jazzassist.beats.levels import places, variants
from jazzassist.beats.model import PARTS, PLACES, Net, accent_view
from jazzassist.beats.onsets import Floats, Onsets, onsets_of
from jazzassist.training.beat_data import Known

Doubles = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[np.float32]]

ON_BEAT = 0.09  # of a beat: what lies so near to it is on it
FEWEST = 16  # onsets of a song that is learned from
LEAST_MASS = 0.003
LEVEL_HIDDEN, BAR_HIDDEN = 48, 48
LEVEL_UPDATES, BAR_UPDATES, BATCH = 1500, 3000, 512


@dataclass(frozen=True)
class Lesson:
    """A song to learn from: its onsets, its beats in seconds, and which of them begin bars."""

    set_name: str
    onsets: Onsets
    beats: Doubles
    downbeats: npt.NDArray[np.bool_]

    @property
    def at(self) -> Doubles:
        """The places of the onsets in beats."""
        return places(self.onsets.seconds, self.beats)


def lessons(songs: Iterable[Known]) -> list[Lesson]:
    """What can be learned from: songs as they are, in which beats rise and enough begins."""
    found = []
    for known in songs:
        clock = known.song.tempo_map
        seconds = clock.seconds_of(known.beats)
        onsets = onsets_of(known.song.tracks, clock)
        if known.case in ("own grid", "as played") and len(onsets) >= FEWEST and (np.diff(seconds) > 0).all():
            found.append(Lesson(known.set_name, onsets, seconds, known.downbeats))
    return found


def fit(songs: list[Lesson], seed: int = 0) -> Arrays:
    """The weights of `BeatModel`."""
    torch.manual_seed(seed)
    accents = _fit_accents(songs)
    found = {"accents": accents.astype(np.float32), "masses": _masses(songs).astype(np.float32)}
    for name, net in (("level", _fit_levels(songs, accents)), ("bar", _fit_bars(songs))):
        found |= {f"{name}.{part}": np.ascontiguousarray(getattr(net, part)) for part in PARTS}
    return found


def save(weights: Arrays, path: Path) -> None:
    """Writes the weights; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, path)


def _shares(songs: list[Lesson], sizes: list[int]) -> Doubles:
    """For each row of each song its weight; the sum is 1.

    A set counts by the root of its size: a small one less than a large one, but more than in proportion.
    """
    totals = Counter[str]()
    for song, size in zip(songs, sizes, strict=True):
        totals[song.set_name] += size
    rows = [np.full(size, totals[song.set_name] ** -0.5) for song, size in zip(songs, sizes, strict=True)]
    found = np.concatenate(rows)
    return np.asarray(found / found.sum())


def _fit_accents(songs: list[Lesson]) -> Doubles:
    """Logistic regression by Newton's method, slightly ridged."""
    view = np.concatenate([accent_view(song.onsets) for song in songs])
    right = np.concatenate([np.abs(song.at - np.round(song.at)) < ON_BEAT for song in songs])
    shares = _shares(songs, [len(song.onsets) for song in songs])
    weights = np.zeros(view.shape[1])
    for _ in range(12):
        chance = 1 / (1 + np.exp(-view @ weights))
        slope = view.T @ (shares * (chance - right)) + 1e-4 * weights
        bend = (view * (shares * chance * (1 - chance))[:, None]).T @ view + 1e-4 * np.eye(len(weights))
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def _masses(songs: list[Lesson]) -> Doubles:
    cells = np.concatenate([np.round(song.at * PLACES).astype(np.int64) % PLACES for song in songs])
    found = np.bincount(cells, _shares(songs, [len(song.onsets) for song in songs]), minlength=PLACES)
    main = np.zeros(PLACES, np.bool_)
    main[[0, 6, 8, 12, 16, 18]] = True  # the others are timing, which the tracker knows of by itself
    found = np.where(main, np.maximum(found, LEAST_MASS), LEAST_MASS)
    return np.asarray(found / found.sum())


def _fit_levels(songs: list[Lesson], accents: Doubles) -> Net:
    """Readings of each song's pulse against each other; the first is the right one."""
    views, kept = [], []
    for song in songs:
        chances = np.clip(1 / (1 + np.exp(-accent_view(song.onsets) @ accents)), 0.03, 0.97)
        readings = [levels.view(song.onsets, chances, beats) for beats in variants(song.beats)]
        if len(readings) == 5:
            views.append(np.stack(readings))
            kept.append(song)
    shares = torch.tensor(_shares(kept, [1] * len(kept)), dtype=torch.float32)
    data, mean, deviation = _scaled(np.stack(views))
    net = _net(levels.INPUTS, LEVEL_HIDDEN)
    optimiser = torch.optim.AdamW(net.parameters(), 5e-3, weight_decay=0.1)
    for _ in range(LEVEL_UPDATES):
        logits = net(data + 0.3 * torch.randn_like(data)).squeeze(-1)
        loss = -(shares * torch.log_softmax(logits, 1)[:, 0]).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return _unscaled(net, mean, deviation)


def _fit_bars(songs: list[Lesson]) -> Net:
    data, mean, deviation = _scaled(np.concatenate([bars.view(song.onsets, song.beats) for song in songs]))
    wanted = torch.tensor(np.concatenate([song.downbeats for song in songs]), dtype=torch.float32)
    shares = torch.tensor(_shares(songs, [len(song.beats) for song in songs]))
    net = _net(bars.INPUTS, BAR_HIDDEN)
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=BAR_UPDATES)
    for _ in range(BAR_UPDATES):
        rows = torch.multinomial(shares, BATCH, replacement=True)
        batch = data[rows]
        logits = net(batch + 0.2 * torch.randn_like(batch)).squeeze(-1)
        loss = binary_cross_entropy_with_logits(logits, wanted[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return _unscaled(net, mean, deviation)


def _net(inputs: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(0.3), nn.Linear(hidden, 1))


def _scaled(view: Floats) -> tuple[torch.Tensor, Floats, Floats]:
    """The view with mean 0 and deviation 1 for each input, and what they were."""
    rows = view.reshape(-1, view.shape[-1])
    mean, deviation = rows.mean(0), rows.std(0) + 0.05
    return torch.tensor((view - mean) / deviation, dtype=torch.float32), mean, deviation


def _unscaled(net: nn.Sequential, mean: Floats, deviation: Floats) -> Net:
    """The network for views as they are."""
    first, second = net[0], net[3]
    assert isinstance(first, nn.Linear) and isinstance(second, nn.Linear)
    weight = first.weight.detach().numpy() / deviation
    bias = first.bias.detach().numpy() - weight @ mean
    return Net(
        weight.astype(np.float32),
        bias.astype(np.float32),
        second.weight.detach().numpy()[0].astype(np.float32),
        second.bias.detach().numpy().astype(np.float32),
    )
