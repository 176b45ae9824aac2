"""Trials that differ in one thing, judged on the same held-out bridges."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.neural.encoding import END
from jazzassist.neural.steps import IGNORED, NO_SLOT
from jazzassist.training.ablation import (
    FUTURE,
    VARIANTS,
    PitchFirst,
    Trial,
    Variant,
    _near_the_seam,
    ablate,
    bits,
    left_only,
    right_first,
    same,
)
from jazzassist.training.arrays import TRAIN
from jazzassist.training.config import ConfigError
from jazzassist.training.dataset import Dataset
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.fields import Batch
from tests.training.tiny_corpus import RECIPE, SIZES


@pytest.fixture
def batch(corpus: Path) -> Batch:
    return tensors(Dataset(corpus, RECIPE, gaps=1).batch(np.random.default_rng(2), 16, TRAIN, "bridge"))


def test_right_side_is_read_before_the_left(batch: Batch) -> None:
    moved = right_first(batch)
    assert (moved["slot"] == NO_SLOT).all()
    assert not moved["right_length"].any()
    rows = ((batch["target_ahead"] == END).any(1)).nonzero()[:, 0].tolist()
    assert len(rows) > 4
    for row in rows:
        end = int((batch["target_ahead"][row] == END).nonzero()[-1])
        used = int((batch["target_ahead"][row] != IGNORED).sum())
        after = batch["target_pitch"][row, end + 2 : used]
        count = len(after)
        assert torch.equal(moved["target_pitch"][row, :count], after)
        assert torch.equal(moved["target_pitch"][row, count : count + end + 1], batch["target_pitch"][row, : end + 1])
        assert (moved["wait_after"][row, :count] == FUTURE).all()
        assert (moved["target_ahead"][row, count + end + 1 :] == IGNORED).all()
        assert count == 0 or moved["previous_pitch"][row, 0] == batch["target_pitch"][row, end + 1]


def test_what_follows_tells_nothing_of_the_gap_where_it_is_read_first(batch: Batch) -> None:
    """Other notes in the gap leave all inputs before it as they were."""
    other = {name: tensor.clone() for name, tensor in batch.items()}
    inside = (batch["counting"] > 0) & (batch["target_pitch"] >= 0)
    other["target_pitch"][inside] = 1
    after_a_gap_note = torch.nn.functional.pad(inside, (1, 0))[:, :-1]
    for name in ("previous_pitch", "previous_duration", "previous_velocity", "previous_ahead"):
        other[name][after_a_gap_note] = 1
    first, second = right_first(batch), right_first(other)
    before = first["counting"] == 0
    for name in ("previous_pitch", "previous_duration", "previous_velocity", "previous_ahead"):
        far = before & (first["wait_after"] == FUTURE)
        assert torch.equal(first[name][far], second[name][far]), name


def test_pitch_is_chosen_before_the_onset(batch: Batch) -> None:
    torch.manual_seed(0)
    network = PitchFirst(SIZES).eval()
    later = batch | {"target_sub": (batch["target_sub"].clamp(min=0) + 5) % 24}
    other = batch | {"target_pitch": (batch["target_pitch"].clamp(min=0) + 5) % 100}
    with torch.no_grad():
        plain, moved, changed = network(batch), network(later), network(other)
    assert torch.equal(plain[2], moved[2])  # the pitch does not know the position in the quarter
    assert not torch.equal(plain[3], moved[3])
    assert not torch.equal(plain[0], changed[0])  # the onset knows the pitch


def test_last_notes_before_the_seam_are_found(batch: Batch) -> None:
    near = _near_the_seam(batch)
    for row in range(len(near)):
        for end in (batch["target_ahead"][row] == END).nonzero()[:, 0].tolist():
            inside = [step for step in range(end) if batch["counting"][row, step]]
            assert near[row].nonzero()[:, 0].tolist() == inside[-4:]


def test_nothing_is_heard_from_the_right_where_only_the_left_counts(batch: Batch) -> None:
    found = left_only({name: tensor.clone() for name, tensor in batch.items()})
    assert (found["slot"] == NO_SLOT).all()
    assert not found["right_length"].any()
    assert not found["interval"].any()


def test_bits_are_those_of_the_gaps_notes_and_of_no_end(corpus: Path, tmp_path: Path) -> None:
    trial = Trial(Variant("plain"), RECIPE, corpus, tmp_path, 1)
    data = Dataset(corpus, RECIPE, gaps=1)
    before = bits(trial.network, data, same, 1)
    with torch.no_grad():
        head = trial.network.fields.heads[0]
        assert isinstance(head, torch.nn.Linear)
        head.bias[END] += 5  # an END that is likelier costs no note of a gap anything here
    assert bits(trial.network, data, same, 1) == pytest.approx(before)
    assert before["total"] == pytest.approx(
        sum(before[name] for name in ("ahead", "sub", "pitch", "duration", "velocity"))
    )


def test_trials_are_made_once_and_told_in_a_table(corpus: Path, tmp_path: Path) -> None:
    told: list[str] = []
    only = ["as the recipe", "no recall"]
    sheet = ablate(RECIPE, corpus, tmp_path, 0.005, only, told.append)
    assert [row[0] for row in sheet.rows] == only
    assert told == ["as the recipe ...", "no recall ..."]
    results = sorted(tmp_path.glob("*/result.json"))
    assert all(json.loads(path.read_text())["notes"] > 0 for path in results)
    assert ablate(RECIPE, corpus, tmp_path, 0.005, only, told.append) == sheet
    assert len(told) == 2


def test_unknown_trial_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="louder is no trial; they are: as the recipe"):
        ablate(RECIPE, corpus, tmp_path, 1, ["louder"], print)
    assert len({variant.folder for variant in VARIANTS}) == len(VARIANTS)
