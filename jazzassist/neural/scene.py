"""A request as the network meets it: the gap on the grid, the notes on both sides, and what the seed allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jazzassist.domain.chords import parse_chord
from jazzassist.domain.room import pitch_range, taken_keys
from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.suggestion import Line, Part, SuggestionRequest
from jazzassist.domain.timing import TempoMap
from jazzassist.neural.encoding import (
    DRUMS,
    GRID,
    MIDDLE_C,
    PITCHES,
    UNKNOWN,
    Floats,
    GridLine,
    Ints,
    chords,
    duration_class,
    grid_meters,
    instrument_class,
    others,
    pedal_classes,
    tempo_class,
)
from jazzassist.neural.legato import Legato
from jazzassist.neural.places import longest_silence, steady_places, without_joins
from jazzassist.neural.steps import Surroundings, Target
from jazzassist.neural.taken import Taken
from jazzassist.neural.touch import EVEN, Struck, Touch

NOTES_BEFORE = 160  # as many as a training window has steps
NOTES_AFTER = 48
LONE = 1.05  # notes per onset below which a single line is wished
REACH = 7  # semitones beyond the seed's register that a suggestion may go
TEMPO_QUARTERS = 32  # before the gap, over which the tempo is measured
LOUDER = 2.0  # standard deviations to either side that velocities may have where a dynamic range is wished
LEFT_HAND_REACH = 24  # semitones below middle C that may be used where a left hand is wished
NOTES_TO_TELL = 16  # from which on a position that the seed never uses is foreign to it
KIT = (36, 38, 42, 44, 46, 49, 51)  # kick, snare, hats, crash, ride: what any kit has (General MIDI)

NOTHING_TAKEN = Taken.of([EMPTY])
_NONE = np.zeros(0, np.int64)
NO_LINE = GridLine(_NONE, _NONE, _NONE, _NONE, 0)


@dataclass(frozen=True)
class Scene:
    """`start`, `end`: the gap in grid positions, inside the gap in ticks. `before`, `after`: the target's notes.

    `taken`: the keys that are down in the gap, for all candidates or for each, in ticks. `given`: the target's notes in
    the gap that stay.
    """

    request: SuggestionRequest
    start: int
    end: int
    before: GridLine
    after: GridLine
    around: Surroundings
    taken: Taken = NOTHING_TAKEN
    given: GridLine = NO_LINE

    def of_rows(self, rows: list[int]) -> Scene:
        """The scene of some of the candidates."""
        return replace(self, around=self.around.of_rows(rows), taken=self.taken.of_rows(rows))

    @property
    def instrument(self) -> int:
        """The instrument class of the line that is written for."""
        return self.before.instrument

    @property
    def is_bridge(self) -> bool:
        """Whether something follows that the network hears."""
        return len(self.after) > 0

    def given_next(self, onset: Ints, pitch: Ints, begun: bool) -> Ints:
        """(rows,): the number of the next given note after notes at these onsets and pitches; their count for none.

        `begun`: whether those are notes of the gap; else all given notes are to come.
        """
        keys = self.given.onset * PITCHES + self.given.pitch
        after = onset * PITCHES + pitch if begun else np.full(len(onset), -1)
        return np.asarray(np.searchsorted(keys, after, side="right"), np.int64)

    @cached_property
    def pedal_before(self) -> int:
        """How the pedal holds the last note before the gap, as a class."""
        last = self.before.part(max(0, len(self.before) - 1), len(self.before))
        return int(pedal_classes(last.onset, last.onset + last.length, self.around.pedals).sum())

    @cached_property
    def target(self) -> Target | None:
        """What the gap leads to."""
        return Target.of(self.after, self.end)

    @cached_property
    def seed(self) -> GridLine:
        """The notes whose manner counts: the last 64 before the gap and the first ones after it."""
        sides = (self.before.part(max(0, len(self.before) - 64), len(self.before)), self.after)
        columns = ("onset", "length", "pitch", "velocity")
        joined = [np.concatenate([getattr(side, name) for side in sides]) for name in columns]
        return GridLine(joined[0], joined[1], joined[2], joined[3], self.instrument)

    @cached_property
    def polyphony(self) -> int:
        """The most notes that may begin at once: as many as in the seed, or what the composer wishes, at least 1."""
        wished = self.request.controls.polyphony
        if wished is not None:
            return 1 if wished < LONE else math.ceil(wished) + 1
        _, counts = np.unique(self.seed.onset, return_counts=True)
        return int(counts.max(initial=1))

    @property
    def apart(self) -> int:
        """By how many grid positions onsets lie apart: where a polyphony is wished, so far that they are no strum."""
        return 1 if self.request.controls.polyphony is None else 2

    @cached_property
    def is_monophonic(self) -> bool:
        """Whether notes shall not overlap: as in the seed of a horn, a voice, a walking bass."""
        if self.polyphony > 1 or self.instrument == DRUMS:
            return False
        if self.request.controls.polyphony is not None:
            return True
        overlap = self.seed.onset[:-1] + self.seed.length[:-1] - self.seed.onset[1:]
        return bool(np.mean(overlap > GRID // 6) < 0.1) if len(overlap) else True

    @cached_property
    def pitches(self) -> npt.NDArray[np.bool_]:
        """(128,): the pitches a suggestion may use: the seed's register and a little more, or the seed's drums.

        Where the composer wishes another register, one as wide around that. Always in the range of the instrument.
        """
        allowed = np.zeros(128, np.bool_)
        used, wished = self.seed.pitch, self.wished_register
        if self.instrument == DRUMS:
            allowed[used] = True
            if len(np.unique(used)) < 3:
                allowed[list(KIT)] = True
        elif wished is not None:
            reach = max(REACH, (int(np.ptp(used)) if len(used) else 0) // 2)
            allowed[max(0, round(wished) - reach) : min(127, round(wished) + reach) + 1] = True
        elif len(used):
            allowed[max(0, used.min() - REACH) : min(127, used.max() + REACH) + 1] = True
        else:
            allowed[:] = True
        if self.request.controls.left_hand and wished is None and self.instrument != DRUMS:
            allowed[MIDDLE_C - LEFT_HAND_REACH : MIDDLE_C] = True
        low, high = pitch_range(self.request)
        allowed[:low] = allowed[high + 1 :] = False
        return allowed

    @cached_property
    def highest(self) -> int:
        """The highest pitch a suggestion may use, -1 where there is none."""
        return int(np.flatnonzero(self.pitches).max(initial=-1))

    @cached_property
    def wished_register(self) -> float | None:
        """The mean pitch that the composer wishes, as near to it as the instrument goes."""
        wished = self.request.controls.register
        return wished if wished is None else float(np.clip(wished, *pitch_range(self.request)))

    @cached_property
    def loudness(self) -> tuple[int, int]:
        """The softest and loudest velocity for a suggestion: the seed's own, outliers aside, and a little more.

        A seed written in one velocity is answered in that one.
        """
        used = self.seed.velocity
        wished = self.request.controls.dynamics
        if len(used) < 4:
            return 1, 127
        if wished is not None:
            mean, reach = float(used.mean()), max(1.0, LOUDER * wished)
            return max(1, round(mean - reach)), min(127, round(mean + reach))
        if used.std() < EVEN:
            return (int(np.median(used)),) * 2
        low, high = np.percentile(used, (5, 95))
        return max(1, int(low) - 8), min(127, int(high) + 8)

    @cached_property
    def strangeness(self) -> Floats:
        """(GRID,): nats against the positions of the quarter that the seed never uses, so that a shuffle stays one.

        What n notes never did has a chance of about 1 in n, so log n; zeros where the seed is too short to tell.
        """
        count = len(self.seed)
        nats = np.full(GRID, np.log(count) if count >= NOTES_TO_TELL else 0.0, np.float32)
        nats[self.seed.onset % GRID] = 0
        return nats

    @cached_property
    def places(self) -> Floats | None:
        """(GRID,): the shares of the seed's onsets on each position of the quarter, where it keeps to a few of them."""
        return steady_places(self.seed.onset)

    @cached_property
    def first_by(self) -> int:
        """The latest grid position for the first onset: no later than the seed is ever silent, where that is known.

        Counted from the gap's start, or from the end of what is held into it; a position that the seed uses.
        """
        sides = (self.before.part(max(0, len(self.before) - 64), len(self.before)), self.after)
        quiet = max(longest_silence(side) for side in sides) if len(self.seed) > 1 else 4 * GRID
        wished = self.request.controls.density
        quiet = max(quiet, round(GRID / wished) if wished else 0)
        held = int((self.before.onset + self.before.length).max(initial=0))
        latest = min(max(self.start, held) + quiet, self.end - 1)
        if self.places is None:
            return latest
        later = np.arange(self.start, self.start + GRID)
        return min(max(latest, int(later[self.places[later % GRID] > 0][0])), self.end - 1)

    @cached_property
    def longest_rest(self) -> int:
        """The longest silence between onsets in the seed, in grid positions, at least a quarter."""
        gaps = np.diff(np.unique(self.before.onset[-64:]))
        return int(max(GRID, gaps.max(initial=GRID)))

    @cached_property
    def most_rest(self) -> int:
        """The longest silence between onsets that a suggestion may keep, in grid positions.

        As long as the seed's, or a bar of 4/4, or where few notes are wished twice what lies between them then.
        """
        wished = self.request.controls.density
        return max(self.longest_rest, 4 * GRID, round(2 * GRID / wished) if wished else 0)

    @cached_property
    def off_grid(self) -> npt.NDArray[np.float64]:
        """(GRID,): by how many ticks the seed plays each position of the quarter off the grid, in the median.

        A laid-back line stays laid back, and swing that was played stays as it was played. Positions
        that the seed hardly uses take the median of all. Of a chord its first note counts.
        """
        notes = self.request.before.joined(self.request.after)
        ticks = self.request.ppq / GRID
        onset = np.round(notes.start / ticks)
        begins = np.append(True, np.diff(onset) > 0) if len(onset) else np.zeros(0, np.bool_)
        onset, late = onset[begins], (notes.start - onset * ticks)[begins]
        everywhere = float(np.median(late)) if len(late) >= 4 else 0.0
        found = np.full(GRID, everywhere)
        for place in range(GRID):
            here = late[onset % GRID == place]
            if len(here) >= 3:
                found[place] = float(np.median(here))
        return found

    @cached_property
    def spreads(self) -> list[list[int]]:
        """How the seed breaks its chords, the latest before the gap first: by how many ticks each note, from the
        lowest up, begins after the chord's first.
        """
        request, found = self.request, list[list[int]]()
        for side in (request.after, request.before):
            onset = np.round(side.start * (GRID / request.ppq))
            _, first, count = np.unique(onset, return_index=True, return_counts=True)
            for low, size in zip(first[count > 1].tolist(), count[count > 1].tolist(), strict=True):
                start, pitch = side.start[low : low + size], side.pitch[low : low + size]
                found.append((start - start.min())[np.argsort(pitch, kind="stable")].tolist())
        return found[::-1]

    @cached_property
    def lengths(self) -> dict[int, list[int]]:
        """By class of duration: how many ticks the notes of the seed really last that are of it, the latest first.

        A class is as wide as a 24th of a quarter or more; within it staccato and legato are told by these.
        """
        found = dict[int, list[int]]()
        for notes, latest in ((self.request.before, -1), (self.request.after, 1)):
            classes = duration_class(self._written_lengths(notes))
            for kind, ticks in zip(classes[::latest].tolist(), notes.duration[::latest].tolist(), strict=True):
                found.setdefault(kind, []).append(ticks)
        return found

    @cached_property
    def touch(self) -> Touch:
        """How hard the seed strikes its notes."""
        sides = [Struck.of(side) for side in (self.before, self.after)]
        drums, wished = self.instrument == DRUMS, self.request.controls.dynamics
        return Touch(sides, self.around.meters, self.end - self.start, drums, wished, self.loudness)

    @cached_property
    def legato(self) -> Legato:
        """How the seed holds the notes of a single line."""
        before, after = self.request.before, self.request.after
        sides = [(before.start[-NOTES_BEFORE:], before.end[-NOTES_BEFORE:])]
        sides.append((after.start[:NOTES_AFTER], after.end[:NOTES_AFTER]))
        return Legato(sides, self.request.ppq)

    def _written_lengths(self, notes: Notes) -> Ints:
        """(notes,): their lengths on the grid as the network hears them."""
        line = without_joins(GridLine.of(notes, self.request.ppq, self.instrument))
        if len(line) == len(notes):
            return line.length
        return np.maximum(1, np.round(notes.duration * (GRID / self.request.ppq))).astype(np.int64)


