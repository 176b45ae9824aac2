"""How lines end that were written on for long: whether they converge towards one note, as figure 5 of the paper shows.

Of the last TAIL onsets the top notes count. A line is stuck as far back from its end as it repeats one
pitch, or one loop of up to LONGEST_LOOP pitches at least twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jazzassist.training.evaluation.similarity import entropy

TAIL = 32
LONGEST_LOOP = 8
FEWEST_REPEATED = 4  # notes of one pitch that are more than a repeat


@dataclass(frozen=True)
class Tail:
    """Of one line's end.

    `stuck`: the share that is one pitch or one loop, 0 to 1. `pitches`: how many differ. `entropy`: bits of its pitch
    classes less those of the seed's own last TAIL notes.
    """

    stuck: float
    pitches: int
    entropy: float

    @staticmethod
    def of(seed: Sequence[int], written: Sequence[int]) -> Tail:
        """From the pitches of a seed and of what was written after it, at least one."""
        last = list(written[-TAIL:])
        return Tail(
            stuck_notes(last) / len(last), len(set(last)), class_entropy(last) - class_entropy(list(seed[-TAIL:]))
        )

    @property
    def has_collapsed(self) -> bool:
        """Whether all of it is one pitch or one loop."""
        return self.stuck == 1.0


@dataclass(frozen=True)
class Tails:
    """The means over many lines: how many; the share that collapsed; the others as in Tail."""

    count: int
    collapsed: float
    stuck: float
    pitches: float
    entropy: float

    @staticmethod
    def of(tails: Sequence[Tail]) -> Tails:
        """NaN without any."""
        rows = np.array([(tail.has_collapsed, tail.stuck, tail.pitches, tail.entropy) for tail in tails], np.float64)
        means = rows.mean(0).tolist() if len(rows) else [float("nan")] * 4
        return Tails(len(rows), *means)


def stuck_notes(pitches: Sequence[int]) -> int:
    """How many notes from the end on are one pitch, or one loop; 0 for a line that goes on."""
    longest = 0
    for period in range(1, LONGEST_LOOP + 1):
        run = period
        while run < len(pitches) and pitches[-1 - run] == pitches[-1 - run + period]:
            run += 1
        if run >= max(FEWEST_REPEATED, 2 * period):
            longest = max(longest, run)
    return longest


def class_entropy(pitches: Sequence[int]) -> float:
    """Bits of the pitch classes."""
    return entropy(np.bincount(np.array(pitches, np.int64) % 12, minlength=12).astype(np.float64))
