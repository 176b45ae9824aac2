"""Notes of one line <-> the integer fields of the network's steps.

One step is one note. Its onset is given as quarter notes ahead of the note before (0-15, or END)
and its position within that quarter (0-23); pitch as the MIDI number; duration as one of 32 lengths;
velocity in 16 levels. The grid has GRID positions a quarter note whatever the meter, which holds
16ths, 32nds, triplets and swing ratios. What a played note lies off the grid is not a field: the
suggester measures it in the seed and gives it back.

Beside its own line the network hears a table with one row a quarter note: what the other lines play
(`others`) and the chord (`chords`), each all zeros where it is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.domain.chords import Chord
from jazzassist.domain.song import Notes
from jazzassist.domain.timing import MeterMap

VERSION = 2  # a checkpoint of another version is refused

GRID = 24
MOST_AHEAD = 15  # quarters; a longer rest is taken as this long
END = 17
AHEAD_CLASSES, PITCHES, VELOCITIES = 18, 128, 16
NO_PITCH = 128  # the previous pitch of a line's first note
DURATIONS = np.array(
    [*range(1, 13), 14, 16, 18, 20, 22, 24, 28, 30, 32, 36, 42, 48, 60, 72, 84, 96, 120, 144, 192, 288]
)
_DURATION_EDGES = (DURATIONS[1:] + DURATIONS[:-1]) / 2

# The fields of a step in the order in which they are predicted.
TARGETS = ("target_ahead", "target_sub", "target_pitch", "target_duration", "target_velocity")
FIELDS = tuple(name.removeprefix("target_") for name in TARGETS)
FIELD_CLASSES = (AHEAD_CLASSES, GRID, PITCHES, len(DURATIONS), VELOCITIES)
PITCH = 2  # the index of the field whose classes mean something else for drums

RECALLED = 160  # steps that the trunk can look back on: as many as a training window has
AHEAD_HEADS = 4  # of the attention to the notes after the gap
# The pointers read of each note its pitch, the interval to it, and the fields of ECHOED.
HEADS = 2  # pointers to either side
INTERVAL = 24  # semitones to either side that a pointed interval may have
INTERVALS = 2 * INTERVAL + 1
NAMES = ("ahead", "sub", "duration", "velocity")
ECHOED = (AHEAD_CLASSES, GRID, len(DURATIONS), VELOCITIES)  # the classes of NAMES
CLASSES = PITCHES + INTERVALS + sum(ECHOED)

INSTRUMENT_CLASSES = 14
DRUMS = 13
QUARTERS_IN_BAR, BAR_LENGTHS = 12, 24  # a bar that begins between two quarters counts as another kind of bar
PULSES = 6  # parts of a quarter in which onsets of others are told apart
OTHERS = 25 + 2 * PULSES  # 12 pitch classes, 12 bass pitch classes, drum activity, onsets of pitches and of drums
CHORD = 25  # 12 pitch classes, 12 bass pitch classes, whether the chord is known
HEARD = OTHERS + CHORD
QUARTERS_AHEAD = 5  # rows of the table that the trunk hears, from the previous note's quarter on
QUARTERS_HERE = 2  # rows that the choice of a pitch hears, from its own quarter on

UNKNOWN = 0  # the class of a wish that was not said
WISHES = ("density", "register", "polyphony")
# Later inputs, which not every network takes: classes, in this order, 0 where nothing is known or said. Of the next two
# given notes (notes in a gap that stay, known in advance): quarters ahead and the position in the quarter, pitch (drums
# have classes of their own) and interval from the note before. The tempo. Two wishes for the whole gap. How
# long the note before sounds on with the pedal (see `pedal_classes`), outside of gaps.
GIVEN = ("ahead", "sub", "pitch", "interval")
GIVEN_CLASSES = (MOST_AHEAD + 3, GRID + 1, 2 * PITCHES + 1, 50)
GIVEN_KNOWN = 2  # given notes that a step knows of
WHOLE_WISHES = ("left_hand", "dynamics")
TEMPI = 30
SLOWEST, TEMPO_STEPS = 30.0, 7  # quarter notes a minute; classes to the doubling
MIDDLE_C = 60  # what lies below it is the left hand's
# Shares of the notes below middle C; standard deviations of velocities.
LEFT_HAND_EDGES = np.array([0.02, 0.12, 0.25, 0.4, 0.55, 0.7, 0.85, 0.98])
DYNAMICS_EDGES = np.array([1.0, 3.0, 5.0, 7.0, 9.0, 11.5, 14.5, 18.0, 23.0])
LEFT_HANDS, DYNAMICS = len(LEFT_HAND_EDGES) + 2, len(DYNAMICS_EDGES) + 2
EXTRAS = (
    *(f"given_{name}" for name in GIVEN),
    *(f"second_{name}" for name in GIVEN),
    "tempo",
    *WHOLE_WISHES,
    "pedal",
)
EXTRA_CLASSES = (*GIVEN_CLASSES, *GIVEN_CLASSES, TEMPI, LEFT_HANDS, DYNAMICS, len(DURATIONS) + 2)

# Notes per quarter, notes per onset: what lies between two neighbours is one class, from 1 on.
DENSITY_EDGES = np.array([0.33, 0.67, 1.0, 1.4, 2.0, 2.7, 4.0, 6.0, 9.0])
POLYPHONY_EDGES = np.array([1.05, 1.3, 1.7, 2.3, 3.2, 4.5])
DENSITIES, POLYPHONIES, REGISTERS = len(DENSITY_EDGES) + 2, len(POLYPHONY_EDGES) + 2, 15

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def instrument_class(program: int, drums: bool) -> int:
    """0-12 for General MIDI's families (effects, ethnic and percussive ones in one), 13 for drums."""
    return DRUMS if drums else min(program >> 3, 12)


