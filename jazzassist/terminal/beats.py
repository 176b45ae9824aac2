"""`jazzassist beats`: detects the beats, bars and feel of a file."""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from jazzassist.beats.grid import Feel, Grid
from jazzassist.beats.model import BeatModelError
from jazzassist.beats.tracking import track
from jazzassist.beats.words import in_words
from jazzassist.domain.song import Song
from jazzassist.terminal.ending import DONE, FAILED, Stop
from jazzassist.terminal.info import open_song
from jazzassist.terminal.places import printable


def run(arguments: argparse.Namespace) -> int:
    """Print a summary and each beat with its position and confidence, as text or as one JSON object."""
    song = open_song(arguments.file).song
    try:
        grid = track(song)
    except BeatModelError as error:
        raise Stop(FAILED, str(error)) from error
    found = beats(song, grid)
    print(json.dumps(found, indent=2) if arguments.json else _as_text(found))
    return DONE


def beats(song: Song, grid: Grid) -> dict[str, Any]:
    """Return the grid as JSON types: bars and beats from 1 (a pick-up is in bar 0), confidence from 0 to 1."""
    seconds = np.round(song.tempo_map.seconds_of(grid.beats), 3).tolist()
    bars = np.cumsum(grid.downbeats.astype(np.int64))
    if grid.own and len(grid.beats):
        bars = bars + (song.meter_map.bar_at(int(grid.beats[0])) - int(bars[0]))
    rows, beat = [], 0
    for index, tick in enumerate(np.round(grid.beats).astype(np.int64).tolist()):
        beat = 1 if grid.downbeats[index] else beat + 1
        rows.append(
            {
                "bar": int(bars[index]),
                "beat": beat,
                "tick": tick,
                "seconds": seconds[index],
                "confidence": round(float(grid.confidence[index]), 3),
            }
        )
    names = [printable(line.name) or f"Track {number}" for number, line in enumerate(song.tracks, 1)]
    return {
        "own_grid": grid.own,
        "bpm": round(grid.bpm, 2),
        "felt_beats_per_beat": grid.felt,
        "certainty": round(grid.certainty, 3),
        "swing": None if grid.swing is None else round(grid.swing, 3),
        "tracks": [_feel(name, feel) for name, feel in zip(names, grid.feel, strict=True)],
        "summary": in_words(grid, names),
        "beats": rows,
    }


def _feel(name: str, feel: Feel | None) -> dict[str, Any]:
    if feel is None:
        return {"name": name, "late_ms": None, "spread_ms": None}
    return {"name": name, "late_ms": round(feel.late, 1), "spread_ms": round(feel.spread, 1)}


def _as_text(found: dict[str, Any]) -> str:
    lines = list(found["summary"])
    if found["beats"]:
        lines += ["", "  bar  beat      tick   seconds  confidence"]
    lines += [
        f"{b['bar']:>5}  {b['beat']:<4}  {b['tick']:>8}  {b['seconds']:>8.2f}  {b['confidence']:.2f}"
        for b in found["beats"]
    ]
    return "\n".join(lines)
