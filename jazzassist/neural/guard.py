"""The guard against collapse: a network that repeats a note or a figure, circles in few pitches, or drifts out of
the seed's register, is led away from it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import GRID, PITCHES, Floats, GridLine, Ints

WINDOW = 16
FEWEST = 3  # distinct pitches in a window, where the seed does not have fewer
FIGURE = 4  # notes that make a figure
TIMING = 3  # grid positions that are one place in a figure
FIGURES = 2 * WINDOW - FIGURE + 1  # figures among the last notes that are compared
HOTTER, HOTTEST = 1.15, 1.5
PENALTY = 1.5  # nats
SLACK = 0.6  # the share of the seed's fewest pitches in a window that a candidate may do with
# Semitones beyond the seed's mean pitches that are let be; nats for each further one and for each of a pitch.
DRIFT, PULL = 2.0, 0.06
LONGEST_LOOP, LOOPED = 8, 16  # notes of a loop of pitches; notes that may go round in one, for each that begins at once

_PERIODS = np.arange(1, LONGEST_LOOP + 1)
_PITCHES = np.arange(PITCHES, dtype=np.float32)
_LONG_AGO = -(2**14)
_STEP_BITS = 15  # the number of a note in which a step first came fits into so many


@dataclass(frozen=True)
class Limits:
    """What the seed does itself, which is no collapse.

    `fewest`: how many distinct pitches a window needs, fewer than the seed ever has. `run`: the seed's
    longest run of one pitch. `figures`: how often its figures recur. `loop`: how many notes may go round in
    one loop of pitches. `means`: the lowest and highest mean pitch of the seed's windows, None where another
    register is wished or there is none.
    """

    fewest: int
    run: int
    figures: int
    loop: int = LOOPED
    means: tuple[float, float] | None = None

    @staticmethod
    def of(seed: GridLine, moves: bool = False) -> Limits:
        """The limits that allow what `seed` does; `moves`: whether another register than its own is wished."""
        pitches = seed.pitch.tolist()
        windows = [pitches[i : i + WINDOW] for i in range(max(1, len(pitches) - WINDOW + 1))]
        fewest = _needed(min(len(set(window)) for window in windows)) if len(pitches) >= WINDOW else FEWEST
        means = [sum(window) / len(window) for window in windows if window]
        columns = coarse(np.diff(seed.onset // GRID), seed.onset[1:] % GRID), np.diff(seed.pitch)
        steps = list(zip(*(column.tolist() for column in columns), strict=True))
        together = -(-len(pitches) // max(1, len(set(seed.onset.tolist()))))
        loop = max(LOOPED * max(1, together), _longest_loop(pitches))
        run, figures = max(3, _longest_run(pitches)), max(2, _most_common(steps))
        return Limits(fewest, run, figures, loop, None if moves or not means else (min(means), max(means)))


class Guard:
    """Listens to all candidates of a batch, which have written equally many notes.

    `heat`, (candidates, 1): a factor for the temperature of the next pitch. `objects`, (candidates,): whether a
    pitch is discouraged.
    """

    def __init__(self, limits: Limits, count: int) -> None:
        self.limits, self.notes = limits, 0
        self.heat = np.ones((count, 1), np.float32)
        self.objects = np.zeros(count, np.bool_)
        # The last pitches, latest first; when each pitch was last heard; how long the last has been repeated.
        self._pitches: Ints = np.full((count, WINDOW), -1, np.int64)
        self._heard_at = np.full((count, PITCHES), _LONG_AGO, np.int16)
        self._run: Ints = np.zeros(count, np.int64)
        # How many of the last notes in a row are the same as so many notes earlier, for each period of a loop.
        self._same: Ints = np.zeros((count, LONGEST_LOOP), np.int64)
        # The last steps from note to note, latest first; the note in which each came first; the figures they make.
        self._steps: Ints = np.full((count, 2 * WINDOW), -1, np.int64)
        self._names: Ints = np.zeros((count, 2 * WINDOW), np.int64)
        self._figures: Ints = np.tile(-1 - np.arange(FIGURES), (count, 1))
        self._narrow = np.zeros(count, np.bool_)
        self._repeats = np.zeros(count, np.bool_)
        self._period: Ints = np.ones(count, np.int64)
        self._looped: Ints = np.zeros(count, np.int64)
        self._beyond = np.zeros(count)

    def keep(self, rows: Ints) -> None:
        """Goes on with some of the candidates alone."""
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value[rows])

    def heard(self, ahead: Ints, sub: Ints, pitch: Ints) -> None:
        """Takes the next note of each candidate, (candidates,) by field."""
        before = self._pitches[:, 0] if self.notes else pitch
        self._run = np.where(pitch == before, self._run + 1, 1)
        self._same = (self._same + 1) * (self._pitches[:, :LONGEST_LOOP] == pitch[:, None])
        step = coarse(ahead, sub) * 2 * PITCHES + pitch - before + PITCHES
        _push(self._pitches, pitch)
        self._heard_at[np.arange(len(pitch)), pitch] = self.notes
        self.notes += 1
        self._judge(self._figures_recur(step))

    def penalties(self) -> Floats | None:
        """(candidates, PITCHES): nats against each pitch as the next: those that are repeated, that would go on with
        a loop, or lie out of register. None where nothing is discouraged.
        """
        if not self.objects.any():
            return None
        limits = self.limits
        found = np.zeros(self._heard_at.shape, np.float32)
        if self._narrow.any():
            found += PENALTY * (self._narrow[:, None] & (self._heard_at >= self.notes - WINDOW))
        if self._beyond.any():
            found += self._outwards()
        rows = np.flatnonzero(self._repeats)
        found[rows, self._pitches[rows, 0]] += PENALTY * (1 + np.maximum(0, self._run[rows] - limits.run))
        rows = np.flatnonzero(self._looped > limits.loop)
        over = (self._looped[rows] - limits.loop) / self._period[rows]
        found[rows, self._pitches[rows, self._period[rows] - 1]] += PENALTY * (1 + over)
        return found

    def _judge(self, stuck: npt.NDArray[np.bool_]) -> None:
        """Draws the conclusions from what was heard; `stuck`: which candidates repeat a figure too often."""
        limits = self.limits
        if self.notes >= WINDOW - 1:  # fewer pitches than a window needs, even if the next note brings another
            self._narrow = self._distinct(WINDOW - 1) < limits.fewest
            stuck = stuck | self._narrow
        if self.notes >= WINDOW // 2:
            stuck = stuck | (self._distinct(WINDOW) < min(FEWEST, limits.fewest))
        self.heat = np.where(stuck[:, None], np.minimum(HOTTEST, self.heat * HOTTER), np.float32(1))
        self._repeats = stuck | (self._run >= limits.run)
        looped = np.where(self._same >= _PERIODS, self._same + _PERIODS, 0)
        best = looped.argmax(1)
        self._period, self._looped = best + 1, looped[np.arange(len(best)), best]
        self._beyond = self._drift()
        self.objects = self._repeats | (self._looped > limits.loop) | (self._beyond != 0)

    def _distinct(self, window: int) -> Ints:
        """(candidates,): how many pitches the last notes have."""
        return np.asarray((self._heard_at >= self.notes - window).sum(1))

    def _figures_recur(self, step: Ints) -> npt.NDArray[np.bool_]:
        """(candidates,): whether a figure recurs more often than is let be, when another step is taken."""
        rows = np.arange(len(step))
        known = self._steps == step[:, None]
        first = known.argmax(1)
        _push(self._names, np.where(known[rows, first], self._names[rows, first], self.notes))
        _push(self._steps, step)
        if self.notes < FIGURE:
            return np.zeros(len(step), np.bool_)
        figure = self._names[:, 0]
        for place in range(1, FIGURE):
            figure = (figure << _STEP_BITS) | self._names[:, place]
        _push(self._figures, figure)
        too_often = self.limits.figures + 4  # more than three times beyond the seed
        ordered = np.sort(self._figures, axis=1)
        found: npt.NDArray[np.bool_] = (ordered[:, too_often - 1 :] == ordered[:, : 1 - too_often]).any(1)
        return found

    def _drift(self) -> npt.NDArray[np.float64]:
        """Semitones by which the mean of the last notes lies above the seed's means (negative: below), less DRIFT."""
        count = min(self.notes, WINDOW)
        if self.limits.means is None or count < WINDOW // 2:
            return np.zeros(len(self._run))
        low, high = self.limits.means
        mean = self._pitches[:, :count].sum(1) / count
        return np.asarray(np.maximum(0.0, mean - high - DRIFT) + np.minimum(0.0, mean - low + DRIFT))

    def _outwards(self) -> Floats:
        """(candidates, PITCHES): nats for each pitch beyond the seed's means on the side of the drift."""
        low, high = self.limits.means or (0.0, 127.0)
        above = self._beyond[:, None] > 0
        beyond = np.maximum(np.where(above, _PITCHES - high, low - _PITCHES), 0)
        return (PULL * np.abs(self._beyond)[:, None] * beyond).astype(np.float32)


