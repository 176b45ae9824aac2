"""Opening a file of 100,000 notes in 16 tracks, against mido's parse of the same file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import mido

from jazzassist.midi.files import read_song, song_bytes
from tests.benchmarks.measure import compare, cpu_seconds, row, write_big_song


def main() -> None:
    """Prints one row for opening and one for saving without an edit."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_big_song(Path(folder))
        ours, theirs = compare(
            lambda: cpu_seconds(lambda: read_song(path)), lambda: cpu_seconds(lambda: mido.MidiFile(path))
        )
        row("open 100,000 notes, 16 tracks", ours, "mido.MidiFile of the same file", theirs)
        song = read_song(path).song
        saved, _ = compare(lambda: cpu_seconds(lambda: song_bytes(song)), lambda: 0.0)
        row("its bytes again, unedited", saved, "mido.MidiFile of the same file", theirs)
