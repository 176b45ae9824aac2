"""Generation of tokens one by one, with all candidates in one batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jazzassist.literature.network import Ending, State, TokenNetwork
from jazzassist.literature.systems import Floats
from jazzassist.neural.encoding import Ints

_BELOW = 1 - 1e-6  # so that rounding never draws a class after the last possible one


@dataclass(frozen=True)
class Manner:
    """How tokens are chosen: the most likely one, or sampled at a temperature from the top `kept` probability mass."""

    likeliest: bool = False
    temperature: float = 1.0
    kept: float = 1.0


@dataclass(frozen=True)
class Written:
    """Generated tokens, (batch, count), and the nats of each under the network."""

    tokens: Ints
    nats: Floats


def write(
    network: TokenNetwork,
    seed: Ints,
    count: int,
    manner: Manner,
    random: np.random.Generator,
    forbidden: tuple[int, ...] = (),
    ending: Ending | None = None,
    go_on: Callable[[Ints], bool] = lambda tokens: True,
    copies: int = 1,
) -> Written:
    """Generate up to `count` tokens after each row of `seed`, (batch, tokens).

    `forbidden`: tokens that are never chosen. `go_on`: called with the tokens written so far before each token;
    returning False ends the generation. `copies`: number of continuations per row; each row is read once.
    """
    logits, state = network.begin(seed, ending)
    logits, state = np.repeat(logits, copies, 0), repeated(state, copies)
    tokens, nats = np.zeros((len(logits), 0), np.int64), np.zeros((len(logits), 0), np.float32)
    while tokens.shape[1] < count and go_on(tokens):
        if tokens.shape[1]:
            logits, state = network.step(tokens[:, -1], state)
        chosen = _choose(logits, manner, network.system.heat(tokens), random, forbidden)[:, None]
        cost = -np.take_along_axis(_log_softmax(logits), chosen, 1)
        tokens, nats = np.concatenate([tokens, chosen], 1), np.concatenate([nats, cost], 1)
    return Written(tokens, nats)


def repeated(state: State, copies: int) -> State:
    """Return the state with each row repeated `copies` times."""
    return {name: np.repeat(array, copies, 0) for name, array in state.items()}


def _choose(
    logits: Floats, manner: Manner, heat: Floats, random: np.random.Generator, forbidden: tuple[int, ...]
) -> Ints:
    """Return the chosen tokens, (batch,)."""
    logits = logits.copy()
    logits[:, list(forbidden)] = -np.inf
    if manner.likeliest:
        return np.asarray(logits.argmax(-1), np.int64)
    return _drawn(_kept(logits, manner.kept), manner.temperature * heat, random)


def _kept(logits: Floats, share: float) -> Floats:
    """Mask all but the most likely classes that together reach `share` of the probability (Holtzman et al. 2020)."""
    if share >= 1:
        return logits
    order = np.argsort(-logits, -1, kind="stable")
    chances = np.exp(_log_softmax(np.take_along_axis(logits, order, -1)))
    beyond = np.cumsum(chances, -1) - chances >= share
    kept = logits.copy()
    np.put_along_axis(kept, order, np.where(beyond, -np.inf, np.take_along_axis(logits, order, -1)), -1)
    return kept


def _drawn(logits: Floats, temperature: Floats, random: np.random.Generator) -> Ints:
    """Sample one class per row by inversion."""
    up_to = np.cumsum(np.exp(_log_softmax(logits / temperature)), -1)
    at = random.random((len(logits), 1), np.float32) * (up_to[:, -1:] * _BELOW)
    return np.asarray((up_to <= at).sum(-1), np.int64)


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)), np.float32)
