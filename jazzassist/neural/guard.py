"""The guard against collapse: a network that repeats a note or a figure, circles in few pitches, or drifts out of
the seed's register, is led away from it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from jazzassist.neural.encoding import GRID, GridLine

WINDOW = 16
FEWEST = 3  # distinct pitches in a window, where the seed does not have fewer
FIGURE = 4  # notes that make a figure
HOTTER, HOTTEST = 1.15, 1.5
PENALTY = 1.5  # nats
SLACK = 0.6  # the share of the seed's fewest pitches in a window that a candidate may do with
DRIFT, PULL = (
    2.0,
    0.06,
)  # semitones beyond the seed's mean pitches that are let be; nats for each of them and of a pitch
LONGEST_LOOP, LOOPED = 8, 16  # notes of a loop of pitches; notes that may go round in one, for each that begins at once


@dataclass
class Guard:
    """Listens to one candidate. `fewest`: how many distinct pitches a window needs, fewer than the seed ever has;
    what the seed does itself is no collapse. `run`: the seed's longest run of one pitch; `figures`: how often its
    figures recur. `loop`: how many notes may go round in one loop of pitches. `means`: the lowest and highest mean
    pitch of the seed's windows, None where another register is wished or there is none.
    `heat`: a factor for the temperature of the next pitch; `objects`: whether one is discouraged.
    """

    fewest: int
    run: int
    figures: int
    loop: int = LOOPED
    means: tuple[float, float] | None = None
    heat: float = 1.0
    objects: bool = False
    _pitches: list[int] = field(default_factory=list)
    _steps: list[tuple[int, int, int]] = field(default_factory=list)
    _period: int = 1
    _looped: int = 0
    _beyond: float = 0.0

    @staticmethod
    def for_seed(seed: GridLine, moves: bool = False) -> Guard:
        """A guard that allows what `seed` does itself; `moves`: whether another register than its own is wished."""
        pitches = seed.pitch.tolist()
        windows = [pitches[i : i + WINDOW] for i in range(max(1, len(pitches) - WINDOW + 1))]
        fewest = _needed(min(len(set(window)) for window in windows)) if len(pitches) >= WINDOW else FEWEST
        means = [sum(window) / len(window) for window in windows if window]
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
        run, figures = max(3, _longest_run(pitches)), max(2, _most_common(steps))
        return Guard(fewest, run, figures, loop, None if moves or not means else (min(means), max(means)))

    def afresh(self) -> Guard:
        """Another one with the same patience, that has heard nothing."""
        return Guard(self.fewest, self.run, self.figures, self.loop, self.means)

    def heard(self, ahead: int, sub: int, pitch: int) -> None:
        """Takes note of the candidate's next note."""
        before = self._pitches[-1] if self._pitches else pitch
        self._pitches.append(pitch)
        self._steps.append((ahead, sub, pitch - before))
        stuck = self._is_stuck
        self.heat = min(HOTTEST, self.heat * HOTTER) if stuck else 1.0
        self._period, self._looped = loop_at_end(self._pitches)
        self._beyond = self._drift()
        self.objects = stuck or self._last_run >= self.run or self._looped > self.loop or self._beyond != 0

    def discourage(self, logits: Tensor) -> None:
        """Takes likelihood from pitches that are repeated, that would go on with a loop, or are out of register.

        `logits` (128,), in place.
        """
        if self._is_narrow:
            logits[list(set(self._pitches[-WINDOW:]))] -= PENALTY
        if self._beyond:
            logits -= PULL * abs(self._beyond) * self._outwards()
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
        if len(recent) >= 8 and len(set(recent)) < min(FEWEST, self.fewest):
            return True
        return self._is_narrow or _most_common(self._steps[-2 * WINDOW :]) > self.figures + 3

    @property
    def _is_narrow(self) -> bool:
        """Whether the last window has fewer pitches than it needs, even if the next note brings another."""
        recent = self._pitches[1 - WINDOW :]
        return len(recent) == WINDOW - 1 and len(set(recent)) < self.fewest

    def _drift(self) -> float:
        """Semitones by which the mean of the last notes lies above the seed's means (negative: below), less DRIFT."""
        recent = self._pitches[-WINDOW:]
        if self.means is None or len(recent) < WINDOW // 2:
            return 0.0
        mean, (low, high) = sum(recent) / len(recent), self.means
        return max(0.0, mean - high - DRIFT) + min(0.0, mean - low + DRIFT)

    def _outwards(self) -> Tensor:
        """(128,): by how many semitones each pitch lies beyond the seed's means on the side of the drift."""
        low, high = self.means or (0.0, 127.0)
        pitches = torch.arange(128, dtype=torch.float32)
        return (pitches - high if self._beyond > 0 else low - pitches).clamp(min=0)


def _needed(fewest: int) -> int:
    """How many pitches a window needs where the seed's poorest has `fewest`: the very few all, or else a share."""
    return fewest if fewest <= FEWEST else max(FEWEST, math.floor(SLACK * fewest))


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
