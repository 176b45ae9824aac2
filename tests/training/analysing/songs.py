"""Songs with known counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jazzassist.domain.song import EMPTY, Event, Notes, Song, Track
from jazzassist.midi.files import write_song

PPQ = 480


def track(name: str, program: int | None, rows: Sequence[tuple[float, int]], channel: int = 0) -> Track:
    """A track of quarter notes at (quarter, pitch)."""
    notes = Notes.of((round(at * PPQ), 460, pitch, 80, channel) for at, pitch in rows)
    events = [Event(0, b"\xff\x03" + name.encode())]
    if program is not None:
        events.append(Event(0, bytes([0xC0 | channel, program])))
    return Track(name, notes, tuple(events), channel)


def combo() -> Song:
    """Sixteen quarters of 3/4 at 60 bpm in G: piano chords, a bass, a trumpet, drums, a saxophone, a silent track."""
    setup = (
        Event(0, b"\xff\x51\x0f\x42\x40"),
        Event(0, b"\xff\x58\x03\x02\x18\x08"),
        Event(0, b"\xff\x59\x01\x00"),
    )
    chords = [(at, pitch + (at % 2) * 7) for at in range(16) for pitch in (55, 59, 62)]
    return Song(PPQ, (
        Track("", EMPTY, setup),
        track("Keys", 0, chords, 0),
        track("Low", 32, [(at, (43, 45, 47, 43)[at % 4]) for at in range(16)], 1),
        track("Horn", 56, [(at, 67) for at in range(12)], 2),
        track("Kit", None, [(at, 36) for at in range(8)] + [(at, p) for at in range(8, 16) for p in (36, 42)], 9),
        track("Sax", 65, [(0, 71), (1, 72), (2, 71)], 3),
        track("Tacet", 65, [], 4),
    ))  # fmt: skip


def write_folder(folder: Path) -> Path:
    """That song in a folder and in a subfolder, and files that are not songs."""
    (folder / "more").mkdir(parents=True)
    for path in (folder / "a.mid", folder / "more" / "b.MID"):
        write_song(combo(), path)
    (folder / "broken.mid").write_bytes(b"MThd and no more")
    (folder / "empty.mid").write_bytes(b"")
    write_song(Song(PPQ, (track("Nothing", 0, []),)), folder / "silent.mid")
    (folder / "notes.txt").write_text("no music")
    return folder