def scene_of(request: SuggestionRequest, rows: Sequence[Sequence[Part]] = (), doubtful: bool = False) -> Scene:
    """The request for one line alone, on the grid of the network.

    `rows`: for each candidate the parts that it has written into other lines, and now hears. `doubtful`: whether the
    network is told how sure estimated chords are.
    """
    start = math.ceil(request.start * GRID / request.ppq)
    end = max(start + 1, math.floor(request.end * GRID / request.ppq))
    instrument = class_of(request.lines[request.target])
    before = without_joins(GridLine.of(request.before, request.ppq, instrument))
    after = without_joins(GridLine.of(request.after, request.ppq, instrument))
    quarters = end // GRID + 12
    around = Surroundings(
        grid_meters(request.meters, request.ppq),
        _heard(request, quarters, rows, doubtful),
        tempo=_tempo(request),
        pedals=_pedals(request),
    )
    recent = before.part(max(0, len(before) - NOTES_BEFORE), len(before))
    taken = Taken.of([taken_keys(request, row) for row in rows] if any(rows) else [taken_keys(request)])
    given = _given(request, start, end, instrument)
    return Scene(request, start, end, recent, after.part(0, NOTES_AFTER), around, taken, given)


def _given(request: SuggestionRequest, start: int, end: int, instrument: int) -> GridLine:
    """The target's notes in the gap that stay, each inside the gap also where it lies near an edge."""
    ticks = request.ppq / GRID
    notes = request.given
    onset = np.clip(np.round(notes.start / ticks), start, end - 1) * ticks
    return GridLine.of(notes.changed(start=np.round(onset).astype(np.int64)), request.ppq, instrument)


