"""Unusable checkpoints of the literature networks are refused in one sentence, before memory is allocated."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from jazzassist.literature.systems import SYSTEMS
from jazzassist.literature.words import Vocabulary
from jazzassist.neural.checkpoint import CONFIG, WEIGHTS, CheckpointError
from jazzassist.suggesters import NoSuggester, open_suggester
from jazzassist.training.literature.checkpoint import Loaded, load, save
from jazzassist.training.literature.systems import build

WORDS = Vocabulary(tuple(f"word {number}" for number in range(9)))


@pytest.fixture(params=sorted(SYSTEMS))
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    torch.manual_seed(1)
    save(Loaded("tiny", build(request.param, vocabulary=len(WORDS), units=8), WORDS), tmp_path)
    return tmp_path


def edit(folder: Path, **changes: object) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**config, **changes}))


def resize(folder: Path, **sizes: object) -> None:
    edit(folder, network={**json.loads((folder / CONFIG).read_text())["network"], **sizes})


def spoil(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    name = next(name for name, tensor in tensors.items() if tensor.is_floating_point())
    tensors[name].view(-1)[0] = float("nan")
    save_file(tensors, folder / WEIGHTS)


def pipe(folder: Path) -> None:
    (folder / CONFIG).unlink()
    os.mkfifo(folder / CONFIG)


def nest(folder: Path) -> None:
    (folder / CONFIG).write_text("[" * 1_000_000)


DAMAGES: list[Callable[[Path], None]] = [
    spoil,
    pipe,
    lambda folder: resize(folder, units=1 << 17),
    lambda folder: resize(folder, units=10**12),
    lambda folder: resize(folder, units="many"),
    lambda folder: resize(folder, units=True),
    lambda folder: resize(folder, unknown=3),
    lambda folder: resize(folder, vocabulary=10),
    lambda folder: edit(folder, vocabulary="nine words"),
    lambda folder: edit(folder, vocabulary=[1] * 9),
    lambda folder: edit(folder, vocabulary=None),
    lambda folder: edit(folder, network=[8]),
    lambda folder: edit(folder, system=["rokvic2021"]),
    nest,
]


@pytest.mark.parametrize("number", range(len(DAMAGES)))
def test_damage_is_one_sentence(folder: Path, number: int) -> None:
    DAMAGES[number](folder)
    with pytest.raises(CheckpointError) as caught:
        load(folder)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    with pytest.raises(NoSuggester):
        open_suggester(str(folder))


def test_what_is_whole_is_still_loaded(folder: Path) -> None:
    assert load(folder).name == "tiny"
