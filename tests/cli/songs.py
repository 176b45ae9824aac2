"""Song files for tests of the command line."""

from __future__ import annotations

from pathlib import Path

from jazzassist.domain.song import EMPTY, Event, Notes, Song, Track
from jazzassist.midi.files import write_song

BAR = 1920
BARS = 16
SETUP = (
    Event(0, b"\xff\x03Conductor"),
    Event(0, b"\xff\x51\x06\x1a\x80"),  # 150 bpm
    Event(0, b"\xff\x58\x04\x02\x18\x08"),
    Event(8 * BAR, b"\xff\x06Bridge"),
)
TUNE = Notes.of([(at * 240, 200, 60 + at * 7 % 12, 70 + at % 30, 2) for at in range(8 * BARS)])
BASS = Notes.of([(at * 480, 400, 36 + at * 5 % 7, 90, 1) for at in range(4 * BARS)])
DRUMS = Notes.of([(at * 240, 60, (36, 42, 38, 42)[at % 4], 90, 9) for at in range(8 * BARS)])


def song() -> Song:
    """Sixteen bars: a conductor track, a tune, a bass, drums, and a track without notes."""
    return Song(480, (
        Track("Conductor", EMPTY, SETUP, end=BARS * BAR),
        Track("Tune", TUNE, (Event(0, b"\xff\x03Tune"), Event(0, b"\xc2\x41"), Event(960, b"\xb2\x07\x50")), 2),
        Track("Walking Bass", BASS, (Event(0, b"\xff\x03Walking Bass"), Event(0, b"\xc1\x20")), 1),
        Track("Drums", DRUMS, (Event(0, b"\xff\x03Drums"),), 9),
        Track("Tacet", EMPTY, (Event(0, b"\xff\x03Tacet"),)),
    ))  # fmt: skip


def song_file(folder: Path) -> Path:
    """That song as a file."""
    path = folder / "song.mid"
    write_song(song(), path)
    return path
