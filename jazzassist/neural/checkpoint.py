"""A checkpoint is a folder: weights.safetensors and config.json; nothing is guessed, nothing is pickled."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from jazzassist.domain.texts import without_controls
from jazzassist.neural.encoding import VERSION
from jazzassist.neural.network import Network, NetworkConfig

WEIGHTS, CONFIG = "weights.safetensors", "config.json"
_LONGEST_CONFIG = 16 << 20  # bytes; the vocabulary of a network of words is part of it
_LONGEST_NAME = 80
_RANGES = {
    "hidden": (1, 1 << 16),
    "layers": (1, 64),
    "decoder": (1, 1 << 16),
    "right": (1, 1 << 16),
    "right_notes": (1, 4096),
    "embedding": (1, 1 << 14),
    "dropout": (0, 1),
    "recall": (0, 1 << 16),
    "ahead": (0, 1 << 16),
    "pointers": (0, 1 << 16),
    "phrase": (0, 4096),
}
Built = TypeVar("Built", bound=nn.Module)


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
    """(name, network in float32, ready to evaluate); CheckpointError when it is missing, damaged or too old or new.

    Nothing of the sizes that the config names is allocated before the weights are seen to have them.
    """
    config = read_config(folder / CONFIG)
    version = config.get("encoding_version")
    if version != VERSION:
        said = version if isinstance(version, int) else "unknown"
        raise CheckpointError(
            f"{folder / CONFIG} is for version {said} of the encoding of notes; this program has version {VERSION}."
        )
    try:
        sizes = _sizes(config["network"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {first_line(error)}.") from error
    return name_in(config, folder), filled(folder, lambda: Network(sizes))


def _sizes(table: object) -> NetworkConfig:
    """The sizes of a network; TypeError or ValueError when they are not numbers of a possible size."""
    if not isinstance(table, dict):
        raise TypeError("it holds no table of sizes")
    config = NetworkConfig(**table)
    for name, value in config.as_dict().items():
        low, high = _RANGES[name]
        kinds = (int, float) if name == "dropout" else (int,)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            raise ValueError(f"{name} is no number from {low} to {high}")
    return config


def name_in(config: dict[str, Any], folder: Path) -> str:
    """What the checkpoint is called, as it can be shown."""
    name = config.get("name")
    return without_controls(name)[:_LONGEST_NAME] if isinstance(name, str) and name else folder.name


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
    _check_regular(path)
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


def read_config(path: Path) -> dict[str, Any]:
    """The table of settings in a checkpoint's config; CheckpointError when it is missing or damaged."""
    _check_regular(path)
    try:
        if path.stat().st_size > _LONGEST_CONFIG:
            raise ValueError("it is too long for a config")
        config = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise CheckpointError(f"There is no checkpoint in {path.parent}: {path.name} cannot be read.") from error
    except RecursionError as error:
        raise CheckpointError(f"{path} is damaged: it is nested too deeply.") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged: {first_line(error)}.") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{path} is damaged: it holds no table of settings.")
    return config


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _check_regular(path: Path) -> None:
    """CheckpointError unless there is a regular file: to open a pipe would wait for ever."""
    try:
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"There is no checkpoint in {path.parent}: {path.name} cannot be read.") from error
    if not is_regular:
        raise CheckpointError(f"{path} is not a regular file.")


def first_line(error: Exception) -> str:
    """What an error says, in one line without its full stop."""
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
