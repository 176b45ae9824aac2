"""The most likely sequence of chords, quarter by quarter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.harmony.features import Floats
from jazzassist.harmony.model import ChordModel
from jazzassist.harmony.qualities import STATES

Ints = npt.NDArray[np.int64]

SHARPNESS = 0.6  # weight of the probabilities of one quarter; those of its neighbours depend on the same notes
PRIOR = 0.3  # share of the class prior that is divided out, because `moves` contains it too
PHRASE = 32  # quarters over which two places are compared
NEAREST_BARS = 4  # minimum distance of a repeat
ALIKE = 0.55  # minimum agreement of the roots of a repeat
REPEATS, REPEAT_WEIGHT = 3, 1.0  # maximum number of repeats, and the weight of each


def log_chances(model: ChordModel, logits: Floats) -> Floats:
    """Return (quarters, STATES): log probabilities of the chords from the model's logits."""
    shifted = logits - logits.max(1, keepdims=True)
    chances = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return np.asarray(chances - PRIOR * np.log(np.tile(model.priors / 12, 12)), np.float32)


def best_path(model: ChordModel, log_chance: Floats, beats: Ints, bars: Ints) -> Ints:
    """Return (quarters,): the most likely states (Viterbi). `beats`, `bars`: as in `training.chord_data.Example`."""
    count = len(log_chance)
    if not count:
        return np.zeros(0, np.int64)
    moves, changes = model.log_moves, model.change_chances(bars, beats)
    score = SHARPNESS * log_chance[0]
    came_from = np.zeros((count, STATES), np.int64)
    for quarter in range(1, count):
        moved = score[:, None] + moves
        best = moved.argmax(0)
        new = moved[best, np.arange(STATES)] + np.log(changes[quarter])
        same = score + np.log1p(-changes[quarter])
        stays = same >= new
        came_from[quarter] = np.where(stays, np.arange(STATES), best)
        score = np.where(stays, same, new) + SHARPNESS * log_chance[quarter]
    path = np.zeros(count, np.int64)
    path[-1] = int(score.argmax())
    for quarter in range(count - 1, 0, -1):
        path[quarter - 1] = came_from[quarter, path[quarter]]
    return path


def confidences(model: ChordModel, log_chance: Floats, beats: Ints, bars: Ints) -> Floats:
    """Return (quarters, STATES): the probability of each state given the whole song (forward-backward)."""
    sounds = np.exp(SHARPNESS * (log_chance - log_chance.max(1, keepdims=True))).astype(np.float64)
    moves = np.exp(model.log_moves).astype(np.float64)
    changes = model.change_chances(bars, beats)
    forward, backward = np.ones_like(sounds), np.ones_like(sounds)
    for at in range(len(sounds)):
        if at:
            before = forward[at - 1]
            forward[at] = (1 - changes[at]) * before + changes[at] * (before @ moves)
        forward[at] *= sounds[at]
        forward[at] /= forward[at].sum()
    for at in range(len(sounds) - 2, -1, -1):
        after = sounds[at + 1] * backward[at + 1]
        backward[at] = (1 - changes[at + 1]) * after + changes[at + 1] * (moves @ after)
        backward[at] /= backward[at].sum()
    both = forward * backward
    return np.asarray(both / both.sum(1, keepdims=True), np.float32)


def with_repeats(log_chance: Floats, bar_length: int) -> Floats:
    """Return the log probabilities with those of repeats added, so that repeated passages support each other.

    `bar_length`: quarters. Two places are repeats if the roots of the PHRASE quarters around them agree.
    """
    count = len(log_chance)
    chances = np.exp(log_chance - log_chance.max(1, keepdims=True)).reshape(count, 12, -1).sum(2)
    chances /= np.linalg.norm(chances, axis=1, keepdims=True)
    lags = range(NEAREST_BARS * bar_length, count - PHRASE // 2, bar_length)
    found = [(_agreement(chances, lag), lag) for lag in lags]
    alike = np.zeros((2 * len(found), count), np.float32)  # later places, then earlier ones
    for row, (agreement, lag) in enumerate(found):
        alike[2 * row, : count - lag] = agreement
        alike[2 * row + 1, lag:] = agreement
    best = np.argsort(-alike, axis=0)[:REPEATS]
    weighted, weights = log_chance.copy(), np.ones(count, np.float32)
    for rows in best:
        lag = (rows // 2 + NEAREST_BARS) * bar_length * np.where(rows % 2, -1, 1)
        weight = np.clip((alike[rows, np.arange(count)] - ALIKE) / (1 - ALIKE), 0, 1) * REPEAT_WEIGHT
        weighted += weight[:, None] * log_chance[np.clip(np.arange(count) + lag, 0, count - 1)]
        weights += weight
    return weighted


def _agreement(chances: Floats, lag: int) -> Floats:
    """Return (quarters - lag,): the agreement of each quarter with the one `lag` later, over PHRASE quarters, <= 1."""
    same = (chances[:-lag] * chances[lag:]).sum(1)
    sums = np.concatenate([[0.0], np.cumsum(same, dtype=np.float64)])
    at = np.arange(len(same))
    low, high = np.maximum(0, at - PHRASE // 2), np.minimum(len(same), at + PHRASE // 2)
    return np.asarray((sums[high] - sums[low]) / PHRASE, np.float32)
