"""A trained network as exported graphs, opened in onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jazzassist.neural.checkpoint import WEIGHTS
from jazzassist.neural.sessions import open_session
from jazzassist.neural.sizes import NetworkConfig, described
from jazzassist.neural.weights import quantised, read_weights

GRAPH_SUFFIX = ".onnx"
TRUNK = "trunk.weight_"  # the weights that are quantised
GRAPHS = ("read", "read_kit", "after", "step", "sub", "pitch", "kit", "duration", "velocity")

Values = NDArray[Any]


class Runner(Protocol):
    """What runs the graphs of a network. In the program onnxruntime does; in tests also the network in PyTorch."""

    @property
    def sizes(self) -> NetworkConfig:
        """Of the network."""
        ...

    def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
        """The outputs by name of one of GRAPHS. Of the `feeds` it takes those that are its inputs."""
        ...


class Graphs:
    """The graphs of the checkpoint in a folder. `name`: what the network is called."""

    def __init__(self, folder: Path) -> None:
        """CheckpointError, in one sentence that names the file, when the checkpoint cannot be used."""
        self.name, self.sizes = described(folder)
        weights = read_weights(folder / WEIGHTS)
        for name in list(weights):
            if name.startswith(TRUNK):
                weights |= quantised(weights, name)
        self._sessions = {name: open_session(folder / f"{name}{GRAPH_SUFFIX}", weights) for name in GRAPHS}
        self._inputs = {name: [each.name for each in found.get_inputs()] for name, found in self._sessions.items()}
        self._outputs = {name: [each.name for each in found.get_outputs()] for name, found in self._sessions.items()}

    def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
        """See `Runner`."""
        taken = {each: np.ascontiguousarray(feeds[each]) for each in self._inputs[name]}
        found = self._sessions[name].run(None, taken)
        return dict(zip(self._outputs[name], found, strict=True))
