"""Training of the chord model: the kind of chord seen from each of twelve roots, by one small network for all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

from jazzassist.harmony.features import INPUTS
from jazzassist.harmony.qualities import QUALITIES, STATES
from jazzassist.neural.encoding import Floats, Ints
from jazzassist.training.chord_data import UNKNOWN_CHORD, Example

HIDDEN = 48
BATCH, LEARNING_RATE, WEIGHT_DECAY = 512, 3e-3, 1e-3
MOST_IN_BAR = 12  # quarters in a bar that are told apart


class ChordNetwork(nn.Module):
    """(batch, INPUTS / 12, 12) views -> (batch, STATES) logits, root by root with the same weights."""

    def __init__(self, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(INPUTS, hidden), nn.Linear(hidden, len(QUALITIES))
        turned = (torch.arange(12)[:, None] + torch.arange(12)) % 12
        self.turned: Tensor
        self.register_buffer("turned", turned, persistent=False)

    def forward(self, view: Tensor) -> Tensor:
        """Logits of all states."""
        seen = view[:, :, self.turned].transpose(1, 2).flatten(2)  # (batch, 12 roots, INPUTS)
        found: Tensor = self.second(torch.relu(self.first(seen)))
        return found.flatten(1)


def fit(examples: Sequence[Example], shares: dict[str, float], updates: int, seed: int = 0) -> ChordNetwork:
    """A network trained on quarters of known chords, drawn from the sets by `shares`."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    pools = {name: _pool([e for e in examples if e.set_name == name]) for name in shares}
    network = ChordNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=updates)
    for _ in range(updates):
        views, states = _drawn(random, pools, shares)
        loss = nn.functional.cross_entropy(network(torch.from_numpy(views)), torch.from_numpy(states))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return network


def transitions(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """(quality, interval of the roots, quality): chances of the next chord where there is a change, and
    (quarters in the bar, quarter): the chance that a chord changes there. Whole songs count, each once.
    """
    moves = np.full((len(QUALITIES), 12, len(QUALITIES)), 0.2)
    changes, places = np.ones((MOST_IN_BAR + 1, MOST_IN_BAR)), np.full((MOST_IN_BAR + 1, MOST_IN_BAR), 4.0)
    for song in examples:
        if song.heard != "all":
            continue
        before, after = song.states[:-1], song.states[1:]
        known = (before != UNKNOWN_CHORD) & (after != UNKNOWN_CHORD)
        at = (np.clip(song.bars[1:], 0, MOST_IN_BAR), np.clip(song.beats[1:], 0, MOST_IN_BAR - 1))
        np.add.at(places, tuple(index[known] for index in at), 1)
        changed = known & (before != after)
        np.add.at(changes, tuple(index[changed] for index in at), 1)
        (root, kind), (next_root, next_kind) = (divmod(s[changed], len(QUALITIES)) for s in (before, after))
        np.add.at(moves, (kind, (next_root - root) % 12, next_kind), 1)
    moves /= moves.sum((1, 2), keepdims=True)
    return moves.astype(np.float32), (changes / places).astype(np.float32)


def priors(examples: Sequence[Example]) -> Floats:
    """(quality,): how often each kind of chord sounds."""
    states = np.concatenate([song.states[song.states != UNKNOWN_CHORD] for song in examples if song.heard == "all"])
    counts = np.bincount(states % len(QUALITIES), minlength=len(QUALITIES)) + 1
    return np.asarray(counts / counts.sum(), np.float32)


def save_model(network: ChordNetwork, examples: Sequence[Example], path: Path) -> None:
    """Writes everything that the analysis needs as safetensors."""
    moves, changes = transitions(examples)
    weights = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    save_file({**weights, "moves": moves, "changes": changes, "priors": priors(examples)}, path)


def _pool(songs: Sequence[Example]) -> tuple[list[Example], Ints]:
    """The songs, and the sum of their lengths up to each."""
    return list(songs), np.cumsum([len(song.states) for song in songs])


def _drawn(
    random: np.random.Generator, pools: dict[str, tuple[list[Example], Ints]], shares: dict[str, float]
) -> tuple[Floats, Ints]:
    """A batch of views, each in a random key, and their states."""
    views, states = [], []
    for name, share in shares.items():
        songs, up_to = pools[name]
        for at in random.integers(0, up_to[-1], round(BATCH * share / sum(shares.values()))) if songs else ():
            song = songs[int(np.searchsorted(up_to, at, side="right"))]
            quarter = int(random.integers(len(song.states)))
            state = int(song.states[quarter])
            if state == UNKNOWN_CHORD:
                continue
            key = int(random.integers(12))
            views.append(np.roll(song.view[quarter], key, axis=1))
            states.append((state + key * len(QUALITIES)) % STATES)
    return np.stack(views).astype(np.float32), np.array(states, np.int64)
