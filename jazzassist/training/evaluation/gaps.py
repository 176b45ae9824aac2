"""Gaps of whole bars in the corpus's held-out lines, with what stands in them and around them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from jazzassist.domain.room import taken_keys
from jazzassist.domain.song import DRUM_CHANNEL, Notes
from jazzassist.domain.suggestion import Line, SuggestionRequest
from jazzassist.neural.encoding import DRUMS, GRID, OTHERS, Floats, GridLine, Ints, joined, right_fields
from jazzassist.neural.generation import Candidate
from jazzassist.neural.scene import Scene
from jazzassist.neural.steps import NO_SLOT, Arrays, Previous, Span, Surroundings, Target, step_arrays
from jazzassist.neural.taken import Taken
from jazzassist.training.arrays import COUNT, FIRST, SONG, TEST
from jazzassist.training.config import ConfigError
from jazzassist.training.dataset import Dataset

LEFT, LEAST_LEFT = 64, 16  # notes before a gap that are heard, where its own leave room for them in a window
FEWEST_AROUND, NEAR_BARS = 8, 8  # notes on each side within so many bars
FEWEST_IN_BAR = 2  # notes in the gap, on average
RIGHT = 48
TRIES = 400  # random places for each gap that is wanted


@dataclass(frozen=True)
class HeldOutGap:
    """A gap [start, end) on the grid; `line`: its notes, indices [low, high), with those before and after them.

    `before`: the note before the line; `song`: a number for the song it stands in. `known`: what is known of the line
    on both sides of the gap, where that is more than `line` has.
    """

    bars: int
    song: int
    start: int
    end: int
    line: GridLine
    low: int
    high: int
    before: Previous
    around: Surroundings
    known: GridLine | None = None

    @property
    def sides(self) -> tuple[GridLine, GridLine]:
        """All that is known of the line before and after the gap."""
        line = joined([self.line.part(0, self.low), self.line.part(self.high, len(self.line))])
        line = line if self.known is None else self.known
        at = int(np.searchsorted(line.onset, self.end))
        return line.part(0, int(np.searchsorted(line.onset, self.start))), line.part(at, len(line))

    @property
    def notes(self) -> GridLine:
        """What really stands in the gap."""
        return self.line.part(self.low, self.high)

    @property
    def knows_chords(self) -> bool:
        """Whether a chord is known anywhere near."""
        return bool(self.around.heard[:, OTHERS:].any())

    def without_chords(self) -> HeldOutGap:
        """The same, the chords not known."""
        return replace(self, around=replace(self.around, heard=without_chords(self.around.heard)))

    def alone(self) -> HeldOutGap:
        """The same, neither other lines nor chords heard."""
        return replace(self, around=replace(self.around, heard=np.zeros_like(self.around.heard)))

    def arrays(self, counted: bool, right: bool, right_notes: int) -> Arrays:
        """The steps up to the first note after the gap. `counted`: its length is known; `right`: what follows is heard.

        `asked`: which steps are notes in the gap; `last`: which are the last four of them.
        """
        heard = self.line.part(0, self.high + 1)
        slot, target = (0, Target.of(self.line, self.end)) if right else (NO_SLOT, None)
        spans = [Span(self.start, self.end, self.low, self.high, slot, target)] if counted else []
        found = step_arrays(heard, self.before, self.around, spans)
        index = np.arange(len(found["slot"]))
        found["asked"] = ((index >= self.low) & (index < self.high)).astype(np.int64)
        found["last"] = found["asked"] * (index >= self.high - 4)
        return found | self._right(right, right_notes) | {"instrument": np.array(self.line.instrument, np.int64)}

    def _right(self, right: bool, count: int) -> Arrays:
        fields, lengths = np.zeros((NO_SLOT, count, 6), np.int64), np.zeros(NO_SLOT, np.int64)
        if right:
            after = right_fields(self.line, self.end, count)
            fields[0, : len(after)], lengths[0] = after, len(after)
        return {"right": fields, "right_length": lengths}

    def scene(self, right: bool = True) -> Scene:
        """As the suggester meets it; `right`: what follows is known."""
        left, after = self.line.part(0, self.low), self.line.part(self.high, len(self.line))
        after = after if right else after.part(0, 0)
        drums = self.line.instrument == DRUMS
        sides = (np.concatenate(pair) for pair in zip(_columns(left), _columns(after), strict=True))
        onset, length, pitch, velocity = sides
        channel = DRUM_CHANNEL if drums else 0
        notes = Notes.from_columns(onset, length, pitch, velocity, np.full(len(onset), channel))
        line = Line("held out", 0 if drums else self.line.instrument * 8, channel, notes)
        request = SuggestionRequest("bridge" if right else "continuation", GRID, self.start, self.end, 0, (0,), (line,))
        return Scene(request, self.start, self.end, left, after, self.around, Taken.of([taken_keys(request)]))

    def filled(self, notes: GridLine, shift: int = 0) -> Candidate:
        """Notes, moved by `shift` grid positions, as a candidate for the gap."""
        onset, length, pitch, velocity = (column.tolist() for column in _columns(notes))
        return Candidate([at + shift for at in onset], length, pitch, velocity, done=True)


def without_chords(heard: Floats) -> Floats:
    """A table of what is heard, (quarters, HEARD), the chords not known."""
    found = heard.copy()
    found[:, OTHERS:] = 0
    return found


def draw_gaps(data: Dataset, bars: int, count: int, seed: int, part: int = TEST) -> list[HeldOutGap]:
    """Up to `count` different gaps of exactly so many bars: the same for the same seed, lines by the recipe's shares.

    Only where music stands around them, and no denser than that a window of the training could hold them.
    """
    if not len(data.lines(part)):
        raise ConfigError("The corpus holds no held-out line to take bars out of.")
    random = np.random.default_rng((seed, bars))
    found: dict[tuple[int, int], HeldOutGap] = {}
    for _ in range(TRIES * count):
        row = data.choose_line(random, part)
        gap = _gap_in(data, row, int(random.integers(int(row[COUNT]))), bars)
        if gap is not None:
            found.setdefault((int(row[FIRST]), gap.start), gap)
        if len(found) == count:
            break
    return list(found.values())


def _gap_in(data: Dataset, row: Ints, index: int, bars: int) -> HeldOutGap | None:
    """A gap that begins with the bar of a line's note, or None where that one is not fit."""
    first, count, meters = int(row[FIRST]), int(row[COUNT]), data.meters[row[SONG]]
    onsets = data.columns["onset"][first : first + count]
    bar = meters.bar_at(int(onsets[index]))
    start, end = meters.bar_start(bar), meters.bar_start(bar + bars)
    near = meters.bar_start(max(1, bar - NEAR_BARS)), meters.bar_start(bar + bars + NEAR_BARS)
    left, low, high, right = (int(at) for at in np.searchsorted(onsets, (near[0], start, end, near[1])))
    if min(low - left, right - high) < FEWEST_AROUND or high - low < FEWEST_IN_BAR * bars:
        return None
    room = data.steps - (high - low) - 1
    if room < min(LEAST_LEFT, low):
        return None
    begin = max(0, low - min(LEFT, room))
    line, before, around = data.stretch(row, begin, min(count, high + RIGHT))
    return HeldOutGap(bars, int(row[SONG]), start, end, line, low - begin, high - begin, before, around)


def _columns(line: GridLine) -> tuple[Ints, Ints, Ints, Ints]:
    return line.onset, line.length, line.pitch, line.velocity
