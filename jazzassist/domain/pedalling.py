"""The sustain pedal that a suggestion brings along, where the music around its gap is played with one.

How the player pedals is read from the channel's own pedal around the gap: at which notes the pedal is changed, how
long after them it goes down, when it comes up, and through which values. The pedal in the gap is made of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jazzassist.domain import edits
from jazzassist.domain.neutralise import Disturbance, InForce, Kind, Steps, message, sets, sharing, with_events
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Event, Notes, Song, Track
from jazzassist.domain.timing import MeterMap

BARS_BEFORE, BARS_AFTER = 32, 16  # that are listened to
FEWEST_HOLDS = 3  # from which on a passage counts as played with the pedal
NEAR_BARS = 8  # within which of the gap there is one of them
DOWN, FAINTEST = 64, 20  # from which value a pedal holds, and the least that a half-pressed one reaches
EARLY = 0.25  # quarters before a note from which on a pedal goes down for it
RAMP = 0.5  # quarters that a pedal takes from up to down at most
CROWDED = 0.6  # of the usual time between two changes: closer ones are not made
HALF_LIFE = 8.0  # bars away from the gap at which a change counts half
WIDTH = 1 / 6  # quarters by which changes at one place of the bar differ
TOGETHER = 1 / 12  # quarters within which notes of a chord begin

Moment = tuple[int, int]  # tick, value
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hold:
    """One hold of the pedal, as the player does it.

    `press`: ticks from the note it is for until it is down. `lift`: ticks from the next press until it is up, at most
    0, where the two follow each other (`legato`); otherwise its share of the time between the notes they are for.
    `going_down`, `coming_up`: the values it passes, at ticks from the moment of crossing.
    """

    press: int
    lift: float
    legato: bool
    going_down: tuple[Moment, ...]
    coming_up: tuple[Moment, ...]


@dataclass(frozen=True)
class Pedalling:
    """How a channel is pedalled. `holds`: those of the usual kind, the latest before the gap first. `changes`, (2, n):
    the notes for which the pedal goes down, in ticks from the start of their bar, and how much each counts. `for_low`:
    how many times more often that is at low notes than at all; `for_high`: at others. `every`: the usual ticks between
    two changes.
    """

    holds: tuple[Hold, ...]
    changes: Doubles
    for_low: float
    for_high: float
    every: float


def fill(song: Song, gap: Gap, *notes: Notes, given: Sequence[Notes] = ()) -> Song:
    """The song with copies of `notes`, one for each track of the gap, instead of what lies in it: see `edits.replace`.

    Where a track's channel is played with the sustain pedal around the gap, the pedal in the gap is made anew to suit
    the notes, and is up at its end, or as it was for what follows. A pedal that other notes in the gap are played with
    stays as it is.
    """
    filled = edits.replace(song, gap, *notes, given=given)
    for track, channel in pedalled(song, gap):
        filled = _with_pedal(song, filled, gap, track, channel)
    return filled


def pedalled(song: Song, gap: Gap, in_force: InForce | None = None) -> list[tuple[int, int]]:
    """(track, channel) of the gap's tracks that bring a pedal of their own, one for each channel of a port.

    `in_force`: the song's controllers, where they have been read.
    """
    in_force, found = in_force or InForce(song), dict[tuple[tuple[int, ...], int], int]()
    for track in gap.tracks:
        channel, together = song.tracks[track].channel, tuple(sharing(song, track))
        if (together, channel) in found or _is_shared(song, gap, together, channel):
            continue
        steps = in_force.steps(track, channel)[Kind.PEDAL]
        if (
            max(steps.values) >= FAINTEST
            and learned(steps, _notes_on(song, together, channel), gap, song.meter_map) is not None
        ):
            found[together, channel] = track
    return [(track, channel) for (_, channel), track in found.items()]


def undisturbed(song: Song, gap: Gap, found: Iterable[Disturbance], in_force: InForce) -> tuple[Disturbance, ...]:
    """Of what would spoil a suggestion's notes, all but pedals that the suggestion replaces by its own."""
    own = [(sharing(song, track), channel) for track, channel in pedalled(song, gap, in_force)]

    def is_replaced(one: Disturbance) -> bool:
        return one.kind is Kind.PEDAL and any(one.track in tracks and one.channel == channel for tracks, channel in own)

    return tuple(one for one in found if not is_replaced(one))


