"""The LSTM as it is trained: both sides are heard, and only where they are to be."""

from __future__ import annotations

import numpy as np
import torch

from jazzassist.neural.encoding import RECALLED, GridLine, right_fields
from jazzassist.neural.hearing import hear_after, hear_before
from jazzassist.neural.scene import Scene, scene_of
from jazzassist.neural.steps import NO_SLOT, Previous, Span, Target, step_arrays
from jazzassist.training.network.attention import Following, within_reach
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.fields import Batch
from jazzassist.training.network.network import Network
from tests.neural.requests import TINY, band, bridge, continuation, tiny_graphs, tiny_network


def scene(track: int = 0) -> Scene:
    return scene_of(bridge(band(), track, 8 * 480, 16 * 480))


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
    graphs = tiny_graphs()
    song = band()
    here = hear_after(graphs, scene_of(bridge(song, 0, 8 * 480, 16 * 480)))
    there = hear_after(graphs, scene_of(bridge(song, 0, 8 * 480, 20 * 480)))
    assert not np.allclose(here.right, there.right, atol=1e-4)
    assert here.heard


@torch.no_grad()
def test_nothing_on_the_right_is_the_learned_nothing() -> None:
    following = hear_after(tiny_graphs(), scene_of(continuation(band(), 0, 8 * 480, 16 * 480)))
    np.testing.assert_allclose(following.right[0], tiny_network().right_none.numpy(), atol=1e-3)
    assert not following.heard


def followed(network: Network, notes: torch.Tensor, lengths: list[int], slot: int) -> Following:
    """What follows, as one step in the gap `slot` hears it."""
    drums = torch.tensor([False])
    return network.follow(notes, torch.tensor([lengths]), drums, torch.tensor([[slot]]))


def looked(network: Network, out: torch.Tensor, following: Following) -> torch.Tensor:
    """What outputs of the trunk take from the notes that follow."""
    notes = network.ahead_of(following).notes
    assert network.ahead is not None and notes is not None
    found: torch.Tensor = network.ahead(out, notes)
    return found


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
    assert torch.equal(looked(network, out, these), looked(network, out, those))


@torch.no_grad()
def test_a_slot_that_is_not_used_costs_and_says_nothing() -> None:
    network, out = tiny_network(), torch.randn(1, 1, TINY.hidden)
    notes = torch.randint(0, 10, (1, 3, TINY.right_notes, 6))
    for slot in (0, 2, NO_SLOT):
        following = followed(network, notes, [0, 4, 0], slot)
        assert torch.equal(following.last[0, 0], network.right_none)
        assert not following.heard.any()
        assert not looked(network, out, following).any()
    used = followed(network, notes, [0, 4, 0], 1)
    assert not torch.allclose(used.last[0, 0], network.right_none, atol=1e-4)
    assert used.heard[0, 0].nonzero()[:, 0].tolist() == [TINY.right_notes + number for number in range(4)]
    assert looked(network, out, used).any()


@torch.no_grad()
def test_each_note_after_the_gap_is_looked_at() -> None:
    """Also one so far away that little of it is left in the backward LSTM's last state."""
    network, out = tiny_network(), torch.randn(1, 1, TINY.hidden)
    notes = torch.randint(0, 10, (1, 1, TINY.right_notes, 6))
    other = notes.clone()
    other[:, :, -1, 2] += 40
    here, there = (looked(network, out, followed(network, each, [TINY.right_notes], 0)) for each in (notes, other))
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
    here, there, yonder = (network.recall(each, [], within_reach(9))[:, 5] for each in (out, earlier, later))
    assert not torch.allclose(here, there, atol=1e-6)
    assert torch.allclose(here, yonder, atol=1e-6)


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
    last, state, memory, *_ = hear_before(tiny_graphs(), scene_of(bridge(band(), 0, 0, 4 * 480)))
    assert last.pitch == 128
    assert memory is None
    assert not state.hidden.any() and not state.cell.any()
