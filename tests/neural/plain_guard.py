"""The rule of the guard against collapse, written plainly for one candidate: what `Guard` is compared with."""

from __future__ import annotations

from collections import Counter

import numpy as np

from jazzassist.neural.encoding import PITCHES
from jazzassist.neural.guard import (
    DRIFT,
    FEWEST,
    FIGURE,
    HOTTER,
    HOTTEST,
    LONGEST_LOOP,
    PENALTY,
    PULL,
    WINDOW,
    Limits,
)


class PlainGuard:
    """Listens to one candidate; everything is worked out anew from all of its notes."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.heat = limits, 1.0
        self.pitches: list[int] = []
        self.steps: list[tuple[int, int]] = []

    def heard(self, ahead: int, sub: int, pitch: int) -> None:
        before = self.pitches[-1] if self.pitches else pitch
        self.pitches.append(pitch)
        self.steps.append(((ahead * 24 + sub + 1) // 3, pitch - before))
        self.heat = min(HOTTEST, self.heat * HOTTER) if self.is_stuck else 1.0

    @property
    def penalties(self) -> np.ndarray:
        """(PITCHES,)."""
        found, limits = np.zeros(PITCHES), self.limits
        if self.is_narrow:
            found[list(set(self.pitches[-WINDOW:]))] += PENALTY
        drift = self.drift
        if drift:
            assert limits.means is not None
            low, high = limits.means
            keys = np.arange(PITCHES)
            found += PULL * abs(drift) * np.maximum(keys - high if drift > 0 else low - keys, 0)
        if self.is_stuck or self.last_run >= limits.run:
            found[self.pitches[-1]] += PENALTY * (1 + max(0, self.last_run - limits.run))
        period, looped = loop_at_end(self.pitches)
        if looped > limits.loop:
            found[self.pitches[-period]] += PENALTY * (1 + (looped - limits.loop) / period)
        return found

    @property
    def last_run(self) -> int:
        run = 0
        for pitch in reversed(self.pitches):
            if pitch != self.pitches[-1]:
                break
            run += 1
        return run

    @property
    def is_stuck(self) -> bool:
        recent = self.pitches[-WINDOW:]
        if len(recent) >= WINDOW // 2 and len(set(recent)) < min(FEWEST, self.limits.fewest):
            return True
        steps = self.steps[-2 * WINDOW :]
        figures = Counter(tuple(steps[i : i + FIGURE]) for i in range(len(steps) - FIGURE + 1))
        return self.is_narrow or max(figures.values(), default=0) > self.limits.figures + 3

    @property
    def is_narrow(self) -> bool:
        recent = self.pitches[1 - WINDOW :]
        return len(recent) == WINDOW - 1 and len(set(recent)) < self.limits.fewest

    @property
    def drift(self) -> float:
        recent = self.pitches[-WINDOW:]
        if self.limits.means is None or len(recent) < WINDOW // 2:
            return 0.0
        mean, (low, high) = sum(recent) / len(recent), self.limits.means
        return max(0.0, mean - high - DRIFT) + min(0.0, mean - low + DRIFT)


def loop_at_end(pitches: list[int]) -> tuple[int, int]:
    """(period, notes) of the loop of at most LONGEST_LOOP pitches in which the most of the last notes go round."""
    best = (1, 0)
    for period in range(1, min(LONGEST_LOOP, len(pitches) // 2) + 1):
        run = period
        while run < len(pitches) and pitches[-1 - run] == pitches[-1 - run + period]:
            run += 1
        if run >= 2 * period and run > best[1]:
            best = (period, run)
    return best
