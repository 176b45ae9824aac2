"""Checkpoints: what is saved comes back, and what cannot be used is named in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from jazzassist.neural.checkpoint import CONFIG, WEIGHTS, CheckpointError, load, save
from tests.neural.requests import TINY, tiny_network


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tiny_network(), tmp_path / "tiny", "tiny-1")
    return tmp_path / "tiny"


def test_loaded_network_is_the_saved_one_in_half_precision(folder: Path) -> None:
    name, network = load(folder)
    assert name == "tiny-1"
    assert network.config == TINY
    assert not network.training
    for key, tensor in tiny_network().state_dict().items():
        assert torch.equal(network.state_dict()[key], tensor.half().float())


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / CONFIG
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def drop_weights(folder: Path) -> None:
    (folder / WEIGHTS).unlink()


def drop_config(folder: Path) -> None:
    (folder / CONFIG).unlink()


def cut_weights(folder: Path) -> None:
    data = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(data[: len(data) // 2])


def scribble_weights(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(b"no tensors at all, only words")


def empty_weights(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(b"")


def drop_tensor(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors.pop("norm.weight")
    save_file(tensors, folder / WEIGHTS)


def resize_tensor(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors["norm.weight"] = torch.zeros(3)
    save_file(tensors, folder / WEIGHTS)


def break_config(folder: Path) -> None:
    (folder / CONFIG).write_text("{")


def list_config(folder: Path) -> None:
    (folder / CONFIG).write_text("[]")


def binary_config(folder: Path) -> None:
    (folder / CONFIG).write_bytes(b"\xff\xfe\x00")


DAMAGES: dict[Callable[[Path], None], str] = {
    drop_weights: WEIGHTS,
    drop_config: CONFIG,
    cut_weights: WEIGHTS,
    scribble_weights: WEIGHTS,
    empty_weights: WEIGHTS,
    drop_tensor: "norm.weight",
    resize_tensor: "norm.weight",
    break_config: CONFIG,
    list_config: CONFIG,
    binary_config: CONFIG,
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_told_in_one_sentence(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder)
    with pytest.raises(CheckpointError) as caught:
        load(folder)
    message = str(caught.value)
    assert DAMAGES[damage] in message
    assert str(folder) in message
    assert "\n" not in message
    assert message.endswith(".")


def test_other_version_is_refused_by_its_number(folder: Path) -> None:
    edit_config(folder, encoding_version=99)
    with pytest.raises(CheckpointError, match="version 99"):
        load(folder)


@pytest.mark.parametrize("network", [{"hidden": "many"}, {"hiden": 3}, [], {"hidden": -1}])
def test_config_that_describes_no_network(folder: Path, network: object) -> None:
    edit_config(folder, network=network)
    with pytest.raises(CheckpointError, match="does not describe a network"):
        load(folder)


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        load(tmp_path / "nowhere")


def test_a_pickle_is_never_opened(folder: Path) -> None:
    torch.save(tiny_network().state_dict(), folder / WEIGHTS)
    with pytest.raises(CheckpointError, match="damaged"):
        load(folder)
