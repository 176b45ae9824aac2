"""Detection of downbeats and bar lengths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.beats.levels import places
from jazzassist.beats.onsets import FEATURES, Floats, Onsets

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

SPANS = (1, 2, 4)  # beats before and after a beat whose harmony is compared
OWN = 2 * FEATURES + 1 + len(SPANS)
AROUND = range(-4, 5)  # neighbouring beats in the input of the model
INPUTS = OWN * len(AROUND)

LENGTHS = (4, 3, 2, 5, 6, 7)  # beats in a bar
CHANCES = (0.6, 0.22, 0.14, 0.015, 0.015, 0.01)
CHANGE = 0.004  # probability of a meter change at a bar line
SHARPNESS = 0.6  # weight of the probabilities of one beat; those of its neighbours depend on the same notes


def view(onsets: Onsets, beats: Doubles) -> Floats:
    """Return the model input, (beats, INPUTS): onsets on each beat and before the next, and changes of harmony."""
    at, count = places(onsets.seconds, beats), len(beats)
    beat = np.round(at).astype(np.int64)
    on = np.abs(at - beat) <= 1 / 8
    beat = np.where(on, beat, np.floor(at)).astype(np.int64)
    inside = (beat >= 0) & (beat < count)
    found = np.zeros((count, OWN), np.float32)
    np.maximum.at(found[:, :FEATURES], beat[inside & on], onsets.accents[inside & on])
    np.maximum.at(found[:, FEATURES : 2 * FEATURES], beat[inside & ~on], onsets.accents[inside & ~on])
    found[beat[inside & on], 2 * FEATURES] = 1
    classes = np.zeros((count, 12))
    np.add.at(classes, beat[inside], np.minimum(onsets.classes[inside], 1))
    for column, span in enumerate(SPANS, 2 * FEATURES + 1):
        found[:, column] = _novelty(classes, span)
    rows = np.arange(count)[:, None] + np.asarray(AROUND)[None, :]
    known = (rows >= 0) & (rows < count)
    return np.asarray((found[np.clip(rows, 0, count - 1)] * known[:, :, None]).reshape(count, INPUTS), np.float32)


def _novelty(classes: Doubles, span: int) -> Doubles:
    """Return (beats,): the difference, 0 to 1, between the pitch classes of `span` beats after and before each."""
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(classes, 0)])
    at = np.arange(len(classes))
    after = sums[np.minimum(len(classes), at + span)] - sums[at]
    before = sums[at] - sums[np.maximum(0, at - span)]
    sizes = np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1)
    return np.asarray(np.where(sizes > 0, 1 - (after * before).sum(1) / np.maximum(sizes, 1e-9), 0.5))


def bar_lines(chances: Doubles) -> tuple[Flags, float]:
    """Return a mask of the downbeats (Viterbi), and the mean probability of the chosen labels.

    `chances`: (beats,), the probability of each beat to begin a bar.
    """
    states = [(length, beat) for length in LENGTHS for beat in range(length)]
    first = {length: states.index((length, 0)) for length in LENGTHS}
    moves = np.full((len(states), len(states)), -np.inf)
    for row, (length, beat) in enumerate(states):
        if beat + 1 < length:
            moves[row, row + 1] = 0.0
            continue
        for other, chance in zip(LENGTHS, CHANCES, strict=True):
            moves[row, first[other]] = np.log(1 - CHANGE if other == length else CHANGE * chance)
    begins = np.array([beat == 0 for _, beat in states])
    safe = np.clip(chances, 0.02, 0.98)
    likely = SHARPNESS * np.where(begins[None, :], np.log(safe)[:, None], np.log(1 - safe)[:, None])
    prior = np.array([np.log(CHANCES[LENGTHS.index(length)] / length) for length, _ in states])
    path = _viterbi(likely, moves, prior)
    found = begins[path]
    return found, float(np.where(found, chances, 1 - chances).mean())


def _viterbi(likely: Doubles, moves: Doubles, prior: Doubles) -> Ints:
    score = prior + likely[0]
    origins = np.zeros(likely.shape, np.int64)
    for beat in range(1, len(likely)):
        moved = score[:, None] + moves
        origins[beat] = moved.argmax(0)
        score = moved.max(0) + likely[beat]
    path = np.zeros(len(likely), np.int64)
    path[-1] = int(score.argmax())
    for beat in range(len(likely) - 1, 0, -1):
        path[beat - 1] = origins[beat, path[beat]]
    return path
