"""How a note's time divides into the network's steps and everything around its logits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from jazzassist.neural.generation import Writer


class Timed:
    """A stepper that counts the seconds spent in it."""

    def __init__(self, stepper: Any) -> None:
        self._stepper, self.seconds = stepper, 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._stepper, name)
        return self._timed(found) if callable(found) else found

    def _timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return work(*arguments)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


def note_shares(writer: Callable[[], Writer], notes: int = 16, goes: int = 8) -> tuple[float, float]:
    """(seconds of a note in the network, seconds around its logits) of a new `writer`, each the best of some goes."""
    inside, around = float("inf"), float("inf")
    for _ in range(goes):
        one = writer()
        stepper: Any = Timed(one.stepper)
        one.stepper = stepper
        start, made = time.perf_counter(), 0
        while made < notes and not one.write_note():
            made += 1
        seconds = time.perf_counter() - start
        inside = min(inside, stepper.seconds / max(1, made))
        around = min(around, (seconds - stepper.seconds) / max(1, made))
    return inside, around
