"""Painting the roll with 100,000 notes in 16 tracks, against the same widget without a note."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from jazzassist.domain.song import Song
from jazzassist.gui.piano_roll import PianoRoll
from tests.benchmarks.measure import big_song, compare, cpu_seconds, row


def main() -> None:
    """Prints a row for 8 bars, 64 bars and the whole song: one full repaint each."""
    app = QApplication.instance() or QApplication([])
    full, empty = PianoRoll(), PianoRoll()
    song = big_song()
    full.set_song(song)
    empty.set_song(Song(song.ppq))
    for roll in (full, empty):
        roll.resize(1600, 900)
        roll.show()
        roll.set_current_track(1 if roll is full else 0)
    app.processEvents()
    for bars in (8, 64, 1000):
        for roll in (full, empty):
            roll.zoom_to(0, song.meter_map.bar_start(bars + 1))
        ours, theirs = compare(lambda: _repaint(full), lambda: _repaint(empty), runs=15)
        row(f"paint {bars} bars", ours, "the same without notes", theirs)


def _repaint(roll: PianoRoll) -> float:
    roll.view.refresh()
    return cpu_seconds(roll.view.viewport().repaint)
