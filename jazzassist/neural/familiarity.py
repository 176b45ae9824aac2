"""Whether the network knows music like a seed: what its notes cost, next to what held-out seeds of its kind cost.

The limits are stored with a checkpoint, measured by `jazzassist corpus familiar`. The notes of a seed that costs more
than nearly all held-out ones came as a surprise, so what the network expects next is worth less, and what the seed did
is worth more.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from jazzassist.neural.checkpoint import CheckpointError, check_regular, first_line
from jazzassist.neural.encoding import DRUMS, TARGETS, Floats, GridLine, instrument_class
from jazzassist.neural.memory import Memory

Role = Literal["melody", "bass", "comping", "drums"]

FILE = "familiar.json"
PERCENT = 98.0  # of held-out seeds cost less than the limit
FEWEST = 24  # notes of a seed whose mean cost means something
FIRST = 8  # notes of which nothing is asked: no network knows how a line begins
LEAN = 0.25  # the share of the network's chances that the memory of an unfamiliar seed takes over
BASS_PROGRAM, LOW = 32, 45  # the median pitch of a single line below which it is a bass
TOGETHER, SOUNDING = 1.3, 1.5  # notes per onset, and notes that sound at an onset, above which a line is comping

Limits = Mapping[str, float]  # nats per note by role


def read_limits(folder: Path) -> Limits:
    """The limits of the checkpoint in a folder; none where it has none. CheckpointError when they are damaged."""
    path = folder / FILE
    if not path.exists():
        return {}
    check_regular(path)
    try:
        found = {str(role): float(limit) for role, limit in json.loads(path.read_text(encoding="utf-8")).items()}
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read.") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} is damaged: {first_line(error)}.") from error
    if not all(math.isfinite(limit) for limit in found.values()):
        raise CheckpointError(f"{path} is damaged: a limit is no finite number.")
    return found


def cost(logits: Sequence[Floats], targets: Mapping[str, npt.NDArray[Any]]) -> float | None:
    """The mean nats of the notes of a line that was read, all fields together; None where they are too few.

    `logits`: of each field (steps, classes); `targets`: what came, by name, (steps,).
    """
    steps = len(logits[0])
    if steps < FEWEST:
        return None
    nats = np.zeros(steps - FIRST)
    for name, field in zip(TARGETS, logits, strict=True):
        rows = field[FIRST:] - field[FIRST:].max(1, keepdims=True)
        came = np.asarray(targets[name])[-steps:][FIRST:]
        nats += np.log(np.exp(rows).sum(1)) - rows[np.arange(len(rows)), came]
    return float(nats.mean())


def is_unfamiliar(nats: float | None, line: GridLine, limits: Limits) -> bool:
    """Whether the mean cost of the notes of a seed, in nats, exceeds the limit for its role."""
    return nats is not None and nats > limits.get(role_of_line(line), math.inf)


def leaning(memory: Memory | None) -> Memory | None:
    """The memory of a seed with a greater share in every field."""
    if memory is None:
        return None
    return replace(memory, shares={field: 1 - (1 - share) * (1 - LEAN) for field, share in memory.shares.items()})


def role_of_line(line: GridLine) -> Role:
    """What a line on the grid does in a band, by its instrument, register and chords."""
    if line.instrument == DRUMS:
        return "drums"
    if not len(line):
        return "melody"
    onsets = np.unique(line.onset)
    end = np.sort(line.onset + line.length)
    sounding = np.searchsorted(line.onset, onsets + 3, "right") - np.searchsorted(end, onsets + 3, "right")
    chordal = len(line) / len(onsets) > TOGETHER or sounding.mean() > SOUNDING
    is_low = float(np.median(line.pitch)) < LOW and not chordal
    if line.instrument == instrument_class(BASS_PROGRAM, False) or is_low:
        return "bass"
    return "comping" if chordal else "melody"
