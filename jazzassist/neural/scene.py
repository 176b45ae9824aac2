"""A request as the network meets it: the gap on the grid, the notes on both sides, and what the seed allows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jazzassist.domain.chords import parse_chord
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Line, Part, SuggestionRequest
from jazzassist.neural.encoding import (
    DRUMS,
    GRID,
    UNKNOWN,
    WISHES,
    Floats,
    GridLine,
    Ints,
    chords,
    density_class,
    duration_class,
    grid_meters,
    instrument_class,
    others,
    polyphony_class,
    register_class,
)
from jazzassist.neural.steps import Surroundings, Target

NOTES_BEFORE = 160  # as many as a training window has steps
NOTES_AFTER = 48
ONSETS_TO_TELL = 4  # onsets from which on what was written counts fully against what is wished
LONE = 1.05  # notes per onset below which a single line is wished
REACH = 7  # semitones beyond the seed's register that a suggestion may go
EVEN = 2.0  # standard deviation of velocities below which a seed is written in one
NOTES_TO_TELL = 16  # from which on a position that the seed never uses is foreign to it
KIT = (36, 38, 42, 44, 46, 49, 51)  # kick, snare, hats, crash, ride: what any kit has (General MIDI)


@dataclass(frozen=True)
class Scene:
    """`start`, `end`: the gap in grid positions, inside the gap in ticks. `before`, `after`: the target's notes."""

    request: SuggestionRequest
    start: int
    end: int
    before: GridLine
    after: GridLine
    around: Surroundings

    def of_rows(self, rows: list[int]) -> Scene:
        """The scene of some of the candidates."""
        return replace(self, around=self.around.of_rows(rows))

    @property
    def instrument(self) -> int:
        """The instrument class of the line that is written for."""
        return self.before.instrument

    @property
    def is_bridge(self) -> bool:
        """Whether something follows that the network hears."""
        return len(self.after) > 0

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

        Where the composer wishes another register, one as wide around that.
        """
        allowed = np.zeros(128, np.bool_)
        used, wished = self.seed.pitch, self.request.controls.register
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
        return allowed

    @cached_property
    def loudness(self) -> tuple[int, int]:
        """The softest and loudest velocity for a suggestion: the seed's own, outliers aside, and a little more.

        A seed written in one velocity is answered in that one.
        """
        used = self.seed.velocity
        if len(used) < 4:
            return 1, 127
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
        request, found = self.request, dict[int, list[int]]()
        duration = np.concatenate([request.before.duration[::-1], request.after.duration])
        classes = duration_class(np.maximum(1, np.round(duration * (GRID / request.ppq))))
        for kind, ticks in zip(classes.tolist(), duration.tolist(), strict=True):
            found.setdefault(kind, []).append(ticks)
        return found

    @cached_property
    def held(self) -> list[tuple[int, int]]:
        """(pitch, end in ticks) of the target's notes that began before the gap and reach into it."""
        notes = self.request.before
        reaching = notes.end > self.request.start
        return list(zip(notes.pitch[reaching].tolist(), notes.end[reaching].tolist(), strict=True))


def scene_of(request: SuggestionRequest, rows: Sequence[Sequence[Part]] = ()) -> Scene:
    """The request for one line alone, on the grid of the network.

    `rows`: for each candidate the parts that it has written into other lines, and now hears.
    """
    start = math.ceil(request.start * GRID / request.ppq)
    end = max(start + 1, math.floor(request.end * GRID / request.ppq))
    instrument = class_of(request.lines[request.target])
    before = GridLine.of(request.before, request.ppq, instrument)
    after = GridLine.of(request.after, request.ppq, instrument)
    quarters = end // GRID + 12
    around = Surroundings(grid_meters(request.meters, request.ppq), _heard(request, quarters, rows))
    recent = before.part(max(0, len(before) - NOTES_BEFORE), len(before))
    return Scene(request, start, end, recent, after.part(0, NOTES_AFTER), around)


def _heard(request: SuggestionRequest, quarters: int, rows: Sequence[Sequence[Part]]) -> Floats:
    """(quarters, HEARD): the lines beside the target and the chords; or, for each of `rows`, such a table with what
    was written into them.
    """
    marks = [(round(tick * GRID / request.ppq), parse_chord(symbol)) for tick, symbol in request.chords]
    harmony = chords(marks, quarters)
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


