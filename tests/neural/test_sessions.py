"""Graphs opened in onnxruntime: whatever the file holds, it runs or is refused in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from jazzassist.neural.checkpoint import CheckpointError
from jazzassist.neural.graph_file import check_graph, is_sealed, sealed
from jazzassist.neural.sessions import LARGEST_FILE, open_session

WEIGHTS = {"weight": np.arange(12, dtype=np.float32).reshape(4, 3), "bias": np.ones(3, np.float32)}
Change = Callable[[onnx.ModelProto], object]


def elsewhere(name: str, shape: tuple[int, ...]) -> TensorProto:
    """An initialiser whose values are in the weights."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.safetensors"
    return tensor


def model() -> onnx.ModelProto:
    """(rows, 4) times weights plus bias, and the rows doubled by a shape."""
    nodes = [
        helper.make_node("MatMul", ["given", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum"]),
        helper.make_node("Tile", ["sum", "twice"], ["out"]),
    ]
    inputs = [helper.make_tensor_value_info("given", TensorProto.FLOAT, ["rows", 4])]
    outputs = [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["more", 3])]
    constants = [numpy_helper.from_array(np.array([2, 1]), "twice")]
    weights = [elsewhere(name, array.shape) for name, array in WEIGHTS.items()]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, constants + weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def written(folder: Path, change: Change = lambda model: None) -> Path:
    """The model, changed, with a fitting checksum."""
    made = model()
    change(made)
    path = folder / "step.onnx"
    path.write_bytes(sealed(made.SerializeToString()))
    return path


def refused(path: Path, weights: dict[str, np.ndarray] | None = None) -> str:
    """What is said of a file that cannot be used."""
    with pytest.raises(CheckpointError) as error:
        open_session(path, WEIGHTS if weights is None else weights)
    said = str(error.value)
    assert str(path) in said or str(path.parent) in said
    assert "\n" not in said and said.endswith(".") and len(said) < len(str(path)) + 400
    return said


def test_a_graph_runs_with_the_weights_of_its_checkpoint(tmp_path: Path) -> None:
    session = open_session(written(tmp_path), WEIGHTS)
    given = np.eye(4, dtype=np.float32)[:2]
    (out,) = session.run(None, {"given": given})
    assert np.array_equal(out, np.tile(given @ WEIGHTS["weight"] + 1, (2, 1)))


def test_other_programs_read_a_sealed_graph(tmp_path: Path) -> None:
    path = written(tmp_path)
    found = onnx.load(path, load_external_data=False)
    assert found.graph == model().graph and [entry.key for entry in found.metadata_props] == ["sha256"]
    assert is_sealed(path.read_bytes()) and not is_sealed(model().SerializeToString()) and not is_sealed(b"")


def test_it_keeps_the_weights_it_was_given(tmp_path: Path) -> None:
    weights = {name: array.copy() for name, array in WEIGHTS.items()}
    session = open_session(written(tmp_path), weights)
    weights.clear()
    (out,) = session.run(None, {"given": np.zeros((1, 4), np.float32)})
    assert np.array_equal(out, np.ones((2, 3)))


def node(operator: str, inputs: list[str] | None = None, domain: str = "", **attributes: Any) -> Change:
    """One operation more, whose output nobody uses."""
    made = helper.make_node(operator, ["out"] if inputs is None else inputs, ["unused"], domain=domain, **attributes)
    return lambda model: model.graph.node.append(made)


def constant(values: object) -> Change:
    """Other repeats of the rows."""
    return lambda model: model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.array(values), "twice"))


def branch() -> Change:
    inner = helper.make_graph([], "inner", [], [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)])
    return node("If", ["given"], then_branch=inner, else_branch=inner)


def location(value: str) -> Change:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer[1].external_data[0].value = value

    return change


def offset(model: onnx.ModelProto) -> None:
    entry = model.graph.initializer[1].external_data.add()
    entry.key, entry.value = "offset", "8"


