"""The chord qualities that the recognition distinguishes, and its states."""

from __future__ import annotations

from collections.abc import Collection

# Suffix of the symbol, and the pitch classes above the root that define the quality.
QUALITIES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("", (0, 4, 7)),
    ("maj7", (0, 4, 7, 11)),
    ("7", (0, 4, 7, 10)),
    ("m", (0, 3, 7)),
    ("m7", (0, 3, 7, 10)),
    ("m7b5", (0, 3, 6, 10)),
    ("dim7", (0, 3, 6, 9)),
    ("aug", (0, 4, 8)),
    ("7sus4", (0, 5, 7, 10)),
)
STATES = 12 * len(QUALITIES)


def quality_of(steps: Collection[int]) -> int | None:
    """Return the index of a chord's quality from its pitch classes above the root; None for any other chord.

    Tensions are ignored: 7b9 is a seventh chord, m6 a minor triad, 69 a major triad.
    """
    has = set(steps)
    if 4 in has:
        if 10 in has:
            return 2
        if 8 in has and 7 not in has:
            return 7
        return 1 if 11 in has else 0
    if 3 in has:
        if 6 in has and 7 not in has:
            return 5 if 10 in has else 6
        return 4 if 10 in has else 3
    return 8 if 5 in has and (7 in has or 10 in has) else None
