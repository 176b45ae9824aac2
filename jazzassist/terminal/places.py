"""Tracks, positions and lengths in command-line arguments."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path

from jazzassist.domain.song import Song
from jazzassist.domain.texts import without_controls
from jazzassist.terminal.ending import WRONG_USAGE, Stop

_POSITION = re.compile(r"(\d{1,6})(?::(\d{1,6}(?:\.\d+)?))?")


@dataclass(frozen=True)
class BarAndBeat:
    """A position (both from 1) or a length (both from 0). `typed`: the text of the argument."""

    bar: int
    beat: float
    typed: str


def position(text: str) -> BarAndBeat:
    """Parse BAR or BAR:BEAT, for argparse."""
    found = _read(text, 1.0)
    if found.bar < 1 or found.beat < 1:
        raise argparse.ArgumentTypeError(f"{text}: bars and beats are numbered from 1")
    return found


def length(text: str) -> BarAndBeat:
    """Parse BARS or BARS:BEATS, for argparse."""
    found = _read(text, 0.0)
    if found.bar == 0 and found.beat == 0:
        raise argparse.ArgumentTypeError(f"{text}: the length must be greater than zero")
    return found


def bar_count(song: Song) -> int:
    """Return the number of bars; the last one may be incomplete."""
    return song.meter_map.bar_at(song.end - 1) if song.end > 0 else 0


def tick_of(song: Song, path: Path, place: BarAndBeat, *, may_be_end: bool) -> int:
    """Return the tick of a position. Raises Stop if the song has no such position.

    `may_be_end`: also accept the bar line after the last bar.
    """
    bars = bar_count(song)
    is_end = may_be_end and place.bar == bars + 1 and place.beat == 1
    if place.bar > bars and not is_end:
        raise Stop(WRONG_USAGE, f"{path} has {bars} bar{'' if bars == 1 else 's'}, so there is no bar {place.bar}.")
    try:
        return song.meter_map.tick_at(place.bar, place.beat)
    except ValueError as error:
        raise Stop(WRONG_USAGE, f"In {path}, {error}.") from None


def tick_after(song: Song, start: int, stretch: BarAndBeat) -> int:
    """Return the tick a length after `start`, by the meters there."""
    return song.meter_map.after(start, stretch.bar, stretch.beat)


def track_of(song: Song, path: Path, named: str) -> int:
    """Return the index of a track by number (from 1), name, name ignoring case, or unique beginning of a name.

    Raises Stop, with a list of the tracks, if there is none or more than one.
    """
    names = [track.name for track in song.tracks]
    if named.isdecimal() and 1 <= int(named) <= len(names):
        return int(named) - 1
    wanted = named.casefold()
    tries = (
        [i for i, name in enumerate(names) if name == named],
        [i for i, name in enumerate(names) if name.casefold() == wanted],
        [i for i, name in enumerate(names) if wanted and name.casefold().startswith(wanted)],
    )
    found = next((matches for matches in tries if matches), [])
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{number} {printable(name)}" for number, name in enumerate(names, 1)) or "none"
    why = f"has several tracks {named}" if found else f"has no track {named}"
    raise Stop(WRONG_USAGE, f"{path} {why}. Its tracks: {there}.")


def printable(text: str) -> str:
    """Return the text without terminal control characters."""
    return without_controls(text)


def _read(text: str, beat: float) -> BarAndBeat:
    match = _POSITION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text}: write BAR or BAR:BEAT, such as 9 or 9:3")
    return BarAndBeat(int(match[1]), float(match[2]) if match[2] else beat, text)
