"""Writing graphs that were traced by torch.onnx: structure only, with the weights left in weights.safetensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import onnx

from jazzassist.neural.graph_file import QUANTISED_DOMAIN, WEIGHTS_ELSEWHERE, sealed
from jazzassist.neural.weights import INT8, SCALE, ZERO

SMALL = 64  # elements: a larger constant is a weight


def quantised(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its LSTMs in 8-bit integers: their weights are those that `neural.weights.quantised` makes.

    What comes into an LSTM is quantised at every step, by onnxruntime's operator DynamicQuantizeLSTM.
    """
    graph = model.graph
    made = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        if node.op_type == "LSTM":
            names = [_weight_of(node.input[place], made) for place in (1, 2)]
            _quantise(node, names)
            for name in names:
                _declare(graph, name)
    _remove_unused(graph)
    model.opset_import.append(onnx.OperatorSetIdProto(domain=QUANTISED_DOMAIN, version=1))
    return model


def _weight_of(name: str, made: Mapping[str, onnx.NodeProto]) -> str:
    """The name of the weight that a value is a rearrangement of."""
    while name in made:
        name = next(source for source in made[name].input if source)
    return name


def _quantise(node: onnx.NodeProto, names: list[str]) -> None:
    x, _, _, *others = node.input
    others += [""] * (5 - len(others))
    scales = [f"{name}{part}" for name in names for part in (SCALE, ZERO)]
    node.op_type, node.domain = "DynamicQuantizeLSTM", QUANTISED_DOMAIN
    node.input[:] = [x, *(f"{name}{INT8}" for name in names), *others, *scales]


def _declare(graph: onnx.GraphProto, name: str) -> None:
    """Adds the parts of a quantised weight to the initialisers."""
    rows, columns = next(tensor.dims for tensor in graph.initializer if tensor.name == name)
    kinds = {INT8: onnx.TensorProto.INT8, SCALE: onnx.TensorProto.FLOAT, ZERO: onnx.TensorProto.INT8}
    for part, kind in kinds.items():
        sizes = [1, columns, rows] if part == INT8 else [1, rows]
        graph.initializer.append(onnx.TensorProto(name=f"{name}{part}", dims=sizes, data_type=kind))


def _remove_unused(graph: onnx.GraphProto) -> None:
    """Removes the nodes and initialisers that no output needs."""
    wanted = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    initializers = [tensor for tensor in graph.initializer if tensor.name in wanted]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(initializers)


def write_graph(model: onnx.ModelProto, path: Path, prefix: str = "") -> None:
    """Writes a graph whose weights are named by `prefix` and their name in the checkpoint.

    ValueError when the graph has other constants that are too large to be anything but weights.
    """
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
        renamed = [name.removeprefix(prefix) for name in node.input]
        node.input[:] = renamed
    for tensor in model.graph.initializer:
        if tensor.name.startswith(prefix):
            _take_out(tensor, prefix)
        elif math.prod(tensor.dims) > SMALL:
            raise ValueError(f"{path.name} would hold the constant {tensor.name} of {math.prod(tensor.dims)} values")
    _strip(model)
    path.write_bytes(sealed(model.SerializeToString(deterministic=True)))


def _take_out(tensor: onnx.TensorProto, prefix: str) -> None:
    kept = onnx.TensorProto(name=tensor.name.removeprefix(prefix), dims=tensor.dims, data_type=tensor.data_type)
    kept.data_location = onnx.TensorProto.EXTERNAL
    kept.external_data.add(key="location", value=WEIGHTS_ELSEWHERE)
    tensor.CopyFrom(kept)


def _strip(model: onnx.ModelProto) -> None:
    """Removes what says how the graph was made: names of files and lines of the program among it."""
    graph = model.graph
    for field in ("metadata_props", "doc_string", "quantization_annotation"):
        graph.ClearField(field)
    graph.ClearField("value_info")
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.ClearField("doc_string")
        value.ClearField("metadata_props")
    model.ClearField("metadata_props")
    model.ClearField("doc_string")
    model.ClearField("functions")
    opsets = [opset for opset in model.opset_import if opset.domain in ("", "ai.onnx", QUANTISED_DOMAIN)]
    del model.opset_import[:]
    model.opset_import.extend(opsets)
