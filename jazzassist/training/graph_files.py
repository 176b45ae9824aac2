"""Writing graphs that were traced by torch.onnx: structure only, with the weights left in weights.safetensors."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping, Sequence

import onnx
import torch
from torch import Tensor, nn

from jazzassist.neural.graph_file import QUANTISED_DOMAIN, WEIGHTS_ELSEWHERE, sealed
from jazzassist.neural.weights import INT8, SCALE, ZERO

OPSET = 18
PREFIX = "network."  # of the names of weights: modules that are traced have the network as their `network`
SMALL = 1024  # elements: a larger constant is a weight


def trace(
    module: nn.Module, inputs: Mapping[str, Tensor], free: Mapping[str, dict[int, str]], outputs: Sequence[str]
) -> onnx.ModelProto:
    """A module as a graph. `inputs`: examples, in order; `free`: their dimensions that may be of any size, named."""
    file = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of this exporter's age, and of sizes that might have become constants
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            file,  # type: ignore[arg-type]  # its own annotation is that of the newer exporter
            input_names=[*inputs],
            output_names=[*outputs],
            dynamic_axes={name: dict(sizes) for name, sizes in free.items()},
            opset_version=OPSET,
            do_constant_folding=False,  # it would write weights into the graph; the runtime folds them when it opens it
            dynamo=False,  # the newer exporter takes thirty times as long for the same graphs
        )
    return onnx.load_model_from_string(file.getvalue())


def fill(network: nn.Module) -> None:
    """Makes all weights different: the exporter replaces those that are equal by one of them."""
    generator = torch.Generator().manual_seed(0)
    for weight in network.state_dict().values():
        if weight.is_floating_point():
            weight.uniform_(0.1, 1.0, generator=generator)


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
    initializers = [tensor for tensor in graph.initializer if {tensor.name, tensor.name.removeprefix(PREFIX)} & wanted]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(initializers)


def sealed_file(model: onnx.ModelProto, name: str) -> bytes:
    """The file of a graph, without its weights and without what says how it was made; the same for the same graph.

    `name`: what the graph is called. Its weights are named by PREFIX and their name in the checkpoint. ValueError when
    it has other constants that are too large to be anything but weights.
    """
    found = onnx.ModelProto(ir_version=model.ir_version, graph=model.graph)
    known = ("", "ai.onnx", QUANTISED_DOMAIN)
    found.opset_import.extend(opset for opset in model.opset_import if opset.domain in known)
    graph = found.graph
    graph.name = name
    for field in ("metadata_props", "doc_string", "value_info", "quantization_annotation"):
        graph.ClearField(field)
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for node in graph.node:
        node.input[:] = [each.removeprefix(PREFIX) for each in node.input]
        node.ClearField("name")
    _lift_constants(graph)
    _remove_unused(graph)
    for tensor in graph.initializer:
        if tensor.name.startswith(PREFIX):
            _take_out(tensor)
        elif math.prod(tensor.dims) > SMALL:
            raise ValueError(f"{name} would hold the constant {tensor.name} of {math.prod(tensor.dims)} values")
    return sealed(found.SerializeToString(deterministic=True))


def _lift_constants(graph: onnx.GraphProto) -> None:
    """Makes initialisers of constants, those that are equal one: half of the nodes that are traced are constants."""
    names: dict[bytes, str] = {}
    instead: dict[str, str] = {}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensor = node.attribute[0].t
            tensor.ClearField("name")
            key = tensor.SerializeToString(deterministic=True)
            if key not in names:
                names[key] = f"constant_{len(names)}"
                graph.initializer.append(tensor)
                graph.initializer[-1].name = names[key]
            instead[node.output[0]] = names[key]
    outputs = {output.name for output in graph.output}
    kept = [node for node in graph.node if not (set(node.output) & set(instead)) or set(node.output) & outputs]
    for node in kept:
        node.input[:] = [instead.get(name, name) for name in node.input]
    del graph.node[:]
    graph.node.extend(kept)


def _take_out(tensor: onnx.TensorProto) -> None:
    kept = onnx.TensorProto(name=tensor.name.removeprefix(PREFIX), dims=tensor.dims, data_type=tensor.data_type)
    kept.data_location = onnx.TensorProto.EXTERNAL
    kept.external_data.add(key="location", value=WEIGHTS_ELSEWHERE)
    tensor.CopyFrom(kept)
