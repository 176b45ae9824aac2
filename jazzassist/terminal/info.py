"""`jazzassist info`: describes the content of a file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from jazzassist.domain.instruments import instrument_name
from jazzassist.domain.song import Track
from jazzassist.midi.files import MidiFileError, OpenedSong, file_format, read_song
from jazzassist.terminal.ending import DONE, NOT_READABLE, Stop
from jazzassist.terminal.places import bar_count, printable


def open_song(path: Path) -> OpenedSong:
    """Read a song and print the warnings about its file to stderr. Raises Stop if it cannot be read."""
    opened = read_or_stop(path)
    for warning in opened.warnings:
        print(printable(warning), file=sys.stderr)
    return opened


def read_or_stop(path: Path) -> OpenedSong:
    """Read a song. Raises Stop if it cannot be read."""
    try:
        return read_song(path)
    except MidiFileError as error:
        raise Stop(NOT_READABLE, str(error)) from error


def run(arguments: argparse.Namespace) -> int:
    """Print the content of a file, as text or as one JSON object."""
    opened = read_or_stop(arguments.file)
    found = description(opened)
    print(json.dumps(found, indent=2) if arguments.json else _in_words(found, arguments.file))
    return DONE


def description(opened: OpenedSong) -> dict[str, Any]:
    """Return the content of a file as JSON types. Bars from 1, channels from 0; `range`: lowest and highest pitch."""
    song, meters = opened.song, opened.song.meter_map
    return {
        "format": file_format(song),
        "ppq": song.ppq,
        "bars": bar_count(song),
        "seconds": round(song.tempo_map.seconds_at(song.end), 3),
        "tracks": [_track(number, track) for number, track in enumerate(song.tracks, 1)],
        "tempi": [
            {"tick": tick, "bar": meters.bar_at(tick), "bpm": round(60_000_000 / us, 3)}
            for tick, us in song.tempo_map.changes
        ],
        "meters": [
            {"tick": tick, "bar": meters.bar_at(tick), "numerator": numerator, "denominator": denominator}
            for tick, numerator, denominator in meters.changes
        ],
        "markers": [{"tick": tick, "bar": meters.bar_at(tick), "text": text} for tick, text in song.markers],
        "warnings": list(opened.warnings),
        "damaged": opened.damaged,
    }


def _track(number: int, track: Track) -> dict[str, Any]:
    pitches = track.notes.pitch
    return {
        "number": number,
        "name": track.name,
        "channel": track.channel,
        "program": track.program,
        "instrument": instrument_name(track.program, drums=track.is_drums),
        "drums": track.is_drums,
        "notes": len(track.notes),
        "range": [int(pitches.min()), int(pitches.max())] if len(pitches) else None,
    }


def _in_words(found: dict[str, Any], path: Path) -> str:
    minutes, seconds = divmod(round(found["seconds"]), 60)
    lines = [
        f"{path}: MIDI file of format {found['format']}, {found['ppq']} ticks per quarter, "
        f"{_count(found['bars'], 'bar')}, {minutes}:{seconds:02}"
    ]
    lines += [_track_in_words(track) for track in found["tracks"]]
    tempi = [f"{item['bpm']:g} bpm in bar {item['bar']}" for item in found["tempi"]] or ["120 bpm (default)"]
    lines.append(f"Tempo: {_shortened(tempi)}")
    meters = [f"{item['numerator']}/{item['denominator']} from bar {item['bar']}" for item in found["meters"]]
    lines.append(f"Meter: {_shortened(meters or ['4/4 (default)'])}")
    if found["markers"]:
        markers = [f"{item['text']} in bar {item['bar']}" for item in found["markers"]]
        lines.append(f"Markers: {_shortened(markers)}")
    lines += [f"Warning: {warning}" for warning in found["warnings"]]
    return "\n".join(printable(line) for line in lines)


def _track_in_words(track: dict[str, Any]) -> str:
    reach = f", pitches {track['range'][0]}-{track['range'][1]}" if track["range"] else ""
    return (
        f"{track['number']:3}  {printable(track['name'])}: {track['instrument']}, channel {track['channel'] + 1}, "
        f"{_count(track['notes'], 'note')}{reach}"
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _shortened(items: list[str], most: int = 8) -> str:
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest} more" if rest > 0 else "")
