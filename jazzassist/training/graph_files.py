"""Writing graphs that were traced by torch.onnx: structure only, with the weights left in weights.safetensors."""

from __future__ import annotations

import math
from pathlib import Path

import onnx

from jazzassist.neural.graph_file import WEIGHTS_ELSEWHERE, sealed

SMALL = 64  # elements: a larger constant is a weight


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
    opsets = [opset for opset in model.opset_import if opset.domain in ("", "ai.onnx")]
    del model.opset_import[:]
    model.opset_import.extend(opsets)
