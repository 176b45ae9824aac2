"""Weights of the ranking from held-out gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import EMPTY
from jazzassist.midi.files import write_song
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.features import WEIGHTS
from jazzassist.training.arrays import TEST, VALIDATION
from jazzassist.training.commands import main
from jazzassist.training.config import ConfigError, read_recipe
from jazzassist.training.corpus import part_of, tune_of
from jazzassist.training.evaluation import ranking_weights
from jazzassist.training.evaluation.ranking_weights import (
    NAMES,
    REST,
    Field,
    field_of,
    fields,
    first_likeness,
    fitted,
    sheets,
    tasks_of,
)
from tests.neural.requests import band, save_whole, tiny_network
from tests.training.evaluation.songs import PPQ, Always, notes_of, task

NOTHING = dict.fromkeys(WEIGHTS, 0.0)


def made(weights: dict[str, float], seed: int, gaps: int = 60) -> list[Field]:
    """Gaps whose candidates are as good as some weights of their features say, and some noise."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(gaps):
        features = random.normal(0, 1, (6, len(NAMES)))
        likeness = features @ np.array([weights.get(name, 0.0) for name in NAMES]) + random.normal(0, 0.02, 6)
        found.append(Field(features, likeness))
    return found


def test_weights_that_made_the_candidates_good_are_found_again() -> None:
    weights = fitted(made({"roots": 0.2, "motifs": 0.1}, 1))
    assert list(weights) == list(WEIGHTS)
    assert weights["roots"] > 1.5 * weights["motifs"] > 0
    assert max(weights[name] for name in WEIGHTS if name not in ("roots", "motifs")) < 0.2 * weights["motifs"]


def test_no_weight_is_below_nothing() -> None:
    weights = fitted(made({"roots": -0.3, "motifs": 0.2}, 2))
    assert weights["roots"] == 0 and weights["motifs"] > 0


def test_the_features_get_half_as_much_say_as_the_rest() -> None:
    gaps = made({REST: 0.02, "roots": 0.2}, 3)
    new = np.array(list(fitted(gaps).values()))
    features = np.concatenate([gap.features for gap in gaps])
    assert (features[:, 1:] @ new).std() == pytest.approx(0.5 * features[:, 0].std(), rel=0.2)


def test_better_weights_put_better_candidates_first_on_other_gaps() -> None:
    weights, others = fitted(made({"left hand": 0.2}, 4)), made({"left hand": 0.2}, 5)
    table, worth = sheets(weights, others)
    found = {str(row[0]): float(row[1]) for row in worth.rows}
    assert found["any candidate"] < found["first by the fitted weights"] <= found["the best candidate"]
    assert found["first without the features"] < found["first by the fitted weights"]
    lacks = {str(row[0]): (float(row[3]), float(row[5])) for row in table.rows}
    assert lacks["left hand"][1] < lacks["left hand"][0] - 0.3
    assert first_likeness(others, NOTHING).mean() == pytest.approx(found["first without the features"])


def test_gaps_without_two_candidates_are_left_out() -> None:
    assert field_of(task(), Always([])) is None
    assert field_of(task(), Always([notes_of((32, 1, 60))])) is None
    assert fields([task()], Always([EMPTY, EMPTY])) == []
    with pytest.raises(ConfigError, match="two candidates that differ"):
        fitted([])


def test_candidates_like_the_real_bars_are_the_better_ones() -> None:
    asked = task()
    other = notes_of(*((32 + at / 3, 0.1, 40) for at in range(20)))
    found = field_of(asked, Always([asked.removed, other]))
    assert found is not None
    assert found.likeness[0] == pytest.approx(1) and found.likeness[1] < 0.7
    assert found.features.shape == (2, len(NAMES))


def test_a_real_suggester_gives_a_field() -> None:
    found = field_of(task(), MarkovSuggester())
    assert found is not None
    assert len(found.likeness) == len(found.features) >= 4


def test_no_tune_is_fitted_on_and_judged_by(played: Path) -> None:
    recipe = read_recipe(played / "tiny.toml")
    names = [{task.song for task in tasks_of(recipe, played, part, 2)} for part in (VALIDATION, TEST)]
    assert names[0] and names[1]
    for tunes, part in zip(names, (VALIDATION, TEST), strict=True):
        assert {part_of(tune_of(Path(tune), "stem")) for tune in tunes} == {part}


def test_weights_are_fitted_on_validation_tunes_alone(
    played: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = {VALIDATION: made({"roots": 0.2}, 6), TEST: made({"motifs": 0.2}, 7)}
    monkeypatch.setattr(ranking_weights, "open_suggester", lambda name: ("tiny", MarkovSuggester()))
    monkeypatch.setattr(ranking_weights, "tasks_of", lambda recipe, data, part, gaps: part)
    monkeypatch.setattr(ranking_weights, "fields", lambda part, *others: parts[part])
    words = ["ranking", "any", "--config", str(played / "tiny.toml"), "--data", str(played)]
    assert main(words) == 0
    told = capsys.readouterr().out
    own = fitted(parts[VALIDATION])
    assert f"{own['roots']:.3f}" in told and f"{fitted(parts[TEST])['motifs']:.3f}" not in told
    assert f"{first_likeness(parts[TEST], own).mean():.3f}" in told


@pytest.fixture
def played(tmp_path: Path) -> Path:
    """A data folder and a recipe of 100 files, so that some tunes are in either part of the split."""
    text = '[[sets]]\nname = "groove"\nfolder = "groove/midi"\nlicence = "own"\nshare = 1.0\n'
    (tmp_path / "tiny.toml").write_text('name = "tiny"\n' + text, encoding="utf-8")
    (tmp_path / "groove" / "midi").mkdir(parents=True)
    for number in range(100):
        write_song(band(PPQ, 16, seed=number), tmp_path / "groove" / "midi" / f"Tune{number}.mid")
    return tmp_path


@pytest.mark.slow
def test_the_command(played: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_whole(tiny_network(), tmp_path / "checkpoint", "tiny")
    words = ["ranking", str(tmp_path / "checkpoint"), "--config", str(tmp_path / "tiny.toml"), "--data", str(tmp_path)]
    assert main([*words, "--gaps", "1"]) == 0
    told = capsys.readouterr().out
    assert "Weights" in told and "first by the fitted weights" in told
