"""Scores on held-out tunes: nats per note by field and task, and how often suggestions collapse."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Controls, Kind, Line, SuggestionRequest
from jazzassist.neural.encoding import DRUMS, GRID, HEARD, OTHERS
from jazzassist.neural.generation import generate, tensors
from jazzassist.neural.network import TARGETS, Batch, Network, field_losses
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import scene_of
from jazzassist.neural.steps import AIMS, NO_SLOT, WISHES
from jazzassist.training.config import ConfigError
from jazzassist.training.corpus import TEST, VALIDATION
from jazzassist.training.dataset import Dataset, Mode

FIELDS = tuple(name.removeprefix("target_") for name in TARGETS)
SEED = 7
SEED_NOTES = 64  # that a continuation starts from
MOST_TRIES = 1000


def _same(batch: Batch) -> None:
    pass


def _without_right(batch: Batch) -> None:
    batch["slot"][:] = NO_SLOT
    for name in AIMS:
        batch[name][:] = 0


def _without_lines(batch: Batch) -> None:
    for heard in _tables(batch):
        heard[..., :OTHERS] = 0


def _without_chords(batch: Batch) -> None:
    for heard in _tables(batch):
        heard[..., OTHERS:] = 0


def _without_wishes(batch: Batch) -> None:
    for name in WISHES:
        batch[name][:] = 0


def _tables(batch: Batch) -> list[Tensor]:
    """Views of what is heard, (..., quarters, HEARD)."""
    return [batch[name].view(*batch[name].shape[:-1], -1, HEARD) for name in ("heard_ahead", "heard_here")]


TASKS: dict[str, tuple[Mode, Callable[[Batch], None]]] = {
    "plain": ("plain", _same),
    "continuation of a set length": ("exact", _same),
    "bridge": ("bridge", _same),
    "bridge without what follows": ("bridge", _without_right),
    "bridge without the other lines": ("bridge", _without_lines),
    "bridge without chords": ("bridge", _without_chords),
    "bridge without wishes": ("bridge", _without_wishes),
}


def held_out(
    network: Network, data: Dataset, batches: int = 6, size: int = 32, part: int = VALIDATION
) -> dict[str, dict[str, float]]:
    """Nats per note by field, and in total, for each of TASKS on the same held-out windows at every call.

    Where there are gaps only the notes inside them count.
    """
    return {name: _nats(network, data, name, batches, size, part) for name in TASKS}


def held_out_by_role(network: Network, data: Dataset, batches: int = 3, size: int = 32) -> dict[str, dict[str, float]]:
    """The same for bridges in each role of the corpus that has held-out lines."""
    roles = [role for role in data.roles if len(data.only(role).lines(TEST))]
    return {role: _nats(network, data.only(role), "bridge", batches, size, TEST) for role in roles}


@torch.no_grad()
def _nats(network: Network, data: Dataset, task: str, batches: int, size: int, part: int) -> dict[str, float]:
    network.eval()
    mode, change = TASKS[task]
    random = np.random.default_rng(SEED)
    sums, count = np.zeros(len(FIELDS)), 0
    for _ in range(batches):
        batch = tensors(data.batch(random, size, part, mode, augment=False))
        asked = (batch["target_pitch"] >= 0) & ((batch["counting"] > 0) | (mode == "plain"))
        change(batch)
        losses = field_losses(network(batch), batch)
        sums += np.array([float(loss[asked.flatten()].sum()) for loss in losses])
        count += int(asked.sum())
    nats = sums / max(1, count)
    return dict(zip(FIELDS, np.round(nats, 4).tolist(), strict=True)) | {"total": round(float(nats.sum()), 4)}


def collapse(network: Network, data: Dataset, seeds: int = 25, each: int = 8) -> dict[str, Any]:
    """The share of 8-bar continuations of held-out melodic lines that do not collapse, at default settings.

    Counted as whole: 5 or more distinct pitches and 3 or more durations per 4 bars, and no pitch and
    duration more than 4 times in a row unless the seed itself does.
    """
    random = np.random.default_rng(SEED)
    whole = total = 0
    for number in range(seeds):
        request = _continuation(data, random)
        scene = scene_of(request)
        for candidate in generate(network, scene, each, taste(50), number, lambda share: None, lambda: False):
            total += 1
            seed_run = longest_run(list(zip(scene.seed.pitch.tolist(), scene.seed.length.tolist(), strict=True)))
            whole += _is_whole(candidate.onset, candidate.pitch, candidate.length, scene.start, max(4, seed_run))
    return {"suggestions": total, "whole": whole, "share": round(whole / max(1, total), 4)}


def _continuation(data: Dataset, random: np.random.Generator) -> SuggestionRequest:
    """A request to go on for 8 bars after a stretch of a held-out melodic line with a few pitches of its own."""
    count = min(SEED_NOTES, data.steps // 2)
    for _ in range(MOST_TRIES):
        line = data.cut(random, TEST)
        head = line.part(0, count)
        if len(head) == count and len(set(head.pitch.tolist())) >= 8 and line.instrument != DRUMS:
            break
    else:
        raise ConfigError("The corpus holds no held-out melodic line to continue.")
    end = (int(head.onset[-1]) // (4 * GRID) + 1) * 4 * GRID
    notes = Notes.from_columns(head.onset, head.length, head.pitch, head.velocity, np.zeros(count))
    kind: Kind = "continuation"
    lines = (Line("held out", line.instrument * 8, 0, notes),)
    return SuggestionRequest(kind, GRID, end, end + 32 * GRID, 0, 0, lines, controls=Controls())


def _is_whole(onset: list[int], pitch: list[int], length: list[int], start: int, most_in_a_row: int) -> bool:
    halves = [[i for i, at in enumerate(onset) if (at - start) // (16 * GRID) == half] for half in (0, 1)]
    for half in halves:
        if len({pitch[i] for i in half}) < 5 or len({length[i] for i in half}) < 3:
            return False
    return longest_run(list(zip(pitch, length, strict=True))) <= most_in_a_row


def longest_run(items: Sequence[Hashable]) -> int:
    """The most times that one item stands in a row."""
    longest = run = 0
    for index, item in enumerate(items):
        run = run + 1 if index and items[index - 1] == item else 1
        longest = max(longest, run)
    return longest
