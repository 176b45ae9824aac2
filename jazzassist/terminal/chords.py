"""`jazzassist chords`: recognises the chords of a file."""

from __future__ import annotations

import argparse
import json
from typing import Any

from jazzassist.domain.song import Song
from jazzassist.harmony.analysis import chords_of
from jazzassist.harmony.model import ModelError
from jazzassist.terminal.ending import DONE, FAILED, Stop
from jazzassist.terminal.info import open_song


def run(arguments: argparse.Namespace) -> int:
    """Print each chord with its position and confidence, as text or as one JSON object."""
    try:
        found = chords(open_song(arguments.file).song)
    except ModelError as error:
        raise Stop(FAILED, str(error)) from error
    print(json.dumps({"chords": found}, indent=2) if arguments.json else _in_words(found))
    return DONE


def chords(song: Song) -> list[dict[str, Any]]:
    """Return the chords of a song as JSON types: bar and beat from 1, confidence from 0 to 1."""
    meters = song.meter_map
    spans = chords_of([track.notes for track in song.tracks if not track.is_drums], song.ppq, meters)
    found = []
    for span in spans:
        place = meters.position(span.start)
        found.append(
            {
                "bar": place.bar,
                "beat": round(place.beat + place.tick / meters.beat_ticks(span.start), 3),
                "tick": span.start,
                "symbol": span.symbol,
                "confidence": round(span.confidence, 3),
            }
        )
    return found


def _in_words(found: list[dict[str, Any]]) -> str:
    """Return a line for each chord, or one sentence if there are none."""
    if not found:
        return "The file has no pitched notes, so it has no chords."
    lines = ["  bar  beat  chord     confidence"]
    lines += [f"{c['bar']:>5}  {c['beat']:<4g}  {c['symbol']:<8}  {c['confidence']:.2f}" for c in found]
    return "\n".join(lines)
