"""`jazzassist corpus familiar`: what held-out seeds cost a network, as the limits of what it knows.

Seeds are heard exactly as in suggesting: on the grid that they follow, with the chords that they imply.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jazzassist.neural.familiarity import FILE, PERCENT, role_of_line
from jazzassist.neural.graphs import Graphs, Runner
from jazzassist.neural.hearing import hear_before
from jazzassist.neural.scene import scene_of
from jazzassist.suggest.harmonising import with_chords
from jazzassist.suggest.regridding import on_musical_grid
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.tasks import Source, Task, make_tasks

BARS, SEEDS = 4, 120  # of the gap that follows; seeds of each role
FEWEST = 20  # of a role, for a limit


def costs(graphs: Runner, tasks: Sequence[Task]) -> dict[str, list[float]]:
    """Nats per note of the seed of each task, by role; those of few notes are left out."""
    found: dict[str, list[float]] = {}
    for task in tasks:
        scene = scene_of(with_chords(on_musical_grid(task.request).request))
        nats = hear_before(graphs, scene).nats
        if nats is not None:
            found.setdefault(role_of_line(scene.before), []).append(nats)
    return found


def write_limits(checkpoint: Path, sources: list[Source], seeds: int = SEEDS, fewest: int = FEWEST) -> dict[str, float]:
    """Measures the limits on `seeds` seeds of each role and stores them with a checkpoint; nats per note by role."""
    found = costs(Graphs(checkpoint), make_tasks(sources, (BARS,), seeds))
    limits = {
        role: round(float(np.percentile(nats, PERCENT)), 3) for role, nats in found.items() if len(nats) >= fewest
    }
    if not limits:
        raise ConfigError(f"There are fewer than {fewest} held-out seeds of every role.")
    (checkpoint / FILE).write_text(json.dumps(limits, indent=1) + "\n", encoding="utf-8")
    return limits
