"""The memory of the seed: it counts where the piece repeats itself, and never where it does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import GRID, HEARD, GridLine
from jazzassist.neural.generation import Writer
from jazzassist.neural.memory import EXPECTED, FIELDS, FIRST, Memory, best_share
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import scene_of
from jazzassist.neural.steps import Previous, Surroundings, step_arrays
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.fields import Batch
from jazzassist.training.network.network import Network, Reading
from tests.neural.requests import band, bridge, tiny_folded, tiny_network


def read(pitches: list[int]) -> tuple[Network, Reading, Batch]:
    """A tiny network that knows nothing of music, and a line of quarters that it has read."""
    network = tiny_network()
    count = len(pitches)
    line = GridLine(np.arange(count) * GRID, np.full(count, 12), np.array(pitches), np.full(count, 80), 0)
    around = Surroundings(MeterMap(GRID, ((0, 4, 4),)), np.zeros((count + 8, HEARD), np.float32))
    arrays = step_arrays(line, Previous(0), around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([0])
    with torch.no_grad():
        return network, network.read(batch), batch


def test_riff_is_remembered_and_noise_is_not() -> None:
    riff = [60, 63, 65, 60, 70, 67, 72, 58] * 12
    noise = np.random.default_rng(0).integers(40, 100, 96).tolist()
    shares = []
    for pitches in (riff, noise):
        _, reading, batch = read(pitches)
        memory = Memory.of(reading, batch)
        assert memory is not None
        shares.append(memory.shares[2])
    assert shares[0] > 2 * shares[1]


def test_what_followed_the_most_alike_moment_becomes_likelier() -> None:
    pitches = [60, 63, 65, 60, 70, 67, 72, 58] * 12
    _, reading, batch = read(pitches)
    memory = Memory.of(reading, batch)
    assert memory is not None
    moment = reading.out[40:41]  # what was felt before the 41st note
    logits = reading.logits[2][40:41]
    before, after = logits.softmax(-1), memory.mixed(2, logits, memory.weights(moment)).softmax(-1)
    assert after[0, pitches[40]] > before[0, pitches[40]]
    assert after.sum() == pytest.approx(1, abs=1e-4)


def test_fields_that_are_not_remembered_stay_as_they_are() -> None:
    _, reading, batch = read([60, 62] * 20)
    memory = Memory.of(reading, batch)
    assert memory is not None
    weights = memory.weights(reading.out)
    for field in range(5):
        changed = memory.mixed(field, reading.logits[field], weights)
        assert torch.equal(changed, reading.logits[field]) == (field not in FIELDS)


def test_too_few_notes_are_no_memory() -> None:
    _, reading, batch = read([60] * FIRST)
    assert Memory.of(reading, batch) is None


def test_share_is_the_likeliest_one() -> None:
    """Against the best of all shares, tried one by one, with so many notes that the belief counts nothing."""
    random = np.random.default_rng(1)
    network, cache = (torch.tensor(random.uniform(0.01, 1, 5000) ** power) for power in (2.0, 1.5))
    tried = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)[:, None]
    likelihood = torch.log((1 - tried) * network + tried * cache).sum(1)
    found = best_share(network, cache)
    step = np.log((1 - found) * network.numpy() + found * cache.numpy()).sum()
    assert step > float(likelihood.max()) - 5
    assert best_share(torch.ones(50), torch.zeros(50)) < EXPECTED


@torch.no_grad()
def test_writer_mixes_the_memory_in() -> None:
    """With a memory that holds one pitch for certain that pitch is written, and with none others are."""
    scene = scene_of(bridge(band(), 0, 8 * 480, 12 * 480))
    writer = Writer(tiny_folded(), scene, 4, taste(50), 0)
    assert writer.memory is not None
    pitch = int(scene.before.pitch[-1])
    classes = writer.memory.classes | {2: torch.zeros_like(writer.memory.classes[2])}
    classes[2][:, pitch] = 1
    writer.memory = Memory(writer.memory.outs, classes, {2: 1.0})
    writer.write_note()
    assert {candidate.pitch[0] for candidate in writer.candidates if candidate.onset} == {pitch}
