"""A suggester is opened by a shipped name, by a folder, or as the Markov chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from jazzassist.paths import default_checkpoint, shipped_checkpoints
from jazzassist.suggesters import NoSuggester, open_suggester
from tests.neural.requests import save_whole, tiny_network


def test_what_is_shipped_comes_with_that_first_which_is_used_unless_asked() -> None:
    found = shipped_checkpoints()
    assert next(iter(found)) == default_checkpoint().name
    assert all((folder / "weights.safetensors").is_file() and folder.name == name for name, folder in found.items())


@pytest.mark.parametrize("name", shipped_checkpoints())
def test_a_shipped_name_opens_that_checkpoint(name: str) -> None:
    assert open_suggester(name)[0] == name


def test_a_folder_opens_what_is_in_it(tmp_path: Path) -> None:
    save_whole(tiny_network(), tmp_path / "mine", "a name of its own")
    assert open_suggester(str(tmp_path / "mine"))[0] == "a name of its own"


def test_the_chain_needs_no_network() -> None:
    assert open_suggester("markov")[0] == "markov"


def test_a_name_of_nothing_is_refused() -> None:
    with pytest.raises(NoSuggester, match="jazz-0"):
        open_suggester("jazz-0")
