"""Stepping note by note: the same chances as in training, whatever lies before, follows and is wished."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from jazzassist.neural.encoding import RECALLED, TARGETS, WISHES, Floats, GridLine
from jazzassist.neural.graphs import Graphs
from jazzassist.neural.hearing import hear_after, read
from jazzassist.neural.scene import scene_of
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.neural.state import Following, State
from jazzassist.neural.stepper import Stepper
from jazzassist.neural.steps import AIMS, Arrays, Previous, step_arrays
from jazzassist.training.network.fields import Batch
from jazzassist.training.network.network import Network
from tests.neural.requests import TINY, band, continuation, graphs_of, tiny_network
from tests.training.network.test_network import in_gap, scene

BARE = replace(TINY, recall=0, ahead=0, pointers=0, phrase=0)
ATOL, RTOL = 5e-5, 2e-4
AT_ONSET = 1


def columns_at(batch: Batch, step: int, rows: int = 1) -> Arrays:
    """The inputs of one step of a batch of one line, for so many candidates."""
    return {
        name: part[:, step].repeat(rows, *([1] * (part.dim() - 2))).numpy()
        for name, part in batch.items()
        if part.dim() > 1 and not name.startswith("right")
    }


def logits_of(stepper: Stepper, batch: Batch, step: int) -> list[Floats]:
    """The logits of all fields of a step, given the true values of those before each."""
    stepper.step(columns_at(batch, step, stepper.count))
    found = []
    for field, name in enumerate(TARGETS):
        found.append(stepper.logits(field))
        if field < len(TARGETS) - 1:
            here = batch["heard_here"][:, step].expand(stepper.count, -1).numpy()
            value = batch[name][:, step].clamp(min=0).expand(stepper.count).numpy()
            stepper.choose(field, value, here if field == AT_ONSET else None)
    return found


def row_of(batch: Batch, row: int = 0) -> Arrays:
    """The steps of one row of a batch."""
    return {name: part[row].numpy() for name, part in batch.items() if part.dim() > 1 and not name.startswith("right")}


def state_after(graphs: Graphs, *batches: Batch) -> State:
    """The state after lines of one row each."""
    rows = [row_of(batch) for batch in batches]
    nothing = State.first(graphs.sizes).repeated(len(rows))
    return read(graphs, rows, int(batches[0]["instrument"]), nothing, np.arange(1)).state


def nothing_follows(graphs: Graphs) -> Following:
    """What is heard where nothing follows."""
    return hear_after(graphs, scene_of(continuation(band(), 0, 8 * 480, 16 * 480)))


def parted(network: Network, batch: Batch) -> tuple[int, int, Batch]:
    """(first step of the gap, its END, the steps before the gap)."""
    inside = batch["counting"][0].nonzero()[:, 0]
    first, end = int(inside[0]), int(inside[-1])
    before = {name: part[:, :first] for name, part in batch.items() if part.dim() > 1}
    return first, end, before | {"instrument": batch["instrument"]}


def assert_close(found: Floats, expected: torch.Tensor) -> None:
    torch.testing.assert_close(torch.from_numpy(found), expected, atol=ATOL, rtol=RTOL)


@pytest.mark.parametrize("track", [0, 2])
@pytest.mark.parametrize("config", [TINY, BARE, replace(TINY, recall=0), replace(TINY, pointers=0, layers=1)])
@torch.no_grad()
def test_chances_in_a_gap_are_those_of_the_training(track: int, config: NetworkConfig) -> None:
    """For keys and for drums, with wishes, whatever the network is made of."""
    network, (_, batch, here) = tiny_network(config=config), in_gap(track)
    batch["density"][:] = 3 * batch["counting"]
    batch["polyphony"][:] = 2 * batch["counting"]
    graphs = graphs_of(network)
    together = network(batch)
    first, end, before = parted(network, batch)
    stepper = Stepper(graphs, state_after(graphs, before), hear_after(graphs, here), here.instrument, 2, deaf=False)
    for step in range(first, end + 1):
        for logits, expected in zip(logits_of(stepper, batch, step), together, strict=True):
            assert_close(logits, expected[step].expand(2, -1))
    assert end - first > 4


@torch.no_grad()
def test_chances_from_the_first_note_on_are_those_of_the_training() -> None:
    """Where nothing lies before."""
    network, batch, here = in_gap()
    graphs = graphs_of(network)
    together = network(batch)
    stepper = Stepper(graphs, State.first(graphs.sizes), nothing_follows(graphs), here.instrument, 1, deaf=False)
    for step in range(parted(network, batch)[0]):
        for logits, expected in zip(logits_of(stepper, batch, step), together, strict=True):
            assert_close(logits[0], expected[step])


def long_line(steps: int) -> Batch:
    """The steps of a line that is longer than what can be looked back on."""
    song, here = band(bars=1 + steps // 8), scene()
    line = GridLine.of(song.tracks[0].notes, 480, here.instrument).part(0, steps)
    arrays = step_arrays(line, Previous(0), here.around, [])
    batch = {name: torch.as_tensor(array)[None] for name, array in arrays.items()}
    return batch | {"instrument": torch.tensor([here.instrument])}


@pytest.mark.parametrize("read", [9, RECALLED - 9, RECALLED + 20])
@torch.no_grad()
def test_it_looks_back_as_far_as_reading_does(read: int) -> None:
    """Whether what is forgotten was read before or stepped."""
    network, steps = tiny_network(), 2 * RECALLED + 40
    graphs, batch = graphs_of(network), long_line(steps)
    before, rest = (
        {name: part[:, cut] if part.dim() > 1 else part for name, part in batch.items()}
        for cut in (slice(0, read), slice(read, steps))
    )
    together = network.read(rest, network.read(before).state).logits
    state = state_after(graphs, before)
    stepper = Stepper(graphs, state, nothing_follows(graphs), int(batch["instrument"]), 1, deaf=False)
    for step in range(steps - read):
        for logits, expected in zip(logits_of(stepper, rest, step), together, strict=True):
            assert_close(logits[0], expected[step])


@torch.no_grad()
def test_deaf_rows_hear_neither_wishes_nor_what_follows() -> None:
    network, batch, here = in_gap()
    graphs = graphs_of(network)
    batch["density"][:] = 3 * batch["counting"]
    first, end, before = parted(network, batch)
    state = state_after(graphs, before)
    both = Stepper(graphs, state, hear_after(graphs, here), here.instrument, 2, deaf=True)
    alone = Stepper(graphs, state, nothing_follows(graphs), here.instrument, 2, deaf=False)
    unsaid = batch | {name: torch.zeros_like(batch[name]) for name in (*AIMS, *WISHES)}
    for step in range(first, end):
        for logits, expected in zip(logits_of(both, batch, step), logits_of(alone, unsaid, step), strict=True):
            np.testing.assert_allclose(logits[2:], expected, atol=ATOL, rtol=RTOL)
            assert not np.allclose(logits[:2], expected, atol=1e-3)


@pytest.mark.parametrize("track", [0, 2])
@torch.no_grad()
def test_candidates_that_go_on_alone_keep_their_own_past(track: int) -> None:
    """Also where each of them heard something else before."""
    network, batch, here = in_gap(track)
    graphs = graphs_of(network)
    first, end, before = parted(network, batch)
    other = before | {"heard_ahead": before["heard_ahead"] + 0.5}
    following = hear_after(graphs, here)
    together = Stepper(graphs, state_after(graphs, before, other), following, here.instrument, 2, deaf=True)
    alone = Stepper(graphs, state_after(graphs, other), following, here.instrument, 1, deaf=True)
    for step in range(first, end):
        found, expected = logits_of(together, batch, step), logits_of(alone, batch, step)
        for logits, those in zip(found, expected, strict=True):
            np.testing.assert_allclose(logits[together.count - 1 :: together.count], those, atol=ATOL, rtol=RTOL)
        if step == first + 2:
            together.keep([1])
    assert together.count == 1


def test_stepper_leaves_what_it_began_with_as_it_was() -> None:
    """A state that was read once serves many requests."""
    network, batch, here = in_gap()
    graphs = graphs_of(network)
    first, end, before = parted(network, batch)
    state = state_after(graphs, before)
    held = {name: part.copy() for name, part in vars(state).items()}
    stepper = Stepper(graphs, state, hear_after(graphs, here), here.instrument, 2, deaf=True)
    for step in range(first, end):
        logits_of(stepper, batch, step)
    for name, part in held.items():
        np.testing.assert_array_equal(part, getattr(state, name))
