"""Choosing from logits: small pure functions, each one rule. Logits are (candidates, classes)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

NEVER = float("-inf")
BELOW = 1 - 1e-6  # so that no rounding draws a class behind the last possible one
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


def guided(logits: Tensor, count: int) -> Tensor:
    """Log-probabilities of the first `count` rows, led away from those of the same candidates that hear less.

    Classifier-free guidance (Ho and Salimans 2022) on a field of a note; the rows alone where there are no more.
    """
    if len(logits) == count:
        return logits
    hearing, deaf = logits.log_softmax(-1).chunk(2)
    return torch.lerp(deaf, hearing, GUIDANCE)


def allow(logits: Tensor, allowed: npt.NDArray[np.bool_]) -> Tensor:
    """Logits with everything that is not allowed made impossible; a row that allows nothing is left as it is."""
    forbidden = ~allowed & allowed.any(-1, keepdims=True)
    return logits.masked_fill(torch.from_numpy(forbidden), NEVER)


def top_p(logits: Tensor, share: float) -> Tensor:
    """Keeps the likeliest classes that together reach `share` of the probability (Holtzman et al. 2020)."""
    ordered, order = logits.sort(-1, descending=True)
    chances = ordered.softmax(-1)
    beyond = chances.cumsum(-1) - chances >= share
    return logits.masked_fill(torch.zeros_like(beyond).scatter(-1, order, beyond), NEVER)


def min_p(logits: Tensor, share: float) -> Tensor:
    """Drops classes less likely than `share` times the likeliest one."""
    chances = logits.softmax(-1)
    return logits.masked_fill(chances < share * chances.amax(-1, keepdim=True), NEVER)


def draw(logits: Tensor, temperature: Tensor | float, generator: torch.Generator) -> Tensor:
    """(candidates,): one class a row, at a temperature that may differ by row."""
    # By inversion: a third of the time of torch.multinomial.
    up_to = (logits / temperature).softmax(-1).cumsum(-1)
    at = torch.rand(len(logits), 1, generator=generator) * (up_to[:, -1:] * BELOW)
    return (up_to <= at).sum(-1)


def seed_of_line(rng_seed: int, number: int) -> int:
    """A random seed for each line of a request, so that two lines do not draw alike; the first has the request's."""
    return (rng_seed + number * 0x9E3779B97F4A7C15) % 2**64
