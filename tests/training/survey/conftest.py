from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jazzassist.midi.files import write_song
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.survey.make import HUMAN, KEY, LISTEN, OURS, SOUNDS, make
from jazzassist.training.survey.passages import Wanted
from tests.neural.requests import band

PAIRS = 4


@dataclass(frozen=True)
class Survey:
    """A survey's folder and its key."""

    folder: Path
    key: dict[str, Any]

    @property
    def page(self) -> str:
        return (self.folder / LISTEN / "index.html").read_text(encoding="utf-8")

    @property
    def sounds(self) -> list[Path]:
        return sorted((self.folder / LISTEN / SOUNDS).iterdir())

    @property
    def on_page(self) -> dict[str, Any]:
        """The data of the page."""
        text = self.page.split('<script type="application/json" id="survey">')[1].split("</script>")[0]
        found: dict[str, Any] = json.loads(text)
        return found


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three songs and a file that is not a song."""
    folder = tmp_path_factory.mktemp("songs")
    for number in range(3):
        write_song(band(480, 16, seed=10 * number), folder / f"song {number}.mid")
    (folder / "broken.mid").write_bytes(b"MThd")
    return folder


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory, songs: Path) -> Survey:
    """Four pairs of short passages, with a Markov chain in place of our network."""
    folder = tmp_path_factory.mktemp("survey")
    key = make(folder, songs, {HUMAN: None, OURS: MarkovSuggester()}, PAIRS, 7, Wanted(bars=1, lead_bars=1))
    (folder / KEY).write_text(json.dumps(key), encoding="utf-8")
    return Survey(folder, key)
