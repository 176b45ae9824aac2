"""A checkpoint is a folder: weights.safetensors and config.json; nothing is guessed, nothing is pickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from jazzassist.neural.encoding import VERSION
from jazzassist.neural.network import Network, NetworkConfig

WEIGHTS, CONFIG = "weights.safetensors", "config.json"


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message is one sentence that names the file."""


def save(network: Network, folder: Path, name: str) -> None:
    """Writes the weights in half precision and the config that rebuilds the network."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = {key: tensor.detach().to(torch.float16).contiguous() for key, tensor in network.state_dict().items()}
    save_file(halves, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes files that only their owner may read
    config = {"name": name, "encoding_version": VERSION, "network": network.config.as_dict()}
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[str, Network]:
    """(name, network in float32, ready to evaluate); CheckpointError when it is missing, damaged or too old or new."""
    config = read_config(folder / CONFIG)
    version = config.get("encoding_version")
    if version != VERSION:
        raise CheckpointError(
            f"{folder / CONFIG} is for version {version} of the encoding of notes; this program has version {VERSION}."
        )
    try:
        network = Network(NetworkConfig(**config["network"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {first_line(error)}.") from error
    network.load_state_dict(read_weights(folder / WEIGHTS, network))
    network.eval()
    return str(config.get("name", folder.name)), network


def read_config(path: Path) -> dict[str, Any]:
    """The table of settings in a checkpoint's config; CheckpointError when it is missing or damaged."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"There is no checkpoint in {path.parent}: {path.name} cannot be read.") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged: {first_line(error)}.") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{path} is damaged: it holds no table of settings.")
    return config


def read_weights(path: Path, network: nn.Module) -> dict[str, torch.Tensor]:
    """The weights of a network by name, in the types that it has them in; CheckpointError when they do not fit it."""
    try:
        weights = load_file(path)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read.") from error
    except SafetensorError as error:
        raise CheckpointError(f"{path} is damaged: {first_line(error)}.") from error
    wanted = network.state_dict()
    for name, tensor in wanted.items():
        if name not in weights or weights[name].shape != tensor.shape:
            raise CheckpointError(f"{path} does not fit its config: {name} is missing or of another size.")
    return {name: weights[name].to(tensor.dtype) for name, tensor in wanted.items()}


def first_line(error: Exception) -> str:
    """What an error says, in one line without its full stop."""
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
