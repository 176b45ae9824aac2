"""The graphs that run a network without PyTorch, in the form that `jazzassist.literature.network` describes.

A graph holds the network's structure alone. It is made from the network's own methods, so that nothing of it is
written twice, and takes its weights from weights.safetensors by the names that they have there. The same
network gives the same bytes: whatever says when, where or by which version a graph was made is taken out.
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

ROWS, STEPS = 3, 7  # of the examples that an export is made with: neither 0 nor 1, which are special cases to it


class _Step(nn.Module):
    """`read` with the arrays of the state one by one."""

    def __init__(self, network: LiteratureNetwork) -> None:
        super().__init__()
        self.network, self.names = network, tuple(network.start(1))

    def forward(self, tokens: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        logits, after = self.network.read(tokens, dict(zip(self.names, state, strict=True)))
        return logits, *(after[name] for name in self.names)


class _Ahead(nn.Module):
    """`ahead` with its arrays one by one."""

    def __init__(self, network: LiteratureNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, after: Tensor, left: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.network.ahead(after, left).values())


def write_graphs(network: LiteratureNetwork, folder: Path) -> list[Path]:
    """Writes the network's graphs into a folder; their paths."""
    with torch.random.fork_rng(devices=[]):  # a training that goes on draws the same numbers as without an export
        found = graphs(network.system.name, **network.sizes)
    for name, data in found.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in found]


@cache
def graphs(system: str, **sizes: int) -> dict[str, bytes]:
    """The files of a network of these sizes, by name; some seconds the first time."""
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
    """The file of a module; the number of rows, and of steps, may be any."""
    free = {name: {0: "rows"} for name in (*given, *gives)}
    free |= {name: {0: "rows", 1: "steps"} for name in (TOKENS, AFTER) if name in given}
    return sealed_file(trace(module, given, free, gives), Path(name).stem)
