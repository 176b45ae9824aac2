"""The weights of a checkpoint as numpy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from jazzassist.neural.checkpoint import CheckpointError, check_regular, first_line

INT8, SCALE, ZERO = "/int8", "/scale", "/zero"  # parts of a quantised weight
MOST = 64


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays in a safetensors file by name, floating point in float32.

    CheckpointError when the file is missing or damaged, or holds values that are not finite numbers.
    """
    check_regular(path)
    try:
        with safe_open(path, framework="np") as file:  # its methods have no types
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read.") from error
    except (SafetensorError, TypeError, ValueError, AttributeError) as error:  # numpy has not every type
        raise CheckpointError(f"{path} is damaged: {first_line(error)}.") from error
    return {name: _in_float32(path, name, values) for name, values in found.items()}


def quantised(weights: Mapping[str, NDArray[Any]], name: str) -> dict[str, NDArray[Any]]:
    """An LSTM's weight matrix in 8 bits, as the operator DynamicQuantizeLSTM takes it.

    By names to which INT8, SCALE and ZERO are added. Each output has a scale of its own. The integers go up to 64
    only, because processors without instructions for 8 bits add two products in 16. PyTorch's order of the gates
    (input, forget, cell, output) becomes that of ONNX (input, output, forget, cell).
    """
    rows = weights[name]
    size = len(rows) // 4
    columns = np.concatenate([rows[gate * size : (gate + 1) * size] for gate in (0, 3, 1, 2)]).T
    scale = np.maximum(np.abs(columns).max(0), np.finfo(np.float32).tiny) / MOST
    whole = np.clip(np.round(columns / scale), -MOST, MOST).astype(np.int8)
    return {
        name + INT8: np.ascontiguousarray(whole[None]),
        name + SCALE: np.asarray(scale[None], np.float32),
        name + ZERO: np.zeros((1, len(scale)), np.int8),
    }


def _in_float32(path: Path, name: str, values: NDArray[Any]) -> NDArray[Any]:
    if not np.issubdtype(values.dtype, np.floating):
        return np.asarray(values, order="C")
    if not np.isfinite(values).all():
        raise CheckpointError(f"{path} is damaged: {name} holds values that are not finite numbers.")
    return np.asarray(values, np.float32, order="C")