def expected_events(song: Song, filled: Song, gap: Gap) -> list[list[Event]]:
    """The events that each track of `filled` should have: those of the song, but for the pedals that `fill` made."""
    own = [(sharing(song, track), channel) for track, channel in pedalled(song, gap)]

    def is_own(index: int, event: Event) -> bool:
        inside = gap.start <= event.tick <= gap.end
        return inside and any(index in tracks and sets(event, Kind.PEDAL, channel) for tracks, channel in own)

    return [
        [event for event in old.events if not is_own(index, event)]
        + [event for event in new.events if is_own(index, event)]
        for index, (old, new) in enumerate(zip(song.tracks, filled.tracks, strict=True))
    ]


def _is_shared(song: Song, gap: Gap, together: Sequence[int], channel: int) -> bool:
    """Whether notes of other tracks sound on the channel in the gap."""
    others = _notes_on(song, [index for index in together if index not in gap.tracks], channel)
    return bool(((others.start < gap.end) & (others.end > gap.start)).any())


def _notes_on(song: Song, tracks: Sequence[int], channel: int) -> Notes:
    lines = [song.tracks[index].notes for index in tracks]
    return reduce(Notes.joined, [line.select(line.channel == channel) for line in lines], EMPTY)


def learned(steps: Steps, notes: Notes, gap: Gap, meters: MeterMap) -> Pedalling | None:
    """How the pedal `steps` are played to `notes` around a gap; None where there is hardly any pedal."""
    holds, anchors, onsets, bar = list[Hold](), list[int](), list[Onset](), _bar(gap, meters)
    for low, high in ((gap.end, gap.end + BARS_AFTER * bar), (max(0, gap.start - BARS_BEFORE * bar), gap.start)):
        side = _onsets(notes.starting_in(low, high), meters.ppq)
        found = _holds(steps, [onset.tick for onset in side], low, high, meters.ppq)
        anchors, holds, onsets = anchors + found[0], holds + found[1], onsets + side
    away = np.array([gap.start - at if at < gap.start else at - gap.end for at in anchors]) / bar
    if len(holds) < FEWEST_HOLDS or away.min() > NEAR_BARS:
        return None
    places = set(anchors)
    share = float(np.mean([onset.low for onset in onsets]))
    changed = float(np.mean([onset.low for onset in onsets if onset.tick in places]))
    at = np.array([_in_bar(tick, gap, meters) for tick in anchors])
    every = float(np.median([b - a for a, b in pairwise(sorted(anchors)) if not a < gap.start <= b]))
    odds = [
        (part * len(anchors) + 1) / (whole * len(anchors) + 1)
        for part, whole in ((changed, share), (1 - changed, 1 - share))
    ]
    legato = 2 * sum(hold.legato for hold in holds) >= len(holds)
    usual = tuple(hold for hold in holds[::-1] if hold.legato == legato)
    return Pedalling(usual, np.stack([at, 0.5 ** (away / HALF_LIFE)]), odds[0], odds[1], every)


def _bar(gap: Gap, meters: MeterMap) -> int:
    """The ticks of the bar at the gap, or of 4/4 where bars are shorter than two quarters."""
    number = meters.bar_at(gap.start)
    length = meters.bar_start(number + 1) - meters.bar_start(number)
    return length if length > 2 * meters.ppq else 4 * meters.ppq


def _in_bar(tick: int, gap: Gap, meters: MeterMap) -> int:
    """Ticks from the start of its bar, in bars like that at the gap."""
    return (tick - meters.bar_start(meters.bar_at(gap.start))) % _bar(gap, meters)


class Onset(NamedTuple):
    """Where one or several notes begin together; `low`: the lowest is among the lowest third."""

    tick: int
    low: bool


