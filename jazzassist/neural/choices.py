"""What the candidates may choose for their next note: a mask for each field, (candidates, classes)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from torch import Tensor

from jazzassist.neural.encoding import AHEAD_CLASSES, END, GRID, MOST_AHEAD, PITCHES, Ints
from jazzassist.neural.scene import Scene
from jazzassist.neural.taken import Taken

Mask = npt.NDArray[np.bool_]
QUARTERS = np.arange(MOST_AHEAD + 1)


@dataclass(frozen=True)
class Choices:
    """`previous`: the note before, by the names of its fields. `written`: how many notes, and at the last onset.

    `steady`: whether onsets keep to the positions in the quarter that the seed keeps to.
    """

    scene: Scene
    previous: dict[str, Ints]
    written: dict[str, Ints]
    taken: Taken
    steady: bool

    @cached_property
    def places(self) -> Mask:
        """(candidates, quarters ahead, GRID): onsets in the gap that come after the note before, or make a chord.

        The first comes after no longer silence than the seed knows.
        """
        scene, at, begun = self.scene, self.previous["onset"][:, None, None], self.begun[:, None, None]
        onset = ((at // GRID + QUARTERS[:, None]) * GRID) + np.arange(GRID)
        later = onset - at
        latest = np.where(begun, scene.end - 1, scene.first_by)
        chord = (later == 0) & self.chord_room[:, None, None]
        possible: Mask = (onset >= scene.start) & (onset <= latest) & (~begun | chord | (later >= scene.apart))
        if not self.steady or scene.places is None:
            return possible
        kept = possible & ((scene.places > 0) | chord)
        return np.where(begun | kept.any((1, 2), keepdims=True), kept, possible)

    @property
    def begun(self) -> Mask:
        """Whether a candidate has a note yet."""
        return self.written["notes"] > 0

    @cached_property
    def chord_room(self) -> Mask:
        """Whether another note may begin at the very onset of the one before."""
        highest = np.flatnonzero(self.scene.pitches).max(initial=-1)
        few = self.begun & (self.written["at_once"] < self.scene.polyphony)
        return np.asarray(few & (self.previous["pitch"] < highest), np.bool_)

    def ahead(self, values: list[Tensor]) -> Mask:
        """Quarters ahead that have a place, after no too long silence; END where the music may end."""
        scene, at = self.scene, self.previous["onset"]
        latest = np.minimum(scene.end - 1, np.maximum(at, scene.start) + scene.most_rest)
        allowed = np.zeros((len(at), AHEAD_CLASSES), np.bool_)
        allowed[:, : MOST_AHEAD + 1] = self.places.any(-1) & ((latest // GRID - at // GRID)[:, None] >= QUARTERS)
        may_end = self.begun & (scene.end - at <= scene.most_rest + GRID)
        allowed[:, END] = ~allowed.any(-1) | may_end
        return allowed

    def sub(self, values: list[Tensor]) -> Mask:
        """The places in the chosen quarter."""
        chosen = np.minimum(values[0].numpy(), MOST_AHEAD)
        return np.asarray(self.places[np.arange(len(chosen)), chosen])

    def pitch(self, values: list[Tensor]) -> Mask:
        """Pitches in register; above the note before in a chord; no key that is down already."""
        onset = self.onsets(values)
        same = self.begun & (onset == self.previous["onset"])
        lowest = np.where(same, self.previous["pitch"] + 1, 0)
        ppq = self.scene.request.ppq
        free: Mask = self.scene.pitches & ~self.taken.down(onset * (ppq / GRID), ppq)
        above = free & (np.arange(PITCHES) >= lowest[:, None])
        for fewer in (free, self.scene.pitches):  # what cannot be played so is left out at the end
            above = np.where(above.any(-1, keepdims=True), above, fewer)
        return above

    def onsets(self, values: list[Tensor]) -> Ints:
        """The onsets that were chosen, on the grid."""
        ahead = np.minimum(values[0].numpy(), MOST_AHEAD)
        onsets: Ints = (self.previous["onset"] // GRID + ahead) * GRID + values[1].numpy()
        return onsets
