"""What an ONNX file holds, checked before a runtime sees it: the file may come from anywhere.

An exported graph holds structure only. Its weights are initialisers that are stored elsewhere, in the
safetensors file of the checkpoint. The last bytes of the file are a checksum of those before it, in the form of one
more metadata property, so that other programs read the file as usual.

The file is read as protocol buffers without the package `onnx`, which is not installed with the app. Only
the fields that an exported graph needs are known here. All others are refused: subgraphs, functions,
sparse tensors, strings.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

WEIGHTS_ELSEWHERE = "weights.safetensors"  # the location that the initialisers without data name
QUANTISED_DOMAIN = "com.microsoft"  # onnxruntime's own operators, of which one is used
QUANTISED = "DynamicQuantizeLSTM"
OPSETS = range(17, 24)  # versions of the ONNX operators
IR_VERSIONS = range(8, 12)  # versions of the file format
MOST_NODES = 10_000
LARGEST = 1 << 24  # of integers that may be a shape
ENDS = {(1 << 63) - 1, -(1 << 63), -(1 << 63) + 1}  # "up to the end", as slices say it
_OPERATORS = """
    Abs Add And ArgMax BatchNormalization Cast CastLike Clip Concat Constant ConstantOfShape Conv CumSum
    DequantizeLinear Div DynamicQuantizeLinear Einsum Equal Erf Exp Expand Flatten Gather GatherElements GatherND
    Gelu Gemm Greater GreaterOrEqual GRU Identity IsNaN LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax
    LSTM MatMul MatMulInteger Max Min Mod Mul Neg Not OneHot Or Pad Pow QuantizeLinear Range Reciprocal ReduceMax
    ReduceMean ReduceMin ReduceProd ReduceSum Relu Reshape ScatterElements ScatterND Shape Sigmoid Sign Size Slice
    Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Tile Transpose Trilu Unsqueeze Where Xor
