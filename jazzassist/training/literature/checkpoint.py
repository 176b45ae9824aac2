"""Checkpoints of these networks: weights.safetensors and config.json with its `system` and its vocabulary."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file

from jazzassist.neural.checkpoint import CONFIG, WEIGHTS, CheckpointError, first_line, read_config, read_weights
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.literature.systems import SYSTEMS, build
from jazzassist.training.literature.words import Vocabulary


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
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and "system" in config


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
    if system not in SYSTEMS:
        raise CheckpointError(f"{folder / CONFIG} names the system {system}, which this program does not know.")
    try:
        entries = config["vocabulary"]
        if not all(isinstance(entry, str) for entry in entries) or len(entries) != config["network"]["vocabulary"]:
            raise ValueError("the vocabulary is not as large as the network")
        network = build(system, **config["network"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {first_line(error)}.") from error
    network.load_state_dict(read_weights(folder / WEIGHTS, network))
    network.eval()
    name, trained = str(config.get("name", folder.name)), config.get("trained")
    return Loaded(name, network, Vocabulary(tuple(entries)), trained if isinstance(trained, dict) else {})


def _half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.float16) if tensor.is_floating_point() else tensor
