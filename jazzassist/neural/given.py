"""Notes in a gap that stay: candidates come to each of them in turn and take it over as it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import END, GRID, MOST_AHEAD, PITCHES, Ints, duration_class
from jazzassist.neural.scene import Scene
from jazzassist.neural.written import Written

Mask = npt.NDArray[np.bool_]


class Given:
    """Narrows what candidates may choose, so that none passes a given note; see `choices`."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._count = len(scene.given)
        self._onset, self._pitch, duration, velocity = (
            np.append(column, 0)
            for column in (
                scene.given.onset,
                scene.given.pitch,
                duration_class(scene.given.length),
                scene.given.velocity // 8,
            )
        )
        self._later = {3: duration, 4: velocity}

    def next(self, written: Written) -> tuple[Ints, Mask]:
        """(rows,): the number of the next given note of each row, and whether there is one."""
        previous = written.previous
        number = self.scene.given_next(previous["onset"], previous["pitch"], written.begun)
        return number, number < self._count

    def ahead(self, allowed: Mask, written: Written) -> Mask:
        """Quarters ahead up to that of the next given note, and no END before it.

        A note further away than that is approached as far as possible.
        """
        number, some = self.next(written)
        left = np.minimum(self._onset[number] // GRID - written.previous["onset"] // GRID, MOST_AHEAD)
        narrowed = allowed & (np.arange(allowed.shape[1]) <= left[:, None])
        narrowed[:, END] = False
        narrowed[np.arange(len(left)), np.clip(left, 0, MOST_AHEAD)] = True
        return np.asarray(np.where(some[:, None], narrowed, allowed))

    def sub(self, allowed: Mask, written: Written, ahead: Ints) -> Mask:
        """In the quarter of the next given note, the positions up to its own."""
        number, some = self.next(written)
        quarter = written.previous["onset"] // GRID + np.minimum(ahead, MOST_AHEAD)
        at = self._onset[number]
        here = some & (quarter == at // GRID)
        narrowed = allowed & (np.arange(GRID) <= (at % GRID)[:, None])
        narrowed[np.arange(len(at)), at % GRID] = True
        return np.asarray(np.where(here[:, None], narrowed, allowed))

    def pitch(self, allowed: Mask, written: Written, onset: Ints) -> Mask:
        """At the onset of the next given note its pitch, or one below it where a chord has room for both."""
        number, some = self.next(written)
        pitch, here = self._pitch[number], some & (onset == self._onset[number])
        again = (onset == written.previous["onset"]) & written.begun
        at_once = np.where(again, written.at_once, 0)
        room = at_once + 1 < self.scene.polyphony
        narrowed = allowed & (np.arange(PITCHES) < pitch[:, None]) & room[:, None]
        narrowed[np.arange(len(pitch)), pitch] = True
        return np.asarray(np.where(here[:, None], narrowed, allowed))

    def forced(self, written: Written, onset: Ints, pitch: Ints) -> Mask:
        """(rows,): which rows have come to a given note with the onset and the pitch that were chosen."""
        number, some = self.next(written)
        return np.asarray(some & (onset == self._onset[number]) & (pitch == self._pitch[number]))

    def value(self, field: int, value: Ints, written: Written, forced: Mask) -> Ints:
        """The classes of a duration (3) or velocity (4), those of the given notes where they are `forced`."""
        number, _ = self.next(written)
        return np.asarray(np.where(forced, self._later[field][number], value))


def is_given(scene: Scene, onset: Ints, pitch: Ints) -> Mask:
    """(notes,): which notes on the grid are given ones of the scene."""
    keys = scene.given.onset * PITCHES + scene.given.pitch
    return np.asarray(np.isin(onset * PITCHES + pitch, keys))


def covered(scene: Scene, place: Ints) -> Mask:
    """Which grid positions lie inside a given note where the line is one voice, so that no other note may begin."""
    given = scene.given
    if not len(given) or not scene.is_monophonic:
        return np.zeros(len(place), np.bool_)
    inside = (given.onset < place[:, None]) & (place[:, None] < given.onset + given.length)
    return np.asarray(inside.any(1) & ~np.isin(place, given.onset))


def held_until(scene: Scene, place: Ints) -> Ints:
    """(places,): at least `place`; in a single voice the end of a given note that sounds there."""
    given = scene.given
    if not len(given) or not scene.is_monophonic:
        return place
    sounding = (given.onset <= place[:, None]) & (place[:, None] < given.onset + given.length)
    return np.asarray(np.maximum(place, np.where(sounding, given.onset + given.length, 0).max(1)), np.int64)
