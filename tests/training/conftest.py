from __future__ import annotations

from pathlib import Path

import pytest
import torch

from jazzassist.training.corpus import build
from tests.training.tiny_corpus import RECIPE, write_files

torch.set_num_threads(1)  # as in the worker: on a busy machine two threads mostly wait for each other


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of MIDI files."""
    return write_files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory, files: Path) -> Path:
    """The corpus built from them."""
    folder = tmp_path_factory.mktemp("corpus")
    build(RECIPE, files, folder)
    return folder
