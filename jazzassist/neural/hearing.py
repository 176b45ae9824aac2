"""What lies on both sides of a gap, as the network hears it: read once, for all candidates."""

from __future__ import annotations

from typing import NamedTuple

import torch

from jazzassist.neural.encoding import DRUMS, GRID, right_fields
from jazzassist.neural.memory import Expected, Memory
from jazzassist.neural.scene import Scene
from jazzassist.neural.steps import Previous, step_arrays
from jazzassist.training.network.attention import Following
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.network import Network, State


class Before(NamedTuple):
    """The last note before a gap, the trunk's state when all notes but that one have been stepped, and the memory.

    The state has one row, or, where candidates hear different things, one for each of them.
    """

    last: Previous
    state: State
    memory: Memory | None

    def of_rows(self, rows: list[int]) -> Before:
        """As some of the candidates heard it."""
        return self if len(self.state.keys) == 1 else self._replace(state=self.state.of_rows(rows))


@torch.no_grad()
def hear_before(network: Network, scene: Scene) -> Before:
    """Reads the notes before the scene's gap."""
    line, first = scene.before, Previous(_first_onset(scene))
    if not len(line):
        return Before(Previous(scene.start), network.first_state(1), None)
    # One row for all candidates, or one for each where they hear different things.
    rows = [step_arrays(line, first, around, []) for around in scene.around.each(scene.around.tables)]
    arrays, heard = rows[0], [tensors(row) for row in rows]
    batch = {name: torch.stack([row[name] for row in heard]) for name in heard[0]}
    batch["instrument"] = torch.full((len(rows),), scene.instrument)
    onset = int(line.onset[-1])
    ahead = int(arrays["target_ahead"][-1])
    duration, velocity = int(arrays["target_duration"][-1]), int(line.velocity[-1]) // 8
    last = Previous(onset, int(line.pitch[-1]), duration, velocity, ahead)
    reading = network.read(batch)
    expected = Expected(reading.out.numpy(), [logits.numpy() for logits in reading.logits])
    return Before(last, reading.state, Memory.of(expected, {name: part.numpy() for name, part in batch.items()}))


def _first_onset(scene: Scene) -> int:
    return int(scene.before.onset[0]) // (4 * GRID) * 4 * GRID if len(scene.before) else scene.start


@torch.no_grad()
def hear_after(network: Network, scene: Scene) -> Following:
    """What follows the gap, for one step of one row; that nothing is known where nothing follows."""
    most = network.config.right_notes
    fields = right_fields(scene.after, scene.end, most)
    if not len(fields):
        return network.follow_nothing(1, 1)
    notes = torch.from_numpy(fields)[None, None]
    drums = torch.tensor([scene.instrument == DRUMS])
    return network.follow(notes, torch.tensor([[len(fields)]]), drums, torch.zeros(1, 1, dtype=torch.int64))
