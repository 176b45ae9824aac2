"""The inputs that came later: given notes, tempo, wishes for whole gaps, the pedal, and chords told from the notes."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import (
    EXTRAS,
    GIVEN,
    GRID,
    HEARD,
    OTHERS,
    GridLine,
    dynamics_class,
    left_hand_class,
    tempo_class,
)
from jazzassist.neural.steps import NO_SLOT, OF_GAP, PEDAL, TEMPO, Previous, Span, Surroundings, step_arrays
from jazzassist.training.arrays import TEST, TRAIN
from jazzassist.training.config import Recipe, read_recipe
from jazzassist.training.dataset import Dataset, given_notes
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.checkpoint import save
from jazzassist.training.network.network import Network
from jazzassist.training.train import Run
from tests.neural.requests import tiny_network
from tests.training.tiny_corpus import RECIPE, SIZES

MORE = replace(RECIPE, network=replace(SIZES, extras=len(EXTRAS)))


def line(notes: int = 32, instrument: int = 0) -> GridLine:
    random = np.random.default_rng(5)
    onset = np.sort(random.integers(0, 16 * GRID, notes)) + GRID
    length, pitch, velocity = (random.integers(low, high, notes) for low, high in ((1, 30), (40, 80), (20, 120)))
    order = np.lexsort((pitch, onset))
    return GridLine(onset[order], length[order], pitch[order], velocity[order], instrument)


def around(**others: object) -> Surroundings:
    return Surroundings(MeterMap(GRID), np.zeros((40, HEARD), np.float32), **others)  # type: ignore[arg-type]


def span(whole: GridLine, low: int = 8, high: int = 20, **others: object) -> Span:
    start, end = int(whole.onset[low]) // GRID * GRID, int(whole.onset[high])
    low = int(np.searchsorted(whole.onset, start))
    return Span(start, end, low, int(np.searchsorted(whole.onset, end)), **others)  # type: ignore[arg-type]


def test_the_recipe_of_jazz_8_has_all_inputs() -> None:
    assert read_recipe(Path("jazz-8")).network.extras == len(EXTRAS)
    assert read_recipe(Path("jazz-7")).network.extras == 0


@pytest.mark.parametrize("instrument", [0, 13])
def test_each_step_of_a_gap_knows_the_next_two_given_notes(instrument: int) -> None:
    whole = line(instrument=instrument)
    gap = span(whole)
    given = (gap.low + 1, gap.low + 2, gap.high - 2)
    extra = step_arrays(whole, Previous(0), around(), [replace(gap, given=given)])["extra"]
    assert not extra[: gap.low].any() and not extra[gap.high + 1 :].any()
    for step in range(gap.low, gap.high + 1):  # the last one is the END
        left = [number for number in given if number >= step]
        for place in range(2):
            columns = extra[step, place * len(GIVEN) : (place + 1) * len(GIVEN)].tolist()
            if place >= len(left):
                assert columns == [0] * len(GIVEN)
                continue
            onset, pitch = int(whole.onset[left[place]]), int(whole.pitch[left[place]])
            before, heard = int(whole.onset[step - 1]), int(whole.pitch[step - 1])
            ahead = min(onset // GRID - before // GRID, 16) + 1
            interval = min(max(pitch - heard, -24), 24) + 25
            assert columns == [ahead, onset % GRID + 1, pitch + 1 + 128 * (instrument == 13), interval]


def test_wishes_for_a_whole_gap_ask_for_what_stands_in_it() -> None:
    whole = line()
    gap = span(whole, said=("left_hand", "dynamics", "density"))
    extra = step_arrays(whole, Previous(0), around(), [gap])["extra"]
    inside = whole.part(gap.low, gap.high)
    hand, dynamics = (extra[:, EXTRAS.index(name)] for name in ("left_hand", "dynamics"))
    assert set(hand[gap.low : gap.high + 1].tolist()) == {left_hand_class(float((inside.pitch < 60).mean()))}
    assert set(dynamics[gap.low : gap.high + 1].tolist()) == {dynamics_class(float(inside.velocity.std()))}
    assert not hand[: gap.low].any() and not dynamics[gap.high + 1 :].any()


def test_the_pedal_is_known_outside_of_gaps_alone() -> None:
    whole = line()
    gap = span(whole)
    pedals = np.array([[0, 1000 * GRID]])
    extra = step_arrays(whole, Previous(0), around(pedals=pedals), [gap])["extra"][:, PEDAL]
    assert extra[0] == 0  # nothing of this line was before
    assert (extra[1 : gap.low + 1] > 1).all()
    assert not extra[gap.low + 1 : gap.high].any()
    assert not step_arrays(whole, Previous(0), around(), [gap])["extra"][:, PEDAL].any()


def test_tempi_have_classes_on_a_logarithmic_scale() -> None:
    assert tempo_class(None) == tempo_class(0) == 0
    classes = [tempo_class(bpm) for bpm in (1, 40, 60, 90, 120, 180, 240, 360, 10_000)]
    assert classes == sorted(classes) and classes[0] == 1
    assert tempo_class(120) - tempo_class(60) == tempo_class(240) - tempo_class(120) > 3


def test_given_notes_are_single_ones_runs_hands_and_bars() -> None:
    whole, random = line(60), np.random.default_rng(0)
    gap = span(whole, 5, 50)
    found = [given_notes(random, whole, gap, MeterMap(GRID)) for _ in range(300)]
    assert all(list(one) == sorted(set(one)) for one in found)
    assert all(gap.low <= number < gap.high for one in found for number in one)
    assert {0 < len(one) <= 3 for one in found} == {True, False}
    hands = [one for one in found if len({whole.pitch[n] < 60 for n in one}) == 1 and len(one) > 10]
    assert hands


def test_windows_have_given_notes_wishes_and_a_tempo_and_the_others_have_none(corpus: Path) -> None:
    data, plain = Dataset(corpus, MORE), Dataset(corpus, RECIPE)
    batch = data.batch(np.random.default_rng(1), 200, TRAIN, mode="bridge")
    inside = batch["slot"] != NO_SLOT
    for name in (*EXTRAS[:8], "left_hand", "dynamics"):
        column = batch["extra"][..., EXTRAS.index(name)]
        assert column[inside].any() and not column[~inside].all(), name
    assert 0.15 < batch["extra"][..., 0][inside].astype(bool).mean() < 0.5
    assert not plain.batch(np.random.default_rng(1), 50, TRAIN, mode="bridge")["extra"].any()
    # Nothing is given where the held-out likelihood is measured, so that it can be compared.
    assert set(np.unique(batch["extra"][..., TEMPO])) != {0} or not any(data.tempi)
    assert [*range(8), 9, 10] == OF_GAP


def test_chords_are_known_estimated_or_not_known(corpus: Path) -> None:
    data = Dataset(corpus, MORE)
    drawn = [data.window(np.random.default_rng(n), TRAIN)["heard_ahead"] for n in range(90)]
    doubts = [float(heard.reshape(-1, 5, HEARD)[..., -1].max()) for heard in drawn]
    assert any(0 < doubt < 1 for doubt in doubts) and any(doubt == 0 for doubt in doubts)
    plain = [data.window(np.random.default_rng(n), TEST, augment=False) for n in range(20)]
    assert all(set(np.unique(each["heard_ahead"].reshape(-1, 5, HEARD)[..., OTHERS + 24])) <= {0, 1} for each in plain)


def test_new_inputs_change_nothing_at_first_and_something_later(corpus: Path) -> None:
    old = tiny_network(config=SIZES)
    new = Network(MORE.network).eval()
    new.load_state_dict(new.state_dict() | old.state_dict())
    batch = tensors(Dataset(corpus, MORE).batch(np.random.default_rng(3), 8, TRAIN, mode="bridge"))
    assert batch["extra"].any()
    with torch.no_grad():
        for one, other in zip(old(batch), new(batch), strict=True):
            assert torch.equal(one, other)
        assert new.extras is not None
        new.extras.table.weight.normal_()
        assert not torch.equal(old(batch)[0], new(batch)[0])


@pytest.mark.parametrize("had", [0, 5])
def test_training_goes_on_from_a_network_with_fewer_inputs(corpus: Path, tmp_path: Path, had: int) -> None:
    sizes = replace(SIZES, extras=had)
    old = tiny_network(config=sizes)
    save(old, tmp_path / "old", "Old")
    run = Run(MORE, corpus, tmp_path / "run", clock=count().__next__)
    run.start_from(tmp_path / "old")
    batch = tensors(Dataset(corpus, MORE).batch(np.random.default_rng(3), 4, TRAIN))
    with torch.no_grad():
        first, second = run.network.eval()(batch)[2], old.half().float()(batch)[2]
    torch.testing.assert_close(first, second)
    assert run.network.extras is not None
    before = run.network.extras.table.weight.detach().clone()
    run.train(2, report=False)
    assert not torch.equal(before, run.network.extras.table.weight)


def test_recipes_without_the_inputs_read_corpora_without_their_arrays(corpus: Path, tmp_path: Path) -> None:
    """As those of networks that were trained before."""
    for path in corpus.iterdir():
        if path.name not in ("estimated.npy", "meta.json"):
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "meta.json").write_text((corpus / "meta.json").read_text().replace('"tempi"', '"other"'))
    assert len(Dataset(tmp_path, RECIPE).lines(TRAIN))
    recipe: Recipe = MORE
    with pytest.raises(FileNotFoundError):
        Dataset(tmp_path, recipe)
