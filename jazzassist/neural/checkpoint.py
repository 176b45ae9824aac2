"""A checkpoint is a folder: weights.safetensors and config.json; nothing is guessed, nothing is pickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

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
    config = _read_config(folder / CONFIG)
    version = config.get("encoding_version")
    if version != VERSION:
        raise CheckpointError(
            f"{folder / CONFIG} is for version {version} of the encoding of notes; this program has version {VERSION}."
        )
    try:
        network = Network(NetworkConfig(**config["network"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {_first_line(error)}.") from error
    network.load_state_dict(_read_weights(folder / WEIGHTS, network))
    network.eval()
    return str(config.get("name", folder.name)), network


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"There is no checkpoint in {path.parent}: {path.name} cannot be read.") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged: {_first_line(error)}.") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{path} is damaged: it holds no table of settings.")
    return config


def _read_weights(path: Path, network: Network) -> dict[str, torch.Tensor]:
    try:
        weights = load_file(path)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read.") from error
    except SafetensorError as error:
        raise CheckpointError(f"{path} is damaged: {_first_line(error)}.") from error
    for name, wanted in network.state_dict().items():
        if name not in weights or weights[name].shape != wanted.shape:
            raise CheckpointError(f"{path} does not fit its config: {name} is missing or of another size.")
    return {name: weights[name].float() for name in network.state_dict()}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
