"""Checkpoints: what is saved comes back, and what cannot be used is named in one sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from jazzassist.neural.checkpoint import CONFIG, WEIGHTS, CheckpointError
from jazzassist.training.network.checkpoint import load, save
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


def nest_config(folder: Path) -> None:
    (folder / CONFIG).write_text("[" * 1_000_000 + "]" * 1_000_000)


def nest_inside_config(folder: Path) -> None:
    (folder / CONFIG).write_text('{"network": ' * 300_000 + "1" + "}" * 300_000)


def lengthen_config(folder: Path) -> None:
    with (folder / CONFIG).open("wb") as file:
        file.truncate(1 << 40)  # a file of holes takes no room


def pipe_config(folder: Path) -> None:
    (folder / CONFIG).unlink()
    os.mkfifo(folder / CONFIG)


def link_config_to_a_device(folder: Path) -> None:
    (folder / CONFIG).unlink()
    (folder / CONFIG).symlink_to("/dev/zero")


def folder_for_config(folder: Path) -> None:
    (folder / CONFIG).unlink()
    (folder / CONFIG).mkdir()


def pipe_weights(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    os.mkfifo(folder / WEIGHTS)


def nan_weights(folder: Path) -> None:
    change_tensor(folder, float("nan"))


def infinite_weights(folder: Path) -> None:
    change_tensor(folder, float("-inf"))


def change_tensor(folder: Path, value: float) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors["norm.weight"][-1] = value
    save_file(tensors, folder / WEIGHTS)


def promise_large_weights(folder: Path) -> None:
    """A header that names a tensor of 4 TB in a file of 100 bytes."""
    header = {"norm.weight": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}
    words = json.dumps(header).encode()
    (folder / WEIGHTS).write_bytes(len(words).to_bytes(8, "little") + words + bytes(8))


def promise_a_long_header(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((1 << 62).to_bytes(8, "little") + b"{}")


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
    nest_config: "nested too deeply",
    nest_inside_config: "nested too deeply",
    lengthen_config: CONFIG,
    pipe_config: "not a regular file",
    link_config_to_a_device: "not a regular file",
    folder_for_config: "not a regular file",
    pipe_weights: "not a regular file",
    nan_weights: "norm.weight holds values that are not finite",
    infinite_weights: "norm.weight holds values that are not finite",
    promise_large_weights: WEIGHTS,
    promise_a_long_header: WEIGHTS,
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


IMPOSSIBLE = [
    *({"hidden": size} for size in ("many", -1, 0, 10**12, 10**400, 1.5, True, None, [384])),
    {"hiden": 3},
    [],
    "384",
    {"layers": 10**9},
    {"right_notes": 10**12},
    {"right_notes": -1},
    {"phrase": 10**12},
    {"embedding": 10**12},
    {"dropout": 2},
    {"dropout": "none"},
]


@pytest.mark.parametrize("network", IMPOSSIBLE, ids=lambda network: str(network)[:40])
def test_config_that_describes_no_network(folder: Path, network: object) -> None:
    edit_config(folder, network=network)
    with pytest.raises(CheckpointError, match="does not describe a network"):
        load(folder)


@pytest.mark.parametrize("name", ["hidden", "decoder", "right", "recall", "embedding"])
def test_sizes_that_the_weights_do_not_have_are_refused_before_there_is_memory_for_them(
    folder: Path, name: str
) -> None:
    """The largest sizes that are let through would take some hundred gigabytes."""
    edit_config(folder, network={**TINY.as_dict(), name: 1 << 14 if name == "embedding" else 1 << 16})
    with pytest.raises(CheckpointError, match="does not fit its config"):
        load(folder)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_a_size_that_is_no_number(folder: Path, constant: str) -> None:
    path = folder / CONFIG
    path.write_text(path.read_text().replace('"dropout": ', f'"dropout": {constant}, "ignored": '))
    with pytest.raises(CheckpointError, match=f"{constant} is no number"):
        load(folder)


@pytest.mark.parametrize("name", [None, 7, ["jazz"], "", "\x1b[2Jevil\n", "x" * 1000])
def test_a_name_that_cannot_be_shown(folder: Path, name: object) -> None:
    edit_config(folder, name=name)
    found, _ = load(folder)
    assert found
    assert found.isprintable()
    assert len(found) <= 80


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        load(tmp_path / "nowhere")


def test_a_pickle_is_never_opened(folder: Path) -> None:
    torch.save(tiny_network().state_dict(), folder / WEIGHTS)
    with pytest.raises(CheckpointError, match="damaged"):
        load(folder)
