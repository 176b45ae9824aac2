"""Long lines in windows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """Steps [low, high) of a line are heard; those from `scored` on count."""

    low: int
    high: int
    scored: int


def windows(count: int, size: int, context: int) -> list[Window]:
    """Windows of at most `size` steps that together score each of `count` steps once.

    Every scored step has at least `context` steps before it in its window, or all that there are; half a
    window where no window holds so many.
    """
    context = context if context < size else size // 2
    found: list[Window] = []
    done = 0
    while done < count:
        low = max(0, done - context)
        high = min(count, low + size)
        found.append(Window(low, high, done))
        done = high
    return found
