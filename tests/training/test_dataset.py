"""Windows: gaps with what the network may hear, keys moved together with the harmony."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jazzassist.neural.encoding import END
from jazzassist.neural.steps import NO_SLOT
from jazzassist.training.corpus import HELD_OUT, TRAIN
from jazzassist.training.dataset import Dataset, _rotated
from tests.training.tiny_corpus import RECIPE


@pytest.fixture(scope="module")
def data(corpus: Path) -> Dataset:
    return Dataset(corpus, RECIPE)


def test_batches_of_one_seed_are_the_same(data: Dataset) -> None:
    first, second = (data.batch(np.random.default_rng(3), 4, TRAIN) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("mode", ["bridge", "exact"])
def test_gaps_end_with_end_and_only_bridges_hear_the_right(data: Dataset, mode: str) -> None:
    batch = data.batch(np.random.default_rng(0), 32, TRAIN, mode)  # type: ignore[arg-type]
    ends = batch["target_ahead"] == END
    assert ends.any()
    assert (batch["counting"][ends] == 1).all()
    inside = batch["counting"] == 1
    if mode == "bridge":
        assert (batch["slot"][inside] < NO_SLOT).all()
        assert batch["right_length"].any()
        rows, steps = np.nonzero(ends)
        assert (batch["right_length"][rows, batch["slot"][rows, steps]] > 0).all()
    else:
        assert (batch["slot"][inside] == NO_SLOT).all()
        assert not batch["right_length"].any()
        assert (batch["interval"] == 0).all()
    outside = ~inside & (batch["target_ahead"] >= 0)
    assert (batch["left_log"][outside] == 0).all()
    assert (batch["slot"][outside] == NO_SLOT).all()


def test_plain_windows_have_no_gap(data: Dataset) -> None:
    batch = data.batch(np.random.default_rng(0), 8, TRAIN, "plain")
    assert not batch["counting"].any()
    assert not (batch["target_ahead"] == END).any()


def test_right_side_of_a_bridge_is_what_follows_in_the_window(data: Dataset) -> None:
    batch = data.batch(np.random.default_rng(1), 8, TRAIN, "bridge", augment=False)
    for row in range(8):
        for end in np.nonzero(batch["target_ahead"][row] == END)[0]:
            slot = batch["slot"][row, end]
            count = min(batch["right_length"][row, slot], len(batch["target_pitch"][row]) - end - 1)
            after = [pitch for pitch in batch["target_pitch"][row, end + 1 :] if pitch >= 0]
            shared = min(count, len(after))
            assert batch["right"][row, slot, :shared, 2].tolist() == after[:shared]


def test_padding_is_ignored(data: Dataset) -> None:
    batch = data.batch(np.random.default_rng(0), 16, TRAIN)
    padded = batch["target_ahead"] < 0
    assert all((batch[name][padded] == -1).all() for name in batch if name.startswith("target_"))


def test_harmony_moves_with_the_key() -> None:
    table = np.zeros((1, 25), np.float32)
    table[0, [0, 12 + 11, 24]] = 1
    assert np.nonzero(_rotated(table, 2)[0])[0].tolist() == [2, 12 + 1, 24]


def test_some_windows_are_deaf_to_the_other_lines(data: Dataset) -> None:
    random = np.random.default_rng(0)
    heard = [bool(data.window(random, TRAIN)["harmony_ahead"].any()) for _ in range(200)]
    assert 0.55 < np.mean(heard) < 0.9
    assert all(data.window(random, TRAIN, augment=False)["harmony_here"].any() for _ in range(5))


def test_held_out_windows_come_from_held_out_tunes(data: Dataset) -> None:
    random = np.random.default_rng(0)
    lines = {tuple(data.cut(random, TRAIN).pitch[:20].tolist()) for _ in range(100)}
    held = {tuple(data.cut(random, HELD_OUT).pitch[:20].tolist()) for _ in range(50)}
    assert not lines & held
