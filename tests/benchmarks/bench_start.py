"""From Space to the first note: a song in the window's player, against one message over the same pipe.

The player writes every message with the time at which it sent it. What is measured begins where the
window is asked to play: the schedule is made, handed over, prepared and begun.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Notes, Song
from jazzassist.playback.recorder import read_recording
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.transport import Transport
from tests.benchmarks.measure import big_song, row

RUNS = 15
PATIENCE_SECONDS = 20.0


def main() -> None:
    """Prints the medians in milliseconds, from the beginning and from the middle, and their ratios to a bare message."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    small, large = (_on_the_beat(song) for song in (big_song(400, 4, 16), big_song(20_000, 16, 500)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.jsonl"
        transport = Transport(output=f"record:{path}")
        time.sleep(1.0)
        bare = np.median([_bare(transport, path) for _ in range(RUNS)])
        for name, song in (("a small song", small), ("20,000 notes", large)):
            for where, at in (("from the start", 0), ("from the middle", song.music_end // 2)):
                at -= at % song.ppq
                took = np.median([_started(transport, path, song, at) for _ in range(RUNS)])
                row(f"Space to note: {name}, {where}", took, "a bare message", bare)
        transport.close()


def _on_the_beat(song: Song) -> Song:
    """The song with a note on every beat in its first track, so that one is due at once."""
    beats = np.arange(song.music_end // song.ppq) * song.ppq
    notes = Notes.from_columns(beats, np.full(len(beats), 240), *np.full((3, len(beats)), [[60], [80], [0]]))
    return song.with_track(0, replace(song.tracks[0], notes=notes))


def _started(transport: Transport, path: Path, song: Song, at: int) -> float:
    """Seconds from the wish to play to the first note-on."""
    before = path.stat().st_size if path.exists() else 0
    asked = time.monotonic()
    transport.play(build_schedule(song, 0, song.music_end), at)
    found = _first(path, before, 0x90) - asked
    transport.stop()
    time.sleep(0.1)
    return found


def _bare(transport: Transport, path: Path) -> float:
    """Seconds until a single message has gone out."""
    before = path.stat().st_size if path.exists() else 0
    asked = time.monotonic()
    transport.send(b"\x9f\x40\x40")
    found = _first(path, before, 0x90) - asked
    transport.stop()
    time.sleep(0.1)
    return found


def _first(path: Path, skipped: int, status: int) -> float:
    """The time of the first message of that kind after so many bytes of the recording."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        time.sleep(0.02)
        text = path.read_bytes()[skipped:] if path.exists() else b""
        rest = path.with_name("rest.jsonl")
        rest.write_bytes(text)
        for at, data in read_recording(rest):
            if data[0] & 0xF0 == status:
                return at
    raise TimeoutError("no note came")
