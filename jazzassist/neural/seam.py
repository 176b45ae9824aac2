"""How well the music goes on behind a candidate: the network's own surprise at the first notes after the gap."""

from __future__ import annotations

from typing import cast

import numpy as np

from jazzassist.neural.encoding import TARGETS, Floats, GridLine, Ints
from jazzassist.neural.generation import Candidate
from jazzassist.neural.graphs import Runner
from jazzassist.neural.hearing import Before, hear_before, read
from jazzassist.neural.scene import Scene
from jazzassist.neural.steps import IGNORED, Arrays, Previous, Surroundings, step_arrays

NEXT = 8  # notes after the gap that are asked about


def seam_nats(
    graphs: Runner, scene: Scene, candidates: list[Candidate], before: Before | None = None
) -> list[float | None]:
    """Nats per note of the first notes after the gap, given left side and candidate, heard as one plain line.

    Without countdown and right context, so that the candidate alone must explain what follows. None
    for each where nothing follows. `before`: what `hear_before` found, where known.
    """
    if not scene.is_bridge:
        return [None] * len(candidates)
    last, state, *_ = before or hear_before(graphs, scene)
    around = scene.around.each(len(candidates))
    rows = [_row(scene, candidate, last, heard) for candidate, heard in zip(candidates, around, strict=True)]
    lengths, count = [len(row["target_ahead"]) for row in rows], len(scene.after.part(0, NEXT))
    most = max(lengths)
    # The fields are decoded for the notes that are asked about alone: most of the steps only lead there.
    ends = np.arange(len(rows)) * most + lengths
    asked = (ends[:, None] + np.arange(-count, 0)).ravel()
    padded = [_padded(row, most) for row in rows]
    reading = read(graphs, padded, scene.instrument, state.repeated(len(rows) // len(state)), asked)
    true = [np.concatenate([row[name][-count:] for row in rows]) for name in TARGETS]
    losses = sum(nats_of(logits, target) for logits, target in zip(reading.logits, true, strict=True))
    return [float(part) for part in np.reshape(losses, (len(rows), count)).mean(1)]


def nats_of(logits: Floats, target: Ints) -> Floats:
    """(rows,): the cross-entropy of each row."""
    above = logits - logits.max(-1, keepdims=True)
    chosen = np.take_along_axis(above, target[:, None], -1)[:, 0]
    return np.asarray(np.log(np.exp(above).sum(-1)) - chosen, np.float32)


def _padded(row: Arrays, steps: int) -> Arrays:
    """The row with steps after it that lead nowhere."""
    found: Arrays = {}
    for name, column in row.items():
        more = [(0, steps - len(column)), *[(0, 0)] * (column.ndim - 1)]
        filler = IGNORED if name in TARGETS else 0
        found[name] = cast(Ints | Floats, np.pad(column, more, constant_values=filler))
    return found


def _row(scene: Scene, candidate: Candidate, last: Previous, around: Surroundings) -> Arrays:
    after = scene.after.part(0, NEXT)
    length = np.array(candidate.length, np.int64)
    columns = (
        np.concatenate([np.array(candidate.onset, np.int64), after.onset]),
        np.concatenate([length, after.length]),
        np.concatenate([np.array(candidate.pitch, np.int64), after.pitch]),
        np.concatenate([np.array(candidate.velocity, np.int64), after.velocity]),
    )
    line = GridLine(*columns, scene.instrument)
    return step_arrays(line, last, around, [])
