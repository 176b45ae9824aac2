"""Windows: gaps with what the network may hear, keys moved together with the harmony."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import END, GRID, HEARD, UNKNOWN, WISHES, GridLine, density_class, rows_from
from jazzassist.neural.steps import NO_SLOT, Previous, Surroundings, step_arrays
from jazzassist.training.arrays import COUNT, TEST, TRAIN, VALIDATION
from jazzassist.training.dataset import Dataset, _choose_gaps, _rotated, _vary
from jazzassist.training.meters import CUTS, STRETCHES, Meter, can_change, change_meter
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


def test_gaps_of_a_window_do_not_overlap() -> None:
    """Where notes are so dense that the bar of one soon after a gap began inside it."""
    onset = np.arange(160) * (GRID // 6)
    line = GridLine(onset, np.full(160, 4), np.full(160, 60), np.full(160, 80), 0)
    random = np.random.default_rng(0)
    found = [_choose_gaps(random, line, "exact", MeterMap(GRID, ((0, 4, 4),))) for _ in range(200)]
    assert sum(len(spans) > 1 for spans in found) > 30
    assert all(near.end <= far.start for spans in found for near, far in pairwise(spans))


def test_padding_is_ignored(data: Dataset) -> None:
    batch = data.batch(np.random.default_rng(0), 16, TRAIN)
    padded = batch["target_ahead"] < 0
    assert all((batch[name][padded] == -1).all() for name in batch if name.startswith("target_"))


def test_harmony_moves_with_the_key() -> None:
    table = np.zeros((1, 37), np.float32)
    table[0, [0, 12 + 11, 24, 30]] = 1
    assert np.nonzero(_rotated(table, 2)[0])[0].tolist() == [2, 12 + 1, 24, 30]


def test_wishes_are_what_the_notes_of_the_gap_are_like_or_unknown(data: Dataset) -> None:
    batch = data.batch(np.random.default_rng(0), 32, TRAIN, "exact")
    inside = batch["counting"] == 1
    for name in WISHES:
        assert (batch[name][~inside & (batch["target_ahead"] >= 0)] == UNKNOWN).all()
    said = batch["density"][inside] != UNKNOWN
    assert 0.3 < said.mean() < 0.7
    rows, steps = np.nonzero(inside & (batch["density"] != UNKNOWN))
    classes = {int(density_class(2, 1)), int(density_class(1, 1))}
    assert classes & set(batch["density"][rows, steps].tolist())
    ends = inside & (batch["target_ahead"] == END) & (batch["density"] != UNKNOWN)
    assert (batch["density"][ends] == density_class(0, 1)).all()  # nothing more is wished where nothing more comes


@pytest.mark.parametrize(
    ("meter", "notes_in_a_bar"), [*zip(CUTS, (3, 3, 5, 4), strict=True), *zip(STRETCHES, (4, 2), strict=True)]
)
def test_in_another_meter_every_note_keeps_its_beat_and_what_is_heard(meter: Meter, notes_in_a_bar: int) -> None:
    """16 bars of quarter notes whose pitch is the number of their quarter, which is also what is heard there."""
    onset = np.arange(64) * GRID
    line = GridLine(onset, np.full(64, GRID), 30 + np.arange(64), np.full(64, 80), 0)
    heard = np.arange(100, dtype=np.float32)[:, None] * np.ones((1, HEARD), np.float32)
    around = Surroundings(MeterMap(GRID, ((0, 4, 4),)), heard)
    random: Any = Chooser(meter)
    moved, before, there = change_meter(random, line, Previous(0), around)
    assert there.meters.meter_at(0) == (meter.numerator, meter.denominator)
    assert (np.diff(moved.onset) > 0).all()
    assert before.onset <= moved.onset[0]
    _, counts = np.unique(moved.onset // meter.bar, return_counts=True)
    assert set(counts.tolist()[:-1]) == {notes_in_a_bar}
    rows = rows_from(there.heard, moved.onset // GRID - there.first_quarter, 1)[:, 0]
    exact = meter.stretched == 1 and meter.bar % GRID == 0
    assert np.abs(rows - (moved.pitch - 30)).max() <= (0 if exact else 1)


@pytest.mark.parametrize("first", [0, 3, 9])
def test_in_another_meter_bars_keep_their_numbers(first: int) -> None:
    onset = (4 * first + np.arange(64)) * GRID
    line = GridLine(onset, np.full(64, GRID), 30 + np.arange(64), np.full(64, 80), 0)
    around = Surroundings(MeterMap(GRID, ((0, 4, 4),)), np.zeros((200, HEARD), np.float32), bars_before=2)
    random: Any = Chooser(CUTS[0])  # bars of three quarters
    moved, before, there = change_meter(random, line, Previous(4 * first * GRID), around)
    numbers = step_arrays(moved, before, there, [])["bar"]
    assert numbers[1:].tolist() == [2 + first + quarter // 3 for quarter in range(len(moved) - 1)]


def test_bars_are_mostly_counted_from_the_beginning(data: Dataset) -> None:
    """And in some windows from elsewhere, so that a network does not rely on it."""
    random, true, windows = np.random.default_rng(0), 0, 60
    for _ in range(windows):
        row = data.choose_line(random, TRAIN)
        line, before, around = data.stretch(row, 0, int(row[COUNT]))
        varied, then, there = _vary(random, line, before, around)
        counted, plain = (step_arrays(*some, [])["bar"] for some in ((varied, then, there), (line, before, around)))
        assert len(set((counted - plain).tolist())) == 1
        true += int(counted[0] == plain[0])
    assert windows / 2 < true < windows


def test_only_a_window_in_common_time_is_changed() -> None:
    line = GridLine(np.arange(9) * GRID, np.full(9, GRID), np.arange(9) + 60, np.full(9, 80), 0)
    for changes, can in (((0, 4, 4),), True), (((0, 3, 4),), False), (((0, 4, 4), (96, 3, 4)), False):
        around = Surroundings(MeterMap(GRID, changes), np.zeros((9, HEARD), np.float32))
        assert can_change(line, around) is can


class Chooser:
    """A random generator that chooses one meter."""

    def __init__(self, meter: Meter) -> None:
        self.choices = STRETCHES if meter in STRETCHES else CUTS
        self.index = self.choices.index(meter)

    def random(self) -> float:
        return 0.0 if self.choices is STRETCHES else 0.9

    def integers(self, count: int) -> int:
        return self.index


def test_some_windows_are_deaf_to_the_other_lines(data: Dataset) -> None:
    random, data = np.random.default_rng(0), data.only("combo")
    heard = [bool(data.window(random, TRAIN)["heard_ahead"].any()) for _ in range(200)]
    assert 0.55 < np.mean(heard) < 0.9
    assert all(data.window(random, TRAIN, augment=False)["heard_here"].any() for _ in range(5))


def test_held_out_windows_come_from_held_out_tunes(data: Dataset) -> None:
    random = np.random.default_rng(0)
    lines = {tuple(data.cut(random, TRAIN).pitch[:20].tolist()) for _ in range(100)}
    held = [{tuple(data.cut(random, part).pitch[:20].tolist()) for _ in range(50)} for part in (VALIDATION, TEST)]
    assert not lines & held[0] and not lines & held[1] and not held[0] & held[1]


def test_exact_lines_are_performed_and_played_ones_are_not(corpus: Path) -> None:
    """`performed` is for sets that no one played; a set that was played keeps its own timing."""
    training = replace(RECIPE.training, performed=1.0)
    combo, solos = RECIPE.sets
    for played in (True, False):
        sets = (replace(combo, played=played, first_track_share=0.0, share=1.0), replace(solos, first_track_share=0.0))
        data = Dataset(corpus, replace(RECIPE, training=training, sets=sets)).only("combo")
        places = np.concatenate(
            [data.window(np.random.default_rng(seed), TRAIN, "plain")["target_sub"] for seed in range(40)]
        )
        on_eighths = np.mean(places[places >= 0] % (GRID // 2) == 0)
        assert (on_eighths > 0.9) == played
