"""Moving notes to a grid."""

from __future__ import annotations

import numpy as np

from jazzassist.domain.edits import Indices
from jazzassist.domain.keys import Starts, keys_of
from jazzassist.domain.note_edits import notes_at, retimed
from jazzassist.domain.song import Notes, Song, Ticks
from jazzassist.domain.timing import MeterMap

STRAIGHT, TRIPLET = 0.5, 2 / 3  # values of `swing`


def quantise(
    song: Song, track: int, indices: Indices, step: int, strength: float = 1.0, swing: float = STRAIGHT
) -> Song:
    """Return the song with the starts of the chosen notes moved towards the nearest line of a grid.

    `step`: ticks between grid lines, which are counted from each bar line. `strength`: how far a start moves, from 0
    (not at all) to 1 (onto the line). `swing`: where the second line of each pair stands, as a share of the pair, from
    STRAIGHT to below 1. Durations stay, except where a note meets another of its pitch and channel (see `keys`). A note
    stays where it is if another one that was not chosen already begins at its new place. Of chosen notes of one pitch
    and channel that meet on a line, the longest stays.

    IndexError if there are no such notes, ValueError if a value is out of range.
    """
    if step < 1:
        raise ValueError("the step of a grid is at least 1 tick")
    if not 0 <= strength <= 1:
        raise ValueError("the strength is 0 to 1")
    if not STRAIGHT <= swing < 1:
        raise ValueError(f"the swing is {STRAIGHT} to below 1")
    chosen = notes_at(song, track, indices)
    lines = grid_lines(song.meter_map, chosen.start, step, swing)
    start = chosen.start + np.rint((lines - chosen.start) * strength).astype(np.int64)
    start = np.where(_is_taken(song.tracks[track].notes, chosen, start), chosen.start, start)
    return retimed(song, track, chosen, start, chosen.duration)


def grid_lines(meters: MeterMap, ticks: Ticks, step: int, swing: float = STRAIGHT) -> Ticks:
    """Return the grid line nearest to each tick, the earlier of two as near."""
    found = np.empty(len(ticks), np.int64)
    bars = np.array([meters.bar_at(tick) for tick in ticks.tolist()], np.int64)
    for bar in np.unique(bars).tolist():
        lines = _lines_of_bar(meters.bar_start(bar), meters.bar_start(bar + 1), step, swing)
        inside = bars == bar
        after = np.clip(np.searchsorted(lines, ticks[inside]), 1, len(lines) - 1)
        before, later = lines[after - 1], lines[after]
        found[inside] = np.where(ticks[inside] - before <= later - ticks[inside], before, later)
    return found


def _lines_of_bar(start: int, end: int, step: int, swing: float) -> Ticks:
    """Return the grid lines from one bar line to the next, both included."""
    lines = np.arange(start, end, step)
    lines[1::2] += round((2 * swing - 1) * step)
    return np.append(lines[lines < end], end)


def _is_taken(notes: Notes, chosen: Notes, start: Ticks) -> np.typing.NDArray[np.bool_]:
    """Return for each chosen note whether a note that is not chosen, of its pitch and channel, begins at `start`."""
    others = notes.select(~np.isin(notes.identity, chosen.identity))
    return Starts(others).has(keys_of(chosen), start)
