"""How a single line joins its notes: each for as large a part of the way to the next as the seed's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import Ints

FEWEST = 6  # notes of a kind that show how they are joined
FURTHEST = 2.0  # quarters to the next note from which on a note is the end of a phrase
EDGES = (0.4, 0.75, 1.3)  # quarters to the next note that tell the kinds apart

Doubles = npt.NDArray[np.float64]
Side = tuple[Ints, Ints]  # starts and ends of the notes of a line, in ticks


class Legato:
    """How the seed on both `sides` of a gap holds the notes of a single line; worked out once for the gap."""

    def __init__(self, sides: Sequence[Side], ppq: int) -> None:
        self._ppq = ppq
        known = [_shares(*side, None, ppq) for side in sides]
        shares, kinds = (np.concatenate(columns) for columns in zip(*known, strict=True))
        self._shares = [np.sort(shares[kinds == one]) for one in range(len(EDGES) + 1)]

    def joined(self, start: Ints, end: Ints, following: int | None) -> Ints:
        """(notes,): the ends of a single line's notes, so that they are held as the seed holds its own.

        Of the notes that lie equally far from the next, those that were held longest are so again. `following`: where
        the next note after these begins. Ends of phrases, and notes of kinds that the seed hardly has, keep their ends.
        """
        own, kind = _shares(start, end, following, self._ppq)
        ahead = np.diff(np.append(start, start[-1:] if following is None else following))
        found = end.copy()
        for one, there in enumerate(self._shares):
            here = np.flatnonzero(kind == one)
            if len(there) < FEWEST or not len(here):
                continue
            rank = np.empty(len(here))
            rank[np.argsort(own[here], kind="stable")] = (np.arange(len(here)) + 0.5) / len(here)
            held = _quantiles(there, rank) * ahead[here]
            found[here] = start[here] + np.maximum(1, np.round(held)).astype(np.int64)
        return found


def joined_as(sides: Sequence[Side], start: Ints, end: Ints, following: int | None, ppq: int) -> Ints:
    """(notes,): `Legato.joined` of notes for one gap."""
    return Legato(sides, ppq).joined(start, end, following)


def _quantiles(ordered: Doubles, share: Doubles) -> Doubles:
    """The least of sorted values up to which such shares of them lie."""
    return ordered[np.clip(np.ceil(len(ordered) * share - 1).astype(np.int64), 0, len(ordered) - 1)]


def _shares(start: Ints, end: Ints, following: int | None, ppq: int) -> tuple[Doubles, Ints]:
    """Of each note the share of the way to the next for which it is held, and the kind by that way; -1 for no kind."""
    if not len(start):
        return np.zeros(0), np.zeros(0, np.int64)
    ahead = np.diff(np.append(start, start[-1] if following is None else following))
    near = (ahead > 0) & (ahead <= FURTHEST * ppq)
    share = (end - start) / np.maximum(ahead, 1)
    return share, np.where(near, np.digitize(ahead / ppq, EDGES), -1).astype(np.int64)