"""
OPERATORS = frozenset(_OPERATORS.split())
# ONNX's numbers of the types of values, the types in numpy, and the field of values that are not raw.
_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16}
_TYPED_FIELDS = {1: 4, 2: 5, 3: 5, 6: 5, 7: 7, 9: 5, 10: 5}

Fields = dict[int, list[Any]]
Arrays = Mapping[str, NDArray[Any]]

# The fields that are read, by number, and how: "int" (also repeated, packed or not), "bytes", "fixed" (32 bits).
_ENTRY = {1: "bytes", 2: "bytes"}
_MODEL = {1: "int", 2: "bytes", 3: "bytes", 4: "bytes", 5: "int", 6: "bytes", 7: "bytes", 8: "bytes", 14: "bytes"}
_OPSET = {1: "bytes", 2: "int"}
_GRAPH = {1: "bytes", 2: "bytes", 5: "bytes", 10: "bytes", 11: "bytes", 12: "bytes", 13: "bytes", 16: "bytes"}
_NODE = {1: "bytes", 2: "bytes", 3: "bytes", 4: "bytes", 5: "bytes", 6: "bytes", 7: "bytes", 8: "bytes", 9: "bytes"}
_ATTRIBUTE = {1: "bytes", 2: "fixed", 3: "int", 4: "bytes", 5: "bytes", 7: "fixed", 8: "int", 9: "bytes", 20: "int"}
_TENSOR = {1: "int", 2: "int", 4: "fixed", 5: "int", 7: "int", 8: "bytes", 9: "bytes", 13: "bytes", 14: "int"}
_VALUE = {1: "bytes", 2: "bytes", 3: "bytes"}
_TENSOR_TYPE = {1: "int", 2: "bytes"}
_DIMENSION = {1: "int", 2: "bytes", 3: "bytes"}


def sealed(model: bytes) -> bytes:
    """A serialised model followed by its checksum."""
    return model + _seal(model)


def is_sealed(data: bytes) -> bool:
    """Whether the checksum at the end is that of what comes before it."""
    length = len(_seal(b""))
    return len(data) > length and data[-length:] == _seal(data[:-length])


def _seal(model: bytes) -> bytes:
    """The metadata property "sha256", as protocol buffers write it."""
    entry = b"\x0a\x06sha256\x12\x40" + hashlib.sha256(model).hexdigest().encode()
    return b"\x72" + bytes([len(entry)]) + entry


def check_graph(data: bytes, weights: Arrays) -> list[str]:
    """The names of the initialisers that are to be taken from `weights`.

    ValueError, in words, when the data is no model that can be run here with these weights.
    """
    model = _fields(data, _MODEL)
    _check_versions(model)
    graphs = model.get(7, [])
    if len(graphs) != 1:
        raise ValueError("it holds no graph")
    graph = _fields(graphs[0], _GRAPH)
    _text(_last(graph, 2, b""))
    nodes = graph.get(1, [])
    if not 1 <= len(nodes) <= MOST_NODES:
        raise ValueError(f"its graph has {len(nodes)} operations")
    for node in nodes:
        _check_node(_fields(node, _NODE))
    for number in (11, 12, 13):
        for value in graph.get(number, []):
            _check_value(_fields(value, _VALUE))
    tensors = (_fields(tensor, _TENSOR) for tensor in graph.get(5, []))
    return [name for tensor in tensors if (name := _checked(tensor, weights)) is not None]


def name_of(data: bytes) -> str:
    """What the graph of a model that was checked is called."""
    graph = _fields(_fields(data, _MODEL)[7][0], _GRAPH)
    return _text(_last(graph, 2, b""))


def _check_versions(model: Fields) -> None:
    version = _last(model, 1, 0)
    if version not in IR_VERSIONS:
        raise ValueError(f"it has version {version} of the file format, which this program does not know")
    opsets = [_fields(entry, _OPSET) for entry in model.get(8, [])]
    found = {_text(_last(opset, 1, b"")): _last(opset, 2, 0) for opset in opsets}
    for domain, version in found.items():
        if domain not in ("", "ai.onnx") and (domain, version) != (QUANTISED_DOMAIN, 1):
            raise ValueError(
                f"it uses version {version} of the operators of {domain}, which this program does not know"
            )
    versions = [version for domain, version in found.items() if domain != QUANTISED_DOMAIN]
    if len(versions) != 1 or versions[0] not in OPSETS:
        raise ValueError(f"it uses version {', '.join(map(str, versions)) or 'none'} of the ONNX operators")


def _check_node(node: Fields) -> None:
    operator, domain = _text(_last(node, 4, b"")), _text(_last(node, 7, b""))
    known = operator in OPERATORS if domain in ("", "ai.onnx") else (domain, operator) == (QUANTISED_DOMAIN, QUANTISED)
    if not known or _last(node, 8, b""):
        raise ValueError(f"it uses the operator {operator or 'without a name'}, which this program does not know")
    for name in (*node.get(1, []), *node.get(2, []), *node.get(3, [])):
        _text(name)
    for entry in node.get(5, []):
        attribute = _fields(entry, _ATTRIBUTE)
        _text(_last(attribute, 1, b""))
        _check_integers([*attribute.get(3, []), *attribute.get(8, [])])
        for tensor in attribute.get(5, []):
            if _checked(_fields(tensor, _TENSOR), {}) is not None:
                raise ValueError("a constant has no values")


def _check_value(value: Fields) -> None:
    """Whether an input, an output or a value between them is a tensor with dimensions that are not absurd."""
    _text(_last(value, 1, b""))
    for kind in value.get(2, []):
        for tensor in _fields(kind, {1: "bytes"}).get(1, []):
            for shape in _fields(tensor, _TENSOR_TYPE).get(2, []):
                sizes = [_fields(size, _DIMENSION) for size in _fields(shape, {1: "bytes"}).get(1, [])]
                _size_of([_last(size, 1, 0) for size in sizes])
                for size in sizes:
                    _text(_last(size, 2, b""))


def _checked(tensor: Fields, weights: Arrays) -> str | None:
    """The name of a tensor whose values are in `weights`, None for one that holds them itself."""
    name = _text(_last(tensor, 8, b""))
    sizes, kind = tensor.get(1, []), _TYPES.get(_last(tensor, 2, 0))
    count = _size_of(sizes)
    if kind is None:
        raise ValueError(f"{_shown(name)} has values of an unknown type")
    if _last(tensor, 14, 0) or 13 in tensor:
        _check_elsewhere(tensor, name, tuple(sizes), np.dtype(kind), weights)
        return name
    if np.issubdtype(kind, np.int64):
        _check_integers(_values(tensor, name, count).ravel().tolist())
    else:
        _values(tensor, name, count)
    return None


def _check_elsewhere(tensor: Fields, name: str, sizes: tuple[int, ...], kind: np.dtype[Any], weights: Arrays) -> None:
    pairs = [_fields(entry, _ENTRY) for entry in tensor.get(13, [])]
    entries = [(_text(_last(pair, 1, b"")), _text(_last(pair, 2, b""))) for pair in pairs]
    if entries != [("location", WEIGHTS_ELSEWHERE)] or _last(tensor, 14, 0) != 1 or {4, 5, 7, 9} & set(tensor):
        raise ValueError(f"{_shown(name)} is stored in another file than {WEIGHTS_ELSEWHERE}")
    found = weights.get(name)
    if found is None or found.shape != sizes or found.dtype != kind:
        raise ValueError(f"it does not fit the weights: {_shown(name)} is missing or of another size")


def _values(tensor: Fields, name: str, count: int) -> NDArray[Any]:
    """The values that a tensor holds; ValueError unless there are as many as its shape has."""
    number = _last(tensor, 2, 0)
    raw, typed = _last(tensor, 9, b""), tensor.get(_TYPED_FIELDS[number], [])
    strange = {4, 5, 7} - {_TYPED_FIELDS[number]}
    size = np.dtype(_TYPES[number]).itemsize
    if strange & set(tensor) or (raw and typed) or (len(raw) != count * size and len(typed) != count):
        raise ValueError(f"{_shown(name)} has more or fewer values than its shape")
    return np.frombuffer(raw, np.dtype(_TYPES[number]).newbyteorder("<")) if raw else np.array(typed)


def _check_integers(values: list[int]) -> None:
    absurd = [value for value in values if abs(value // 2) > LARGEST // 2 and value not in ENDS]
    if absurd:
        raise ValueError(f"it holds the size {absurd[0]}")


def _size_of(sizes: list[int]) -> int:
    """The number of values in a tensor of these sizes."""
    if len(sizes) > 16 or any(not 0 <= size <= LARGEST for size in sizes) or math.prod(sizes) > 1 << 31:
        raise ValueError(f"it holds a tensor of the size {' x '.join(map(str, sizes[:16]))}")
    return math.prod(sizes)


def _last(fields: Fields, number: int, default: Any) -> Any:
    found = fields.get(number)
    return found[-1] if found else default


def _text(data: bytes) -> str:
    if len(data) > 1000:
        raise ValueError("a name in it is too long")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("a name in it is no text") from error


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80] or "a tensor without a name"


def _fields(data: bytes, known: Mapping[int, str]) -> Fields:
    """The fields of a message by number, each with its values in order."""
    found: Fields = {}
    at, end = 0, len(data)
    while at < end:
        key, at = (data[at], at + 1) if data[at] < 128 else _integer(data, at)
        number, wire = key >> 3, key & 7
        kind = known.get(number)
        if kind is None:
            raise ValueError(f"it has a part that this program does not know (field {number})")
        if wire == 2 and kind == "bytes" and at < end and data[at] < 128 and at + 1 + data[at] <= end:
            values, at = [data[at + 1 : at + 1 + data[at]]], at + 1 + data[at]  # as most are: short
        else:
            values, at = _field(data, at, wire, kind)
        if number in found:
            found[number] += values
        else:
            found[number] = values
    return found


def _field(data: bytes, at: int, wire: int, kind: str) -> tuple[list[Any], int]:
    """(values, end) of the field that begins there; a packed one has several."""
    if wire == 0 and kind == "int":
        value, at = _integer(data, at)
        return [_signed(value)], at
    if wire == 5 and kind == "fixed":
        _check_end(data, at + 4)
        return [data[at : at + 4]], at + 4
    if wire != 2:
        raise ValueError("it is no ONNX file")
    length, at = _integer(data, at)
    _check_end(data, at + length)
    inside = data[at : at + length]
    if kind == "int":
        return [_signed(value) for value in _integers(inside)], at + length
    if kind == "fixed":
        if length % 4:
            raise ValueError("it is no ONNX file")
        return [inside[low : low + 4] for low in range(0, length, 4)], at + length
    return [inside], at + length


def _integers(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _integer(data, at)
        yield value


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """(value, end) of the number with 7 bits a byte that begins there."""
    if at < len(data) and data[at] < 128:  # as most are
        return data[at], at + 1
    value = 0
    for shift in range(0, 70, 7):
        _check_end(data, at + 1)
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & ((1 << 64) - 1), at
    raise ValueError("it is no ONNX file")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _check_end(data: bytes, end: int) -> None:
    if end > len(data):
        raise ValueError("it ends too early")