def duration_class(length: npt.ArrayLike) -> Ints:
    """The class of the nearest of DURATIONS to lengths in grid positions."""
    return np.asarray(np.digitize(np.asarray(length), _DURATION_EDGES), np.int64)


def log_class(length: npt.ArrayLike) -> Ints:
    """A length in grid positions in 10 classes that grow by doubling."""
    doubled = np.log2(np.maximum(np.asarray(length), 0) / 6 + 1)
    return np.asarray(np.clip(np.ceil(doubled), 0, 9), np.int64)


@dataclass(frozen=True)
class GridLine:
    """One line on the grid: columns of one length, sorted by onset then pitch, and its instrument class."""

    onset: Ints
    length: Ints
    pitch: Ints
    velocity: Ints
    instrument: int

    @staticmethod
    def of(notes: Notes, ppq: int, instrument: int) -> GridLine:
        """The notes rounded to the grid; of two that fall on one place and pitch the first stays."""
        onset = np.round(notes.start * (GRID / ppq)).astype(np.int64)
        length = np.maximum(1, np.round(notes.duration * (GRID / ppq))).astype(np.int64)
        order = np.lexsort((notes.pitch, onset))
        columns = (onset, length, notes.pitch.astype(np.int64), notes.velocity.astype(np.int64))
        onset, length, pitch, velocity = (column[order] for column in columns)
        keep = np.ones(len(onset), dtype=np.bool_)
        keep[1:] = (np.diff(onset) > 0) | (np.diff(pitch) > 0)
        return GridLine(onset[keep], length[keep], pitch[keep], velocity[keep], instrument)

    def __len__(self) -> int:
        return len(self.onset)

    def part(self, low: int, high: int) -> GridLine:
        """The notes with indices [low, high)."""
        cut = slice(low, high)
        return GridLine(self.onset[cut], self.length[cut], self.pitch[cut], self.velocity[cut], self.instrument)


