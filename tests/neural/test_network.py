"""The LSTM: stepping is the same as reading, and both sides are heard."""

from __future__ import annotations

import torch

from jazzassist.neural.batches import tensors
from jazzassist.neural.hearing import hear_after, hear_before
from jazzassist.neural.network import RECALLED, field_losses
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
        _, _, state = network.step({**one, "instrument": batch["instrument"]}, right, state)
    read = network.read(batch).state
    for (hidden, cell), (read_hidden, read_cell) in zip(state.layers, read.layers, strict=True):
        assert torch.allclose(hidden, read_hidden, atol=1e-5)
        assert torch.allclose(cell, read_cell, atol=1e-5)
    assert torch.allclose(state.keys, read.keys, atol=1e-5)
    assert torch.allclose(state.values, read.values, atol=1e-5)


@torch.no_grad()
def test_stepping_and_training_see_the_same_chances() -> None:
    """Logits of the first field from `step` and from `forward` agree over a line."""
    network, here = tiny_network(), scene()
    arrays = step_arrays(here.before, Previous(0), here.around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([here.instrument])
    batch["right"] = torch.zeros(1, NO_SLOT, TINY.right_notes, 6, dtype=torch.int64)
    batch["right_length"] = torch.zeros(1, NO_SLOT, dtype=torch.int64)
    together = network(batch)
    state = network.first_state(1)
    for step in range(4):
        one = {
            name: tensor[:, step : step + 1]
            for name, tensor in batch.items()
            if name not in ("instrument", "right", "right_length")
        }
        _, fields, state = network.step(
            {**one, "instrument": batch["instrument"]}, network.right_none.expand(1, -1), state
        )
        drums = torch.tensor([False])
        assert torch.allclose(network.fields.logits(0, fields, drums)[0], together[0][step], atol=1e-5)
    assert all(torch.isfinite(loss).all() for loss in field_losses(together, batch))


@torch.no_grad()
def test_reading_tells_what_was_expected_of_each_note() -> None:
    network, here = tiny_network(), scene()
    arrays = step_arrays(here.before, Previous(0), here.around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([here.instrument])
    nothing = {"right": torch.zeros(1, NO_SLOT, TINY.right_notes, 6, dtype=torch.int64)}
    nothing |= {"right_length": torch.zeros(1, NO_SLOT, dtype=torch.int64)}
    reading = network.read(batch)
    together = network(batch | nothing)
    assert len(reading.out) == len(here.before) <= RECALLED
    for read, expected in zip(reading.logits, together, strict=True):
        assert torch.allclose(read, expected, atol=1e-5)


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
    drums = torch.tensor([False])
    assert torch.equal(network.right_context(notes, lengths, drums), network.right_context(other, lengths, drums))


@torch.no_grad()
def test_a_slot_that_is_not_used_costs_and_says_nothing() -> None:
    network = tiny_network()
    notes = torch.randint(0, 10, (1, 3, TINY.right_notes, 6))
    heard = network.right_context(notes, torch.tensor([[0, 4, 0]]), torch.tensor([False]))
    assert torch.equal(heard[0, 0], network.right_none)
    assert torch.equal(heard[0, 3], network.right_none)
    assert not torch.allclose(heard[0, 1], network.right_none, atol=1e-4)


@torch.no_grad()
def test_drums_have_pitches_of_their_own() -> None:
    network = tiny_network()
    state = torch.randn(2, TINY.decoder)
    melodic, drums = (network.fields.logits(2, state, torch.full((2,), kind)) for kind in (False, True))
    assert melodic.shape == drums.shape == (2, 128)
    assert not torch.allclose(melodic, drums, atol=1e-4)


@torch.no_grad()
def test_the_trunk_looks_back_on_what_it_has_heard() -> None:
    """Other outputs long ago change what is recalled now; later ones do not."""
    network = tiny_network()
    assert network.recall is not None
    out = torch.randn(1, 9, TINY.hidden)
    earlier, later = out.clone(), out.clone()
    earlier[:, 0] += 1
    later[:, 8] += 1
    assert not torch.allclose(network.recall(out)[:, 5], network.recall(earlier)[:, 5], atol=1e-6)
    assert torch.allclose(network.recall(out)[:, 5], network.recall(later)[:, 5], atol=1e-6)


@torch.no_grad()
def test_it_looks_back_as_far_as_a_training_window() -> None:
    network = tiny_network()
    assert network.recall is not None
    keys = values = torch.zeros(1, 0, TINY.recall)
    for _ in range(RECALLED + 5):
        _, keys, values = network.recall.step(torch.randn(1, TINY.hidden), keys, values)
    assert keys.shape[1] == values.shape[1] == RECALLED


@torch.no_grad()
def test_steps_outside_the_gap_hear_nothing_of_the_right() -> None:
    network, here = tiny_network(), scene()
    arrays = step_arrays(here.before, Previous(0), here.around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([here.instrument])
    assert (batch["slot"] == NO_SLOT).all()
    batch["right"] = torch.randint(0, 10, (1, NO_SLOT, TINY.right_notes, 6))
    batch["right_length"] = torch.tensor([[3, 3, 3]])
    first = network(batch)
    batch["right"] = torch.randint(0, 10, (1, NO_SLOT, TINY.right_notes, 6))
    assert all(torch.equal(a, b) for a, b in zip(first, network(batch), strict=True))


@torch.no_grad()
def test_first_gap_with_no_left_side_starts_from_zeros() -> None:
    network = tiny_network()
    last, state, memory = hear_before(network, scene_of(bridge(band(), 0, 0, 4 * 480)))
    assert last.pitch == 128
    assert memory is None
    assert all(float(hidden.abs().sum()) == 0 for hidden, _ in state.layers)
