"""Frames of a piano roll as the network's steps, and their exact likelihood.

A step is one key of one frame, the keys of a frame from low to high. Its field `ahead` is the number
of frames since the frame of the key before (0: the same frame) and its pitch is the key. The other
fields (position in the quarter, duration, velocity) are one constant here and are left out: they
cost nothing. More empty frames than `ahead` can count are passed with steps that hold no key.

Nothing that cannot happen takes likelihood: within a frame only higher keys follow, a frame whose
highest key sounds is over, and the length of a piece is given, so its last step says that the rest
stays empty (the sum over all continuations that begin later). So the likelihoods of all piano rolls
of one length sum to 1, and the nats of a roll divided by its frames, empty ones counted, are the
frame NLL of the literature.

The network hears the frame before, the one before that, and the keys of the present frame so far, as
sets of keys in the places where it hears other lines and chords in songs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from jazzassist.neural.encoding import (
    AHEAD_CLASSES,
    HEARD,
    MOST_AHEAD,
    NO_PITCH,
    PITCH,
    QUARTERS_AHEAD,
    QUARTERS_HERE,
    WISHES,
    Ints,
)
from jazzassist.neural.steps import AIMS, IGNORED, NO_SLOT, Arrays
from jazzassist.training.network.batches import stacked
from jazzassist.training.network.fields import Batch

KEYS, LOWEST = 88, 21  # of a piano; the MIDI pitch of the lowest
WAIT = 16  # a class of `ahead` that songs do not use: as many empty frames as `reach`, and no key
REST = 99  # in `Roll.ahead`: nothing more; not a class of the network

Keys = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Space:
    """What can happen: keys [low, high) of the piano, and how many frames ahead a step can say (1-15)."""

    low: int = 0
    high: int = KEYS
    reach: int = MOST_AHEAD


@dataclass(frozen=True)
class Roll:
    """A piano roll, (frames, KEYS), and its steps: `at`, the frame reached before each (-1 at first); `ahead`; `key`.

    `key` is IGNORED where a step holds none. `last`: the key of the step before, or -1. `rest`: frames after `at`
    that stay empty, for the last step.
    """

    frames: Keys
    at: Ints
    ahead: Ints
    key: Ints
    last: Ints
    rest: int
    space: Space

    @staticmethod
    def of(frames: Keys, space: Space | None = None) -> Roll:
        """The steps of a piano roll."""
        space = space or Space()
        steps: list[tuple[int, int, int]] = []
        at = -1
        for frame, key in np.argwhere(frames).tolist():
            at = _wait(steps, at, frame - at - 1, space.reach)
            steps.append((at, frame - at, key))
            at = frame
        at = _wait(steps, at, len(frames) - 1 - at, space.reach)
        steps.append((at, REST, IGNORED))
        columns = np.array(steps, np.int64).T
        last = np.concatenate([[-1], columns[2][:-1]])
        return Roll(frames, columns[0], columns[1], columns[2], last, len(frames) - 1 - at, space)

    def __len__(self) -> int:
        return len(self.at)

    def moved(self, keys: int) -> Roll:
        """The same music so many keys higher; none may leave the piano."""
        key, last = np.where(self.key >= 0, self.key + keys, self.key), np.where(self.last >= 0, self.last + keys, -1)
        return Roll(np.roll(self.frames, keys, 1), self.at, self.ahead, key, last, self.rest, self.space)


def _wait(steps: list[tuple[int, int, int]], at: int, empty: int, reach: int) -> int:
    """The frame that is reached when steps without keys were added for `empty` frames, as far as they fit."""
    while empty >= reach:
        steps.append((at, WAIT, IGNORED))
        at, empty = at + reach, empty - reach
    return at


def arrays_of(roll: Roll, low: int, high: int) -> Arrays:
    """The network's inputs and targets for the steps [low, high), and which classes are possible and true.

    `ahead_possible`, `ahead_true`: (steps, AHEAD_CLASSES); `keys_possible`: (steps, KEYS).
    """
    cut = slice(low, high)
    at, ahead, key, last = roll.at[cut], roll.ahead[cut], roll.key[cut], roll.last[cut]
    before = np.concatenate([[0], roll.ahead[:-1]])[cut]
    zeros = np.zeros(len(at), np.int64)
    unused = ("previous_sub", "previous_duration", "previous_velocity", "quarter", "bar_length", "counting")
    counts = ("left_log", "left_quarters", "left_sub", "wait")
    found: Arrays = dict.fromkeys((*unused, *counts, *AIMS, *WISHES), zeros)
    found |= {"target_sub": zeros, "target_duration": zeros, "target_velocity": zeros}
    found["target_ahead"] = np.where(ahead == REST, WAIT, ahead)
    found["target_pitch"] = np.where(key >= 0, key + LOWEST, IGNORED)
    found["previous_ahead"] = before
    found["previous_pitch"] = np.where(last >= 0, last + LOWEST, NO_PITCH)
    found["slot"] = np.full(len(at), NO_SLOT)
    found["instrument"] = np.array(0, np.int64)
    return found | _heard(roll, at, ahead, last) | _possible(roll, ahead, last)


def _heard(roll: Roll, at: Ints, ahead: Ints, last: Ints) -> Arrays:
    """Sets of keys: of the present frame so far and the two before it; of the frame before the coming key's."""
    padded = np.concatenate([np.zeros((3, KEYS), np.float32), roll.frames])  # row t + 3 is frame t
    so_far = padded[at + 3] * (np.arange(KEYS) <= last[:, None])
    present = np.concatenate([so_far, padded[at + 2], padded[at + 1]], axis=1)
    behind = np.where((ahead == 0)[:, None], padded[at + 2], so_far * (ahead == 1)[:, None])
    return {
        "heard_ahead": _wide(present, QUARTERS_AHEAD * HEARD),
        "heard_here": _wide(behind, QUARTERS_HERE * HEARD),
    }