def wishes_now(scene: Scene, written: Ints, onsets: Ints, left: Ints) -> dict[str, Ints]:
    """The composer's wishes as classes for candidates of so many notes at so many onsets, so much of the gap left.

    A wish is of what is still to be written (see `wishes_left`): of a density, what is missing of that
    number of notes, over what is left; of a polyphony, as much above it as what is written lies below.
    """
    controls, count = scene.request.controls, len(written)
    found = {name: np.full(count, UNKNOWN) for name in WISHES}
    if controls.density is not None:
        notes = max(1, round(controls.density * (scene.end - scene.start) / GRID))
        found["density"] = density_class(np.maximum(0, notes - written), left / GRID)
    if controls.register is not None:
        found["register"] = np.full(count, register_class(controls.register))
    if controls.polyphony is not None:
        missing = controls.polyphony - written / np.maximum(onsets, 1)
        trust = np.minimum(1, onsets / ONSETS_TO_TELL)
        found["polyphony"] = polyphony_class(np.maximum(1, controls.polyphony + trust * missing))
    return found


def class_of(line: Line) -> int:
    """The instrument class of a request's line."""
    return instrument_class(line.program, line.is_drums)


def to_song(scene: Scene, onset: npt.NDArray[np.int64], fields: npt.NDArray[np.int64]) -> Notes:
    """Notes at song ticks from onsets on the grid and (length, pitch, velocity) rows, exactly inside the gap.

    Played as the seed plays: its timing off the grid, its way to break chords, and its lengths, one after another.
    """
    request, ticks = scene.request, scene.request.ppq / GRID
    start = np.round(onset * ticks + scene.off_grid[onset % GRID]).astype(np.int64)
    start = np.clip(start + _broken(scene, onset, fields[:, 1]), request.start, request.end - 1)
    end = start + _lengths(scene, fields[:, 0])
    kept = _without_overlaps(scene, start, np.minimum(end, request.end), fields[:, 1])
    length, pitch, velocity = kept[:, 1] - kept[:, 0], fields[:, 1][kept[:, 2]], fields[:, 2][kept[:, 2]]
    channel = np.full(len(kept), request.lines[request.target].channel)
    return Notes.from_columns(kept[:, 0], length, pitch, np.clip(velocity, 1, 127), channel)


def _broken(scene: Scene, onset: Ints, pitch: Ints) -> Ints:
    """By how many ticks each note begins after the first of its chord: as in one of the seed's chords, in turn."""
    found = np.zeros(len(onset), np.int64)
    places, counts = np.unique(onset, return_counts=True)
    broken = places[counts > 1] if scene.spreads else ()
    for turn, place in enumerate(broken):
        chord, spread = np.flatnonzero(onset == place), np.array(scene.spreads[turn % len(scene.spreads)])
        ranks = np.minimum(np.argsort(np.argsort(pitch[chord], kind="stable")), len(spread) - 1)
        found[chord] = spread[ranks] - spread[ranks].min()
    return found


def _lengths(scene: Scene, grid: Ints) -> Ints:
    """Lengths in ticks: each as one of the seed's notes of that class, in turn, or as it is where there is none."""
    turn = Counter[int]()
    found = np.maximum(1, np.round(grid * (scene.request.ppq / GRID))).astype(np.int64)
    for index, kind in enumerate(duration_class(grid).tolist()):
        if played := scene.lengths.get(kind):
            found[index] = max(1, played[turn[kind] % len(played)])
            turn[kind] += 1
    return found


def _without_overlaps(
    scene: Scene, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64], pitch: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """(n, 3) start, end, index of the notes that stay, cut where the same pitch, or a single voice, begins again."""
    sounding_until = dict(scene.held)
    rows: list[tuple[int, int, int]] = []
    for index in np.lexsort((pitch, start)).tolist():
        if start[index] < sounding_until.get(int(pitch[index]), -1):
            continue  # that key is still down from before the gap
        later = start[(start > start[index]) & ((pitch == pitch[index]) | scene.is_monophonic)]
        stop = min(int(end[index]), int(later.min(initial=scene.request.end)))
        same = [row for row in rows if row[0] == start[index] and pitch[row[2]] == pitch[index]]
        if stop > start[index] and not same:
            rows.append((int(start[index]), stop, index))
    return np.array(rows, np.int64).reshape(-1, 3)