def _onsets(notes: Notes, ppq: int) -> list[Onset]:
    """Where notes begin, what a hand breaks taken together."""
    if not len(notes):
        return []
    first = np.flatnonzero(np.append(True, np.diff(notes.start) > ppq * TOGETHER))
    low = np.minimum.reduceat(notes.pitch, first) <= np.percentile(notes.pitch, 33)
    return [Onset(*pair) for pair in zip(notes.start[first].tolist(), low.tolist(), strict=True)]


def _holds(steps: Steps, onsets: list[int], low: int, high: int, ppq: int) -> tuple[list[int], list[Hold]]:
    """The onsets for which the pedal goes down in [low, high), and its holds; the last is left out if it is open."""
    crossings = [(down, up) for down, up in _crossings(steps) if low <= steps.ticks[down] < high]
    anchors, kept = list[int](), list[tuple[int, int]]()
    for down, up in crossings:
        index = int(np.searchsorted(onsets, steps.ticks[down] + EARLY * ppq, side="right")) - 1
        if index >= 0 and (not anchors or anchors[-1] < onsets[index]):
            anchors.append(onsets[index])
            kept.append((down, up))
    found = []
    for ((down, up), (following, _)), (anchor, after) in zip(pairwise(kept), pairwise(anchors), strict=True):
        press, lift, again = steps.ticks[down], steps.ticks[up], steps.ticks[following]
        legato = again - lift <= RAMP * ppq
        when = lift - again if legato else (lift - press) / (after - anchor)
        found.append(Hold(press - anchor, when, legato, _ramp(steps, down, ppq, 1), _ramp(steps, up, ppq, -1)))
    return anchors, found


def _crossings(steps: Steps) -> Iterator[tuple[int, int]]:
    """(step at which it goes down, step at which it comes up) of each hold; one that never comes up is none."""
    peak = max(steps.values)
    level = DOWN if peak >= DOWN else (peak + 1) // 2
    press: int | None = None
    if peak < FAINTEST:
        return
    for index, value in enumerate(steps.values):
        if value >= level and press is None:
            press = index
        elif value < level and press is not None:
            if steps.ticks[index] > steps.ticks[press]:
                yield press, index
            press = None


def _ramp(steps: Steps, index: int, ppq: int, way: int) -> tuple[Moment, ...]:
    """The values around the crossing at a step that go on upwards (way 1) or downwards (-1), at ticks from there."""
    values, ticks = steps.values, steps.ticks
    first, last, at, near = index, index, ticks[index], RAMP * ppq
    while first > 1 and way * (values[first - 1] - values[first - 2]) > 0 and at - ticks[first - 1] <= near:
        first -= 1
    while last + 1 < len(ticks) and way * (values[last + 1] - values[last]) > 0 and ticks[last + 1] - at <= near:
        last += 1
    return tuple((ticks[i] - at, values[i]) for i in range(first, last + 1))


def _with_pedal(song: Song, filled: Song, gap: Gap, track: int, channel: int) -> Song:
    """The filled song with the pedal of a channel made anew in the gap."""
    together = sharing(song, track)
    steps = InForce(song).steps(track, channel)[Kind.PEDAL]
    manner = learned(steps, _notes_on(song, together, channel), gap, song.meter_map)
    assert manner is not None
    inside = _notes_on(filled, together, channel).starting_in(gap.start, gap.end)
    moments = played(manner, inside, gap, song.meter_map, steps.at(gap.start - 1) if gap.start else 0)
    moments += _restored(steps, gap, song.ppq)
    home = max(together, key=lambda index: (_pedal_events(song.tracks[index], channel), index == track))
    for index in together:
        old = filled.tracks[index]
        kept = tuple(e for e in old.events if not (gap.start <= e.tick < gap.end and sets(e, Kind.PEDAL, channel)))
        new = [Event(tick, message(Kind.PEDAL, channel, value)) for tick, value in moments] if index == home else []
        if new or len(kept) < len(old.events):
            filled = filled.with_track(index, with_events(old, kept, new))
    return filled


