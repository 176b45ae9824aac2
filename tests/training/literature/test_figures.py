"""The paper's figures for its network and ours: the same seeds for all, and commands from corpus to figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from jazzassist.training import commands
from jazzassist.training.arrays import TEST
from jazzassist.training.config import ConfigError, Recipe
from jazzassist.training.literature import command
from jazzassist.training.literature.data import tunes
from jazzassist.training.literature.figures import SEED_NOTES, seeds
from jazzassist.training.literature.run import Settings
from tests.neural.requests import save_whole, tiny_network
from tests.training.tiny_corpus import RECIPE


def test_a_seed_is_a_hundred_held_out_notes_just_before_the_gap(corpus: Path) -> None:
    found = seeds(tunes(corpus, RECIPE, TEST), 3, 480, 0)
    assert [len(request.before) for request in found] == [SEED_NOTES] * 3
    assert found == seeds(tunes(corpus, RECIPE, TEST), 3, 480, 0) != seeds(tunes(corpus, RECIPE, TEST), 3, 480, 1)
    for request in found:
        assert request.before.last_end <= request.start < request.before.last_end + 24
        assert request.end - request.start == 480


def test_without_a_long_line_there_is_no_seed() -> None:
    with pytest.raises(ConfigError, match="100 notes"):
        seeds([], 3, 480, 0)


@pytest.mark.slow
def test_from_a_corpus_to_tracks_and_pictures_by_commands(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = Recipe(**{**vars(RECIPE), "corpus": str(corpus)})
    small = Settings(minutes=1, epochs=1, batch=8, held_out=8, units=8)
    monkeypatch.setattr(command, "read_recipe", lambda path: recipe)
    monkeypatch.setattr(command, "Settings", lambda **said: small)
    run, ours = tmp_path / "literature" / "rokvic2021", tmp_path / "ours"
    save_whole(tiny_network(), ours, "tiny")
    assert commands.main(["literature", "train", "rokvic2021", "--runs", str(tmp_path)]) == 0
    assert "1.0 epochs" in capsys.readouterr().out
    making = ["--runs", str(tmp_path), "--notes", "8", "--tracks", "2"]
    tracks, pictures = tmp_path / "tracks", tmp_path / "pictures"
    assert commands.main(["literature", "generate", str(run), "--to", str(tracks), *making]) == 0
    assert sorted(path.name for path in tracks.iterdir()) == ["rokvic2021-1.mid", "rokvic2021-2.mid"]
    drawn = ["literature", "figures", str(run), "--to", str(pictures), "--ours", str(ours), *making]
    assert commands.main(drawn) == 0
    assert len(list(pictures.iterdir())) == 2
