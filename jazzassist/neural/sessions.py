"""Opening an exported graph in onnxruntime.

Every session runs in one thread: on a busy machine more threads are slower, and sums come out the same everywhere.
All sessions of a process share one arena of at most MOST_MEMORY bytes, so that a graph that asks for more fails
in the runtime with an error instead of taking the machine's memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import onnxruntime  # type: ignore[import-untyped, unused-ignore]
from numpy.typing import NDArray

from jazzassist.neural.checkpoint import CheckpointError, check_regular, first_line
from jazzassist.neural.graph_file import check_graph, is_sealed

MOST_MEMORY = 1 << 30  # bytes, of all sessions together
LARGEST_FILE = 8 << 20  # bytes; the weights are in another file
_FOLDED = 4  # times the bytes of all weights, the largest constant that the runtime may compute in advance
_FATAL = 4  # of onnxruntime's levels: nothing else is printed
# What onnxruntime raises: classes that have nothing but Exception in common, and are not exported.
RuntimeFault = Exception


@dataclass(frozen=True)
class GraphFile:
    """A graph that was checked but not opened. `names`: of the weights that it takes."""

    path: Path
    data: bytes
    names: list[str]

    def open(self, weights: Mapping[str, NDArray[Any]]) -> onnxruntime.InferenceSession:
        """The graph ready to run, with its weights; CheckpointError when it cannot be run."""
        options = _options(weights)
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(weights[name]) for name in self.names]
        try:
            options.add_external_initializers(self.names, values)
            # Without enable_fallback=0 it prints to the standard output when it fails, and tries again.
            return onnxruntime.InferenceSession(
                self.data, options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
        except RuntimeFault as error:
            raise CheckpointError(f"{self.path} cannot be run: {_reason(error)}.") from error


def read_graph(path: Path, weights: Mapping[str, NDArray[Any]]) -> GraphFile:
    """The graph in a file.

    CheckpointError, in one sentence that names the file, when it is missing, damaged, made for another version, or
    needs other weights.
    """
    data = _read(path)
    try:
        names = check_graph(data, weights)
        if not is_sealed(data):
            raise ValueError("its checksum is wrong")
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged or from another version: {first_line(error)}.") from error
    return GraphFile(path, data, names)


def open_session(path: Path, weights: Mapping[str, NDArray[Any]]) -> onnxruntime.InferenceSession:
    """The graph in a file, ready to run, with the weights that it names. See `read_graph` and `GraphFile.open`."""
    return read_graph(path, weights).open(weights)


def _read(path: Path) -> bytes:
    check_regular(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read.") from error
    if len(data) > LARGEST_FILE:
        raise CheckpointError(f"{path} is too large for a graph.")
    return data


def _options(weights: Mapping[str, NDArray[Any]]) -> onnxruntime.SessionOptions:
    _share_memory()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    options.enable_profiling = False
    folded = max(1 << 20, _FOLDED * sum(array.nbytes for array in weights.values()))
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.add_session_config_entry("optimization.constant_folding_max_output_size_in_bytes", str(folded))
    return options


@cache
def _share_memory() -> None:
    """Makes the arena of this process."""
    onnxruntime.disable_telemetry_events()
    where = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    as_asked_for = 1  # instead of doubling with every extension
    arena = onnxruntime.OrtArenaCfg({"max_mem": MOST_MEMORY, "arena_extend_strategy": as_asked_for})
    onnxruntime.create_and_register_allocator(where, arena)


def _reason(error: Exception) -> str:
    """What the runtime says, without its codes and the places in its source."""
    said = first_line(error).split(" : ")[-1]
    return re.sub(r"^\S+:\d+ \S+ ", "", said)[:200].rstrip(". ")
