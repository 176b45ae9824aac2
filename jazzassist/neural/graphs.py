"""A trained network as exported graphs, opened in onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from jazzassist.neural.checkpoint import WEIGHTS, CheckpointError
from jazzassist.neural.encoding import (
    AHEAD_HEADS,
    CLASSES,
    ECHOED,
    HEADS,
    HEARD,
    PITCHES,
    QUARTERS_AHEAD,
    QUARTERS_HERE,
    TARGETS,
)
from jazzassist.neural.graph_file import name_of
from jazzassist.neural.sessions import GraphFile, read_graph
from jazzassist.neural.sizes import NetworkConfig, described
from jazzassist.neural.steps import COLUMNS
from jazzassist.neural.weights import quantised, read_weights

GRAPH_SUFFIX = ".onnx"
FOR_DRUMS = ("read_kit", "kit")  # opened when they are first needed
TRUNK = "trunk.weight_"  # the weights that are quantised
GRAPHS = ("read", "read_kit", "after", "step", "sub", "pitch", "kit", "duration", "velocity")

Values = NDArray[Any]
Sizes = tuple[int | str, ...]  # of an array: numbers, or names of those that differ from run to run


def inputs_of(graph: str, sizes: NetworkConfig) -> dict[str, Sizes]:
    """The inputs of one of GRAPHS, in order: classes and ages int64, `drums` and `hearing` bool, all others float32.

    A network that lacks an attention does not take what belongs to it.
    """
    if graph in ("read", "read_kit"):
        return _read_inputs(sizes)
    if graph == "after":
        return {"notes": ("notes", 6), "drums": (1,)}
    return _step_inputs(sizes) if graph == "step" else _field_inputs(sizes)


def _read_inputs(sizes: NetworkConfig) -> dict[str, Sizes]:
    return {
        "columns": ("rows", "steps", len(COLUMNS)),
        "extra": ("rows", "steps", sizes.extras),
        "targets": ("rows", "steps", len(TARGETS)),
        "heard_ahead": ("rows", "steps", QUARTERS_AHEAD * HEARD),
        "heard_here": ("asked", QUARTERS_HERE * HEARD),
        "instrument": (1,),
        "asked": ("asked",),
        **_trunk_inputs(sizes),
        **_attended("", "rows", "earlier", sizes),
        "age": ("rows", 1, 1, "earlier"),
    }


def _step_inputs(sizes: NetworkConfig) -> dict[str, Sizes]:
    pointed = max(sizes.pointers // HEADS, 1)
    ahead = (1, AHEAD_HEADS, "notes", sizes.ahead // AHEAD_HEADS)
    return {
        "columns": ("rows", len(COLUMNS)),
        "extra": ("rows", sizes.extras),
        "heard_ahead": ("rows", QUARTERS_AHEAD * HEARD),
        "instrument": (1,),
        "right": ("rows", sizes.right),
        "hearing": ("rows",),
        **_trunk_inputs(sizes),
        **_attended("", "groups", "earlier", sizes),
        "age": ("earlier",),
        **_attended("own_", "rows", "own", sizes),
        "own_age": ("own",),
        "ahead_keys": ahead,
        "ahead_values": ahead,
        "last_pointed": ("rows", HEADS, 1, pointed),
        "last_pitch": ("rows",),
        "after_keys": (1, HEADS, "notes", pointed),
        "after_told": (1, 1, "notes", PITCHES),
    }


def _trunk_inputs(sizes: NetworkConfig) -> dict[str, Sizes]:
    return dict.fromkeys(("hidden", "cell"), (sizes.layers, "rows", sizes.hidden))


def _attended(prefix: str, rows: str, steps: str, sizes: NetworkConfig) -> dict[str, Sizes]:
    return {
        f"{prefix}keys": (rows, 1, steps, sizes.recall),
        f"{prefix}values": (rows, 1, steps, sizes.recall),
        f"{prefix}pointed": (rows, HEADS, steps, max(sizes.pointers // HEADS, 1)),
        f"{prefix}answers": (rows, 1, steps, CLASSES),
    }


def _field_inputs(sizes: NetworkConfig) -> dict[str, Sizes]:
    return {
        "chosen": ("rows",),
        "state": ("rows", sizes.decoder),
        "instrument": (1,),
        "hint_keys": ("rows", 3 * HEADS, PITCHES),
        "hint_fields": ("rows", HEADS, sum(ECHOED)),
        "previous": ("rows",),
        "heard_here": ("rows", QUARTERS_HERE * HEARD),
    }


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
        self._weights = read_weights(folder / WEIGHTS)
        for name in list(self._weights):
            if name.startswith(TRUNK):
                self._weights |= quantised(self._weights, name)
        self._files = {name: _file(folder / f"{name}{GRAPH_SUFFIX}", self._weights) for name in GRAPHS}
        # Opening takes most of the time, and many songs have no drums.
        self._opened = {name: self._open(name) for name in GRAPHS if name not in FOR_DRUMS}

    def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
        """See `Runner`."""
        if name not in self._opened:
            self._opened[name] = self._open(name)
        graph = self._opened[name]
        taken = {each: np.ascontiguousarray(feeds[each]) for each in graph.inputs}
        return dict(zip(graph.outputs, graph.session.run(None, taken), strict=True))

    def _open(self, name: str) -> _Opened:
        file = self._files[name]
        session = file.open(self._weights)
        known = inputs_of(name, self.sizes)
        for found in session.get_inputs():
            wanted = known.get(found.name)
            if wanted is None or len(wanted) != len(found.shape):
                raise CheckpointError(f"{file.path} is damaged or from another version: it takes {found.name}.")
            if any(isinstance(size, int) and size != other for size, other in zip(wanted, found.shape, strict=True)):
                raise CheckpointError(f"{file.path} does not fit its config: {found.name} has another size.")
        names = ([each.name for each in part] for part in (session.get_inputs(), session.get_outputs()))
        return _Opened(session, *names)


class _Opened(NamedTuple):
    """A graph ready to run, and the names of what it takes and gives."""

    session: Any
    inputs: list[str]
    outputs: list[str]


def _file(path: Path, weights: Mapping[str, Values]) -> GraphFile:
    """The graph that the name of its file says."""
    if not path.exists():
        raise CheckpointError(f"{path} is missing; `jazzassist graphs {path.parent}` writes it.")
    found = read_graph(path, weights)
    if name_of(found.data) != path.stem:
        raise CheckpointError(f"{path} is damaged: it holds another graph.")
    return found
