"""Where a network is trained: on a CUDA device, on Apple's GPU (MPS), or on the processor."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import nn

from jazzassist.training.config import ConfigError

AUTO, CPU = "auto", "cpu"
NAMES = (AUTO, "cuda", "mps", CPU)
PROCESSOR = torch.device(CPU)
BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # of x86 and of ARM


def device_of(name: str = AUTO) -> torch.device:
    """The device with a name of NAMES; `auto` is the first that is present. ConfigError when it is absent."""
    present: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        CPU: lambda: True,
    }
    if name == AUTO:
        return torch.device(next(kind for kind, is_present in present.items() if is_present()))
    if name not in present:
        raise ConfigError(f"There is no device {name!r}; the devices are {', '.join(NAMES)}.")
    if not present[name]():
        what = "CUDA device" if name == "cuda" else "Apple GPU"
        raise ConfigError(f"PyTorch finds no {what} on this machine; --device auto uses what there is.")
    return torch.device(name)


def device_for(network: nn.Module) -> torch.device:
    """The device that holds a network's weights."""
    return next(network.parameters()).device


def creating_on(device: torch.device) -> AbstractContextManager[object]:
    """A context in which new tensors, such as `torch.arange` makes, are on the device."""
    return nullcontext() if device.type == CPU else device


def has_bf16(device: torch.device = PROCESSOR) -> bool:
    """Whether the device computes in bfloat16 at more than the speed of float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != CPU:
        return False
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return not BF16_FLAGS.isdisjoint(words)


def usual_workers(device: torch.device) -> int:
    """How many processes prepare batches: one where the processor also trains, else all cores but two."""
    return 1 if device.type == CPU else max(1, _cores() - 2)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
