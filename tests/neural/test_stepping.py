"""Stepping note by note: the same chances as in training, whatever lies before, follows and is wished."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from jazzassist.neural.encoding import DRUMS, TARGETS, WISHES, GridLine
from jazzassist.neural.folding import AT_ONSET, FoldedNetwork
from jazzassist.neural.hearing import hear_after
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.neural.stepping import Stepper
from jazzassist.neural.steps import AIMS, Arrays, Previous, step_arrays
from jazzassist.training.network.attention import RECALLED
from jazzassist.training.network.fields import Batch
from jazzassist.training.network.network import Network
from tests.neural.requests import TINY, band, tiny_network
from tests.neural.test_network import in_gap, scene

BARE = replace(TINY, recall=0, ahead=0, pointers=0, phrase=0)
CLOSE = {"atol": 2e-5, "rtol": 1e-4}


def columns_at(batch: Batch, step: int, rows: int = 1) -> Arrays:
    """The inputs of one step of a batch of one line, for so many candidates."""
    return {
        name: part[:, step].repeat(rows, *([1] * (part.dim() - 2))).numpy()
        for name, part in batch.items()
        if part.dim() > 1 and not name.startswith("right")
    }


def logits_of(stepper: Stepper, batch: Batch, step: int) -> list[Tensor]:
    """The logits of all fields of a step, given the true values of those before each."""
    stepper.step(columns_at(batch, step, stepper.count))
    found = []
    for field, name in enumerate(TARGETS):
        found.append(stepper.logits(field))
        if field < len(TARGETS) - 1:
            here = batch["heard_here"][:, step].expand(stepper.count, -1)
            value = batch[name][:, step].clamp(min=0).expand(stepper.count)
            stepper.choose(field, value, here if field == AT_ONSET else None)
    return found


def parted(network: Network, batch: Batch) -> tuple[int, int, Batch]:
    """(first step of the gap, its END, the steps before the gap as `Network.read` takes them)."""
    inside = batch["counting"][0].nonzero()[:, 0]
    first, end = int(inside[0]), int(inside[-1])
    before = {name: part[:, :first] for name, part in batch.items() if part.dim() > 1}
    return first, end, before | {"instrument": batch["instrument"]}


@pytest.mark.parametrize("track", [0, 2])
@pytest.mark.parametrize("config", [TINY, BARE, replace(TINY, recall=0), replace(TINY, pointers=0, layers=1)])
@torch.no_grad()
def test_chances_in_a_gap_are_those_of_the_training(track: int, config: NetworkConfig) -> None:
    """For keys and for drums, with wishes, whatever the network is made of."""
    network, (_, batch, here) = tiny_network(config=config), in_gap(track)
    batch["density"][:] = 3 * batch["counting"]
    batch["polyphony"][:] = 2 * batch["counting"]
    together = network(batch)
    first, end, before = parted(network, batch)
    following = hear_after(network, here)
    stepper = Stepper(FoldedNetwork(network), network.read(before).state, following, here.instrument, 2, deaf=False)
    for step in range(first, end + 1):
        for logits, expected in zip(logits_of(stepper, batch, step), together, strict=True):
            torch.testing.assert_close(logits, expected[step].expand(2, -1), **CLOSE)
    assert end - first > 4


@torch.no_grad()
def test_chances_from_the_first_note_on_are_those_of_the_training() -> None:
    """Where nothing lies before."""
    network, batch, here = in_gap()
    together = network(batch)
    nothing = network.follow_nothing(1, 1)
    stepper = Stepper(FoldedNetwork(network), network.first_state(1), nothing, here.instrument, 1, deaf=False)
    for step in range(parted(network, batch)[0]):
        for logits, expected in zip(logits_of(stepper, batch, step), together, strict=True):
            torch.testing.assert_close(logits[0], expected[step], **CLOSE)


def long_line(steps: int) -> Batch:
    """The steps of a line that is longer than what can be looked back on."""
    song, here = band(bars=1 + steps // 8), scene()
    line = GridLine.of(song.tracks[0].notes, 480, here.instrument).part(0, steps)
    arrays = step_arrays(line, Previous(0), here.around, [])
    batch = {name: torch.as_tensor(array)[None] for name, array in arrays.items()}
    return batch | {"instrument": torch.tensor([here.instrument])}


@pytest.mark.parametrize("read", [RECALLED - 9, RECALLED + 20])
@torch.no_grad()
def test_it_looks_back_as_far_as_reading_does(read: int) -> None:
    """Whether what is forgotten was read before or stepped."""
    network, steps = tiny_network(), RECALLED + 40
    batch = long_line(steps)
    before, rest = (
        {name: part[:, cut] if part.dim() > 1 else part for name, part in batch.items()}
        for cut in (slice(0, read), slice(read, steps))
    )
    state = network.read(before).state
    nothing = {"right": torch.zeros(1, 3, TINY.right_notes, 6).long(), "right_length": torch.zeros(1, 3).long()}
    outlook = network.outputs(rest | nothing, state)
    drums = torch.zeros(steps - read, dtype=torch.bool)
    together = network.fields.teach(outlook.flat(), rest, drums)
    none = network.follow_nothing(1, 1)
    stepper = Stepper(FoldedNetwork(network), state, none, int(batch["instrument"]), 1, deaf=False)
    for step in range(steps - read):
        for logits, expected in zip(logits_of(stepper, rest, step), together, strict=True):
            torch.testing.assert_close(logits[0], expected[step], **CLOSE)


@torch.no_grad()
def test_deaf_rows_hear_neither_wishes_nor_what_follows() -> None:
    network, batch, here = in_gap()
    batch["density"][:] = 3 * batch["counting"]
    first, end, before = parted(network, batch)
    state, folded = network.read(before).state, FoldedNetwork(network)
    both = Stepper(folded, state, hear_after(network, here), here.instrument, 2, deaf=True)
    alone = Stepper(folded, state, network.follow_nothing(1, 1), here.instrument, 2, deaf=False)
    unsaid = batch | {name: torch.zeros_like(batch[name]) for name in (*AIMS, *WISHES)}
    for step in range(first, end):
        found = zip(logits_of(both, batch, step), logits_of(alone, unsaid, step), strict=True)
        for logits, expected in found:
            torch.testing.assert_close(logits[2:], expected, **CLOSE)
            assert not torch.allclose(logits[:2], expected, atol=1e-3)


@pytest.mark.parametrize("track", [0, 2])
@torch.no_grad()
def test_candidates_that_go_on_alone_keep_their_own_past(track: int) -> None:
    """Also where each of them heard something else before."""
    network, batch, here = in_gap(track)
    first, end, before = parted(network, batch)
    other = before | {"heard_ahead": before["heard_ahead"] + 0.5}
    apart = {name: torch.cat([before[name], other[name]]) for name in before}
    folded, following = FoldedNetwork(network), hear_after(network, here)
    together = Stepper(folded, network.read(apart).state, following, here.instrument, 2, deaf=True)
    alone = Stepper(folded, network.read(other).state, following, here.instrument, 1, deaf=True)
    for step in range(first, end):
        found, expected = logits_of(together, batch, step), logits_of(alone, batch, step)
        for logits, those in zip(found, expected, strict=True):
            torch.testing.assert_close(logits[together.count - 1 :: together.count], those, **CLOSE)
        if step == first + 2:
            together.keep([1])
    assert together.count == 1


def test_drums_stand_behind_the_other_pitches_in_the_tables() -> None:
    folded = FoldedNetwork(tiny_network())
    _, batch, _ = in_gap()
    columns = columns_at(batch, 5)
    pitch = folded.names.index("previous_pitch")
    keys, kit = (folded.rows_of(columns, instrument)[0, pitch] for instrument in (0, DRUMS))
    assert kit == keys + 128
    nothing = folded.rows_of(columns | {"previous_pitch": np.array([128])}, DRUMS)[0, pitch]
    assert nothing == folded.rows_of(columns | {"previous_pitch": np.array([128])}, 0)[0, pitch]


def test_the_bar_of_a_phrase_comes_round() -> None:
    folded = FoldedNetwork(tiny_network())
    _, batch, _ = in_gap()
    bar = folded.names.index("bar")
    rows = [folded.rows_of(columns_at(batch, 5) | {"bar": np.array([number])}, 0)[0, bar] for number in (1, 2, 5, -3)]
    assert rows[0] == rows[2] == rows[3] == rows[1] - 1
    assert not torch.equal(folded.tables[rows[0]], folded.tables[rows[1]])
