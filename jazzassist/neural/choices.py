"""What the candidates may choose for their next note: a mask for each field, (candidates, classes)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import AHEAD_CLASSES, END, GRID, MOST_AHEAD, PITCHES, Ints
from jazzassist.neural.scene import Scene
from jazzassist.neural.taken import Taken
from jazzassist.neural.written import Written

Mask = npt.NDArray[np.bool_]
_QUARTERS = np.arange(MOST_AHEAD + 1)
_POSITIONS = np.arange((MOST_AHEAD + 1) * GRID)  # from the quarter of the note before on
_PITCHES = np.arange(PITCHES)


@dataclass(frozen=True)
class Choices:
    """`taken`: the keys that are down for the candidates that go on. `steady`: whether onsets keep to the positions
    in the quarter that the seed keeps to.
    """

    scene: Scene
    written: Written
    taken: Taken
    steady: bool

    @cached_property
    def places(self) -> Mask:
        """(candidates, quarters ahead, GRID): onsets in the gap that come after the note before, or make a chord.

        The first comes after no longer silence than the seed knows.
        """
        scene, at = self.scene, self.written.previous["onset"][:, None]
        begun, quarter = self.written.begun, at // GRID * GRID
        latest = scene.end - 1 if begun else scene.first_by
        earliest = np.maximum(scene.start, at + scene.apart) if begun else scene.start
        possible: Mask = (earliest - quarter <= _POSITIONS) & (latest - quarter >= _POSITIONS)
        if self.steady and scene.places is not None:
            kept = possible & np.tile(scene.places > 0, MOST_AHEAD + 1)
            possible = kept if begun else np.where(kept.any(1, keepdims=True), kept, possible)
        if self.chord_room.any():
            rows = np.flatnonzero(self.chord_room & (at[:, 0] >= scene.start) & (at[:, 0] <= latest))
            possible[rows, at[rows, 0] % GRID] = True
        return possible.reshape(len(at), MOST_AHEAD + 1, GRID)

    @cached_property
    def chord_room(self) -> Mask:
        """Whether another note may begin at the very onset of the one before."""
        if not self.written.begun or self.scene.polyphony == 1:
            return np.zeros(len(self.written), np.bool_)
        few: Mask = self.written.at_once < self.scene.polyphony
        return few & (self.written.previous["pitch"] < self.scene.highest)

    def ahead(self) -> Mask:
        """Quarters ahead that have a place, after no too long silence; END where the music may end."""
        scene, at = self.scene, self.written.previous["onset"]
        latest = np.minimum(scene.end - 1, np.maximum(at, scene.start) + scene.most_rest)
        allowed = np.zeros((len(at), AHEAD_CLASSES), np.bool_)
        allowed[:, : MOST_AHEAD + 1] = self.places.any(-1) & ((latest // GRID - at // GRID)[:, None] >= _QUARTERS)
        allowed[:, END] = ~allowed.any(-1)
        if self.written.begun:
            allowed[:, END] |= scene.end - at <= scene.most_rest + GRID
        return allowed

    def sub(self, ahead: Ints) -> Mask:
        """The places in the chosen quarter."""
        return np.asarray(self.places[np.arange(len(ahead)), np.minimum(ahead, MOST_AHEAD)])

    def pitch(self, onset: Ints) -> Mask:
        """Pitches in register at the chosen onset; above the note before in a chord; no key that is down already."""
        ppq = self.scene.request.ppq
        free: Mask = self.scene.pitches & ~self.taken.down(onset * (ppq / GRID), ppq)
        above = free
        if self.written.begun:
            same = onset == self.written.previous["onset"]
            lowest = np.where(same, self.written.previous["pitch"] + 1, 0)
            above = free & (lowest[:, None] <= _PITCHES)
        for fewer in (free, self.scene.pitches):  # what cannot be played so is left out at the end
            some = above.any(-1, keepdims=True)
            if some.all():
                break
            above = np.where(some, above, fewer)
        return above
