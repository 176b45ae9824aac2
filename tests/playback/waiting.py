"""Waiting for other processes, without assertions about how long they take."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from jazzassist.playback.recorder import read_recording
from jazzassist.playback.transport import Transport

PATIENCE_SECONDS = 40.0


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Return when `happened` is true. Fail with `what` after a timeout that is far above normal."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.01)


def recorded(path: Path) -> list[bytes]:
    """Return the messages of a recording so far."""
    return [data for _, data in read_recording(path)] if path.exists() else []


def notices_until(transport: Transport, part: str) -> list[str]:
    """Return all notices up to the one that contains `part`."""
    found: list[str] = []

    def told() -> bool:
        found.extend(transport.poll())
        return any(part in notice for notice in found)

    wait_until(told, f"the notice '{part}'")
    return found
