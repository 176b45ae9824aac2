"""How hard notes are struck: the accents and the range of velocities of the seed, in what the network writes.

A network that chooses among likely velocities writes flatter than people play, and it hears the accents of this one
piece only faintly. So each velocity is taken apart into what its place asks for (its part of the bar, its part of the
chord, its piece of the kit), as the seed plays there, and the rest, which is the network's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import GRID, GridLine, Ints, place_in_bar

EVEN = 2.0  # standard deviation of velocities below which a seed is written in one
FEWEST = 8  # notes that a seed needs to show its touch
FIRMNESS = 2.0  # notes of a place that the mean of all is worth against it
LEAST_OWN, MOST_OWN = 0.4, 2.5  # times what the network wrote that is not due to places
FEW = 6  # velocities that a programmed line has at most
LONE, LOWEST, INNER, TOP = range(4)  # parts of a chord

Doubles = npt.NDArray[np.float64]


class Struck(NamedTuple):
    """Notes by their columns, (notes,), sorted by onset on the grid."""

    onset: Ints
    pitch: Ints
    velocity: Ints

    @staticmethod
    def of(line: GridLine) -> Struck:
        """Those of a line."""
        return Struck(line.onset, line.pitch, line.velocity)

    def since(self, low: int, high: int) -> Struck:
        """Those that begin in [low, high) on the grid."""
        inside = (self.onset >= low) & (self.onset < high)
        return Struck(self.onset[inside], self.pitch[inside], self.velocity[inside])


Part = Callable[[Struck, MeterMap], Ints]  # the kind of each note


class Touch:
    """How the seed on both `sides` of a gap strikes its notes: what does not depend on what is written is kept.

    `span`: the gap's length on the grid of `meters`. `wished`: the standard deviation of velocities that is asked for
    instead of the seed's, within `loudness`, the softest and loudest velocity.
    """

    def __init__(
        self,
        sides: Sequence[Struck],
        meters: MeterMap,
        span: int,
        drums: bool,
        wished: float | None = None,
        loudness: tuple[int, int] = (1, 127),
    ) -> None:
        self.meters, self._sides, self._span = meters, sides, span
        self._wished, self._loudness = wished, loudness
        self.seed = Struck(*(np.concatenate(columns) for columns in zip(*sides, strict=True)))
        self.shows = len(self.seed.onset) >= FEWEST and bool(self.seed.velocity.std() >= EVEN)
        self._parts: tuple[Part, ...] = (_pieces if drums else _parts, _places)

    def struck(self, written: Struck) -> Ints:
        """(notes,): the velocities of `written` with the accents, the deviation and the range of the seed.

        Of two notes in one place the one that was written louder is not softer. A seed that is too short, or written
        in one velocity, changes nothing.
        """
        if not len(written.onset):
            return written.velocity
        if self._wished is not None:
            return self._as_wished(written, self._wished)
        if not self.shows:
            return written.velocity
        own = written.velocity - written.velocity.mean()
        accents = self._accents(written)
        shape = _at_deviation(accents, own, self._deviation) if len(own) >= FEWEST // 2 else own
        mean, softest, loudest, few = self._range
        found = np.clip((written.velocity.mean() + mean) / 2 + shape, softest, loudest)
        if few:
            found = _in_shares_of(self.seed.velocity, found)
        return np.asarray(np.clip(np.round(found), 1, 127), np.int64)

    def _as_wished(self, written: Struck, wished: float) -> Ints:
        """(notes,): the velocities of `written` with the accents of the seed and the deviation that is asked for."""
        shape = written.velocity - written.velocity.mean()
        if self.shows:
            shape = shape + self._accents(written)
            shape -= shape.mean()
        spread = float(shape.std())
        softest, loudest = self._loudness
        found = written.velocity.mean() + (shape * wished / spread if spread > 0 else shape)
        return np.asarray(np.clip(np.round(found), softest, loudest), np.int64)

    @cached_property
    def _deviation(self) -> float:
        return deviation(self._sides, self._span)

    @cached_property
    def _range(self) -> tuple[float, int, int, bool]:
        """The mean velocity of the seed, its softest and loudest, and whether it has but a few."""
        velocity = self.seed.velocity
        few = len(np.unique(velocity)) <= min(FEW, len(velocity) // 4)
        return float(velocity.mean()), int(velocity.min()), int(velocity.max()), few

    @cached_property
    def _kinds(self) -> list[dict[int, Ints]]:
        """The indices of the seed's notes by their kind: of parts of chords or pieces of the kit, and of places."""
        keys = [part(self.seed, self.meters) for part in self._parts]
        return [{int(kind): np.flatnonzero(key == kind) for kind in np.unique(key)} for key in keys]

    def _accents(self, written: Struck) -> Doubles:
        """(notes,): by how much the seed plays notes in such places louder than on average."""
        rest = self.seed.velocity - self._range[0]
        found = np.zeros(len(written.onset))
        for part, known in zip(self._parts, self._kinds, strict=True):
            kinds, number = np.unique(part(written, self.meters), return_inverse=True)
            louder = np.zeros(len(kinds))
            for index, kind in enumerate(kinds.tolist()):
                if (here := known.get(kind)) is not None:
                    louder[index] = rest[here].sum() / (len(here) + FIRMNESS)
                    rest[here] -= louder[index]
            found += louder[number]
        return found


