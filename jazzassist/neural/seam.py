"""How well the music goes on behind a candidate: the network's own surprise at the first notes after the gap."""

from __future__ import annotations

import numpy as np
import torch

from jazzassist.neural.encoding import DRUMS, TARGETS, GridLine
from jazzassist.neural.generation import Candidate
from jazzassist.neural.hearing import Before, hear_before
from jazzassist.neural.scene import Scene
from jazzassist.neural.steps import Arrays, Previous, Surroundings, step_arrays
from jazzassist.training.network.batches import stacked
from jazzassist.training.network.fields import field_losses
from jazzassist.training.network.network import Network

NEXT = 8  # notes after the gap that are asked about


@torch.no_grad()
def seam_nats(
    network: Network, scene: Scene, candidates: list[Candidate], before: Before | None = None
) -> list[float | None]:
    """Nats per note of the first notes after the gap, given left side and candidate, heard as one plain line.

    Without countdown and right context, so that the candidate alone must explain what follows. None
    for each where nothing follows. `before`: what `hear_before` found, where known.
    """
    if not scene.is_bridge:
        return [None] * len(candidates)
    last, state, _ = before or hear_before(network, scene)
    around = scene.around.each(len(candidates))
    rows = [_row(scene, candidate, last, heard) for candidate, heard in zip(candidates, around, strict=True)]
    batch = stacked(rows, network.config.right_notes)
    # The fields are decoded for the notes that are asked about alone: most of the steps only lead there.
    asked = batch["asked"].bool()
    outlook = network.outputs(batch, state.expand(len(rows)))
    targets = {name: batch[name][asked] for name in TARGETS} | {"heard_here": batch["heard_here"][asked][None]}
    drums = torch.full((int(asked.sum()),), scene.instrument == DRUMS)
    losses = torch.stack(field_losses(network.fields.teach(outlook[asked], targets, drums), targets)).sum(0)
    return [float(part.mean()) for part in torch.split(losses, asked.sum(1).tolist())]


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
    arrays = step_arrays(line, last, around, [])
    arrays["instrument"] = np.array(scene.instrument, np.int64)
    arrays["asked"] = (np.arange(len(line)) >= len(line) - len(after)).astype(np.int64)
    return arrays
