"""Choosing from chances: small pure functions, each one rule. Chances are float32 arrays, (candidates, classes).

They need not add up to 1. A class with chance 0 is impossible. A call of numpy costs more than its arithmetic
on arrays of this size, so each rule is written in few of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import Floats, Ints

LOWEST = np.float32(-1e30)  # finite, so that a row of -inf less its maximum is no NaN
TINIEST = np.float32(1e-38)
BELOW = 1 - 1e-6  # so that rounding never draws a class after the last possible one
NOTES_AT_ONCE = 64  # for which random numbers are drawn together
STEADY = 1.0  # the caution of the network's own taste
GUIDANCE = 2.0  # how much further than in the network's own view wishes and what follows lead; 1 is that view


@dataclass(frozen=True)
class Taste:
    """How freely to choose: a temperature for each field, and the share of the likelihood that is kept.

    `pitch_top_p`: that of pitches other than a kit's, which are wrong more easily than a rhythm or a drum.
    """

    ahead: float
    sub: float
    pitch: float
    duration: float
    velocity: float
    top_p: float
    min_p: float
    pitch_top_p: float
    caution: float = 0.0  # how much positions in the quarter that the seed never uses are shunned

    @property
    def is_steady(self) -> bool:
        """Whether a seed that keeps to a few positions in the quarter is answered on these alone."""
        return self.caution >= STEADY

    @property
    def temperatures(self) -> tuple[float, float, float, float, float]:
        """In the order of the fields."""
        return self.ahead, self.sub, self.pitch, self.duration, self.velocity


def taste(adventurous: int) -> Taste:
    """From the composer's 0-100: 50 is the network's own taste, 0 keeps to the likely, 100 wanders.

    Below 0.6 a small LSTM begins to loop, so 0 is not lower than that.
    """
    heat = 0.65 + 0.35 * adventurous / 50 if adventurous <= 50 else 1 + 0.4 * (adventurous - 50) / 50
    kept = 0.965 + 0.03 * adventurous / 100
    least, caution = 0.04 - 0.03 * adventurous / 100, 2 - 2 * adventurous / 100
    pitches = kept - 0.05 * (1 - adventurous / 100)
    return Taste(0.9 * heat, 0.9 * heat, heat, heat, 0.8 * heat, kept, least, pitches, caution)


def softmax(logits: Floats) -> Floats:
    """The chances of the classes of each row; all 0 where every logit is -inf."""
    found: Floats = logits - np.maximum(np.maximum.reduce(logits, -1, keepdims=True), LOWEST)
    np.exp(found, out=found)
    found /= np.maximum(np.add.reduce(found, -1, keepdims=True), TINIEST)
    return found


def guided(logits: Floats, count: int) -> Floats:
    """Logits of the first `count` rows, moved away from those of the same candidates that hear less.

    Classifier-free guidance (Ho and Salimans 2022) on one field of a note. Where there are no rows that
    hear less, the rows as they are.
    """
    if len(logits) == count:
        return logits
    found: Floats = GUIDANCE * logits[:count]
    found -= (GUIDANCE - 1) * logits[count:]
    return found


def allow(chances: Floats, allowed: npt.NDArray[np.bool_]) -> Floats:
    """Only the classes that are allowed, (candidates, classes). A row that allows nothing stays as it is.

    Where all that is allowed is too unlikely for a number, each of it is as likely.
    """
    found: Floats = chances * allowed
    some = np.logical_or.reduce(found, -1)
    if not some.all():
        rows = np.flatnonzero(~some)
        found[rows] = np.where(allowed[rows].any(-1, keepdims=True), allowed[rows], chances[rows])
    return found


def top_p(chances: Floats, share: float) -> Floats:
    """Keeps the likeliest classes that together reach `share` of the chances (Holtzman et al. 2020).

    Classes that are exactly as likely as the last of them are kept as well.
    """
    ordered = chances.copy()
    ordered.sort(-1)
    up_to = ordered.cumsum(-1)
    first = (up_to > (1 - share) * up_to[:, -1:]).argmax(-1)
    least = ordered[np.arange(len(ordered)), first]
    return np.asarray(chances * (chances >= least[:, None]))


def min_p(chances: Floats, share: float) -> Floats:
    """Drops classes that are less likely than `share` times the likeliest one."""
    return np.asarray(chances * (chances >= share * np.maximum.reduce(chances, -1, keepdims=True)))


def pick(chances: Floats, temperature: float | Floats, at: npt.NDArray[np.float64]) -> Ints:
    """(candidates,): the class of each row at `at`, 0 to 1, of its cumulative chances at a temperature.

    `temperature` may differ by row, (candidates, 1). With uniform random numbers `at` this draws by inversion.
    """
    heated = chances if isinstance(temperature, float) and temperature == 1 else chances ** (1 / temperature)
    up_to = heated.cumsum(-1)
    reached = at[:, None] * (up_to[:, -1:] * BELOW)
    return np.asarray((up_to > reached).argmax(-1))


class Draws:
    """Random numbers for candidates, each from a stream of its own.

    So what one candidate draws does not depend on how many others there are, or when they are complete.
    """

    def __init__(self, rng_seed: int, count: int, each: int) -> None:
        """For `count` candidates, `each` numbers for every note."""
        seeds = np.random.SeedSequence(rng_seed % 2**64).spawn(count)
        self._generators = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
        self._block = np.zeros((count, 0, each))
        self._used = 0

    def of(self, candidates: Ints) -> npt.NDArray[np.float64]:
        """(each, candidates): uniform numbers from 0 to 1 for the next note of some of the candidates."""
        if self._used == self._block.shape[1]:
            shape = (NOTES_AT_ONCE, self._block.shape[2])
            self._block = np.stack([generator.random(shape) for generator in self._generators])
            self._used = 0
        self._used += 1
        return np.asarray(self._block[candidates, self._used - 1].T)


def seed_of_line(rng_seed: int, number: int) -> int:
    """A random seed for each line of a request, so that two lines do not draw alike; the first has the request's."""
    return (rng_seed + number * 0x9E3779B97F4A7C15) % 2**64
