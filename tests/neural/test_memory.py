"""The memory of the seed: it counts where the piece repeats itself, and never where it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import GRID, HEARD, GridLine
from jazzassist.neural.generation import Writer
from jazzassist.neural.memory import EXPECTED, FIELDS, FIRST, Expected, Memory, best_share
from jazzassist.neural.sampling import softmax, taste
from jazzassist.neural.scene import scene_of
from jazzassist.neural.steps import Previous, Surroundings, step_arrays
from jazzassist.training.network.batches import tensors
from tests.neural.requests import band, bridge, tiny_graphs, tiny_network

Batch = dict[str, np.ndarray]


def read(pitches: list[int]) -> tuple[Expected, Batch]:
    """What a tiny network that knows nothing of music expects in a line of quarters, and that line."""
    network = tiny_network()
    count = len(pitches)
    line = GridLine(np.arange(count) * GRID, np.full(count, 12), np.array(pitches), np.full(count, 80), 0)
    around = Surroundings(MeterMap(GRID, ((0, 4, 4),)), np.zeros((count + 8, HEARD), np.float32))
    arrays = step_arrays(line, Previous(0), around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([0])
    with torch.no_grad():
        reading = network.read(batch)
    expected = Expected(reading.out.numpy(), [logits.numpy() for logits in reading.logits])
    return expected, {name: tensor.numpy() for name, tensor in batch.items()}


def test_riff_is_remembered_and_noise_is_not() -> None:
    riff = [60, 63, 65, 60, 70, 67, 72, 58] * 12
    noise = np.random.default_rng(0).integers(40, 100, 96).tolist()
    shares = []
    for pitches in (riff, noise):
        reading, batch = read(pitches)
        memory = Memory.of(reading, batch)
        assert memory is not None
        shares.append(memory.shares[2])
    assert shares[0] > 2 * shares[1]


def test_what_followed_the_most_alike_moment_becomes_likelier() -> None:
    pitches = [60, 63, 65, 60, 70, 67, 72, 58] * 12
    reading, batch = read(pitches)
    memory = Memory.of(reading, batch)
    assert memory is not None
    moment = reading.out[40:41]  # what was felt before the 41st note
    before = softmax(reading.logits[2][40:41])
    after = memory.mixed(2, before, memory.weights(moment))
    assert after[0, pitches[40]] > before[0, pitches[40]]
    assert after.sum() == pytest.approx(1, abs=1e-4)


def test_fields_that_are_not_remembered_stay_as_they_are() -> None:
    reading, batch = read([60, 62] * 20)
    memory = Memory.of(reading, batch)
    assert memory is not None
    weights = memory.weights(reading.out)
    for field in range(5):
        chances = softmax(reading.logits[field])
        assert np.array_equal(memory.mixed(field, chances, weights), chances) == (field not in FIELDS)


def test_too_few_notes_are_no_memory() -> None:
    reading, batch = read([60] * FIRST)
    assert Memory.of(reading, batch) is None


def test_share_is_the_likeliest_one() -> None:
    """Against the best of all shares, tried one by one, with so many notes that the belief counts nothing."""
    random = np.random.default_rng(1)
    network, cache = (random.uniform(0.01, 1, 5000) ** power for power in (2.0, 1.5))
    tried = np.linspace(0.01, 0.99, 99)[:, None]
    likelihood = np.log((1 - tried) * network + tried * cache).sum(1)
    found = best_share(network, cache)
    assert np.log((1 - found) * network + found * cache).sum() > likelihood.max() - 5
    assert best_share(np.ones(50), np.zeros(50)) < EXPECTED


def test_writer_mixes_the_memory_in() -> None:
    """With a memory that holds one pitch for certain that pitch is written, and with none others are."""
    scene = scene_of(bridge(band(), 0, 8 * 480, 12 * 480))
    writer = Writer(tiny_graphs(), scene, 4, taste(50), 0)
    assert writer.memory is not None
    pitch = int(scene.before.pitch[-1])
    classes = writer.memory.classes | {2: np.zeros_like(writer.memory.classes[2])}
    classes[2][:, pitch] = 1
    writer.memory, writer.returning = replace(writer.memory, classes=classes, shares={2: 1.0}), None
    writer.write_note()
    assert {candidate.pitch[0] for candidate in writer.candidates if candidate.onset} == {pitch}