def _pedal_events(track: Track, channel: int) -> int:
    return sum(sets(event, Kind.PEDAL, channel) for event in track.events)


def _restored(steps: Steps, gap: Gap, ppq: int) -> list[Moment]:
    """The pedal at the end of the gap: down again if it was down there before and is released later."""
    value = steps.at(gap.end - 1)
    later = [(tick, level) for tick, level in zip(steps.ticks, steps.values, strict=True) if tick >= gap.end]
    lifted = [tick for tick, level in later if level < min(value, DOWN)]
    if not value or not lifted or (later and later[0][0] < gap.end + RAMP * ppq):
        return []
    return [(gap.end, value)]


def played(manner: Pedalling, notes: Notes, gap: Gap, meters: MeterMap, value: int = 0) -> list[Moment]:
    """The pedal in a gap for the notes in it, in that manner: (tick, value), each later than the one before.

    `value`: that in force just before the gap. The last value is that of a pedal that is up.
    """
    onsets = _onsets(notes, meters.ppq)
    changes = _changes(manner, onsets, gap, meters)
    presses = [
        max(at + manner.holds[turn % len(manner.holds)].press, _released_by(notes, at))
        for turn, at in enumerate(changes)
    ]
    found = _Pedal(gap.start, gap.end)
    if value:
        before = manner.holds[0]
        first = min([gap.start + meters.ppq, *presses[:1]])
        found.add(first + round(before.lift) * before.legato, before.coming_up, must=True)
    for turn, (at, after) in enumerate(pairwise([*changes, gap.end])):
        hold, press = manner.holds[turn % len(manner.holds)], max(presses[turn], found.last + 1)
        again = presses[turn + 1] if turn + 1 < len(presses) else gap.end
        lift = round(again + hold.lift if hold.legato else press + hold.lift * (after - at))
        lift = min(lift, again - 1, gap.end - 1)
        if press < lift:
            found.add(press, hold.going_down)
            found.add(lift, hold.coming_up, must=True)
    return found.moments


def _released_by(notes: Notes, onset: int) -> int:
    """When the notes before an onset have ended that end before it: a pedal that is down sooner would hold them."""
    ended = notes.end[(notes.start < onset) & (notes.end <= onset)]
    return int(ended.max(initial=0))


class _Pedal:
    """Moments of a pedal in [start, end), in their order."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end, self.moments = start, end, list[Moment]()

    @property
    def last(self) -> int:
        """The tick of the last moment, or the one before the first that there can be."""
        return self.moments[-1][0] if self.moments else self.start - 1

    def add(self, at: int, ramp: Sequence[Moment], must: bool = False) -> None:
        """Adds a ramp around a tick as far as there is room; `must`: its last value in any case."""
        for number, (tick, value) in enumerate(ramp, 1):
            is_due = must and number == len(ramp)
            place = at + tick
            if is_due:
                place = min(max(place, self.last + 1), self.end - 1)
                while self.moments and self.moments[-1][0] >= place:
                    self.moments.pop()
            if self.last < place < self.end:
                self.moments.append((place, value))


def _changes(manner: Pedalling, onsets: Sequence[Onset], gap: Gap, meters: MeterMap) -> list[int]:
    """The onsets at which the pedal is changed: as often as in the seed, where it most often is, not too close."""
    wanted, chosen = round((gap.end - gap.start) / manner.every), list[int]()
    bar, width = _bar(gap, meters), WIDTH * meters.ppq

    def likelihood(onset: Onset) -> float:
        away = np.abs(manner.changes[0] - _in_bar(onset.tick, gap, meters))
        near = np.exp(-((np.minimum(away, bar - away) / width) ** 2) / 2) * manner.changes[1]
        return float(near.sum()) * (manner.for_low if onset.low else manner.for_high)

    for onset in sorted(onsets, key=likelihood, reverse=True):
        if len(chosen) < wanted and all(abs(onset.tick - other) >= CROWDED * manner.every for other in chosen):
            chosen.append(onset.tick)
    return sorted(chosen)