def coarse(ahead: Ints, sub: Ints) -> Ints:
    """Where notes stand, in 8ths of a quarter from the quarter of the note before: a figure is one in any timing."""
    return np.asarray((ahead * GRID + sub + TIMING // 2) // TIMING)


def _push(latest_first: Ints, value: Ints) -> None:
    """Puts a column in front; the last one falls off."""
    latest_first[:, 1:] = latest_first[:, :-1]
    latest_first[:, 0] = value


def _needed(fewest: int) -> int:
    """How many pitches a window needs where the seed's poorest has `fewest`: the very few all, or else a share."""
    return fewest if fewest <= FEWEST else max(FEWEST, math.floor(SLACK * fewest))


def _longest_loop(pitches: list[int]) -> int:
    """The most notes in a row that go round in one loop of at most LONGEST_LOOP pitches, at least twice."""
    longest = 0
    for period in range(1, LONGEST_LOOP + 1):
        same = 0
        for earlier, later in zip(pitches, pitches[period:], strict=False):
            same = same + 1 if earlier == later else 0
            if same >= period:
                longest = max(longest, same + period)
    return longest


def _longest_run(pitches: list[int]) -> int:
    longest = run = 0
    for index, pitch in enumerate(pitches):
        run = run + 1 if index and pitches[index - 1] == pitch else 1
        longest = max(longest, run)
    return longest


def _most_common(steps: list[tuple[int, ...]]) -> int:
    figures = Counter(tuple(steps[i : i + FIGURE]) for i in range(len(steps) - FIGURE + 1))
    return max(figures.values(), default=0)
