"""What comes next in the bars that a bar should be like: for each distance a cue, which is a note moved to its place.

A cue is found by time, not by counting, so that it is found again after a note that was left out or played a little
early. It is given as chances of classes, spread over those next to it where the music is played by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import (
    DURATIONS,
    END,
    GRID,
    MOST_AHEAD,
    PITCHES,
    VELOCITIES,
    Floats,
    GridLine,
    Ints,
    duration_class,
)

NEAR = 2  # grid positions within which onsets are taken as one
LOOSE = np.array([0.08, 0.2, 0.44, 0.2, 0.08], np.float32)  # how a cue is spread in music that is played by hand
EXACT = np.array([0.0, 0.02, 0.96, 0.02, 0.0], np.float32)
BESIDE = np.array([0.2, 0.6, 0.2], np.float32)  # durations and velocities
WRITTEN_PLACES = (0, 3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21)  # positions of the quarter that written music uses
ROOM = 64  # notes for which there is room at once
PLAYED = 0.1  # the share of onsets elsewhere from which on music is played

Mask = npt.NDArray[np.bool_]


@dataclass
class Material:
    """Notes that are looked back on, by rows: the known ones, then what the row has written itself.

    Columns are (rows, notes). `first`: (rows, positions), the first note at or after each grid position from `begin`
    on, -1 where there is none. `moment`: of the first note of those that begin together, how many they are, else 0.
    `head`: the first of those with which each row's last note begins, -1 where it has written none.
    """

    begin: int
    onset: Ints
    pitch: Ints
    length: Ints
    level: Ints
    moment: Ints
    first: Ints
    head: Ints
    written: int

    @staticmethod
    def of(line: GridLine, begin: int, end: int, rows: int, room: int = 0) -> Material:
        """The notes of a line for positions [begin, end), with room for notes that each row will write."""
        columns = (line.onset, line.pitch, duration_class(line.length), line.velocity // 8)
        moment = _moments(line.onset)
        heads = np.flatnonzero(moment > 0)
        place = np.searchsorted(line.onset[heads], np.arange(begin, end))
        first = np.append(heads, -1)[np.minimum(place, len(heads))]
        first[place >= len(heads)] = -1
        onset, pitch, length, level, counts = (
            np.repeat(np.pad(column, (0, room))[None], rows, 0) for column in (*columns, moment)
        )
        heads = np.full(rows, -1)
        return Material(begin, onset, pitch, length, level, counts, np.repeat(first[None], rows, 0), heads, len(line))

    def keep(self, rows: Ints) -> None:
        """Goes on with some of the rows."""
        for name in ("onset", "pitch", "length", "level", "moment", "first", "head"):
            setattr(self, name, getattr(self, name)[rows])

    def add(self, before: Ints, onset: Ints, values: Sequence[Ints]) -> None:
        """Takes the next note of each row, whose note before began at `before`; `values`: its classes by field."""
        if self.written >= self.onset.shape[1]:
            for name in ("onset", "pitch", "length", "level", "moment"):
                setattr(self, name, np.pad(getattr(self, name), ((0, 0), (0, ROOM))))
        at = self.written
        for column, value in ((self.onset, onset), (self.pitch, values[2]), (self.length, values[3])):
            column[:, at] = value
        self.level[:, at] = values[4]
        self.written += 1
        start = self.head_onset(before)
        begins = (self.head < 0) | (onset - start > NEAR)
        low, high = max(0, int(start.min()) + 1 - self.begin), int(onset.max()) + 1 - self.begin
        place = np.arange(low, max(low, min(high, self.first.shape[1]))) + self.begin
        here = begins[:, None] & (place > start[:, None]) & (place <= onset[:, None])
        self.first[:, low : low + len(place)][here] = at
        self.head = np.where(begins, at, self.head)
        self.moment[np.arange(len(onset)), self.head] += 1

    def head_onset(self, before: Ints) -> Ints:
        """(rows,): where the first of the notes began that begin with each row's last; `before` where it wrote none."""
        return np.where(self.head < 0, before, self.onset[np.arange(len(self.head)), self.head])


def _moments(onset: Ints) -> Ints:
    """(notes,): how many notes begin together from a note on that is the first of them; 0 for the others."""
    found = np.zeros(len(onset), np.int64)
    head = 0
    for index, at in enumerate(onset.tolist()):
        head = index if index == 0 or at - int(onset[head]) > NEAR else head
        found[head] += 1
    return found


@dataclass(frozen=True)
class Now:
    """Where each row stands: the `onset` of its last note, how many notes began `together` with it, the bar.

    `moment`: where the first of these began. At the beginning of a gap nothing is there yet: `together` is 0 and the
    moment is the position before the gap.
    """

    onset: Ints
    moment: Ints
    together: Ints
    bar: Ints