def joined(lines: Sequence[GridLine]) -> GridLine:
    """The notes of lines of one instrument that follow one another."""
    names = ("onset", "length", "pitch", "velocity")
    onset, length, pitch, velocity = (np.concatenate([getattr(line, name) for line in lines]) for name in names)
    return GridLine(onset, length, pitch, velocity, lines[0].instrument)


def others(lines: list[GridLine], quarters: int) -> Floats:
    """What the lines play, per quarter note from 0: (quarters, OTHERS).

    12 weights of the pitch classes that sound in it, the pitch class of its lowest note as one of
    12, how busy the drums are, and how many notes begin in each sixth of it, pitched and drums. A note
    counts in at most nine quarters, so that a pedal that was never released does not colour a song.
    """
    found = np.zeros((quarters, OTHERS), np.float32)
    lowest = np.full(quarters, 999, np.int64)
    for line in lines:
        onset = line.onset[(line.onset >= 0) & (line.onset < quarters * GRID)]
        drums = line.instrument == DRUMS
        pulse = 25 + PULSES * drums + onset % GRID // (GRID // PULSES)
        np.add.at(found, (onset // GRID, pulse), 0.5 if drums else 0.34)
        if drums:
            np.add.at(found[:, 24], onset // GRID, 0.1)
        else:
            _add_pitches(line, found, lowest)
    np.clip(found[:, :12], 0, 2, out=found[:, :12])
    np.clip(found[:, 24:], 0, 1, out=found[:, 24:])
    sounding = np.nonzero(lowest < 999)[0]
    found[sounding, 12 + lowest[sounding] % 12] = 1
    return found


def chords(marks: Sequence[tuple[int, Chord | None]], quarters: int, confidences: Sequence[float] = ()) -> Floats:
    """The chord of each quarter from 0: (quarters, CHORD), zeros where none is known; marks at grid positions.

    A chord is that of the quarter in whose first half it begins, and lasts to the next mark. `confidences`: of each
    mark, where they are estimates.
    """
    found = np.zeros((quarters, CHORD), np.float32)
    for index, (onset, chord) in enumerate(marks):
        first = max(0, (onset + GRID // 2) // GRID)
        last = (marks[index + 1][0] + GRID // 2) // GRID if index + 1 < len(marks) else quarters
        if chord is not None and last > first:
            found[first:last] = chord_row(chord, confidences[index] if confidences else 1.0)
    return found


def chord_row(chord: Chord, confidence: float = 1.0) -> Floats:
    """(CHORD,): pitch classes, bass, and that it is known: 1, or how sure it is where it was estimated."""
    row = np.zeros(CHORD, np.float32)
    row[sorted(chord.pitch_classes)] = 1
    row[12 + chord.bass] = 1
    row[24] = confidence
    return row


def density_class(notes: npt.ArrayLike, quarters: npt.ArrayLike) -> Ints:
    """1 and up for notes per quarter."""
    per_quarter = np.asarray(notes, np.float64) / np.maximum(np.asarray(quarters, np.float64), 1e-6)
    return np.asarray(np.digitize(per_quarter, DENSITY_EDGES) + 1, np.int64)


def polyphony_class(notes_per_onset: npt.ArrayLike) -> Ints:
    """1 and up for notes per onset."""
    return np.asarray(np.digitize(np.asarray(notes_per_onset, np.float64), POLYPHONY_EDGES) + 1, np.int64)


def register_class(pitch: npt.ArrayLike) -> Ints:
    """1-14 for the mean pitch, a tritone each."""
    return np.asarray(np.clip((np.asarray(pitch) - 24) // 6, 0, REGISTERS - 2) + 1, np.int64)


def wishes_left(line: GridLine, left: Ints) -> dict[str, Ints]:
    """The wishes that the line's notes from each one on fulfil, as classes, (notes + 1,): the last is for no notes.

    A wish is of what is still to be written, so that it can be kept to the end: `left` is what is left
    of the gap, in grid positions, before each note and at last before the END. Drums have no register.
    """
    count = len(line)
    notes = np.arange(count, -1, -1)
    begins = np.ones(count, np.int64)
    begins[1:] = line.onset[1:] != line.onset[:-1]
    # Of a chord that is half written the rest is an onset of its own.
    onsets = begins[::-1].cumsum()[::-1] + (1 - begins)
    mean = line.pitch[::-1].cumsum()[::-1] / notes[:-1]
    nothing = np.full(1, UNKNOWN)
    register = np.full(count, UNKNOWN) if line.instrument == DRUMS else register_class(mean)
    return {
        "density": density_class(notes, left / GRID),
        "register": np.concatenate([register, nothing]),
        "polyphony": np.concatenate([polyphony_class(notes[:-1] / onsets), nothing]),
    }


def left_hand_class(share: float) -> int:
    """1 and up for the share of notes below middle C."""
    return int(np.digitize(share, LEFT_HAND_EDGES)) + 1


def dynamics_class(deviation: float) -> int:
    """1 and up for the standard deviation of velocities."""
    return int(np.digitize(deviation, DYNAMICS_EDGES)) + 1


def tempo_class(bpm: float | None) -> int:
    """1 and up for quarter notes a minute, on a logarithmic scale; 0 where the tempo is not known."""
    if bpm is None or not bpm > 0:
        return UNKNOWN
    return int(np.clip(np.floor(TEMPO_STEPS * np.log2(bpm / SLOWEST)) + 1, 1, TEMPI - 1))


def pedal_classes(onset: Ints, end: Ints, pedals: Ints) -> Ints:
    """How notes sound with a sustain pedal: 0 where none is ever used, 1 for those that it does not hold.

    Else 2 and the class of the length for which they sound. `pedals`: (n, 2), rising, where it goes down and up.
    """
    if not len(pedals):
        return np.zeros(len(onset), np.int64)
    at = np.searchsorted(pedals[:, 0], end, side="right") - 1
    until = np.where(at >= 0, pedals[np.maximum(at, 0), 1], 0)
    return np.where(until > end, duration_class(until - onset) + 2, 1)


def whole_wishes(line: GridLine) -> dict[str, int]:
    """The wishes for a whole gap that the notes of `line` fulfil, as classes. Drums have no left hand."""
    if not len(line):
        return dict.fromkeys(WHOLE_WISHES, UNKNOWN)
    drums = line.instrument == DRUMS
    hand = UNKNOWN if drums else left_hand_class(float((line.pitch < MIDDLE_C).mean()))
    return {"left_hand": hand, "dynamics": dynamics_class(float(line.velocity.std()))}


def given_classes(onset: Ints, pitch: Ints, note: tuple[Ints, Ints], known: npt.NDArray[np.bool_], drums: bool) -> Ints:
    """(rows, GIVEN): how one of the given notes lies to the notes before, whose onsets and pitches are given.

    `note`: onset and pitch of the given note of each row; `known`: whether there is one, else all classes are 0.
    """
    at, key = note
    ahead = np.clip(at // GRID - onset // GRID, 0, MOST_AHEAD + 1) + 1
    interval = np.where(pitch == NO_PITCH, 0, np.clip(key - pitch, -24, 24) + 25)
    rows = np.stack([ahead, at % GRID + 1, key + PITCHES * drums + 1, interval], -1)
    return np.asarray(np.where(known[:, None], rows, 0), np.int64)


def _add_pitches(line: GridLine, found: Floats, lowest: Ints) -> None:
    end = line.onset + line.length
    first = line.onset // GRID
    last = np.minimum((line.onset + np.maximum(line.length, 1) - 1) // GRID, first + 8)
    for ahead in range(9):
        quarter = first + ahead
        mask = (quarter <= last) & (quarter < len(found)) & (quarter >= 0)
        if not mask.any():
            continue
        at, pitch = quarter[mask], line.pitch[mask]
        sounding = np.minimum(end[mask], (at + 1) * GRID) - np.maximum(line.onset[mask], at * GRID)
        np.add.at(found, (at, pitch % 12), np.clip(sounding / GRID, 0.15, 1))
        np.minimum.at(lowest, at, pitch)


def rows_from(table: Floats, quarter: Ints, count: int) -> Floats:
    """The rows of `count` quarters from each of `quarter` on, side by side; zeros outside the table.

    Where there is a table for each of `quarter`, (lines, quarters, ...), each looks into its own.
    """
    rows = quarter[:, None] + np.arange(count)
    quarters = table.shape[-2]
    inside = (rows >= 0) & (rows < quarters)
    own = (np.arange(len(quarter))[:, None],) if table.ndim == 3 else ()
    picked = np.where(inside[..., None], table[(*own, np.clip(rows, 0, quarters - 1))], np.float32(0))
    return picked.reshape(len(quarter), -1).astype(np.float32)


def place_in_bar(meters: MeterMap, onset: Ints) -> tuple[Ints, Ints]:
    """(quarter within the bar 0-11, kind of bar) at onsets of a map with GRID as its ppq.

    The kind is the bar's length in eighths 1-23, and BAR_LENGTHS more where it does not begin on a quarter.
    """
    starts, lengths = _bar_grid(meters)
    span = np.maximum(np.searchsorted(starts, onset, side="right") - 1, 0)
    within = (onset - starts[span]) % lengths[span]
    off = (onset - within) % GRID != 0
    quarter = np.clip(within // GRID, 0, QUARTERS_IN_BAR - 1)
    return quarter, np.clip(lengths[span] // 12, 1, BAR_LENGTHS - 1) + BAR_LENGTHS * off


def bar_numbers(meters: MeterMap, onset: Ints) -> Ints:
    """The bars, from 0, in which onsets of a map with GRID as its ppq stand."""
    starts, lengths = _bar_grid(meters)
    span = np.maximum(np.searchsorted(starts, onset, side="right") - 1, 0)
    before = np.concatenate([[0], np.cumsum(-(-np.diff(starts) // lengths[:-1]))])
    return np.asarray(before[span] + (onset - starts[span]) // lengths[span], np.int64)


def _bar_grid(meters: MeterMap) -> tuple[Ints, Ints]:
    by_tick = {0: (4, 4)} | {tick: (num, den) for tick, num, den in meters.changes}
    starts = np.array(sorted(by_tick), dtype=np.int64)
    lengths = [max(12, GRID * 4 * by_tick[int(t)][0] // by_tick[int(t)][1]) for t in starts]
    return starts, np.array(lengths, dtype=np.int64)


def grid_meters(meters: tuple[tuple[int, int, int], ...], ppq: int) -> MeterMap:
    """Time signatures at song ticks as a map on the grid."""
    return MeterMap(GRID, tuple((round(tick * GRID / ppq), num, den) for tick, num, den in meters))


def right_fields(line: GridLine, gap_end: int, count: int) -> Ints:
    """(n <= count, 6): the first notes after the gap, near to far, as the backward LSTM takes them.

    Columns: quarters from the gap's end (0-31), position in the quarter, pitch, duration class,
    velocity level, quarters from the note before (0-15).
    """
    low = int(np.searchsorted(line.onset, gap_end))
    near = line.part(low, low + count)
    away = near.onset - gap_end
    step = np.diff(near.onset, prepend=gap_end)
    columns = (
        np.clip(away // GRID, 0, 31),
        near.onset % GRID,
        near.pitch,
        duration_class(near.length),
        near.velocity // 8,
        np.clip(step // GRID, 0, MOST_AHEAD),
    )
    return np.stack(columns, axis=1).astype(np.int64) if len(near) else np.zeros((0, 6), np.int64)
