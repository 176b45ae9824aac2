"""Requests of songs whose own grid is not that of the music: heard on the grid that is, and answered on the song's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from jazzassist.beats.grid import Doubles, Grid, Ints
from jazzassist.beats.model import BeatModelError
from jazzassist.beats.tracking import track_lines
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Line, Part, Suggestion, SuggestionRequest, landing_of
from jazzassist.domain.timing import MeterMap, TempoMap

CONFIDENT = 0.5  # the certainty of a grid below which the song's own is used all the same
LEAST_PPQ, MOST_PPQ = 480, 1 << 20  # ticks to the beat of what is heard
SONGS = 16  # whose grids are kept: with another wish or random seed a song is the same
NOTES = ("start", "duration", "pitch", "velocity", "channel")
SAME_TEMPO = 0.01  # share by which a tempo must differ from the one before to be named


@dataclass(frozen=True)
class Hearing:
    """What a suggester is asked in place of a request, and the way back. `grid`: None where it is the request."""

    asked: SuggestionRequest
    request: SuggestionRequest
    grid: Grid | None = None
    lead: int = 0  # beats before the first of the grid's

    def back(self, found: Suggestion) -> Suggestion:
        """An answer to what was heard as one to what was asked: at song ticks, exactly inside the gap."""
        if self.grid is None:
            return found
        pairs = zip(found.parts, self.asked.each(), strict=True)
        parts = tuple(self._part_back(part, alone) for part, alone in pairs)
        receipt = replace(found.receipt, context_hash=self.asked.context_hash)
        return replace(found, parts=parts, receipt=receipt)

    def _part_back(self, part: Part, alone: SuggestionRequest) -> Part:
        notes, low, high = part.notes, self.asked.start, self.asked.end
        start = np.clip(self._ticks(notes.start), low, high - 1)
        end = np.clip(self._ticks(notes.end), start + 1, high)
        # What lies on the edges of the gap stays there, however these were rounded.
        start = np.where(notes.start <= self.request.start, low, start)
        end = np.where(notes.end >= self.request.end, high, end)
        moved = notes.changed(start=start, duration=np.maximum(1, end - start))
        return replace(part, notes=moved, landing=landing_of(moved, alone, part.landing.seam))

    def _ticks(self, heard: Ints) -> Ints:
        """Song ticks of ticks that the suggester knows."""
        assert self.grid is not None
        return self.grid.from_grid(heard / self.request.ppq - self.lead)


def on_musical_grid(request: SuggestionRequest) -> Hearing:
    """The request as it stands, or on the grid of its music where that is another than the file's, and clear."""
    lines = tuple(_columns(line) for line in request.lines)
    try:
        grid = _grid(lines, request.ppq, request.tempi, request.meters)
    except BeatModelError:
        return Hearing(request, request)  # suggestions on the file's grid are better than none
    if grid.own or grid.certainty < CONFIDENT:
        return Hearing(request, request)
    return regridded(request, grid)


_Columns = tuple[str, int, int, bool | None, tuple[bytes, ...]]


def _columns(line: Line) -> _Columns:
    """All that the tracker takes of a line."""
    columns = (getattr(line.notes, name).astype(np.int64).tobytes() for name in NOTES)
    return line.name, line.program, line.channel, line.drums, tuple(columns)


@lru_cache(SONGS)
def _grid(
    lines: tuple[_Columns, ...],
    ppq: int,
    tempi: tuple[tuple[int, float], ...],
    meters: tuple[tuple[int, int, int], ...],
) -> Grid:
    """The grid of lines; a function of their bytes alone, so that the same ones need not be tracked again."""
    found = []
    for name, program, channel, drums, columns in lines:
        notes = Notes.from_columns(*(np.frombuffer(column, np.int64) for column in columns))
        found.append(Line(name, program, channel, notes, drums))
    return track_lines(tuple(found), TempoMap(ppq, tempi), MeterMap(ppq, meters))


def regridded(request: SuggestionRequest, grid: Grid) -> Hearing:
    """The request with a beat of the grid as its quarter. There are enough ticks to come back to each tick."""
    longest = float(np.diff(grid.beats).max())
    ppq = min(MOST_PPQ, max(LEAST_PPQ, 24 * -(-2 * round(longest) // 24)))
    lead = _lead(request, grid)

    def places(ticks: Doubles | Ints | list[int]) -> Ints:
        return np.maximum(0, np.round((grid.to_grid(ticks) + lead) * ppq)).astype(np.int64)

    def moved(notes: Notes) -> Notes:
        start = places(notes.start)
        return notes.changed(start=start, duration=np.maximum(1, places(notes.end) - start))

    def pedals(line: Line) -> tuple[tuple[int, int], ...]:
        return tuple((int(down), int(up)) for down, up in places([*sum(line.pedals, ())]).reshape(-1, 2))

    lines = tuple(Line(x.name, x.program, x.channel, moved(x.notes), x.drums, pedals(x)) for x in request.lines)
    start, end, seed = places([request.start, request.end, request.seed_start]).tolist()
    marks = places([tick for tick, _ in request.chords]).tolist()
    chords = tuple((at, name) for at, (_, name) in zip(marks, request.chords, strict=True))
    heard = replace(
        request, ppq=ppq, start=start, end=max(start + 1, end), seed_start=seed, lines=lines, chords=chords,
        meters=_meters(grid, lead, ppq), tempi=_tempi(grid, lead, ppq),
    )  # fmt: skip
    return Hearing(request, heard, grid, lead)


def _lead(request: SuggestionRequest, grid: Grid) -> int:
    """Beats before the grid's first, so that nothing lies below 0 and its first bar line is one from the start."""
    ticks = [
        request.start,
        request.seed_start,
        *(int(line.notes.start[0]) for line in request.lines if len(line.notes)),
    ]
    least = max(0, int(np.ceil(-float(grid.to_grid(ticks).min()))))
    first, length = grid.bars[0] if grid.bars else (0, 4)
    return least + -(first + least) % length


def _meters(grid: Grid, lead: int, ppq: int) -> tuple[tuple[int, int, int], ...]:
    bars = grid.bars or ((0, 4),)
    return ((0, bars[0][1], 4), *(((beat + lead) * ppq, length, 4) for beat, length in bars[1:]))


def _tempi(grid: Grid, lead: int, ppq: int) -> tuple[tuple[int, float], ...]:
    """(tick, microseconds per beat) wherever the tempo is another."""
    lengths = np.diff(grid.tempi.seconds_of(grid.beats)) * 1e6
    found = [(0, float(lengths[0]))]
    for beat, length in enumerate(lengths.tolist()):
        if abs(length / found[-1][1] - 1) > SAME_TEMPO:
            found.append(((beat + lead) * ppq, length))
    return tuple(found)
