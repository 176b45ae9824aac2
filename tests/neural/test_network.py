"""The LSTM: stepping is the same as reading, and both sides are heard."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from jazzassist.neural.attention import RECALLED, Following
from jazzassist.neural.batches import tensors
from jazzassist.neural.encoding import DRUMS, END, GridLine, right_fields
from jazzassist.neural.fields import Batch, field_losses
from jazzassist.neural.hearing import hear_after, hear_before
from jazzassist.neural.network import Network
from jazzassist.neural.scene import Scene, scene_of
from jazzassist.neural.steps import NO_SLOT, Previous, Span, Target, step_arrays
from tests.neural.requests import TINY, band, bridge, continuation, tiny_network


def scene(track: int = 0) -> Scene:
    return scene_of(bridge(band(), track, 8 * 480, 16 * 480))


@torch.no_grad()
def test_steps_are_the_sequence() -> None:
    network, here = tiny_network(), scene()
    arrays = step_arrays(here.before, Previous(0), here.around, [])
    batch = {name: tensor[None] for name, tensor in tensors(arrays).items()}
    batch["instrument"] = torch.tensor([here.instrument])
    nothing = network.follow_nothing(1, 1)
    state = network.first_state(1)
    for step in range(len(here.before)):
        one = {name: tensor[:, step : step + 1] for name, tensor in batch.items() if name != "instrument"}
        _, state = network.step({**one, "instrument": batch["instrument"]}, nothing, state)
    read = network.read(batch).state
    for (hidden, cell), (read_hidden, read_cell) in zip(state.layers, read.layers, strict=True):
        assert torch.allclose(hidden, read_hidden, atol=1e-5)
        assert torch.allclose(cell, read_cell, atol=1e-5)
    assert torch.allclose(state.keys, read.keys, atol=1e-5)
    assert torch.allclose(state.values, read.values, atol=1e-5)
    assert torch.allclose(state.pointed, read.pointed, atol=1e-5)
    assert all(torch.equal(*pair) for pair in zip(state.notes.columns(), read.notes.columns(), strict=True))


def in_gap(track: int = 0) -> tuple[Network, Batch, Scene]:
    """A network, the steps of a line whose bars 3 and 4 are a gap with both sides heard, and the gap's scene."""
    network, here = tiny_network(), scene(track)
    whole = GridLine.of(band().tracks[track].notes, 480, here.instrument)
    low, high = (int(index) for index in np.searchsorted(whole.onset, (here.start, here.end)))
    span = Span(here.start, here.end, low, high, 0, Target.of(whole, here.end))
    arrays = step_arrays(whole, Previous(0), here.around, [span])
    fields = right_fields(whole, here.end, TINY.right_notes)
    right, lengths = np.zeros((NO_SLOT, TINY.right_notes, 6), np.int64), np.array([len(fields), 0, 0])
    right[0, : len(fields)] = fields
    arrays |= {"right": right, "right_length": lengths, "instrument": np.array(here.instrument)}
    return network, {name: torch.as_tensor(array)[None] for name, array in arrays.items()}, here


@pytest.mark.parametrize("track", [0, 2])
@torch.no_grad()
def test_stepping_and_training_see_the_same_chances(track: int) -> None:
    """Logits of all fields from `step` and from `forward` agree before the gap and in it, for keys and for drums."""
    network, batch, here = in_gap(track)
    together, drums = network(batch), batch["instrument"] == DRUMS
    state = network.first_state(1)
    for step in range(int((batch["target_ahead"][0] == END).nonzero()[0])):
        one = {name: part[:, step : step + 1] for name, part in batch.items() if part.dim() > 1}
        one["instrument"] = batch["instrument"]
        following = hear_after(network, here) if batch["counting"][0, step] else network.follow_nothing(1, 1)
        outlook, state = network.step(one, following, state)
        for logits, expected in zip(network.fields.teach(outlook, one, drums), together, strict=True):
            torch.testing.assert_close(logits[0], expected[step], atol=1e-5, rtol=1e-4)
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
    assert not torch.allclose(here.last, there.last, atol=1e-4)
    assert bool(here.heard.all())


@torch.no_grad()
def test_nothing_on_the_right_is_the_learned_nothing() -> None:
    network = tiny_network()
    following = hear_after(network, scene_of(continuation(band(), 0, 8 * 480, 16 * 480)))
    assert torch.equal(following.last[0, 0], network.right_none)
    assert not following.heard.numel()


def followed(network: Network, notes: torch.Tensor, lengths: list[int], slot: int) -> Following:
    """What follows, as one step in the gap `slot` hears it."""
    drums = torch.tensor([False])
    return network.follow(notes, torch.tensor([lengths]), drums, torch.tensor([[slot]]))


@torch.no_grad()
def test_padding_on_the_right_is_silent() -> None:
    """What stands in the padding does not matter."""
    network, out = tiny_network(), torch.randn(1, 1, TINY.hidden)
    notes = torch.randint(0, 10, (1, 1, TINY.right_notes, 6))
    other = notes.clone()
    other[:, :, 5:] = 3
    these, those = (followed(network, each, [5], 0) for each in (notes, other))
    assert torch.equal(these.last, those.last)
    assert these.heard[0, 0].tolist() == [True] * 5 + [False] * (TINY.right_notes - 5)
    assert network.ahead is not None
    assert torch.equal(network.ahead(out, these), network.ahead(out, those))


@torch.no_grad()
def test_a_slot_that_is_not_used_costs_and_says_nothing() -> None:
    network, out = tiny_network(), torch.randn(1, 1, TINY.hidden)
    notes = torch.randint(0, 10, (1, 3, TINY.right_notes, 6))
    assert network.ahead is not None
    for slot in (0, 2, NO_SLOT):
        following = followed(network, notes, [0, 4, 0], slot)
        assert torch.equal(following.last[0, 0], network.right_none)
        assert not following.heard.any()
        assert not network.ahead(out, following).any()
    used = followed(network, notes, [0, 4, 0], 1)
    assert not torch.allclose(used.last[0, 0], network.right_none, atol=1e-4)
    assert used.heard[0, 0].nonzero()[:, 0].tolist() == [TINY.right_notes + number for number in range(4)]
    assert network.ahead(out, used).any()


@torch.no_grad()
def test_each_note_after_the_gap_is_looked_at() -> None:
    """Also one so far away that little of it is left in the backward LSTM's last state."""
    network, out = tiny_network(), torch.randn(1, 1, TINY.hidden)
    notes = torch.randint(0, 10, (1, 1, TINY.right_notes, 6))
    other = notes.clone()
    other[:, :, -1, 2] += 40
    assert network.ahead is not None
    here, there = (network.ahead(out, followed(network, each, [TINY.right_notes], 0)) for each in (notes, other))
    assert not torch.equal(here, there)


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


@torch.no_grad()
def test_rows_that_are_to_hear_nothing_hear_what_a_continuation_does() -> None:
    network = tiny_network()
    following = hear_after(network, scene()).expand(4).deaf_from(2, network.right_none)
    nothing = network.follow_nothing(4, 1)
    out = torch.randn(4, 1, TINY.hidden)
    assert network.ahead is not None
    assert torch.equal(following.last[2:], nothing.last[2:])
    assert not torch.equal(following.last[:2], nothing.last[:2])
    assert not network.ahead(out, following)[2:].any()
    assert network.ahead(out, following)[:2].any()
