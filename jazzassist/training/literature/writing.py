"""Writing on, token by token: all candidates in one batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from jazzassist.neural.sampling import pick, top_p
from jazzassist.training.literature.layers import LiteratureNetwork


@dataclass(frozen=True)
class Manner:
    """How a token is chosen: the likeliest, or drawn at a temperature from what reaches `kept` of the probability."""

    likeliest: bool = False
    temperature: float = 1.0
    kept: float = 1.0


@dataclass(frozen=True)
class Ending:
    """What a bridge leads to: tokens that follow, (batch, tokens), and how many are written before them."""

    after: Tensor
    count: int


@dataclass(frozen=True)
class Written:
    """Tokens, (batch, count), and the nats of each under the network itself."""

    tokens: Tensor
    nats: Tensor


@torch.no_grad()
def write(
    network: LiteratureNetwork,
    seed: Tensor,
    count: int,
    manner: Manner,
    generator: torch.Generator,
    forbidden: tuple[int, ...] = (),
    ending: Ending | None = None,
    go_on: Callable[[Tensor], bool] = lambda tokens: True,
) -> Written:
    """Up to `count` tokens after each row of `seed`, (batch, tokens), none of them `forbidden`.

    `go_on`, asked with what is written so far before each token, ends it early.
    """
    logits, state = network.begin(seed) if ending is None else network.begin(seed, ending.after, ending.count)
    tokens, nats = torch.zeros(len(seed), 0, dtype=torch.int64), torch.zeros(len(seed), 0)
    while tokens.shape[1] < count and go_on(tokens):
        if tokens.shape[1]:
            logits, state = network.step(tokens[:, -1], state)
        chosen = _choose(logits, manner, network.heat(tokens), generator, forbidden)
        cost = -logits.log_softmax(-1).gather(-1, chosen[:, None])
        tokens, nats = torch.cat([tokens, chosen[:, None]], 1), torch.cat([nats, cost], 1)
    return Written(tokens, nats)


def _choose(
    logits: Tensor, manner: Manner, heat: Tensor, generator: torch.Generator, forbidden: tuple[int, ...]
) -> Tensor:
    """(batch,) tokens."""
    logits = logits.clone()
    logits[:, list(forbidden)] = float("-inf")
    if manner.likeliest:
        return logits.argmax(-1)
    at = torch.rand(len(logits), generator=generator, dtype=torch.float64)
    temperature = (manner.temperature * heat).numpy()
    return torch.from_numpy(pick(top_p(logits.softmax(-1).numpy(), manner.kept), temperature, at.numpy()))