@dataclass
class Cues:
    """The next note by each distance, (rows, distances). `active`: whether there is one; `ends`: that it is none of
    the gap any more; `again`: that it begins with the last note. `hit`: whether what was chosen agreed so far."""

    onset: Ints
    pitch: Ints
    length: Ints
    level: Ints
    active: Mask
    ends: Mask
    again: Mask
    now: Now
    spread: Floats

    @staticmethod
    def of(material: Material, shifts: Ints, possible: Mask, now: Now, gap: tuple[int, int], spread: Floats) -> Cues:
        """`shifts`, `possible`: (rows, distances), where the other bars lie and whether there are any."""
        rows = np.arange(len(material.onset))[:, None] if len(material.onset) > 1 else 0
        here = now.moment[:, None] - shifts
        last = material.first.shape[1] - 1
        at = here - NEAR - material.begin
        near = material.first[rows, np.clip(at, 0, last)]
        head, begun = np.maximum(near, 0), now.together[:, None] > 0
        inside = begun & (near >= 0) & (material.onset[rows, head] <= here + NEAR)
        more = inside & (now.together[:, None] < material.moment[rows, head])
        later = material.first[rows, np.clip(here + np.where(begun, NEAR + 1, 1) - material.begin, 0, last)]
        index = np.where(more, head + now.together[:, None], later)
        found = np.maximum(index, 0)
        source = material.onset[rows, found]
        # Only the notes of the gap that have been generated so far.
        known = (source < gap[0]) | (source >= gap[1]) | (source <= now.onset[:, None])
        active = possible & (index >= 0) & known & (at >= 0) & (here <= material.begin + last)
        onset = np.where(more, np.maximum(source + shifts, now.onset[:, None]), source + shifts)
        active &= onset >= now.onset[:, None] + ~more
        return Cues(
            onset, material.pitch[rows, found], material.length[rows, found], material.level[rows, found],
            active, active & ~more & (onset >= gap[1]), active & more, now, spread,
        )  # fmt: skip

    def ahead(self) -> tuple[Ints, Floats]:
        """Classes and their chances, (rows, distances, ways)."""
        at = self._onsets()
        classes = np.minimum(at // GRID - (self.now.onset // GRID)[:, None, None], MOST_AHEAD)
        classes = np.where(self.ends[..., None], END, classes)
        return classes, self._weights(at)

    def sub(self, ahead: Ints) -> tuple[Ints, Floats]:
        """As `ahead`, in the quarter that was chosen."""
        at = self._onsets()
        quarter = (self.now.onset // GRID + np.minimum(ahead, MOST_AHEAD))[:, None, None]
        fits = (at // GRID == quarter) & ~self.ends[..., None]
        return at % GRID, _whole(self._weights(at) * fits)

    def place(self, onset: Ints) -> None:
        """Takes the onset that was chosen: cues that lie elsewhere say nothing of the rest of the note."""
        self.active = self.active & ~self.ends & (np.abs(self.onset - onset[:, None]) <= NEAR)

    def pitches(self, moved: Ints) -> tuple[Ints, Floats]:
        """`moved`: (rows, distances), the pitches of the cues in their key."""
        return moved[..., None], self.active[..., None].astype(np.float32)

    def lengths(self) -> tuple[Ints, Floats]:
        """Classes of durations."""
        return self._beside(self.length, len(DURATIONS))

    def levels(self) -> tuple[Ints, Floats]:
        """Levels of velocity."""
        return self._beside(self.level, VELOCITIES)

    def _onsets(self) -> Ints:
        return self.onset[..., None] + np.arange(-NEAR, NEAR + 1)

    def _weights(self, at: Ints) -> Floats:
        """Chances of onsets: only later ones, or for a note of the same chord not earlier ones."""
        late = at >= (self.now.onset[:, None] + ~self.again)[..., None]
        spread = np.where(self.ends[..., None], np.array([0, 0, 1, 0, 0], np.float32), self.spread)
        return _whole(spread * late * self.active[..., None])

    def _beside(self, middle: Ints, count: int) -> tuple[Ints, Floats]:
        classes = np.clip(middle[..., None] + np.arange(-1, 2), 0, count - 1)
        return classes, np.asarray(self.active[..., None] * BESIDE, np.float32)


def spread_of(line: GridLine) -> Floats:
    """How cues are spread in time: hardly in written music, over a 12th of a quarter to either side in played music."""
    if not len(line):
        return EXACT
    return LOOSE if float((~np.isin(line.onset % GRID, WRITTEN_PLACES)).mean()) > PLAYED else EXACT


def _whole(weights: Floats) -> Floats:
    """Weights that add up to 1, or to 0 where there is none."""
    total = weights.sum(-1, keepdims=True)
    return np.asarray(weights / np.where(total > 0, total, 1), np.float32)


MAJOR = (0, 2, 4, 5, 7, 9, 11)
MOST_STEPS = 6


def scale_of(weights: npt.NDArray[np.float64]) -> int:
    """The tonic, 0-11, of the major scale that holds most of pitch classes of these weights, (12,)."""
    return int(np.argmax([weights[[(tonic + step) % 12 for step in MAJOR]].sum() for tonic in range(12)]))


def in_steps(tonic: int) -> Ints:
    """(2 * MOST_STEPS + 1, PITCHES): each pitch moved by -MOST_STEPS to MOST_STEPS steps of the scale.

    What lies between two steps stays as much above the lower one.
    """
    members = np.array([pitch for pitch in range(-60, PITCHES + 60) if (pitch - tonic) % 12 in MAJOR])
    pitch = np.arange(PITCHES)
    step = np.searchsorted(members, pitch, side="right") - 1
    above = pitch - members[step]
    moves = np.arange(-MOST_STEPS, MOST_STEPS + 1)[:, None]
    return np.asarray(np.clip(members[step + moves] + above, 0, PITCHES - 1), np.int64)


def steps_between(tonic: int, first: Ints, second: Ints) -> Ints:
    """By how many steps of the scale, -3 to 3, second pitch classes lie above the first; 0 where one is unknown, -1."""
    degree = np.searchsorted(MAJOR, (np.arange(12) - tonic) % 12, side="right") - 1
    known = (first >= 0) & (second >= 0)
    away = degree[np.maximum(second, 0)] - degree[np.maximum(first, 0)]
    return np.where(known, (away + 3) % 7 - 3, 0)