DAMAGES: dict[str, tuple[Change, str]] = {
    "no graph": (lambda model: model.ClearField("graph"), "no graph"),
    "no operations": (lambda model: model.graph.ClearField("node"), "0 operations"),
    "too many operations": (
        lambda model: model.graph.node.extend([model.graph.node[0]] * 10_001),
        "10004 operations",
    ),
    "an older format": (lambda model: setattr(model, "ir_version", 3), "version 3 of the file format"),
    "a newer format": (lambda model: setattr(model, "ir_version", 99), "version 99 of the file format"),
    "newer operators": (lambda model: setattr(model.opset_import[0], "version", 77), "version 77 of the ONNX"),
    "no operators": (lambda model: model.ClearField("opset_import"), "version none of the ONNX"),
    "foreign operators": (
        lambda model: model.opset_import.append(helper.make_opsetid("com.example", 1)),
        "the operators of com.example",
    ),
    "an unknown operator": (node("RunCommand"), "the operator RunCommand"),
    "a foreign operator": (node("Add", ["out", "out"], domain="com.example"), "the operator Add"),
    "a branch": (branch(), "operator If|field 6"),
    "a loop": (node("Loop", []), "operator Loop"),
    "a subgraph in a known operator": (
        node("Add", ["out", "out"], body=helper.make_graph([], "inner", [], [])),
        "field 6",
    ),
    "a function": (
        lambda model: model.functions.append(onnx.FunctionProto(name="f")),
        "field 25",
    ),
    "a sparse tensor": (lambda model: model.graph.sparse_initializer.add(), "field 15"),
    "a path to another file": (location("../../etc/passwd"), "stored in another file"),
    "an absolute path": (location("/etc/passwd"), "stored in another file"),
    "a part of a file": (offset, "stored in another file"),
    "a weight of another size": (
        lambda model: model.graph.initializer[1].dims.__setitem__(0, 5),
        "does not fit the weights: weight",
    ),
    "a weight that is not there": (
        lambda model: setattr(model.graph.initializer[2], "name", "bia"),
        "does not fit the weights: bia",
    ),
    "a huge weight": (lambda model: model.graph.initializer[1].dims.__setitem__(0, 1 << 40), "1099511627776 x 3"),
    "a negative size": (lambda model: model.graph.initializer[1].dims.__setitem__(0, -1), "-1 x 3"),
    "a product of sizes that is huge": (
        lambda model: model.graph.initializer[0].dims.extend([1 << 20, 1 << 20]),
        "1048576 x 1048576",
    ),
    "many dimensions": (lambda model: model.graph.initializer[0].dims.extend([1] * 100), "2 x 1"),
    "fewer values than its shape": (
        lambda model: setattr(model.graph.initializer[0], "raw_data", b"\0" * 8),
        "more or fewer values",
    ),
    "values of an unknown type": (lambda model: setattr(model.graph.initializer[0], "data_type", 8), "unknown type"),
    "a huge repeat": (constant([1 << 40, 1]), "the size 1099511627776"),
    "a negative repeat": (constant([-(1 << 40), 1]), "the size -1099511627776"),
    "a huge constant": (
        node("Constant", [], value=numpy_helper.from_array(np.array([1 << 50]))),
        "the size 1125899906842624",
    ),
    "a huge attribute": (node("Concat", ["out", "out"], axis=1 << 40), "the size 1099511627776"),
    "a huge input": (
        lambda model: setattr(model.graph.input[0].type.tensor_type.shape.dim[1], "dim_value", 1 << 40),
        "1099511627776",
    ),
    "no tensor": (
        lambda model: model.graph.input[0].type.sequence_type.elem_type.tensor_type.ClearField("shape"),
        "field 4",
    ),
    "an operation without its input": (lambda model: model.graph.node[0].input.pop(), "cannot be run"),
    "a circle": (lambda model: model.graph.node[0].input.__setitem__(0, "out"), "cannot be run"),
    "sizes that do not fit": (lambda model: model.graph.node[1].input.__setitem__(1, "weight"), "cannot be run"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_graph_is_refused_in_one_sentence(
    tmp_path: Path, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    change, reason = DAMAGES[damage]
    said = refused(written(tmp_path, change))
    assert any(part in said for part in reason.split("|"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["missing", "a folder", "empty", "text", "half", "longer", "zeros"])
def test_a_file_that_is_no_graph_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    path.unlink()
    if kind == "a folder":
        path.mkdir()
    elif kind != "missing":
        others = {"empty": b"", "text": b"version https://git-lfs", "half": data[: len(data) // 2]}
        path.write_bytes((others | {"longer": data + data, "zeros": bytes(len(data))})[kind])
    refused(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "step.onnx")
    assert "regular file" in refused(tmp_path / "step.onnx")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    os.truncate(path, 1 << 40)  # of which the disk stores nothing
    assert "too large" in refused(path) and LARGEST_FILE < 1 << 30


def test_another_checksum_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    made = model()
    made.graph.node[1].op_type = "Sub"
    path.write_bytes(made.SerializeToString() + path.read_bytes()[-76:])
    assert "checksum" in refused(path)


@pytest.mark.parametrize("name", [b"given", b"product", b"weight", b"twice", b"rows", b"graph"])
def test_a_name_that_is_no_text_is_refused_and_nothing_is_printed(
    tmp_path: Path, name: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """onnxruntime prints a warning to the standard output where it cannot decode its own message."""
    path = tmp_path / "step.onnx"
    path.write_bytes(sealed(model().SerializeToString().replace(name, b"\xa4" + name[1:])))
    refused(path)
    assert capfd.readouterr() == ("", "")


def test_other_weights_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert "bias is missing" in refused(path, {"weight": WEIGHTS["weight"]})
    assert "weight is missing" in refused(path, WEIGHTS | {"weight": WEIGHTS["weight"].T.copy()})
    assert "weight is missing" in refused(path, WEIGHTS | {"weight": WEIGHTS["weight"].astype(np.float64)})


def grow(model: onnx.ModelProto) -> None:
    """Sizes that are each small, and huge when multiplied: a square of rows that a constant asks for."""
    many = numpy_helper.from_array(np.array([1 << 17, 1]), "twice")
    model.graph.initializer[0].CopyFrom(many)
    model.graph.node.append(helper.make_node("Transpose", ["out"], ["turned"]))
    model.graph.node.append(helper.make_node("MatMul", ["out", "turned"], ["square"]))
    model.graph.output.append(helper.make_tensor_value_info("square", TensorProto.FLOAT, None))


def fold(model: onnx.ModelProto) -> None:
    """A constant that a runtime would compute in advance: a tensor that doubles 24 times."""
    for at in range(24):
        before = f"doubled {at}" if at else "bias"
        model.graph.node.append(helper.make_node("Concat", [before, before], [f"doubled {at + 1}"], axis=0))
    model.graph.node.append(helper.make_node("ReduceSum", ["doubled 24"], ["total"]))
    model.graph.output.append(helper.make_tensor_value_info("total", TensorProto.FLOAT, None))


MEASURED = """
import resource, sys
from pathlib import Path
import numpy as np
from jazzassist.neural.sessions import open_session

weights = {"weight": np.arange(12, dtype=np.float32).reshape(4, 3), "bias": np.ones(3, np.float32)}
most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)
open_session(Path(sys.argv[1]), weights)  # what the runtime itself takes
before = most()
session = open_session(Path(sys.argv[2]), weights)
opened = most() - before
try:
    session.run(["square"], {"given": np.zeros((4, 4), np.float32)})
except Exception as error:
    print("Available memory" in str(error), opened, most() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no module resource")
def test_no_memory_is_taken_in_advance_or_past_the_limit(tmp_path: Path) -> None:
    """In a process of its own, since the most that a process has had does not fall."""
    (tmp_path / "usual").mkdir()
    usual, growing = written(tmp_path / "usual"), written(tmp_path, lambda model: (fold(model), grow(model)))
    asked = [sys.executable, "-c", MEASURED, str(usual), str(growing)]
    refused, opened, ran = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    assert refused == "True" and int(opened) < 32 and int(ran) < 128


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flipped_bits_are_refused_or_change_nothing(tmp_path: Path, data: st.DataObject) -> None:
    whole = written(tmp_path).read_bytes()
    damaged = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, 8 * len(whole) - 1), min_size=1, max_size=4, unique=True)):
        damaged[place // 8] ^= 1 << place % 8
    path = tmp_path / "flipped.onnx"
    path.write_bytes(damaged)
    refused(path)


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flipped_bits_with_a_fitting_checksum_end_in_a_session_or_a_sentence(
    tmp_path: Path, data: st.DataObject
) -> None:
    damaged = bytearray(model().SerializeToString())
    for place in data.draw(st.lists(st.integers(0, 8 * len(damaged) - 1), min_size=1, max_size=4, unique=True)):
        damaged[place // 8] ^= 1 << place % 8
    path = tmp_path / "flipped.onnx"
    path.write_bytes(sealed(bytes(damaged)))
    said = ""
    try:
        open_session(path, WEIGHTS)
    except CheckpointError as error:
        said = str(error)
    assert not said or (str(path) in said and "\n" not in said)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_graph_or_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        check_graph(data, WEIGHTS)
