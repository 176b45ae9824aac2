"""Checkpoints of the literature networks: config.json (system, vocabulary), weights.safetensors and graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from jazzassist.literature.network import ExportedNetwork, TokenNetwork
from jazzassist.literature.systems import SYSTEMS, System
from jazzassist.literature.words import Vocabulary
from jazzassist.neural.checkpoint import CONFIG, WEIGHTS, CheckpointError, first_line, name_in, read_config
from jazzassist.neural.weights import read_weights

SIZES = ("vocabulary", "units")  # of every network
_LARGEST = 1 << 17  # maximum of any size in a config


@dataclass(frozen=True)
class Config:
    """The content of config.json: name of the checkpoint, system, sizes of the network, facts about its training."""

    name: str
    system: System
    sizes: dict[str, int]
    vocabulary: Vocabulary
    trained: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """A checkpoint ready for generation: its name, network and vocabulary."""

    name: str
    network: TokenNetwork
    vocabulary: Vocabulary


def is_literature(folder: Path) -> bool:
    """Return True if a folder contains a checkpoint of one of SYSTEMS, complete or not."""
    try:
        return "system" in read_config(folder / CONFIG)
    except CheckpointError:
        return False


def open_checkpoint(folder: Path) -> Opened:
    """Open the checkpoint in a folder, run from its graphs. Raises CheckpointError (one sentence) if that fails."""
    config = config_in(folder)
    weights = read_weights(folder / WEIGHTS)
    _check_units(folder, config, weights)
    network = ExportedNetwork(folder, config.system, len(config.vocabulary), weights)
    return Opened(config.name, network, config.vocabulary)


def config_in(folder: Path) -> Config:
    """Read the config in a folder. Raises CheckpointError (one sentence) if it does not describe a network."""
    config = read_config(folder / CONFIG)
    system = config.get("system")
    if not isinstance(system, str) or system not in SYSTEMS:
        raise CheckpointError(f"{folder / CONFIG} names the unknown system {system}.")
    try:
        entries, sizes = _vocabulary(config), _sizes(config)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {first_line(error)}.") from error
    trained = _numbers(config.get("trained"))
    return Config(name_in(config, folder), SYSTEMS[system], sizes, Vocabulary(entries), trained)


def _check_units(folder: Path, config: Config, weights: Mapping[str, NDArray[Any]]) -> None:
    recurrent, units = weights.get(config.system.recurrent), config.sizes["units"]
    if recurrent is None or recurrent.shape != (4 * units, units):
        name = config.system.recurrent
        raise CheckpointError(f"{folder / WEIGHTS} does not fit its config: {name} is missing or of another size.")


def _vocabulary(config: dict[str, Any]) -> tuple[str, ...]:
    entries = config["vocabulary"]
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise TypeError("the vocabulary is not a list of words")
    return tuple(entries)


def _sizes(config: dict[str, Any]) -> dict[str, int]:
    """Return the arguments that build the network. Raises TypeError or ValueError if they are invalid."""
    sizes = config["network"]
    if not isinstance(sizes, dict):
        raise TypeError("it has no table of sizes")
    if set(sizes) != set(SIZES):
        raise ValueError(f"its sizes are not {' and '.join(SIZES)}")
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= _LARGEST:
            raise ValueError(f"{name} is not a number from 1 to {_LARGEST}")
    if sizes["vocabulary"] != len(config["vocabulary"]):
        raise ValueError("the sizes of the vocabulary and the network differ")
    return sizes


def _numbers(table: object) -> dict[str, float]:
    """Return the numeric entries of a table."""
    items = table.items() if isinstance(table, dict) else ()
    return {name: value for name, value in items if isinstance(value, int | float)}
