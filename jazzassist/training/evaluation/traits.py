"""What players do in a gap, as figures by which a fill is compared with the real bars; NaN where one has no meaning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Notes
from jazzassist.training.arranging.rules import Harmony
from jazzassist.training.evaluation.tasks import Task

NEAR = 6  # what begins within a quarter divided by this of a beat is on it
TOGETHER = 12  # and within this, together
LEFT_HAND = 55  # G3
PEDAL_HAT, RIDES, HELD_HAT = 44, (51, 53, 59), 0.5
EARLIER_BARS = 32
NEXT = 2  # quarters
NAN = float("nan")

Mask = npt.NDArray[np.bool_]
Trait = Callable[[Task, Notes, Harmony], float]


def traits_of(task: Task, notes: Notes, harmony: Harmony) -> dict[str, float]:
    """Every trait of notes as the fill of a task's gap; `harmony`: the chords that are true of the song."""
    filled = task.filled(notes).notes
    return {name: trait(task, filled, harmony) for name, trait in TRAITS.items()}


def root_on_one(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The share of bars whose first beat has the root of the chord, or the bass it names, as its lowest note."""
    return _roots(task, notes, harmony, task.meters.bars(task.request.start, task.request.end))


def root_at_changes(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The same for the places where the chord changes."""
    return _roots(task, notes, harmony, harmony.changes(task.request.start, task.request.end))


def root_on_one_of_three(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The first in waltzes alone."""
    return root_on_one(task, notes, harmony) if task.meters.meter_at(task.request.start)[0] == 3 else NAN


def left_hand(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The share of quarters in which a note below G3 sounds, in comping."""
    if task.role != "comping":
        return NAN
    low = notes.select(notes.pitch < LEFT_HAND)
    beats = np.arange(task.request.start, task.request.end, task.request.ppq)[:, None]
    return float(((low.start < beats + task.request.ppq) & (low.end > beats)).any(1).mean())


def pitch_deviation(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The standard deviation of pitch, in semitones."""
    return NAN if task.drums or len(notes) < 2 else float(notes.pitch.std())


def velocity_deviation(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The standard deviation of velocity."""
    return float(notes.velocity.std()) if len(notes) > 1 else NAN


def in_chord(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The share of notes that belong to the chord in force; what comes a little early belongs to the next."""
    early = task.request.ppq / NEAR
    chords = [] if task.drums else [harmony.chord_at(start + early) for start in notes.start.tolist()]
    hits = [
        pitch % 12 in chord.pitch_classes
        for pitch, chord in zip(notes.pitch.tolist(), chords, strict=not task.drums)
        if chord is not None
    ]
    return float(np.mean(hits)) if hits else NAN


def best_earlier_bar(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The mean over the gap's bars of the note F1 with the bar before the gap that is most alike."""
    starts, request = task.meters.bars(0, task.request.end), task.request
    first = int(request.before.start[0]) if len(request.before) else request.start
    earlier = [tick for tick in starts if first - request.ppq <= tick < request.start][-EARLIER_BARS:]
    inside = [tick for tick in starts if request.start <= tick < request.end]
    if not earlier or not inside:
        return NAN
    bars = [_bar(task, request.before, tick) for tick in earlier]
    fills = [_bar(task, notes, tick) for tick in inside]
    return float(np.mean([max(_alike(fill, bar, request.ppq / NEAR) for bar in bars) for fill in fills]))


def chordal_onsets(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The share of onsets with three notes or more, in comping."""
    if task.role != "comping" or not len(notes):
        return NAN
    begins = np.append(True, np.diff(notes.start) > task.request.ppq / TOGETHER)
    return float((np.bincount(np.cumsum(begins) - 1) >= 3).mean())


def held(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The median share of the way to the next note for which a note is held, in basses and melodies.

    Where the next is more than NEXT quarters away a phrase ends, and that does not count.
    """
    onsets = np.unique(notes.start)
    if task.role not in ("bass", "melody") or len(onsets) < 3:
        return NAN
    ends = np.array([int(notes.end[notes.start == onset].max()) for onset in onsets[:-1]])
    ahead = np.diff(onsets)
    near = ahead <= NEXT * task.request.ppq
    return float(np.median(((ends - onsets[:-1]) / ahead)[near])) if near.any() else NAN


def hat_on_two_and_four(task: Task, notes: Notes, harmony: Harmony) -> float:
    """The share of second and fourth beats with a pedal hi-hat, where the bars before have it on half of them."""
    past = _hats(task, task.past.notes, task.past.bars[:-1])
    bars = tuple(task.meters.bars(task.request.start, task.request.end))
    return _hats(task, notes, bars) if past >= HELD_HAT else NAN


def ride_density(task: Task, notes: Notes, harmony: Harmony) -> float:
    """Strokes on ride cymbals per quarter, divided by those before the gap."""
    past, quarters = task.past.notes, (task.request.end - task.request.start) / task.request.ppq
    strokes, before = int(np.isin(notes.pitch, RIDES).sum()), int(np.isin(past.pitch, RIDES).sum())
    if not task.drums or before < task.past.quarters / 2:
        return NAN
    return (strokes / quarters) / (before / task.past.quarters)


TRAITS: dict[str, Trait] = {
    "root on beat 1": root_on_one,
    "root at chord changes": root_at_changes,
    "root on beat 1 of waltzes": root_on_one_of_three,
    "quarters with a note below G3": left_hand,
    "deviation of pitch, semitones": pitch_deviation,
    "deviation of velocity": velocity_deviation,
    "notes in the chord": in_chord,
    "likeness to the best earlier bar": best_earlier_bar,
    "onsets of three notes or more": chordal_onsets,
    "held, share of the way to the next note": held,
    "pedal hi-hat on 2 and 4": hat_on_two_and_four,
    "ride, relative to before": ride_density,
}


def _roots(task: Task, notes: Notes, harmony: Harmony, places: list[int]) -> float:
    """The share of places with a chord at which the lowest note that begins is its root or bass; for basses, and for
    comping whose seed has a left hand."""
    if task.role not in ("bass", "comping") or (task.role == "comping" and not _has_left_hand(task)):
        return NAN
    hits, near = [], task.request.ppq / NEAR
    for tick in places:
        chord, root = harmony.chord_at(tick + near), harmony.root_at(tick + near)
        if chord is None or tick < task.request.start:
            continue
        here = notes.pitch[np.abs(notes.start - tick) <= near]
        hits.append(len(here) > 0 and int(here.min()) % 12 in (root, chord.bass))
    return float(np.mean(hits)) if hits else NAN


def _has_left_hand(task: Task) -> bool:
    past = task.past.notes
    return len(past) > 0 and float((past.pitch < LEFT_HAND).mean()) >= 0.1


def _hats(task: Task, notes: Notes, bars: tuple[int, ...]) -> float:
    beats = [beat for bar in bars for beat in _backbeats(task, bar)]
    hats = notes.start[notes.pitch == PEDAL_HAT]
    near = task.request.ppq / NEAR
    return float(np.mean([(np.abs(hats - beat) <= near).any() for beat in beats])) if task.drums and beats else NAN


def _backbeats(task: Task, bar: int) -> list[int]:
    if task.meters.meter_at(bar) != (4, 4):
        return []
    beats = task.meters.beats(task.meters.bar_at(bar))
    return beats[1::2]


def _bar(task: Task, notes: Notes, tick: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Places in a bar and pitches of the notes that begin in it, or a little early."""
    number = task.meters.bar_at(tick)
    start, end = task.meters.bar_start(number), task.meters.bar_start(number + 1)
    found = notes.starting_in(start, end)
    return np.asarray(found.start - start, np.int64), np.asarray(found.pitch, np.int64)


def _alike(
    first: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    second: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    near: float,
) -> float:
    """The F1 of two bars: a note is found where the other has its pitch within `near` ticks; 1 for two empty bars."""
    if not len(first[0]) and not len(second[0]):
        return 1.0
    same: Mask = (np.abs(first[0][:, None] - second[0]) <= near) & (first[1][:, None] == second[1])
    total = len(first[0]) + len(second[0])
    return float((same.any(1).sum() + same.any(0).sum()) / total)
