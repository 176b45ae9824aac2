"""The network's inputs and targets for a stretch of one line: arrays by name, one row a step.

Training and suggesting build them here, so that the network meets at its desk what it met at school.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import (
    DRUMS,
    END,
    EXTRAS,
    GIVEN,
    GIVEN_KNOWN,
    GRID,
    MOST_AHEAD,
    NO_PITCH,
    QUARTERS_AHEAD,
    QUARTERS_HERE,
    WHOLE_WISHES,
    WISHES,
    Floats,
    GridLine,
    Ints,
    bar_numbers,
    duration_class,
    given_classes,
    log_class,
    pedal_classes,
    place_in_bar,
    rows_from,
    whole_wishes,
    wishes_left,
)

NO_SLOT = 3  # the right-context slot of steps that have none: slots 0 to 2 are the gaps of a window
IGNORED = -1  # a target that the loss leaves out
AIMS = ("interval", "interval_next", "wait_after")
PREVIOUS = ("ahead", "sub", "pitch", "duration", "velocity")  # fields of the note before a step
# The classes that a step takes, in the order in which the exported graphs take them.
COLUMNS = (
    *(f"previous_{name}" for name in PREVIOUS),
    *("quarter", "bar_length", "bar", "counting", "left_log", "left_quarters", "left_sub", "wait"),
    *AIMS,
    *WISHES,
)
# Of the columns of `extra`, which follow EXTRAS.
TEMPO, PEDAL = EXTRAS.index("tempo"), EXTRAS.index("pedal")
OF_GAP = [place for place, name in enumerate(EXTRAS) if name not in ("tempo", "pedal")]
NO_PEDALS = np.zeros((0, 2), np.int64)

Arrays = dict[str, npt.NDArray[np.int64] | Floats]


@dataclass(frozen=True)
class Previous:
    """The note before a step, by its fields. `onset` on the grid; `ahead` as it was predicted itself."""

    onset: int
    pitch: int = NO_PITCH
    duration: int = 0
    velocity: int = 0
    ahead: int = 0


@dataclass(frozen=True)
class Target:
    """Where a gap leads: the first two pitches after it (the second may be None), and how long the first waits."""

    pitch: int
    second: int | None
    wait: int

    @staticmethod
    def of(line: GridLine, gap_end: int) -> Target | None:
        """What stands in `line` at and after the end of the gap, or None where nothing does."""
        low = int(np.searchsorted(line.onset, gap_end))
        if low >= len(line):
            return None
        second = int(line.pitch[low + 1]) if low + 1 < len(line) else None
        return Target(int(line.pitch[low]), second, int(line.onset[low]) - gap_end)


@dataclass(frozen=True)
class Span:
    """A gap [start, end) on the grid within the line, with the indices [low, high) of its notes.

    `slot`: which right context its steps hear, NO_SLOT for none. `target`: what it leads to, or None.
    `said`: the names of the wishes that are said; they ask for what stands in the gap. `given`: the indices, rising,
    of those of its notes that are known in advance.
    """

    start: int
    end: int
    low: int
    high: int
    slot: int = NO_SLOT
    target: Target | None = None
    said: tuple[str, ...] = ()
    given: tuple[int, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What lies around a line: bars (a map with GRID as ppq) and what is `heard` per quarter from `first_quarter` on.

    `heard`: (quarters, HEARD), the other lines and the chords; or, where candidates for the line hear
    different things, a table for each of them, (candidates, quarters, HEARD). `bars_before`: how many bars
    are counted before the map's first. `tempo`: its class (see `encoding.tempo_class`). `pedals`: where the
    line's sustain pedal goes down and up, (n, 2), on the grid.
    """

    meters: MeterMap
    heard: Floats
    first_quarter: int = 0
    bars_before: int = 0
    tempo: int = 0
    pedals: Ints = field(default_factory=lambda: NO_PEDALS)

    def of_rows(self, rows: list[int]) -> Surroundings:
        """What only some of the candidates hear."""
        return self if self.heard.ndim == 2 else replace(self, heard=self.heard[rows])

    @property
    def tables(self) -> int:
        """How many tables are heard: 1, or as many as there are candidates."""
        return 1 if self.heard.ndim == 2 else len(self.heard)

    def each(self, count: int) -> list[Surroundings]:
        """What each of `count` candidates hears, with a table of its own."""
        return [self if self.heard.ndim == 2 else replace(self, heard=self.heard[row]) for row in range(count)]


