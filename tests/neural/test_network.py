"""The LSTM: stepping is the same as reading, and both sides are heard."""

from __future__ import annotations

import torch

from jazzassist.neural.generation import hear_after, hear_before, tensors
from jazzassist.neural.network import field_losses
from jazzassist.neural.scene import scene_of
from jazzassist.neural.steps import NO_SLOT, Previous, step_arrays
from tests.neural.requests import TINY, band, bridge, continuation, tiny_network


def scene(track: int = 0):  # type: ignore[no-untyped-def]
    return scene_of(bridge(band(), track, 8 * 480, 16 * 480))


@torch.no_grad()
def test_steps_are_the_sequence() -> None:
    network, here = tiny_network(), scene()
    arrays = step_arrays(here.before, Previous(0), here.around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([here.instrument])
    right = network.right_none.expand(1, -1)
    state = network.first_state(1)
    for step in range(len(here.before)):
        one = {name: tensor[:, step : step + 1] for name, tensor in batch.items() if name != "instrument"}
        _, state = network.step({**one, "instrument": batch["instrument"]}, right, state)
    for (hidden, cell), (read_hidden, read_cell) in zip(state, network.read(batch), strict=True):
        assert torch.allclose(hidden, read_hidden, atol=1e-5)
        assert torch.allclose(cell, read_cell, atol=1e-5)


@torch.no_grad()
def test_stepping_and_training_see_the_same_chances() -> None:
    """Logits of the first field from `step` and from `forward` agree over a line."""
    network, here = tiny_network(), scene()
    arrays = step_arrays(here.before, Previous(0), here.around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([here.instrument])
    batch["right"] = torch.zeros(1, 2, TINY.right_notes, 6, dtype=torch.int64)
    batch["right_length"] = torch.zeros(1, 2, dtype=torch.int64)
    together = network(batch)
    state = network.first_state(1)
    for step in range(4):
        one = {
            name: tensor[:, step : step + 1]
            for name, tensor in batch.items()
            if name not in ("instrument", "right", "right_length")
        }
        fields, state = network.step(
            {**one, "instrument": batch["instrument"]}, network.right_none.expand(1, -1), state
        )
        assert torch.allclose(network.fields.logits(0, fields)[0], together[0][step], atol=1e-5)
    assert all(torch.isfinite(loss).all() for loss in field_losses(together, batch))


@torch.no_grad()
def test_other_right_side_gives_another_vector() -> None:
    network = tiny_network()
    song = band()
    here = hear_after(network, scene_of(bridge(song, 0, 8 * 480, 16 * 480)))
    there = hear_after(network, scene_of(bridge(song, 0, 8 * 480, 20 * 480)))
    assert not torch.allclose(here, there, atol=1e-4)


@torch.no_grad()
def test_nothing_on_the_right_is_the_learned_nothing() -> None:
    network = tiny_network()
    heard = hear_after(network, scene_of(continuation(band(), 0, 8 * 480, 16 * 480)))
    assert torch.equal(heard[0], network.right_none)


@torch.no_grad()
def test_padding_on_the_right_is_silent() -> None:
    """What stands in the padding does not matter."""
    network = tiny_network()
    notes = torch.randint(0, 10, (1, 1, TINY.right_notes, 6))
    other = notes.clone()
    other[:, :, 5:] = 3
    lengths = torch.tensor([[5]])
    assert torch.equal(network.right_context(notes, lengths), network.right_context(other, lengths))


@torch.no_grad()
def test_steps_outside_the_gap_hear_nothing_of_the_right() -> None:
    network, here = tiny_network(), scene()
    arrays = step_arrays(here.before, Previous(0), here.around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([here.instrument])
    assert (batch["slot"] == NO_SLOT).all()
    batch["right"] = torch.randint(0, 10, (1, 2, TINY.right_notes, 6))
    batch["right_length"] = torch.tensor([[3, 3]])
    first = network(batch)
    batch["right"] = torch.randint(0, 10, (1, 2, TINY.right_notes, 6))
    assert all(torch.equal(a, b) for a, b in zip(first, network(batch), strict=True))


@torch.no_grad()
def test_first_gap_with_no_left_side_starts_from_zeros() -> None:
    network = tiny_network()
    last, state = hear_before(network, scene_of(bridge(band(), 0, 0, 4 * 480)))
    assert last.pitch == 128
    assert all(float(hidden.abs().sum()) == 0 for hidden, _ in state)
