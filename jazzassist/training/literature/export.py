"""Export of networks as graphs that run without PyTorch, in the form described in `jazzassist.literature.network`.

A graph only contains the structure of a network. It is exported from the network's own methods, so that the network
is defined once, and refers to the weights in weights.safetensors by name. The same network gives the same bytes:
time, place and version of the export are removed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from jazzassist.literature.network import AFTER, AHEAD, LEFT, LOGITS, NEXT, STEP, TOKENS
from jazzassist.training.graph_files import fill, sealed_file, trace
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.literature.systems import build

ROWS, STEPS = 3, 7  # sizes of the example inputs; 0 and 1 are special cases for the exporter


class _Step(nn.Module):
    """`read` with the arrays of the state as separate arguments."""

    def __init__(self, network: LiteratureNetwork) -> None:
        super().__init__()
        self.network, self.names = network, tuple(network.start(1))

    def forward(self, tokens: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        logits, after = self.network.read(tokens, dict(zip(self.names, state, strict=True)))
        return logits, *(after[name] for name in self.names)


class _Ahead(nn.Module):
    """`ahead` with its arrays as separate results."""

    def __init__(self, network: LiteratureNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, after: Tensor, left: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.network.ahead(after, left).values())


def write_graphs(network: LiteratureNetwork, folder: Path) -> list[Path]:
    """Write the graphs of a network into a folder. Return their paths."""
    with torch.random.fork_rng(devices=[]):  # the export must not affect the random numbers of training
        found = graphs(network.system.name, **network.sizes)
    for name, data in found.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in found]


@cache
def graphs(system: str, **sizes: int) -> dict[str, bytes]:
    """Return the graph files of a network of these sizes, by name. Takes some seconds on first use."""
    network = build(system, **sizes).eval()
    fill(network)
    found = {STEP: _step(network)}
    if network.system.can_bridge:
        found[AHEAD] = _ahead(network)
    return found


def _step(network: LiteratureNetwork) -> bytes:
    state = network.start(ROWS)
    tokens = torch.zeros(ROWS, STEPS, dtype=torch.int64)
    given = {TOKENS: tokens, **state}
    return _exported(_Step(network), given, [LOGITS, *(NEXT + name for name in state)], STEP)


def _ahead(network: LiteratureNetwork) -> bytes:
    given = {AFTER: torch.zeros(ROWS, STEPS, dtype=torch.int64), LEFT: torch.zeros(ROWS, dtype=torch.int64)}
    return _exported(_Ahead(network), given, [NEXT + name for name in network.ahead(given[AFTER], given[LEFT])], AHEAD)


def _exported(module: nn.Module, given: dict[str, Tensor], gives: list[str], name: str) -> bytes:
    """Export a module. The numbers of rows and steps are dynamic."""
    free = {name: {0: "rows"} for name in (*given, *gives)}
    free |= {name: {0: "rows", 1: "steps"} for name in (TOKENS, AFTER) if name in given}
    return sealed_file(trace(module, given, free, gives), Path(name).stem)
