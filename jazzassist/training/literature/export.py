"""The graphs that run a network without PyTorch, in the form that `jazzassist.literature.network` describes.

A graph holds the network's structure alone. It is made from the network's own methods, so that nothing of it is
written twice, and takes its weights from weights.safetensors by the names that they have there. The same
network gives the same bytes: whatever says when, where or by which version a graph was made is taken out.
"""

from __future__ import annotations

import io
import warnings
from functools import cache
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from jazzassist.literature.network import AFTER, AHEAD, LEFT, LOGITS, NEXT, STEP, TOKENS
from jazzassist.neural.graph_file import WEIGHTS_ELSEWHERE, sealed
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.literature.systems import build

OPSET = 20
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
    _fill(network)
    found = {STEP: _step(network)}
    if network.system.can_bridge:
        found[AHEAD] = _ahead(network)
    return found


def _fill(network: LiteratureNetwork) -> None:
    """Makes all weights different: the exporter replaces those that are equal by one of them."""
    generator = torch.Generator().manual_seed(0)
    for weight in network.state_dict().values():
        if weight.is_floating_point():
            weight.uniform_(0.1, 1.0, generator=generator)


def _step(network: LiteratureNetwork) -> bytes:
    state = network.start(ROWS)
    tokens = torch.zeros(ROWS, STEPS, dtype=torch.int64)
    given = {TOKENS: tokens, **state}
    return _exported(_Step(network), given, [LOGITS, *(NEXT + name for name in state)])


def _ahead(network: LiteratureNetwork) -> bytes:
    given = {AFTER: torch.zeros(ROWS, STEPS, dtype=torch.int64), LEFT: torch.zeros(ROWS, dtype=torch.int64)}
    return _exported(_Ahead(network), given, [NEXT + name for name in network.ahead(given[AFTER], given[LEFT])])


def _exported(module: nn.Module, given: dict[str, Tensor], gives: list[str]) -> bytes:
    """The file of a module; the number of rows, and of steps, may be any."""
    file = io.BytesIO()
    free = {name: {0: "rows"} for name in (*given, *gives)}
    free |= {name: {0: "rows", 1: "steps"} for name in (TOKENS, AFTER) if name in given}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # what it says of sizes that might have become constants, a test checks
        torch.onnx.export(
            module.eval(),
            tuple(given.values()),
            file,  # type: ignore[arg-type]  # its own annotation is that of the newer exporter
            input_names=[*given],
            output_names=gives,
            dynamic_axes=free,
            opset_version=OPSET,
            do_constant_folding=False,  # it would write weights into the graph; the runtime folds them when it opens it
            dynamo=False,  # the newer exporter needs minutes for three LSTM layers, and takes their steps for constant
        )
    return sealed(_bare(onnx.load_from_string(file.getvalue())).SerializeToString(deterministic=True))


def _bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without weights and without what does not belong to its structure."""
    found = onnx.ModelProto(ir_version=model.ir_version, graph=model.graph)
    found.opset_import.extend(entry for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    graph = found.graph
    graph.ClearField("metadata_props")
    graph.ClearField("doc_string")
    graph.ClearField("value_info")
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for node in graph.node:
        node.input[:] = [_plain(name) for name in node.input]
        node.ClearField("name")
    used = {name for node in graph.node for name in node.input}
    kept = [_elsewhere(tensor) if _is_weight(tensor) else tensor for tensor in graph.initializer]
    graph.ClearField("initializer")
    graph.initializer.extend(tensor for tensor in kept if tensor.name in used)
    return found


def _plain(name: str) -> str:
    """A parameter's name in the checkpoint."""
    return name.removeprefix("network.")


def _is_weight(tensor: onnx.TensorProto) -> bool:
    return tensor.name.startswith("network.")


def _elsewhere(tensor: onnx.TensorProto) -> onnx.TensorProto:
    found = onnx.TensorProto(name=_plain(tensor.name), data_type=tensor.data_type, dims=tensor.dims)
    found.data_location = onnx.TensorProto.EXTERNAL
    found.external_data.add(key="location", value=WEIGHTS_ELSEWHERE)
    return found
