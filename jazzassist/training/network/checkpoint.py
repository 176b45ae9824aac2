"""Checkpoints as the network in PyTorch writes and reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from jazzassist.neural.checkpoint import (
    CONFIG,
    WEIGHTS,
    CheckpointError,
    check_regular,
    first_line,
)
from jazzassist.neural.encoding import VERSION
from jazzassist.neural.sizes import described
from jazzassist.training.network.network import Network

Built = TypeVar("Built", bound=nn.Module)


def save(network: Network, folder: Path, name: str) -> None:
    """Writes the weights in half precision and the config that rebuilds the network."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = {key: tensor.detach().to(torch.float16).contiguous() for key, tensor in network.state_dict().items()}
    save_file(halves, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes files that only their owner may read
    config = {"name": name, "encoding_version": VERSION, "network": network.config.as_dict()}
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[str, Network]:
    """(name, network in float32, ready to evaluate); CheckpointError when it is missing, damaged or too old or new.

    Nothing of the sizes that the config names is allocated before the weights are seen to have them.
    """
    name, sizes = described(folder)
    return name, filled(folder, lambda: Network(sizes))


def filled(folder: Path, build: Callable[[], Built]) -> Built:
    """The network that `build` makes, with the weights in a folder, ready to evaluate.

    It is first built without memory, to compare its sizes with those of the weights. CheckpointError
    when they do not fit or cannot be used.
    """
    try:
        with torch.device("meta"):
            wanted = {name: tensor.shape for name, tensor in build().state_dict().items()}
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {first_line(error)}.") from error
    path = folder / WEIGHTS
    check_regular(path)
    try:
        with safe_open(path, framework="pt") as weights:  # its methods have no types
            _check_shapes(path, weights, wanted)
            network = build()
            network.load_state_dict(_tensors(path, weights, network))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read.") from error
    except SafetensorError as error:
        raise CheckpointError(f"{path} is damaged: {first_line(error)}.") from error
    network.eval()
    return network


def _check_shapes(path: Path, weights: Any, wanted: dict[str, torch.Size]) -> None:
    found = set(weights.keys())
    for name, shape in wanted.items():
        if name not in found or tuple(weights.get_slice(name).get_shape()) != tuple(shape):
            raise CheckpointError(f"{path} does not fit its config: {name} is missing or of another size.")


def _tensors(path: Path, weights: Any, network: nn.Module) -> dict[str, torch.Tensor]:
    """The network's weights by name, in the types that it has them in; CheckpointError when one is not finite."""
    tensors = {}
    for name, own in network.state_dict().items():
        tensors[name] = tensor = weights.get_tensor(name).to(own.dtype)
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{path} is damaged: {name} holds values that are not finite numbers.")
    return tensors
