"""What a line does at certain places of the bar, again and again: a bass its roots, a drummer the hi-hat on 2 and 4.

At such a place the network's chances are moved until they are as high as the seed's own share; they are never
lowered, and by MOST nats at most. So nothing is written that the network finds impossible, and a seed without a habit
gets none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.domain.chords import parse_chord
from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import AHEAD_CLASSES, DRUMS, GRID, MOST_AHEAD, PITCHES, Floats, GridLine, Ints
from jazzassist.neural.scene import Scene
from jazzassist.neural.written import Written

NEAR = GRID // 6  # what begins so close to a place is there
FEWEST = 4  # places of the seed that show a habit
LEAST, SUREST = 0.5, 0.97  # the share from which on something is a habit, and the most that is aimed at
MOST = 4.0  # nats
PEDAL_HAT = 44
BASS_CLASS = 4  # the instrument class of basses
CHORD = 3  # pitch classes that make one
LOW = 55  # G3: lines that begin that low at such places are led by their lowest notes

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Habit:
    """`places`: grid positions in the gap, sorted; `wanted`, (places, PITCHES): what is played there.

    `present`: in which share of such places the seed plays something that may be wanted; `right`: in which share of
    these it is what is wanted. `lowest`: whether the lowest note of an onset counts, otherwise any.
    """

    places: Ints
    wanted: Mask
    present: float
    right: float
    lowest: bool


class Habits:
    """Those of a scene's line, applied to the chances of all candidates with a strength from 0 to 1."""

    def __init__(self, scene: Scene, strength: float = 1.0) -> None:
        self.found = [habit for habit in habits_of(scene) if len(habit.places)]
        self.most = MOST * min(1.0, max(0.0, strength))

    def ahead(self, chances: Floats, written: Written) -> Floats:
        """The chances of quarters ahead, (candidates, classes), that do not pass by a place too often."""
        for habit in self.found:
            at = written.previous["onset"]
            due, is_due = self._due(habit, written)
            quarters = due // GRID - at // GRID
            inside = (np.arange(AHEAD_CLASSES) <= np.minimum(quarters, MOST_AHEAD)[:, None]) & is_due[:, None]
            chances = raised(chances, inside, np.where(is_due, habit.present, 0), self.most)
        return chances

    def sub(self, chances: Floats, written: Written, ahead: Ints) -> Floats:
        """The chances of positions in the quarter, (candidates, GRID), that do not pass by a place too often."""
        for habit in self.found:
            due, is_due = self._due(habit, written)
            quarter = written.previous["onset"] // GRID + np.minimum(ahead, MOST_AHEAD)
            here = is_due & (quarter == due // GRID)
            inside = (np.arange(GRID) <= (due % GRID + NEAR // 2)[:, None]) & here[:, None]
            chances = raised(chances, inside, np.where(here, habit.present, 0), self.most)
        return chances

    def pitch(self, chances: Floats, written: Written, onset: Ints) -> Floats:
        """The chances of pitches, (candidates, PITCHES), at the onsets that were chosen."""
        again = (onset == written.previous["onset"]) & written.begun
        for habit in self.found:
            index, there = _place_at(habit.places, onset)
            wanted = habit.wanted[index]
            if habit.lowest:
                there = there & ~again
            else:  # what stands above it in the kit comes after it
                highest = PITCHES - 1 - wanted[:, ::-1].argmax(-1)
                there = there & ~(again & (written.previous["pitch"] >= highest))
                wanted = np.arange(PITCHES) <= highest[:, None]
            chances = raised(chances, wanted, np.where(there, habit.right, 0), self.most)
        return chances

    def _due(self, habit: Habit, written: Written) -> tuple[Ints, Mask]:
        """(candidates,): the next place at which a note is due, and whether there is one.

        That of the note before itself, where what is wanted there may still come in the same onset.
        """
        at = written.previous["onset"]
        index = np.searchsorted(habit.places, at + NEAR, side="right")
        if not written.begun:
            index = np.searchsorted(habit.places, at, side="left")
        elif not habit.lowest:
            here, there = _place_at(habit.places, at)
            highest = PITCHES - 1 - habit.wanted[here][:, ::-1].argmax(-1)
            index = np.where(there & (written.previous["pitch"] < highest), here, index)
        last = len(habit.places) - 1
        due = habit.places[np.minimum(index, last)]
        return np.maximum(due, at), index <= last


def raised(chances: Floats, wanted: Mask, share: npt.NDArray[np.floating], most: float) -> Floats:
    """The chances, (rows, classes), with those `wanted` at least `share` of each row together, if `most` nats do it."""
    whole, part = chances.sum(-1), (chances * wanted).sum(-1)
    rows = (part > 0) & (part < share * whole)
    if not rows.any():
        return chances
    part, whole, aim = part[rows], whole[rows], np.asarray(share)[rows]
    factor = np.minimum(aim * (whole - part) / ((1 - aim) * part), np.exp(most))
    found = chances.copy()
    found[rows] = np.where(wanted[rows], chances[rows] * factor[:, None], chances[rows])
    return found


def habits_of(scene: Scene) -> list[Habit]:
    """The habits of the line that is written for, as the seed has them."""
    meters, sides = scene.around.meters, (scene.before, scene.after)
    if scene.instrument == DRUMS:
        return _hat_on_two_and_four(sides, scene, meters)
    return _roots(sides, scene, meters)


def _hat_on_two_and_four(sides: Sequence[GridLine], scene: Scene, meters: MeterMap) -> list[Habit]:
    known = np.concatenate([_beats(meters, *_span(side), (1, 3), 4) for side in sides])
    inside = _beats(meters, scene.start, scene.end, (1, 3), 4)
    hats = np.sort(np.concatenate([side.onset[side.pitch == PEDAL_HAT] for side in sides]))
    share = _share(known, hats)
    if share < LEAST:
        return []
    wanted = np.zeros((len(inside), PITCHES), np.bool_)
    wanted[:, PEDAL_HAT] = True
    return [Habit(inside, wanted, share, share, lowest=False)]


def _roots(sides: Sequence[GridLine], scene: Scene, meters: MeterMap) -> list[Habit]:
    """That the lowest note on beat 1, and where the chord changes, is the bass of the chord."""
    harmony = _Basses(scene)
    known = np.concatenate([harmony.places(meters, *_span(side)) for side in sides])
    inside = harmony.places(meters, scene.start, scene.end)
    if scene.request.confidences:
        inside = inside[_has_chords(scene, inside)]
    if len(known) < FEWEST or not len(inside):
        return []
    onset, lowest = _lowest(sides)
    present = _share(known, onset)
    index, there = _place_at(onset, known)
    if not there.any() or np.median(lowest[index[there]]) >= LOW:
        return []
    right = lowest[index] % 12 == harmony.at(known)
    share = float((right[there].sum() + 0.5) / (there.sum() + 1))
    if there.sum() < FEWEST or share < LEAST:
        return []
    highest = np.percentile(lowest[index[there]], 90)
    wanted = (np.arange(PITCHES) % 12 == harmony.at(inside)[:, None]) & (np.arange(PITCHES) <= highest)
    return [Habit(inside, wanted, present if present >= LEAST else 0.0, min(share, SUREST), lowest=True)]


class _Basses:
    """The basses of a request's chords on the grid."""

    def __init__(self, scene: Scene) -> None:
        request, before = scene.request, -1
        self.starts: list[int] = []
        self.basses: list[int] = []
        for tick, symbol in request.chords:
            chord = parse_chord(symbol)
            bass = -1 if chord is None else chord.bass
            if bass != before:
                self.starts.append(round(tick * GRID / request.ppq))
                self.basses.append(bass)
            before = bass

    def at(self, places: Ints) -> Ints:
        """The pitch class in force at each place, -1 where none is."""
        if not self.starts:
            return np.full(len(places), -1)
        index = np.searchsorted(self.starts, places + NEAR // 2, side="right") - 1
        return np.where(index < 0, -1, np.array(self.basses)[np.maximum(index, 0)])

    def places(self, meters: MeterMap, start: int, end: int) -> Ints:
        """Beats 1 in [start, end), and where the bass of the chords is another, where one is known."""
        changes = np.array([at for at in self.starts if start <= at < end], np.int64)
        found = np.unique(np.concatenate([_beats(meters, start, end, (0,)), changes]))
        return found[self.at(found) >= 0]


def _has_chords(scene: Scene, places: Ints) -> Mask:
    """(places,): whether other lines play a chord within the half bar from there: without, its bass is a guess."""
    request, found = scene.request, np.zeros(len(places), np.bool_)
    lines = [line.notes for index, line in enumerate(request.lines) if index != request.target and not line.is_drums]
    times = (places[:, None] + np.arange(0, 2 * GRID, GRID // 4) + 1) * (request.ppq / GRID)
    sounding = np.zeros((*times.shape, 12), np.bool_)
    for notes in lines:
        near = notes.select((notes.end > request.start) & (notes.start < request.end))
        on = (near.start <= times[..., None]) & (near.end > times[..., None])
        for pitch_class in range(12):
            sounding[..., pitch_class] |= on[..., near.pitch % 12 == pitch_class].any(-1)
    found |= (sounding.sum(-1) >= CHORD).any(-1)
    return found


def _span(side: GridLine) -> tuple[int, int]:
    return (int(side.onset[0]), int(side.onset[-1]) + 1) if len(side) else (0, 0)


def _beats(meters: MeterMap, start: int, end: int, numbers: Sequence[int], only_in: int = 0) -> Ints:
    """The beats with these numbers, from 0, of the bars that begin in [start, end); only of bars with so many."""
    found = list[int]()
    for bar in meters.bars(start, end) if end > start else ():
        beats = meters.beats(meters.bar_at(bar))
        if not only_in or len(beats) == only_in:
            found += [beats[number] for number in numbers if start <= beats[number] < end]
    return np.array(found, np.int64)


def _share(places: Ints, onset: Ints) -> float:
    """The share of the places at which something begins, SUREST at most; 0 where there are too few."""
    if len(places) < FEWEST or not len(onset):
        return 0.0
    _, there = _place_at(onset, places)
    return min(SUREST, float((there.sum() + 0.5) / (len(places) + 1)))


def _place_at(places: Ints, onset: Ints) -> tuple[Ints, Mask]:
    """(onsets,): the nearest of sorted places, and whether it is near."""
    right = np.clip(np.searchsorted(places, onset), 1, max(1, len(places) - 1))
    left = right - 1
    right = np.minimum(right, len(places) - 1)
    index = np.where(np.abs(places[left] - onset) <= np.abs(places[right] - onset), left, right)
    return index, np.abs(places[index] - onset) <= NEAR


def _lowest(sides: Sequence[GridLine]) -> tuple[Ints, Ints]:
    """The onsets of both sides, and the lowest pitch of each."""
    onset, pitch = (np.concatenate([getattr(side, name) for side in sides]) for name in ("onset", "pitch"))
    order = np.lexsort((pitch, onset))
    found, first = np.unique(onset[order], return_index=True)
    return found, pitch[order][first]
