"""Readers for tests of the pool; they are started by name in other processes."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from jazzassist.training.analysing.pool import MOST_MEMORY


def odd(path: Path) -> str | int:
    """Behave as the file's name says, otherwise return the number of its bytes."""
    if path.name == "hang":
        while True:
            time.sleep(1)
    if path.name == "crash":
        os._exit(9)
    if path.name == "memory":
        return len(bytearray(2 * MOST_MEMORY)) if sys.platform == "linux" else raise_memory_error()
    if path.name == "deep":
        return odd(path)
    if path.name == "wrong":
        raise KeyError("a\nb")
    return path.stat().st_size


def raise_memory_error() -> int:
    raise MemoryError


def whose(path: Path) -> int:
    """Return the process ID of the reader."""
    time.sleep(0.05)
    return os.getpid()


def hang(path: Path) -> None:
    """Write the process ID of the reader to a file, and never return."""
    path.write_text(f"{os.getpid()}\n")
    while True:
        time.sleep(1)


def broken(path: Path) -> int:
    """Return None."""
    return 0


if os.environ.get("READERS_CANNOT_START") and "pytest" not in sys.modules:
    os._exit(1)