def _pedals(request: SuggestionRequest) -> Ints:
    """(n, 2): where the target's sustain pedal goes down and up, on the grid."""
    moments = np.array(request.lines[request.target].pedals, np.float64).reshape(-1, 2)
    return np.round(moments * (GRID / request.ppq)).astype(np.int64)


def _tempo(request: SuggestionRequest) -> int:
    """The class of the mean tempo of the bars before the gap; 0 where the song names none."""
    if not request.tempi:
        return UNKNOWN
    clock, first = TempoMap(request.ppq, request.tempi), max(0, request.start - TEMPO_QUARTERS * request.ppq)
    begin, end = clock.seconds_of([first, max(request.start, first + request.ppq)])
    return tempo_class(60 * max(request.start - first, request.ppq) / request.ppq / max(end - begin, 1e-6))


def _heard(request: SuggestionRequest, quarters: int, rows: Sequence[Sequence[Part]], doubtful: bool) -> Floats:
    """(quarters, HEARD): the lines beside the target and the chords; or, for each of `rows`, such a table with what
    was written into them.
    """
    marks = [(round(tick * GRID / request.ppq), parse_chord(symbol)) for tick, symbol in request.chords]
    harmony = chords(marks, quarters, request.confidences if doubtful else ())
    beside = {index: line for index, line in enumerate(request.lines) if index != request.target}
    lines = {index: GridLine.of(line.notes, request.ppq, class_of(line)) for index, line in beside.items()}
    if not any(rows):
        return np.concatenate([others(list(lines.values()), quarters), harmony], axis=1)
    tables = []
    for row in rows:
        new = {part.line: replace(beside[part.line], notes=beside[part.line].notes.joined(part.notes)) for part in row}
        written = {index: GridLine.of(line.notes, request.ppq, class_of(line)) for index, line in new.items()}
        tables.append(np.concatenate([others(list((lines | written).values()), quarters), harmony], axis=1))
    return np.stack(tables)


def class_of(line: Line) -> int:
    """The instrument class of a request's line."""
    return instrument_class(line.program, line.is_drums)
