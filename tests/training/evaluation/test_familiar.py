"""What held-out seeds cost a network is measured, and stored with its checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from jazzassist.neural.familiarity import PERCENT, read_limits
from jazzassist.training.arrays import TEST
from jazzassist.training.commands import main
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.familiar import write_limits
from jazzassist.training.evaluation.tasks import held_out_sources
from tests.neural.requests import save_whole, tiny_network
from tests.training.tiny_corpus import RECIPE


def test_limits_are_stored_with_the_checkpoint(files: Path, tmp_path: Path) -> None:
    folder = save_whole(tiny_network(), tmp_path / "tiny")
    sources = held_out_sources(RECIPE, files, TEST)
    limits = write_limits(folder, sources, seeds=4, fewest=2)
    assert limits == read_limits(folder)
    assert {"melody", "drums"} <= set(limits)
    assert all(5 < limit < 30 for limit in limits.values())  # a network that has learned nothing
    assert 90 < PERCENT < 100
    with pytest.raises(ConfigError, match="fewer than 50 held-out seeds"):
        write_limits(folder, sources, seeds=4, fewest=50)


def test_an_unknown_set_is_named(files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = save_whole(tiny_network(), tmp_path / "tiny")
    recipe = tmp_path / "tiny.toml"
    recipe.write_text('name = "tiny"\n[[sets]]\nname = "combo"\nfolder = "combo"\nlicence = "own"\nshare = 1.0\n')
    words = ["evaluate", folder, "--config", recipe, "--data", files, "--only", "originality", "--sets", "other"]
    assert main([str(word) for word in words]) == 3
    assert "other is no set of the recipe tiny; its sets are combo." in capsys.readouterr().err
