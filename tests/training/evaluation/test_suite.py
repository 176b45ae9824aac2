"""From files to tables."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from jazzassist.midi.files import write_song
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.report import PERHAPS, as_markdown, as_text, bridge_sheet
from jazzassist.training.evaluation.suite import Extent, score_bridges, score_originality, seed_tasks
from jazzassist.training.evaluation.tasks import Source, folder_sources
from tests.neural.requests import band
from tests.training.evaluation.songs import PPQ


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """Two songs of 32 bars."""
    folder = tmp_path_factory.mktemp("songs")
    for number in range(2):
        write_song(band(PPQ, 32, seed=10 * number), folder / f"song {number}.mid")
    return folder_sources(folder)


def test_bridges_from_files_to_tables(sources: list[Source]) -> None:
    told: list[float] = []
    found = score_bridges(MarkovSuggester(), sources, 1, told.append)
    assert told[-1] == 1
    assert [sheet.title for sheet in found.sheets][:2] == ["Bridges, all gaps", "Bridges, 1 bar"]
    assert json.loads(json.dumps(found.figures))["tables"]["all gaps"]["real bars"]["tasks"] == 12
    assert "groove similarity, past" in as_text(found.sheets, "command")
    tables, noise = found.figures["tables"], found.figures["noise"]
    expected = bridge_sheet("Bridges, all gaps", tables["all gaps"], noise)
    assert {row[0]: row[-1] for row in found.sheets[0].rows} == {row[0]: row[-1] for row in expected.rows}
    assert PERHAPS in {row[-1] for row in expected.rows}


def test_originality_from_files_to_tables(sources: list[Source], corpus: Path) -> None:
    found = score_originality(MarkovSuggester(), sources, corpus, Extent(seeds=6, each=2))
    assert found.figures["collapse"]["all"]["suggestions"] == 12
    assert found.figures["copying"]["all"]["suggestions"] == 12
    assert [sheet.title for sheet in found.sheets] == ["Collapse", "Shared with the training set"]
    assert "| bass, the real bars |" in as_markdown(found.sheets, "command")


def test_without_a_corpus_copying_is_left_out(sources: list[Source]) -> None:
    found = score_originality(MarkovSuggester(), sources, None, Extent(seeds=1, each=1))
    assert list(found.figures) == ["collapse"]


def test_seeds_take_turns_in_role_and_kind(sources: list[Source]) -> None:
    tasks = seed_tasks(sources, 6)
    assert Counter((task.role, task.request.kind) for task in tasks) == {
        (role, kind): 1 for role in ("melody", "bass", "drums") for kind in ("continuation", "bridge")
    }
    assert {task.bars for task in tasks} == {8}


def test_a_folder_without_music_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="enough notes around a gap"):
        score_bridges(MarkovSuggester(), folder_sources(tmp_path))
    with pytest.raises(ConfigError, match="enough notes around a gap"):
        score_originality(MarkovSuggester(), [], None, Extent())
