"""Checkpoints of these networks: weights.safetensors and config.json with its `system` and its vocabulary."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from jazzassist.neural.checkpoint import CONFIG, WEIGHTS, CheckpointError, first_line, name_in, read_config
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.literature.systems import SYSTEMS, build
from jazzassist.training.literature.words import Vocabulary
from jazzassist.training.network.checkpoint import filled

_LARGEST = 1 << 17  # of any size that a config names


@dataclass(frozen=True)
class Loaded:
    """A checkpoint: its name, its network ready to evaluate, its vocabulary, and how it was trained, by words."""

    name: str
    network: LiteratureNetwork
    vocabulary: Vocabulary
    trained: dict[str, float] = field(default_factory=dict)


def is_literature(folder: Path) -> bool:
    """Whether a folder holds a checkpoint of one of SYSTEMS, whole or not."""
    try:
        return "system" in read_config(folder / CONFIG)
    except CheckpointError:
        return False


def save(loaded: Loaded, folder: Path) -> None:
    """Writes the weights in half precision and all that rebuilds the network."""
    folder.mkdir(parents=True, exist_ok=True)
    network = loaded.network
    weights = {key: _half(tensor.detach()).contiguous() for key, tensor in network.state_dict().items()}
    save_file(weights, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes files that only their owner may read
    config = {
        "name": loaded.name,
        "system": network.system,
        "network": network.sizes,
        "trained": loaded.trained,
        "vocabulary": list(loaded.vocabulary.entries),
    }
    (folder / CONFIG).write_text(json.dumps(config) + "\n", encoding="utf-8")


def load(folder: Path) -> Loaded:
    """What `save` wrote, in float32; CheckpointError, in one sentence, for anything else."""
    config = read_config(folder / CONFIG)
    system = config.get("system")
    if not isinstance(system, str) or system not in SYSTEMS:
        raise CheckpointError(f"{folder / CONFIG} names the system {system}, which this program does not know.")
    try:
        entries, sizes = _vocabulary(config), _sizes(config)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {first_line(error)}.") from error
    network = filled(folder, lambda: build(system, **sizes))
    return Loaded(name_in(config, folder), network, Vocabulary(entries), _numbers(config.get("trained")))


def _vocabulary(config: dict[str, Any]) -> tuple[str, ...]:
    entries = config["vocabulary"]
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise TypeError("the vocabulary is no list of words")
    return tuple(entries)


def _sizes(config: dict[str, Any]) -> dict[str, int]:
    """The arguments that build the network; TypeError or ValueError when they cannot be that."""
    sizes = config["network"]
    if not isinstance(sizes, dict):
        raise TypeError("it holds no table of sizes")
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= _LARGEST:
            raise ValueError(f"{name} is no number from 1 to {_LARGEST}")
    if sizes["vocabulary"] != len(config["vocabulary"]):
        raise ValueError("the vocabulary is not as large as the network")
    return sizes


def _numbers(table: object) -> dict[str, float]:
    """What a table says in numbers."""
    items = table.items() if isinstance(table, dict) else ()
    return {name: value for name, value in items if isinstance(value, int | float)}


def _half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.float16) if tensor.is_floating_point() else tensor
