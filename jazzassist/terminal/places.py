"""Where in a song the words of a command line point: tracks, positions, lengths."""

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
    """A position (both from 1) or a length (both from 0), as it was typed."""

    bar: int
    beat: float
    typed: str


def position(text: str) -> BarAndBeat:
    """BAR or BAR:BEAT, for argparse."""
    found = _read(text, 1.0)
    if found.bar < 1 or found.beat < 1:
        raise argparse.ArgumentTypeError(f"{text}: bars and beats are counted from 1")
    return found


def length(text: str) -> BarAndBeat:
    """BARS or BARS:BEATS, for argparse."""
    found = _read(text, 0.0)
    if found.bar == 0 and found.beat == 0:
        raise argparse.ArgumentTypeError(f"{text}: the length must be above zero")
    return found


def bar_count(song: Song) -> int:
    """How many bars the song has, the last perhaps not full."""
    return song.meter_map.bar_at(song.end - 1) if song.end > 0 else 0


def tick_of(song: Song, path: Path, place: BarAndBeat, *, may_be_end: bool) -> int:
    """The tick of a position, with `may_be_end` also of the bar line behind the last bar; Stop when there is none."""
    bars = bar_count(song)
    is_end = may_be_end and place.bar == bars + 1 and place.beat == 1
    if place.bar > bars and not is_end:
        raise Stop(WRONG_USAGE, f"{path} has {bars} bar{'' if bars == 1 else 's'}, so there is no bar {place.bar}.")
    try:
        return song.meter_map.tick_at(place.bar, place.beat)
    except ValueError as error:
        raise Stop(WRONG_USAGE, f"In {path}, {error}.") from None


def tick_after(song: Song, start: int, stretch: BarAndBeat) -> int:
    """The tick that lies a length after `start`, by the meters there."""
    return song.meter_map.after(start, stretch.bar, stretch.beat)


def track_of(song: Song, path: Path, named: str) -> int:
    """The index of a track by number (from 1) or name: exact, else ignoring case, else a beginning that only one has.

    Stop, with the names that there are, when it is none or several.
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
    """The text without what would steer a terminal."""
    return without_controls(text)


def _read(text: str, beat: float) -> BarAndBeat:
    match = _POSITION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text}: write BAR or BAR:BEAT, such as 9 or 9:3")
    return BarAndBeat(int(match[1]), float(match[2]) if match[2] else beat, text)
