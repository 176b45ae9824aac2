"""What lies on both sides of a gap, as the network hears it: read once, for all candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jazzassist.neural.encoding import (
    DRUMS,
    FIELDS,
    GRID,
    TARGETS,
    Floats,
    Ints,
    right_fields,
)
from jazzassist.neural.familiarity import cost
from jazzassist.neural.graphs import Runner
from jazzassist.neural.memory import Memory
from jazzassist.neural.scene import Scene
from jazzassist.neural.state import EARLIER, Following, State
from jazzassist.neural.steps import COLUMNS, Arrays, Previous, step_arrays


@dataclass(frozen=True)
class Reading:
    """A line that was read: the `state` after it, and of the steps that were asked for the trunk's outputs, (steps,
    hidden), and the logits of each field, (steps, classes), given the fields before it."""

    state: State
    out: Floats
    logits: list[Floats]


class Before(NamedTuple):
    """The last note before a gap, the trunk's state when all notes but that one have been stepped, the memory, and
    what the notes cost the network, in nats a note, where there are enough of them.

    The state has one row, or, where candidates hear different things, one for each of them.
    """

    last: Previous
    state: State
    memory: Memory | None
    nats: float | None = None

    def of_rows(self, rows: list[int]) -> Before:
        """As some of the candidates heard it."""
        return self if len(self.state) == 1 else self._replace(state=self.state.of_rows(rows))


def read(graphs: Runner, rows: list[Arrays], instrument: int, before: State, asked: Ints) -> Reading:
    """Reads lines of one length outside of gaps, after `before`, which has as many rows.

    `asked`: the steps for which outputs and logits are wanted, as indices into the steps of all rows one after another.
    """
    stacked = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    here = stacked["heard_here"]
    feeds = before.feeds() | {
        "age": before.ages,
        "columns": np.stack([stacked[name] for name in COLUMNS], -1),
        "targets": np.stack([stacked[name] for name in TARGETS], -1),
        "extra": stacked["extra"][..., : graphs.sizes.extras],
        "heard_ahead": stacked["heard_ahead"],
        "heard_here": here.reshape(-1, here.shape[-1])[asked],
        "instrument": np.array([instrument]),
        "asked": asked,
    }
    found = graphs.run("read_kit" if instrument == DRUMS else "read", feeds)
    # Where the network has no such attention there is nothing to attend to.
    first = State.first(graphs.sizes).repeated(len(rows))
    earlier = {name: found[f"next_{name}"] for name in EARLIER}
    earlier = {name: part if part.shape[2] else getattr(first, name) for name, part in earlier.items()}
    age = np.arange(stacked["heard_ahead"].shape[1], 0, -1)
    state = State(found["next_hidden"], found["next_cell"], **earlier, age=age)
    return Reading(state, found["out"], [found[f"logits_{name}"] for name in FIELDS])


def hear_before(graphs: Runner, scene: Scene) -> Before:
    """Reads the notes before the scene's gap."""
    line, first = scene.before, Previous(_first_onset(scene))
    if not len(line):
        return Before(Previous(scene.start), State.first(graphs.sizes), None)
    # One row for all candidates, or one for each where they hear different things.
    rows = [step_arrays(line, first, around, []) for around in scene.around.each(scene.around.tables)]
    arrays = rows[0]
    onset = int(line.onset[-1])
    ahead = int(arrays["target_ahead"][-1])
    duration, velocity = int(arrays["target_duration"][-1]), int(line.velocity[-1]) // 8
    last = Previous(onset, int(line.pitch[-1]), duration, velocity, ahead)
    reading = _read_all(graphs, rows, scene.instrument)
    memory = Memory.of(reading, {name: part[None] for name, part in arrays.items()})
    return Before(last, reading.state, memory, cost(reading.logits, arrays))


def _read_all(graphs: Runner, rows: list[Arrays], instrument: int) -> Reading:
    """Reads lines of one length from their beginning, what they have in common only once."""
    first, steps = State.first(graphs.sizes), len(rows[0]["heard_ahead"])
    alike = _alike(rows)
    if len(rows) == 1 or not 0 < alike < steps:
        return read(graphs, rows, instrument, first.repeated(len(rows)), np.arange(steps))
    shared = read(graphs, [_part(rows[0], 0, alike)], instrument, first, np.arange(alike))
    rest = [_part(row, alike, steps) for row in rows]
    before = shared.state.repeated(len(rows))
    after = read(graphs, rest, instrument, before, np.arange(steps - alike))
    out = np.concatenate([shared.out, after.out])
    logits = [np.concatenate(pair) for pair in zip(shared.logits, after.logits, strict=True)]
    return Reading(after.state.behind(before), out, logits)


def _alike(rows: list[Arrays]) -> int:
    """How many steps all rows begin with in common."""
    different = np.zeros(len(rows[0]["heard_ahead"]), np.bool_)
    for row in rows[1:]:
        for name, column in row.items():
            unlike = column != rows[0][name]
            different |= unlike.any(1) if unlike.ndim > 1 else unlike
    return int(different.argmax()) if different.any() else len(different)


def _part(row: Arrays, low: int, high: int) -> Arrays:
    return {name: column[low:high] for name, column in row.items()}


def _first_onset(scene: Scene) -> int:
    return int(scene.before.onset[0]) // (4 * GRID) * 4 * GRID if len(scene.before) else scene.start


def hear_after(graphs: Runner, scene: Scene) -> Following:
    """What follows the gap; that nothing is known where nothing follows."""
    fields = right_fields(scene.after, scene.end, graphs.sizes.right_notes)
    heard = len(fields) > 0
    notes = fields if heard else np.zeros((1, 6), np.int64)  # what is not heard does not matter
    found = graphs.run("after", {"notes": notes, "drums": np.array([scene.instrument == DRUMS])})
    right, nothing = found.pop("right"), found.pop("nothing")
    return Following(right if heard else nothing, nothing, found, heard)