def previous_columns(line: GridLine, before: Previous) -> dict[str, Ints]:
    """The fields of the note before each note of the line, `before` first: onset, ahead, pitch, duration, velocity."""
    rows = {
        "onset": np.concatenate([[before.onset], line.onset[:-1]]),
        "pitch": np.concatenate([[before.pitch], line.pitch[:-1]]),
        "duration": np.concatenate([[before.duration], duration_class(line.length[:-1])]),
        "velocity": np.concatenate([[before.velocity], line.velocity[:-1] // 8]),
    }
    ahead = np.clip(line.onset // GRID - rows["onset"] // GRID, 0, MOST_AHEAD)
    rows["ahead"] = np.concatenate([[before.ahead], ahead[:-1]])
    return {name: column.astype(np.int64) for name, column in rows.items()}


def countdown(previous_onset: Ints, start: Ints, end: Ints) -> dict[str, Ints]:
    """How much of the gap [start, end) is left after notes at `previous_onset`, all inside a gap."""
    left = end - np.maximum(previous_onset, start)
    return {
        "left_log": log_class(left),
        "left_quarters": np.clip(left // GRID, 0, 32) + 1,
        "left_sub": left % GRID + 1,
        "wait": log_class(np.maximum(start - previous_onset, 0)),
    }


def aim(pitch: Ints, target: Target | None) -> dict[str, Ints]:
    """How the notes before lie to what the gap leads to: classes, 0 where it leads nowhere or nothing was before."""
    near, far = (None, None) if target is None else (target.pitch, target.second)
    wait = 0 if target is None else int(log_class(target.wait)) + 1
    return {
        "interval": _interval_class(pitch, near),
        "interval_next": _interval_class(pitch, far),
        "wait_after": np.full(len(pitch), wait),
    }


def _interval_class(pitch: Ints, target: int | None) -> Ints:
    """1-49 for -24..24 semitones from `pitch` to `target`; 0 for none."""
    if target is None:
        return np.zeros(len(pitch), np.int64)
    return np.where(pitch == NO_PITCH, 0, np.clip(target - pitch, -24, 24) + 25)


def context_columns(previous: dict[str, Ints], around: Surroundings) -> Arrays:
    """Inputs that follow from the previous notes alone: their fields, bar position, what is heard ahead."""
    quarter, bar = place_in_bar(around.meters, previous["onset"])
    at = previous["onset"] // GRID - around.first_quarter
    return {
        "previous_ahead": previous["ahead"],
        "previous_sub": previous["onset"] % GRID,
        "previous_pitch": previous["pitch"],
        "previous_duration": previous["duration"],
        "previous_velocity": previous["velocity"],
        "quarter": quarter,
        "bar_length": bar,
        "bar": around.bars_before + bar_numbers(around.meters, previous["onset"]),
        "heard_ahead": rows_from(around.heard, at, QUARTERS_AHEAD),
    }


def step_arrays(line: GridLine, before: Previous, around: Surroundings, spans: list[Span]) -> Arrays:
    """All inputs and targets for the notes of `line`, with one END step at the end of every span."""
    index, is_end, span_of = _order(len(line), spans)
    previous = {name: column[index] for name, column in previous_columns(line, before).items()}
    arrays = context_columns(previous, around)
    arrays |= _gap_columns(line, previous, spans, span_of)
    arrays["extra"] = _extra(line, previous, around, spans, span_of, index)
    arrays |= _targets(line, previous_columns(line, before)["onset"], index, is_end)
    here = line.onset[index] // GRID - around.first_quarter
    arrays["heard_here"] = rows_from(around.heard, here, QUARTERS_HERE)
    return arrays


def _order(count: int, spans: list[Span]) -> tuple[Ints, npt.NDArray[np.bool_], Ints]:
    """(note of each step, whether it is an END, span of each step or -1)."""
    index, is_end, span_of = np.arange(count), np.zeros(count, np.bool_), np.full(count, -1)
    for number, span in enumerate(spans):
        span_of[span.low : span.high] = number
    for number, span in sorted(enumerate(spans), key=lambda item: -item[1].high):
        index = np.insert(index, span.high, span.high)
        is_end = np.insert(is_end, span.high, True)
        span_of = np.insert(span_of, span.high, number)
    return index, is_end, span_of


def _gap_columns(line: GridLine, previous: dict[str, Ints], spans: list[Span], span_of: Ints) -> Arrays:
    inside = span_of >= 0
    table = np.array([(s.start, s.end, s.slot) for s in spans] + [(0, 0, NO_SLOT)])
    start, end, slot = table[span_of].T
    counted = countdown(previous["onset"], start, end)
    columns = {
        "counting": inside.astype(np.int64),
        **{name: np.where(inside, column, 0) for name, column in counted.items()},
        "slot": np.where(inside, slot, NO_SLOT),
        **{name: np.zeros(len(span_of), np.int64) for name in (*AIMS, *WISHES)},
    }
    for number, span in enumerate(spans):
        here = span_of == number
        wishes = wishes_left(line.part(span.low, span.high), span.end - np.maximum(previous["onset"][here], span.start))
        said = {name: wishes[name] for name in span.said if name in WISHES}
        for name, column in (aim(previous["pitch"][here], span.target) | said).items():
            columns[name][here] = column
    return columns


def _extra(
    line: GridLine, previous: dict[str, Ints], around: Surroundings, spans: list[Span], span_of: Ints, index: Ints
) -> Ints:
    """(steps, EXTRAS)."""
    found = np.zeros((len(index), len(EXTRAS)), np.int64)
    found[:, TEMPO] = around.tempo
    if len(around.pedals):  # what is written into a gap has no pedal yet
        sounds = np.append(0, pedal_classes(line.onset[:-1], line.onset[:-1] + line.length[:-1], around.pedals))
        found[:, PEDAL] = np.where(np.append(-1, span_of[:-1]) < 0, sounds[index], 0)
    for number, span in enumerate(spans):
        here = np.flatnonzero(span_of == number)
        whole = whole_wishes(line.part(span.low, span.high))
        for name in set(span.said) & set(WHOLE_WISHES):
            found[here, EXTRAS.index(name)] = whole[name]
        if span.given:
            given = np.array(span.given)
            first = np.searchsorted(given, index[here])  # of the given notes, those from there on are to come
            onset, pitch = (previous[name][here] for name in ("onset", "pitch"))
            drums = line.instrument == DRUMS
            found[here, : GIVEN_KNOWN * len(GIVEN)] = given_columns(
                onset, pitch, (line.onset[given], line.pitch[given]), first, drums
            )
    return found


def given_columns(onset: Ints, pitch: Ints, given: tuple[Ints, Ints], first: Ints, drums: bool) -> Ints:
    """(rows, GIVEN_KNOWN * GIVEN): what is known of the given notes, (onsets, pitches), from number `first` on.

    `onset`, `pitch`: of the note before each row; `first`: (rows,).
    """
    onsets, pitches = given
    columns = []
    for number in range(GIVEN_KNOWN):
        at = np.minimum(first + number, len(onsets) - 1)
        known = first + number < len(onsets)
        columns.append(given_classes(onset, pitch, (onsets[at], pitches[at]), known, drums))
    return np.concatenate(columns, 1)


def _targets(line: GridLine, previous_onset: Ints, index: Ints, is_end: npt.NDArray[np.bool_]) -> Arrays:
    ahead = np.clip(line.onset // GRID - previous_onset // GRID, 0, MOST_AHEAD)
    targets = {
        "target_ahead": np.where(is_end, END, ahead[index]),
        "target_sub": line.onset[index] % GRID,
        "target_pitch": line.pitch[index],
        "target_duration": duration_class(line.length)[index],
        "target_velocity": line.velocity[index] // 8,
    }
    ends = {name: np.where(is_end, IGNORED, column) for name, column in targets.items() if name != "target_ahead"}
    return {**targets, **ends}
