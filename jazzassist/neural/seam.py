"""How well the music goes on after a candidate: the network's own surprise at the first notes after the gap."""

from __future__ import annotations

from typing import cast

import numpy as np

from jazzassist.neural.encoding import TARGETS, Floats, GridLine, Ints
from jazzassist.neural.generation import Candidate, Left
from jazzassist.neural.graphs import Runner
from jazzassist.neural.hearing import Before, hear_before, read
from jazzassist.neural.scene import Scene
from jazzassist.neural.state import State
from jazzassist.neural.steps import IGNORED, Arrays, Previous, Surroundings, step_arrays

NEXT = 8  # notes after the gap that are asked about


def seam_nats(
    graphs: Runner, scene: Scene, candidates: list[Candidate], before: Before | None = None
) -> list[float | None]:
    """Nats per note of the first notes after the gap, given left side and candidate, and nothing of what follows.

    The candidate alone must explain what follows. What the candidates left behind when they were written is gone on
    from; where one of them left nothing, all are read again as plain lines, after `before`: what `hear_before` found,
    where known. None for each where nothing follows.
    """
    if not scene.is_bridge:
        return [None] * len(candidates)
    lefts = [candidate.left for candidate in candidates]
    known = [left for left in lefts if left is not None]
    if len(known) == len(candidates):
        return _nats_after(graphs, scene, [Candidate()] * len(known), [left.last for left in known], _state_of(known))
    last, state, *_ = before or hear_before(graphs, scene)
    state = state.repeated(len(candidates) // len(state))
    return _nats_after(graphs, scene, candidates, [last] * len(candidates), state)


def _state_of(lefts: list[Left]) -> State:
    return State.of([left.state for left in lefts])


def _nats_after(
    graphs: Runner, scene: Scene, candidates: list[Candidate], lasts: list[Previous], state: State
) -> list[float | None]:
    """The measure for notes that each come after one of the notes `lasts`, and the row of `state` before it."""
    around = scene.around.each(len(candidates))
    rows = [_row(scene, *each) for each in zip(candidates, lasts, around, strict=True)]
    lengths, count = [len(row["target_ahead"]) for row in rows], len(scene.after.part(0, NEXT))
    most = max(lengths)
    # The fields are decoded for the notes that are asked about alone: most of the steps only lead there.
    ends = np.arange(len(rows)) * most + lengths
    asked = (ends[:, None] + np.arange(-count, 0)).ravel()
    padded = [_padded(row, most) for row in rows]
    reading = read(graphs, padded, scene.instrument, state, asked)
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
    if steps == len(row["target_ahead"]):
        return row
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