def _wide(sets: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    return np.pad(sets, ((0, 0), (0, width - sets.shape[1]))).astype(np.float32)


def _possible(roll: Roll, ahead: Ints, last: Ints) -> Arrays:
    space, classes, keys = roll.space, np.arange(AHEAD_CLASSES), np.arange(KEYS)
    first = np.where((last >= 0) & (last < space.high - 1), 0, 1)
    possible = (classes >= first[:, None]) & (classes <= space.reach) | (classes == WAIT)
    later = (classes > roll.rest) & (classes <= space.reach) | (classes == WAIT)
    true = np.where((ahead == REST)[:, None], later, classes == ahead[:, None])
    floor = np.where(ahead == 0, last + 1, space.low)
    return {
        "ahead_possible": possible.astype(np.int64),
        "ahead_true": true.astype(np.int64),
        "keys_possible": ((keys >= floor[:, None]) & (keys < space.high)).astype(np.int64),
    }


def batch_of(rows: Sequence[Arrays], right_notes: int) -> Batch:
    """Rows of `arrays_of` as one batch."""
    return stacked(rows, right_notes)


def step_nats(logits: list[Tensor], batch: Batch) -> Tensor:
    """(rows, steps): the exact cost of each step in nats, `ahead` and pitch together; 0 where padded."""
    real = batch["target_ahead"] >= 0
    ahead = logits[0].float().view(*real.shape, -1)
    nats = _log_sum(ahead, batch["ahead_possible"]) - _log_sum(ahead, batch["ahead_true"])
    pitch = logits[PITCH].float().view(*real.shape, -1)[..., LOWEST : LOWEST + KEYS]
    key = (batch["target_pitch"] - LOWEST).clamp(min=0)
    cost = _log_sum(pitch, batch["keys_possible"]) - pitch.gather(-1, key[..., None])[..., 0]
    nats = nats + torch.where(batch["target_pitch"] >= 0, cost, 0.0)
    return torch.where(real, nats, 0.0)


def _log_sum(logits: Tensor, wanted: Tensor) -> Tensor:
    """Log of the summed weights of the wanted classes; of all where none is wanted (padding)."""
    wanted = wanted.bool() | ~wanted.bool().any(-1, keepdim=True)
    return logits.masked_fill(~wanted, float("-inf")).logsumexp(-1)
