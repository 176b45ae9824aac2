"""The networks from the literature by name, with their properties that do not depend on weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jazzassist.neural.encoding import Ints

Kind = Literal["words", "text", "raw text", "top notes"]
Floats = NDArray[np.float32]
LOOKED_BACK, USUAL, RISE = 12, 6, 0.2  # of jiang2019


def steady(written: Ints) -> Floats:
    """Return the temperature factors, (batch, 1), after the tokens written so far, (batch, count): always 1."""
    return np.ones((len(written), 1), np.float32)


def rising(written: Ints) -> Floats:
    """Return the temperature factors of jiang2019, (batch, 1).

    1 if at least USUAL of the last LOOKED_BACK notes are different, plus RISE for each one fewer.
    """
    recent = written[:, -LOOKED_BACK:]
    if recent.shape[1] < LOOKED_BACK:
        return steady(written)
    different = np.array([[len(set(row))] for row in recent.tolist()], np.float32)
    return np.asarray(1 + RISE * np.maximum(0, USUAL - different), np.float32)


@dataclass(frozen=True)
class System:
    """A network from a paper: its name, the kind of its tokens, and how it is used.

    `recurrent`: name of the weights whose last dimension is the number of units. `window`: maximum number of tokens
    read before the predicted one. `rereads`: whether the whole window is read again for each token. `heat`: function
    from the tokens written so far to temperature factors.
    """

    name: str
    kind: Kind
    recurrent: str
    window: int = 100
    rereads: bool = False
    can_bridge: bool = False
    heat: Callable[[Ints], Floats] = steady


ROKVIC = System("rokvic2021", "words", "lstm.0.weight_hh_l0", rereads=True)
MANGAL = System("mangal2019", "words", "lstm.weight_hh_l0")
AGARWAL = System("agarwal2018", "text", "lstm.weight_hh_l0", 256)
AGARWAL_RAW = System("agarwal2018-raw", "raw text", "lstm.weight_hh_l0", 256)
JIANG = System("jiang2019", "top notes", "forwards.weight_hh_l0", can_bridge=True, heat=rising)

SYSTEMS = {system.name: system for system in (ROKVIC, MANGAL, AGARWAL, AGARWAL_RAW, JIANG)}
HEARD = tuple(name for name, system in SYSTEMS.items() if system.kind != "raw text")  # those available in the app
