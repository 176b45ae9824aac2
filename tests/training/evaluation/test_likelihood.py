"""Bits per note in held-out gaps: the gaps, what is known in each row, and what the figures are made of."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.neural.encoding import FIELD_CLASSES, GRID, OTHERS, PITCH, WISHES, GridLine
from jazzassist.neural.memory import FIELDS as REMEMBERED
from jazzassist.neural.seam import seam_nats
from jazzassist.neural.steps import AIMS, NO_SLOT
from jazzassist.training.arrays import FIRST, TEST
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.gaps import FEWEST_IN_BAR, HeldOutGap, draw_gaps
from jazzassist.training.evaluation.likelihood import (
    BARS,
    CHORDS_KNOWN,
    HEARINGS,
    MEMORY,
    NO_RIGHT,
    RIGHT,
    Bits,
    Hearing,
    bits,
    likelihood,
    remembered,
    right_helps,
)
from jazzassist.training.evaluation.report import as_text
from jazzassist.training.evaluation.seams import BEST, BOTH, LEFT, REAL, WRONG, another_tune, seams
from jazzassist.training.network.batches import stacked
from jazzassist.training.network.fields import field_losses
from jazzassist.training.network.network import Network
from jazzassist.training.network.runner import TorchRunner
from tests.neural.requests import tiny_network
from tests.training.tiny_corpus import RECIPE, SIZES, TRAINING

BY_NAME = {hearing.name: hearing for hearing in HEARINGS}


@pytest.fixture(scope="session")
def data(corpus: Path) -> Dataset:
    """The small corpus in windows as long as those of a real training."""
    return Dataset(corpus, replace(RECIPE, training=replace(TRAINING, steps=160)))


@pytest.fixture
def network() -> Network:
    torch.manual_seed(3)
    return Network(SIZES).eval()


def changed_after(gap: HeldOutGap) -> HeldOutGap:
    """The same gap with other music behind it."""
    line, behind = gap.line, np.arange(len(gap.line)) >= gap.high
    return replace(gap, line=GridLine(line.onset, line.length, line.pitch - 5 * behind, line.velocity, line.instrument))


@pytest.mark.parametrize("bars", BARS)
def test_gaps_are_whole_bars_of_held_out_lines_with_music_around(data: Dataset, bars: int) -> None:
    found = draw_gaps(data, bars, 12, 0)
    held = {int(row[FIRST]) for row in data.lines(TEST)}
    pitches = {tuple(data.columns["pitch"][first : first + 5].tolist()) for first in held}
    assert pitches and len({(gap.song, gap.line.instrument, gap.start) for gap in found}) == len(found) > 3
    for gap in found:
        assert gap.end - gap.start == bars * 4 * GRID and gap.start % (4 * GRID) == 0
        inside = (gap.line.onset >= gap.start) & (gap.line.onset < gap.end)
        assert np.flatnonzero(inside).tolist() == list(range(gap.low, gap.high))
        assert gap.high - gap.low >= FEWEST_IN_BAR * bars
        assert gap.low >= 8 and len(gap.line) - gap.high >= 8
        assert gap.high < data.steps


def test_gaps_are_the_same_for_the_same_seed(data: Dataset) -> None:
    places = [[(gap.song, gap.start) for gap in draw_gaps(data, 2, 8, seed)] for seed in (1, 1, 2)]
    assert places[0] == places[1] != places[2]


def test_rows_differ_in_what_is_known_and_ask_about_the_same_notes(data: Dataset) -> None:
    gap = draw_gaps(data, 2, 1, 0)[0]
    known = ((False, False), (True, False), (True, True))
    rows = {(counted, right): gap.arrays(counted, right, 12) for counted, right in known}
    for (counted, right), row in rows.items():
        asked = row["asked"] == 1
        assert row["target_pitch"][asked].tolist() == gap.notes.pitch.tolist()
        assert row["target_pitch"][row["last"] == 1].tolist() == gap.notes.pitch[-4:].tolist()
        assert (row["counting"][asked] == counted).all()
        assert (row["slot"][asked] == (0 if right else NO_SLOT)).all()
        assert any(row[name][asked].any() for name in AIMS) == bool(right)
        assert not any(row[name].any() for name in WISHES)
        assert bool(row["right_length"].any()) == bool(right)
    after = gap.line.pitch[gap.high : gap.high + 12].tolist()
    assert rows[True, True]["right"][0, : len(after), 2].tolist() == after


def test_what_follows_is_heard_only_by_the_row_that_says_so(data: Dataset, network: Network) -> None:
    gaps = draw_gaps(data, 2, 5, 0)
    other = [changed_after(gap) for gap in gaps]
    for name, hearing in BY_NAME.items():
        same = np.allclose(bits(network, gaps, hearing).fields, bits(network, other, hearing).fields, atol=1e-4)
        assert same != hearing.right, name


def test_chords_are_heard_only_by_the_row_that_says_so(data: Dataset, network: Network) -> None:
    gap = draw_gaps(data, 2, 1, 0)[0]
    heard = gap.around.heard.copy()
    heard[:, OTHERS:] = 1
    with_chords = replace(gap, around=replace(gap.around, heard=heard))
    assert with_chords.knows_chords and not with_chords.without_chords().knows_chords
    assert with_chords.around.heard[:, OTHERS:].all()
    for name, hearing in BY_NAME.items():
        same = np.allclose(
            bits(network, [with_chords], hearing).fields, bits(network, [gap.without_chords()], hearing).fields
        )
        assert same != hearing.chords, name


def test_a_network_that_knows_nothing_needs_the_bits_of_its_classes(data: Dataset, network: Network) -> None:
    with torch.no_grad():
        for head in network.fields.heads:
            assert isinstance(head, torch.nn.Linear)
            head.weight.zero_()
            head.bias.zero_()
    found = bits(network, draw_gaps(data, 4, 7, 0), RIGHT)
    assert list(found.per_note().values())[:5] == pytest.approx([math.log2(size) for size in FIELD_CLASSES], abs=1e-3)
    assert found.per_note()["total"] == pytest.approx(sum(math.log2(size) for size in FIELD_CLASSES), abs=1e-3)
    assert found.last / np.minimum(found.notes, 4) == pytest.approx(7, abs=1e-4)


def test_padding_costs_nothing(data: Dataset, network: Network) -> None:
    gaps = [*draw_gaps(data, 1, 3, 0), *draw_gaps(data, 4, 3, 0)]
    together = bits(network, gaps, RIGHT)
    alone = [bits(network, [gap], RIGHT) for gap in gaps]
    assert together.fields == pytest.approx(np.concatenate([one.fields for one in alone]), abs=1e-3)
    assert together.notes.tolist() == [len(gap.notes) for gap in gaps]


def test_bits_are_those_of_the_fields(data: Dataset, network: Network) -> None:
    gap = draw_gaps(data, 1, 1, 0)[0]
    batch = stacked([gap.arrays(True, True, SIZES.right_notes)], SIZES.right_notes)
    with torch.no_grad():
        losses = field_losses(network(batch), batch)
    expected = float(losses[PITCH][gap.low : gap.high].sum()) / math.log(2)
    assert bits(network, [gap], Hearing("x", True, True, True)).fields[0, PITCH] == pytest.approx(expected, rel=1e-4)


def test_share_by_which_the_right_side_helps() -> None:
    notes = np.array([10, 2])
    right = Bits(np.zeros((2, 5)), notes, np.array([9.0, 6.0]))
    without = Bits(np.zeros((2, 5)), notes, np.array([10.0, 10.0]))
    found = right_helps(right, without)
    assert found["with"] == 15 / 6 and found["without"] == round(20 / 6, 4)
    assert found["share"] == 0.25
    assert found["error"] == round(math.sqrt(2) * 1.5 / 20, 4)
    chosen = Bits(np.array([[5.0] * 5, [1.0] * 5]), notes, right.last)
    assert chosen.per_note()["total"] == 2.5
    assert chosen.per_note(np.array([False, True]))["pitch"] == 0.5
    assert math.isnan(chosen.per_note(np.array([False, False]))["total"])


def test_another_tune_is_of_another_song_and_moved_to_the_gap(data: Dataset) -> None:
    gaps = draw_gaps(data, 2, 12, 0)
    other = another_tune(gaps, 0)
    assert other is not None
    assert all(gaps[0].start <= onset < gaps[0].end for onset in other.onset)
    assert any(
        other.pitch == gap.notes.pitch.tolist()
        and gap.song != gaps[0].song
        and gap.line.instrument == gaps[0].line.instrument
        for gap in gaps
    )
    assert another_tune([gap for gap in gaps if gap.song == gaps[0].song], 0) is None


def test_scene_is_the_gap_as_the_suggester_meets_it(data: Dataset) -> None:
    gap = draw_gaps(data, 2, 1, 0)[0]
    both, left = gap.scene(), gap.scene(right=False)
    assert both.is_bridge and not left.is_bridge and left.target is None
    assert both.before.onset.max() < gap.start and both.after.onset.min() >= gap.end
    assert both.target is not None and both.target.pitch == gap.line.pitch[gap.high]
    assert len(both.request.before) == len(both.before)


def test_seams(data: Dataset, network: Network) -> None:
    gaps = draw_gaps(data, 1, 4, 0)
    found = seams(network, gaps, 5)
    assert found.nats[REAL][0] == pytest.approx(
        seam_nats(TorchRunner(network), gaps[0].scene(), [gaps[0].filled(gaps[0].notes)])[0], rel=1e-4
    )
    assert (found.nats[BEST] <= found.nats[BOTH]).all() and (found.nats[BEST] < found.nats[BOTH]).any()
    assert not np.allclose(found.nats[WRONG], found.nats[REAL])
    assert not np.allclose(found.nats[LEFT], found.nats[BOTH])
    again = seams(network, gaps, 5)
    assert all(np.array_equal(again.nats[name], values) for name, values in found.nats.items())
    assert found.figures()["gaps"] == len(found.nats[REAL])
    difference = found.nats[WRONG] - found.nats[REAL]
    assert found.error(WRONG) == pytest.approx(difference.std() / math.sqrt(len(difference)))


def test_another_network_can_judge_what_this_one_writes(data: Dataset, network: Network) -> None:
    gaps, judge = draw_gaps(data, 1, 3, 0), tiny_network(seed=9)
    own, judged = seams(network, gaps, 5), seams(network, gaps, 5, judge)
    assert judged.nats[REAL][0] == pytest.approx(
        seam_nats(TorchRunner(judge), gaps[0].scene(), [gaps[0].filled(gaps[0].notes)])[0], rel=1e-4
    )
    assert not any(np.allclose(own.nats[name], judged.nats[name]) for name in own.nats)


def test_memory_of_the_seed_changes_what_it_remembers_and_nothing_else(
    data: Dataset, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaps = draw_gaps(data, 2, 3, 5)
    with_motifs = remembered(network, gaps)
    monkeypatch.setattr("jazzassist.training.evaluation.likelihood.share_for", lambda *asked: 0.0)
    plain, mixed = bits(network, gaps, RIGHT), remembered(network, gaps)
    assert np.array_equal(plain.notes, mixed.notes)
    for field in range(plain.fields.shape[1]):
        assert np.allclose(plain.fields[:, field], mixed.fields[:, field], rtol=1e-4) == (field not in REMEMBERED)
    # The tunes go round in figures, which a network that knows no music can only expect by coming back to them.
    assert with_motifs.per_note()["total"] < 0.9 * mixed.per_note()["total"]
    assert not np.allclose(plain.last, mixed.last)


def test_gap_alone_hears_nothing_else(data: Dataset) -> None:
    gap = draw_gaps(data, 2, 1, 5)[0]
    assert gap.around.heard.any()
    assert not gap.alone().around.heard.any()
    assert len(gap.alone().notes) == len(gap.notes)


def test_all_figures_and_tables(data: Dataset, network: Network) -> None:
    told: list[str] = []
    outcome = likelihood(network, data, gaps=3, seam_gaps=2, tell=told.append)
    assert set(outcome.figures) == {*(f"{bars} bars" for bars in BARS), "last four notes", "seam"}
    rows = outcome.figures["2 bars"]
    names = {*BY_NAME, MEMORY}
    assert set(rows) == {*names, *(f"{name}, {CHORDS_KNOWN}" for name in names)}
    assert {"2 bars", "solos alone, 8 bars"} <= set(outcome.figures["last four notes"])
    assert set(outcome.figures["seam"]) >= {"1 bars", "solos, 8 bars"}
    text = as_text(outcome.sheets, "command")
    assert "Gaps of 8 bars" in text and "The seam" in text and NO_RIGHT.name in text
    assert len(told) == 4 + 4 + 8
