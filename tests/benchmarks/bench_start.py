"""From Space to the first note: a song in the window's player, against one message on the same way.

The player writes every message with the time at which it sent it. What is measured begins where the
window is asked to play: the schedule is made (or was made ahead), handed over, prepared and begun.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Notes, Song
from jazzassist.playback.recorder import read_recording
from jazzassist.playback.transport import Transport
from jazzassist.session import Session
from jazzassist.session.playback_control import PlaybackControl
from tests.benchmarks.measure import big_song, compare, row

RUNS = 15
PATIENCE_SECONDS = 20.0


def main() -> None:
    """Prints a row for a small and a large song, from their start and from their middle."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.jsonl"
        session = Session()
        player = PlaybackControl(session, Transport(output=f"record:{path}"))
        for name, size in (("a small song", (400, 4, 16)), ("20,000 notes", (20_000, 16, 500))):
            song = _on_the_beat(big_song(*size))
            session.document.apply("Change", song)
            _wait(player, 1.0)
            for where, at in (("from the start", 0), ("from the middle", song.music_end // 2)):
                at -= at % song.ppq
                begin = partial(player.play_song, song, at)
                ours, bare = compare(partial(_seconds, player, path, begin), partial(_seconds, player, path), RUNS)
                row(f"Space to note: {name}, {where}", ours, "a bare message", bare)
        player.close()


def _wait(player: PlaybackControl, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        player.poll()
        time.sleep(0.01)


def _on_the_beat(song: Song) -> Song:
    """The song with a note on every beat in its first track, so that one is due at once."""
    beats = np.arange(song.music_end // song.ppq) * song.ppq
    notes = Notes.from_columns(beats, np.full(len(beats), 240), *np.full((3, len(beats)), [[60], [80], [0]]))
    return song.with_track(0, replace(song.tracks[0], notes=notes))


def _seconds(player: PlaybackControl, path: Path, begin: Callable[[], None] | None = None) -> float:
    """Seconds from the wish to play, or from sending one note, until the first note has gone out."""
    before = path.stat().st_size if path.exists() else 0
    asked = time.monotonic()
    if begin is None:
        player.transport.send(b"\x9f\x40\x40")
    else:
        begin()
    found = _first_note(path, before) - asked
    player.stop()
    time.sleep(0.1)
    return found


def _first_note(path: Path, skipped: int) -> float:
    """The time of the first note after so many bytes of the recording."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        time.sleep(0.02)
        rest = path.with_name("rest.jsonl")
        rest.write_bytes(path.read_bytes()[skipped:] if path.exists() else b"")
        for at, data in read_recording(rest):
            if data[0] & 0xF0 == 0x90:
                return at
    raise TimeoutError("no note came")