def struck_as(sides: Sequence[Struck], written: Struck, meters: MeterMap, span: int, drums: bool) -> Ints:
    """(notes,): `Touch.struck` of notes for one gap."""
    return Touch(sides, meters, span, drums).struck(written)


def _in_shares_of(velocity: Ints, wanted: Doubles) -> Doubles:
    """(notes,): each as one of the velocities of the seed, which has few, in their shares and in the order of
    `wanted`."""
    _, place, count = np.unique(wanted, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2
    return np.quantile(velocity, middle / len(wanted), method="inverted_cdf").astype(np.float64)[place]


def deviation(sides: Sequence[Struck], span: int) -> float:
    """The deviation of velocity in stretches of `span`, on average over the stretches of both sides; over all where
    there is no whole one."""
    found = []
    for side in sides:
        if not len(side.onset):
            continue
        first, last = int(side.onset[0]), int(side.onset[-1]) + 1
        for low in range(first, max(first + 1, last - span + 1), span):
            part = side.since(low, low + span).velocity
            found += [float(part.var())] if len(part) >= FEWEST // 2 else []
    whole = np.concatenate([side.velocity for side in sides])
    return float(np.sqrt(np.mean(found))) if found else float(whole.std())


def _at_deviation(accents: Doubles, own: Doubles, wanted: float) -> Doubles:
    """Accents and as much of the network's own as gives the deviation that is wanted, with a mean of 0."""
    accents = accents - accents.mean()
    both, square = float((accents * own).mean()), float((own * own).mean())
    missing = float((accents * accents).mean()) - wanted**2
    share = LEAST_OWN
    if square > 0:
        root = np.sqrt(max(0.0, both**2 - square * missing))
        share = float(np.clip((root - both) / square, LEAST_OWN, MOST_OWN))
    found = accents + share * own
    spread = float(found.std())
    return found * min(MOST_OWN, wanted / spread) if spread > 0 else found


def _pieces(notes: Struck, meters: MeterMap) -> Ints:
    """(notes,): the piece of the kit."""
    return notes.pitch


def _parts(notes: Struck, meters: MeterMap) -> Ints:
    """(notes,): the part of the chord: alone, lowest, inner or top."""
    _, onset, count = np.unique(notes.onset, return_inverse=True, return_counts=True)
    low, high = np.full(len(count), 128), np.full(len(count), -1)
    np.minimum.at(low, onset, notes.pitch)
    np.maximum.at(high, onset, notes.pitch)
    found = np.where(notes.pitch == high[onset], TOP, np.where(notes.pitch == low[onset], LOWEST, INNER))
    return np.where(count[onset] == 1, LONE, found)


def _places(notes: Struck, meters: MeterMap) -> Ints:
    """(notes,): the 16th of the bar that is nearest."""
    near = notes.onset + GRID // 8
    quarter, _ = place_in_bar(meters, near)
    return quarter * 4 + near % GRID // (GRID // 4)
