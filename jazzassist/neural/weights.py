"""The weights of a checkpoint as numpy arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from jazzassist.neural.checkpoint import CheckpointError, check_regular, first_line


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


def _in_float32(path: Path, name: str, values: NDArray[Any]) -> NDArray[Any]:
    if not np.issubdtype(values.dtype, np.floating):
        return np.asarray(values, order="C")
    if not np.isfinite(values).all():
        raise CheckpointError(f"{path} is damaged: {name} holds values that are not finite numbers.")
    return np.asarray(values, np.float32, order="C")
