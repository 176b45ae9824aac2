"""A survey is blind, balanced and equally loud, and the same for the same seed."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jazzassist.cli import main
from jazzassist.domain.suggestion import Suggester
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.survey.make import HUMAN, KEY, LISTEN, OURS, SOUNDS, _plan, make
from jazzassist.training.survey.passages import Wanted, passages
from jazzassist.training.survey.sound import loudness, read_wav
from tests.training.survey.conftest import PAIRS, Survey

SYSTEMS = [HUMAN, OURS, "markov"]


def test_every_pair_is_of_one_passage_and_of_two_systems(survey: Survey) -> None:
    assert len(survey.key["pairs"]) == PAIRS
    for pair in survey.key["pairs"]:
        assert {pair["left"], pair["right"]} == {HUMAN, OURS}
        assert pair["song"].startswith("song ")
        assert pair["bars"][0] == pair["bars"][1] > 1
    assert len({pair["song"] for pair in survey.key["pairs"][:3]}) == 3


def test_nothing_in_the_listeners_folder_tells_which_is_which(survey: Survey) -> None:
    inside = sorted(path.name for path in (survey.folder / LISTEN).rglob("*"))
    assert all(re.fullmatch(r"[0-9a-f]{12}\.wav|index\.html|sounds", name) for name in inside)
    told = json.dumps(survey.on_page)
    for word in (HUMAN, OURS, "markov", "song", "real", "seed"):
        assert word not in told
    assert set(survey.on_page["pairs"][0]) == {"id", "left", "right", "from", "to"}


def test_the_sounds_of_a_pair_differ_in_their_samples_only(survey: Survey) -> None:
    for pair in survey.on_page["pairs"]:
        paths = [survey.folder / LISTEN / pair[side] for side in ("left", "right")]
        heads = [path.read_bytes()[:44] for path in paths]
        assert heads[0] == heads[1]
        assert paths[0].read_bytes() != paths[1].read_bytes()
        sounds = [read_wav(path) for path in paths]
        assert len(sounds[0]) == len(sounds[1])
        assert loudness(sounds[0]) == pytest.approx(loudness(sounds[1]), abs=0.02)
        assert 0 < pair["from"] < pair["to"] < len(sounds[0]) / 44100
    assert len({path.stat().st_mtime for path in survey.sounds}) == 1
    assert len(survey.sounds) == 2 * PAIRS


def test_before_the_marked_bars_both_are_the_same_music(survey: Survey) -> None:
    for pair in survey.on_page["pairs"]:
        left, right = (read_wav(survey.folder / LISTEN / pair[side]) for side in ("left", "right"))
        before = slice(0, int((pair["from"] - 0.02) * 44100))
        scale = np.abs(left[before]).max() / np.abs(right[before]).max()
        assert np.abs(left[before] - scale * right[before]).max() < 0.01


def test_the_page_needs_nothing_but_its_folder(survey: Survey) -> None:
    assert re.findall(r"https?://|//[a-z]+\.", survey.page) == []
    assert "default-src 'none'" in survey.page


def test_systems_and_sides_are_balanced() -> None:
    for pairs in (3, 12, 13, 30):
        planned = _plan(SYSTEMS, pairs, np.random.default_rng(1))
        matches = Counter(frozenset(pair) for pair in planned)
        assert max(matches.values()) - min(matches.values()) <= 1
        for match in matches:
            lefts = Counter(left for left, right in planned if {left, right} == match)
            assert abs(lefts.most_common(1)[0][1] * 2 - matches[match]) <= 1


def test_a_seed_makes_the_same_survey_again(survey: Survey, songs: Path, tmp_path: Path) -> None:
    systems: dict[str, Suggester | None] = {HUMAN: None, OURS: MarkovSuggester()}
    assert make(tmp_path, songs, systems, 1, 7, Wanted(bars=1, lead_bars=1))["pairs"] == survey.key["pairs"][:1]
    assert make(tmp_path, songs, systems, 1, 8, Wanted(bars=1, lead_bars=1))["pairs"] != survey.key["pairs"][:1]


def test_songs_run_out(songs: Path) -> None:
    found = list(passages(songs, Wanted(bars=1), 0))
    assert 3 < len(found) <= 12
    assert len({(passage.path, passage.gap) for passage in found}) == len(found)
    assert list(passages(songs, Wanted(bars=99), 0)) == []


def test_continuations_end_with_the_bars_that_were_written(songs: Path) -> None:
    passage = next(passages(songs, Wanted("continuation", 2, 1), 0))
    assert passage.request.kind == "continuation"
    assert passage.end == passage.gap.end
    assert passage.start < passage.gap.start
    assert passage.filled(None) is passage.song


@pytest.fixture
def made(tmp_path: Path, songs: Path) -> list[str]:
    """The words of a command."""
    words = ["survey", "make", "--to", str(tmp_path / "s"), "--songs", str(songs), "--checkpoint", "markov"]
    return [*words, "--rivals", "--bars", "1", "--lead-bars", "1", "--seed", "3"]


def test_the_command(made: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*made, "--pairs", "1"]) == 0
    assert str(tmp_path / "s" / LISTEN) in capsys.readouterr().out
    key: dict[str, Any] = json.loads((tmp_path / "s" / KEY).read_text())
    assert key["checkpoints"] == {OURS: "markov"}
    assert len(list((tmp_path / "s" / LISTEN / SOUNDS).iterdir())) == 2
    assert main(made) == 3
    assert "already contains a survey" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--bars", "99"], "contains no passage of 99 bars"),
        (["--songs", "nowhere"], "nowhere is not a folder"),
        (["--pairs", "0"], "at least one pair"),
        (["--rivals", "human"], "human is not the name of a rival"),
        (["--rivals", "nowhere/at-all"], "nowhere"),
    ],
)
def test_what_cannot_be_made(
    made: list[str], words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*made, *words]) == 3
    assert sentence in capsys.readouterr().err
