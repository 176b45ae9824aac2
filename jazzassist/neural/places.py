"""Where in the quarter a seed's notes begin, and how long it is ever silent: small pure functions on grid positions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jazzassist.neural.encoding import DRUMS, GRID, Floats, GridLine, Ints

ONSETS_TO_TELL = 8  # from which on a seed shows whether it keeps to a few positions
MOST_BEATS, COVERED = 4, 0.95  # so many positions, each with its neighbours, hold that share of a steady seed's onsets
FIRMNESS = 4.0  # onsets that the seed's shares are worth against what is written
PULL, MOST_BIAS = 3.0, 4.0  # nats for each nat that a share is off, and at most


def steady_places(onset: Ints) -> Floats | None:
    """(GRID,): the share of the onsets on each position of the quarter; None where they do not keep to a few of them.

    Four positions are a few, or less: straight or swung eighths, triplets, 16ths, as written or as played.
    """
    places = np.unique(onset) % GRID
    if len(places) < ONSETS_TO_TELL:
        return None
    count = np.bincount(places, minlength=GRID).astype(np.float32)
    left, kept = count.copy(), np.zeros(GRID, np.bool_)
    for _ in range(MOST_BEATS):
        if left.sum() <= (1 - COVERED) * count.sum():
            break
        near = left + np.roll(left, 1) + np.roll(left, -1)
        beat = (np.argmax(near) + np.arange(-1, 2)) % GRID
        kept[beat] |= count[beat] > 0
        left[beat] = 0
    if left.sum() > (1 - COVERED) * count.sum():
        return None
    shares: Floats = np.where(kept, count, 0) / count[kept].sum()
    return shares


def balance(shares: Floats, written: Floats) -> Floats:
    """(candidates, GRID): nats for each position of the quarter, towards the seed's shares of them.

    `written`: (candidates, GRID), how many onsets each candidate has on each. Zero where the seed has none.
    """
    wanted = shares * (written.sum(-1, keepdims=True) + FIRMNESS)
    found = np.log((wanted + 1e-3) / (written + FIRMNESS * shares + 1e-3))
    return np.where(shares > 0, np.clip(PULL * found, -MOST_BIAS, MOST_BIAS), 0).astype(np.float32)


def longest_silence(line: GridLine) -> int:
    """The longest stretch in grid positions between two onsets of a line in which nothing of it sounds."""
    if len(line) < 2:
        return 0
    sounding_until = np.maximum.accumulate(line.onset + line.length)
    return int(np.maximum(line.onset[1:] - sounding_until[:-1], 0).max())


def without_joins(line: GridLine) -> GridLine:
    """The line with notes that reach into the next one cut there, where it is one voice played so.

    One voice: no two notes begin together, and a note sounds on for less than half of its length after the next has
    begun. Networks learn from written lines, in which the next note is where the one before ends.
    """
    if len(line) < 2 or line.instrument == DRUMS:
        return line
    ahead = np.diff(line.onset)
    over = line.length[:-1] - ahead
    if (ahead == 0).any() or not (over > 0).any() or np.mean(2 * over > line.length[:-1]) > 1 - COVERED:
        return line
    return replace(line, length=np.append(np.minimum(line.length[:-1], ahead), line.length[-1:]))
