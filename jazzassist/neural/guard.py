"""The guard against collapse: a network that begins to repeat one note or one figure is led away from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from jazzassist.neural.encoding import GRID, GridLine

WINDOW = 16
FIGURE = 4  # notes that make a figure
HOTTER, HOTTEST = 1.15, 1.5
PENALTY = 1.5  # nats
LONGEST_LOOP, LOOPED = 8, 16  # notes of a loop of pitches; notes that may go round in one, for each that begins at once


@dataclass
class Guard:
    """Listens to one candidate. `fewest`: the seed's own fewest distinct pitches in a window; what the seed
    does itself is no collapse. `run`: the seed's longest run of one pitch; `figures`: how often its figures recur.
    `loop`: how many notes may go round in one loop of pitches. `heat`: a factor for the temperature of the next pitch;
    `objects`: whether one is discouraged."""

    fewest: int
    run: int
    figures: int
    loop: int = LOOPED
    heat: float = 1.0
    objects: bool = False
    _pitches: list[int] = field(default_factory=list)
    _steps: list[tuple[int, int, int]] = field(default_factory=list)
    _period: int = 1
    _looped: int = 0

    @staticmethod
    def for_seed(seed: GridLine) -> Guard:
        """A guard that allows what `seed` does itself."""
        pitches = seed.pitch.tolist()
        windows = [len(set(pitches[i : i + WINDOW])) for i in range(max(1, len(pitches) - WINDOW))]
        fewest = min(windows) if len(pitches) >= WINDOW else 3
        steps = list(
            zip(
                np.diff(seed.onset).tolist(),
                (seed.onset[1:] % GRID).tolist(),
                np.diff(seed.pitch).tolist(),
                strict=True,
            )
        )
        together = -(-len(pitches) // max(1, len(set(seed.onset.tolist()))))
        loop = max(LOOPED * max(1, together), _longest_loop(pitches))
        return Guard(min(3, fewest), max(3, _longest_run(pitches)), max(2, _most_common(steps)), loop)

    def afresh(self) -> Guard:
        """Another one with the same patience, that has heard nothing."""
        return Guard(self.fewest, self.run, self.figures, self.loop)

    def heard(self, ahead: int, sub: int, pitch: int) -> None:
        """Takes note of the candidate's next note."""
        before = self._pitches[-1] if self._pitches else pitch
        self._pitches.append(pitch)
        self._steps.append((ahead, sub, pitch - before))
        stuck = self._is_stuck
        self.heat = min(HOTTEST, self.heat * HOTTER) if stuck else 1.0
        self._period, self._looped = loop_at_end(self._pitches)
        self.objects = stuck or self._last_run >= self.run or self._looped > self.loop

    def discourage(self, logits: Tensor) -> None:
        """Takes likelihood from the pitch that is being repeated, and from the one that would go on with a loop.

        `logits` (128,), in place.
        """
        if self._is_stuck or self._last_run >= self.run:
            logits[self._pitches[-1]] -= PENALTY * (1 + max(0, self._last_run - self.run))
        if self._looped > self.loop:
            logits[self._pitches[-self._period]] -= PENALTY * (1 + (self._looped - self.loop) / self._period)

    @property
    def _last_run(self) -> int:
        run = 0
        for pitch in reversed(self._pitches):
            if pitch != self._pitches[-1]:
                break
            run += 1
        return run

    @property
    def _is_stuck(self) -> bool:
        recent = self._pitches[-WINDOW:]
        if len(recent) >= 8 and len(set(recent)) < self.fewest:
            return True
        return _most_common(self._steps[-2 * WINDOW :]) > self.figures + 3


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


def _longest_loop(pitches: list[int]) -> int:
    return max((loop_at_end(pitches[:end])[1] for end in range(2, len(pitches) + 1)), default=0)


def _longest_run(pitches: list[int]) -> int:
    longest = run = 0
    for index, pitch in enumerate(pitches):
        run = run + 1 if index and pitches[index - 1] == pitch else 1
        longest = max(longest, run)
    return longest


def _most_common(steps: list[tuple[int, int, int]]) -> int:
    figures = Counter(tuple(steps[i : i + FIGURE]) for i in range(len(steps) - FIGURE + 1))
    return max(figures.values(), default=0)
