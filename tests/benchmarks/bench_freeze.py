"""The longest freeze of the window while it opens, suggests, inserts, undoes and saves, against the 50 ms allowed.

A timer that is due every millisecond notes when it really came; the longest wait between two of its
beats is how long the window could not answer. Other load on the machine counts too, so the same
wait in a window that has nothing to do is printed first.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from jazzassist.domain.passage import Passage
from jazzassist.gui.app import build_window, make_application
from jazzassist.gui.settings import Settings
from jazzassist.gui.theme import apply_theme
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.playback.transport import SILENT
from tests.benchmarks.measure import row, write_big_song

ALLOWED = 0.050
BAR = 4 * 480
PATIENCE = 120.0


def main() -> None:
    """Prints a row for each thing that the window does with a file of 100,000 notes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = make_application()
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        window = build_window(Settings(), output=SILENT)
        window.resize(1400, 880)
        window.show()
        _wait(lambda: window.client.state == "ready")
        for what, work, done in _tasks(window, write_big_song(Path(folder))):
            row(what, _longest_freeze(work, done), "allowed", ALLOWED)
        window.session.document.history.set_clean()
        window.close()


def _tasks(window: MainWindow, path: Path) -> list[tuple[str, Callable[[], object], Callable[[], bool]]]:
    """(what, how it is begun, whether it is done)."""
    document, until = window.session.document, time.monotonic
    idle_end = until() + 3.0
    return [
        ("nothing, for 3 seconds", lambda: None, lambda: until() > idle_end),
        ("open 100,000 notes", lambda: window.files.open_file(path), lambda: document.path == path),
        ("select a track and bars", lambda: _select(window), lambda: window.session.passage is not None),
        (
            "suggest 4 alternatives",
            window.asking.ask_bridge,
            lambda: bool(window.panel.cards) and not window.session.is_busy,
        ),
        ("hear the first of them", window.suggesting.hear, lambda: window.player.playing),
        ("insert it", window.suggesting.insert, lambda: document.dirty),
        ("undo", document.undo, lambda: not document.dirty),
        ("redo", document.redo, lambda: document.dirty),
        ("the whole song", window.roll.zoom_song, lambda: True),
        ("save", window.files.save, lambda: not document.dirty),
        ("play", window.playing.toggle, lambda: window.player.playing),
    ]


def _has_answer(window: MainWindow) -> bool:
    return bool(window.panel.cards) and not window.session.is_busy


def _select(window: MainWindow) -> None:
    window.tracks.setCurrentRow(3)
    window.session.set_passage(Passage((3,), 400 * BAR, 404 * BAR))


def _longest_freeze(work: Callable[[], object], done: Callable[[], bool]) -> float:
    """Seconds; from just before the work begins until everything has been painted."""
    beats = [time.perf_counter()]
    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=1)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    QTimer.singleShot(20, work)
    _wait(lambda: len(beats) > 40)
    _wait(done)
    settled = len(beats) + 100
    _wait(lambda: len(beats) > settled)
    timer.stop()
    return max(late - early for early, late in pairwise(beats))


def _wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not done() and time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.0002)
