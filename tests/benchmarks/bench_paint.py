"""Painting the roll over 100,000 notes, against an empty repaint of the same widget; processor time.

An empty repaint is the same roll without a song, its rows and lines drawn anew. "playhead" is what
one step of the playhead repaints while nothing else moves.
"""

from __future__ import annotations

import os

from PySide6.QtWidgets import QApplication

from jazzassist.domain.song import Song
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.theme import apply_theme
from jazzassist.session import Session
from tests.benchmarks.measure import big_song, compare, cpu_seconds, row

SIZE = (1600, 900)
BAR = 4 * 480
RUNS = 15


def main() -> None:
    """Prints a row for 8 bars, 64 bars, the whole song, and the playhead."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance()
    app = app if isinstance(app, QApplication) else QApplication(["bench"])
    apply_theme(app, "light")
    full, empty = _roll(app, big_song()), _roll(app, Song(480))
    for bars in (8, 64, 1000):
        for roll in (full, empty):
            roll.zoom_to(0, bars * BAR)
        ours, theirs = compare(lambda: _repainted(full), lambda: _repainted(empty), RUNS)
        row(f"{bars} bars painted anew", ours, "empty roll painted anew", theirs)
    ours, theirs = compare(lambda: _stepped(app, full), lambda: _repainted(empty), RUNS)
    row("playhead moved over the whole song", ours, "empty roll painted anew", theirs)


def _roll(app: QApplication, song: Song) -> PianoRoll:
    roll = PianoRoll(Session())
    roll.resize(*SIZE)
    roll.show()
    roll.session.document.apply("Show", song)
    roll.session.set_current(1)
    app.processEvents()
    return roll


def _repainted(roll: PianoRoll) -> float:
    roll.view.refresh()
    return cpu_seconds(roll.view.viewport().repaint)


def _stepped(app: QApplication, roll: PianoRoll) -> float:
    roll.session.set_playhead((roll.session.playhead + 480) % (900 * BAR))
    return cpu_seconds(app.processEvents)
