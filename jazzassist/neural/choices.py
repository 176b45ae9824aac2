"""What the candidates may choose for their next note: a mask for each field, (candidates, classes)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import AHEAD_CLASSES, END, GRID, MOST_AHEAD, PITCHES, Ints
from jazzassist.neural.given import Given, covered, held_until
from jazzassist.neural.scene import Scene
from jazzassist.neural.taken import Taken
from jazzassist.neural.written import Written

Mask = npt.NDArray[np.bool_]
_QUARTERS = np.arange(MOST_AHEAD + 1)
_IN_QUARTER = np.arange(GRID)
_PITCHES = np.arange(PITCHES)


class Choices:
    """For a scene's gap; what depends on the onset of the note before alone is worked out once.

    `first`: the onset of the note before the gap. `steady`: whether onsets keep to the positions in the quarter that
    the seed keeps to.
    """

    def __init__(self, scene: Scene, first: int, steady: bool) -> None:
        self.scene, self._begin = scene, min(first, scene.start) // GRID * GRID
        place = np.arange(self._begin, (scene.end // GRID + MOST_AHEAD + 2) * GRID)
        self.given = Given(scene) if len(scene.given) else None
        inside = (place >= scene.start) & (place < scene.end) & ~covered(scene, place)
        # The first note comes after no longer silence than the seed knows.
        at_first = inside & (place <= scene.first_by) & (place < (first // GRID + MOST_AHEAD + 1) * GRID)
        if steady and scene.places is not None:
            kept = scene.places[place % GRID] > 0
            inside &= kept
            at_first = at_first & kept if (at_first & kept).any() else at_first
        self._places = inside.reshape(-1, GRID)
        self._first_places = at_first.reshape(-1, GRID)
        at = np.arange(scene.start, scene.end)
        self._may_end: Mask = scene.end - at <= scene.most_rest + GRID
        self._ahead = self._ahead_of(inside, at, at + scene.apart)
        self._ahead[:, END] |= self._may_end
        self._first_ahead = self._ahead_of(at_first, np.array([first]), np.array([scene.start]))

    def ahead(self, written: Written) -> Mask:
        """Quarters ahead that have a place, after no too long silence; END where the music may end, or must."""
        allowed = self._any_ahead(written)
        return allowed if self.given is None else self.given.ahead(allowed, written)

    def _any_ahead(self, written: Written) -> Mask:
        if not written.begun:
            return np.repeat(self._first_ahead, len(written), axis=0)
        index = written.previous["onset"] - self.scene.start
        allowed = self._ahead[index]
        if self.scene.polyphony > 1:
            rows = np.flatnonzero(self._chord_room(written))
            allowed[rows, 0] = True
            allowed[rows, END] = self._may_end[index[rows]]
        return allowed

    def sub(self, written: Written, ahead: Ints) -> Mask:
        """The places in the chosen quarter: after the note before, or together with it in a chord."""
        allowed = self._any_sub(written, ahead)
        return allowed if self.given is None else self.given.sub(allowed, written, ahead)

    def _any_sub(self, written: Written, ahead: Ints) -> Mask:
        at = written.previous["onset"]
        quarter = at // GRID + np.minimum(ahead, MOST_AHEAD)
        index = quarter - self._begin // GRID
        if not written.begun:
            return np.asarray(self._first_places[index])
        later = (at + self.scene.apart - quarter * GRID)[:, None] <= _IN_QUARTER
        allowed: Mask = self._places[index] & later
        if self.scene.polyphony > 1:
            rows = np.flatnonzero(self._chord_room(written) & (ahead == 0))
            allowed[rows, at[rows] % GRID] = True
        return allowed

    def pitch(self, written: Written, taken: Taken, onset: Ints) -> Mask:
        """Pitches in register at the chosen onset; above the note before in a chord; no key that is down already.

        `taken`: the keys that are down for the rows of `written`.
        """
        ppq = self.scene.request.ppq
        free: Mask = self.scene.pitches & ~taken.down(onset * (ppq / GRID), ppq)
        above = free
        if written.begun:
            lowest = np.where(onset == written.previous["onset"], written.previous["pitch"] + 1, 0)
            above = free & (lowest[:, None] <= _PITCHES)
        for fewer in (free, self.scene.pitches):  # what cannot be played so is left out at the end
            some = above.any(-1, keepdims=True)
            if some.all():
                break
            above = np.where(some, above, fewer)
        return above if self.given is None else self.given.pitch(above, written, onset)

    def _chord_room(self, written: Written) -> Mask:
        """Whether another note may begin at the very onset of the one before."""
        few: Mask = written.at_once < self.scene.polyphony
        return few & (written.previous["pitch"] < self.scene.highest)

    def _ahead_of(self, places: Mask, at: Ints, earliest: Ints) -> Mask:
        """(onsets, AHEAD_CLASSES): the quarters with a place at or after `earliest`, for notes before at `at`.

        END where there is none.
        """
        scene, up_to = self.scene, np.append(0, places.cumsum())
        begin = (at // GRID)[:, None] * GRID + GRID * _QUARTERS - self._begin
        later = np.clip(earliest[:, None] - self._begin, begin, begin + GRID)
        latest = np.minimum(scene.end - 1, np.maximum(held_until(scene, at), scene.start) + scene.most_rest)
        allowed = np.zeros((len(at), AHEAD_CLASSES), np.bool_)
        near = (latest // GRID - at // GRID)[:, None] >= _QUARTERS
        allowed[:, : MOST_AHEAD + 1] = (up_to[begin + GRID] > up_to[later]) & near
        allowed[:, END] = ~allowed.any(-1)
        return allowed
