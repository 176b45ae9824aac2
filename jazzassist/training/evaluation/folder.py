"""A folder of one's own as a corpus to be scored on: every tune in it is held out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jazzassist.training.arrays import TEST
from jazzassist.training.config import ConfigError, CorpusSet, Recipe
from jazzassist.training.corpus import build
from jazzassist.training.dataset import Dataset

ROLE = "your files"


def folder_data(folder: Path, recipe: Recipe, work: Path) -> Dataset:
    """The MIDI and MusicXML files of `folder` as test tunes; sizes of windows as in `recipe`.

    The arrays are made in `work`. ConfigError where there is no file, or no line that is long enough.
    """
    alone = replace(recipe, sets=(CorpusSet(ROLE, ".", "of the folder's owner", share=1.0),))
    try:
        lines = build(alone, folder, work, TEST)["roles"]
    except ConfigError as error:
        raise ConfigError(f"{folder} holds no MIDI or MusicXML file.") from error
    if not lines:
        raise ConfigError(f"No file in {folder} has a line with enough notes to be scored.")
    return Dataset(work, alone)
