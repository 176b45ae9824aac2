"""The main job in a process of its own: `python -m tests.main_job SONG TAPE OUT CHECKPOINT bridge|continuation`.

Opens the song in the window, selects four bars, asks the worker, inserts the first suggestion, plays it into the
file TAPE, takes it back, does it again and saves it as OUT. Prints one JSON object, which says what came of it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEventLoop

from jazzassist.domain.passage import Passage
from jazzassist.gui.app import build_window, make_application
from jazzassist.gui.settings import Settings
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.session import Aspect

SAX = 1  # the track of the demo song whose bars 13 to 16 are empty
PATIENCE_MS = 60_000


def main(song: Path, tape: Path, out: Path, checkpoint: str, kind: str) -> None:
    """Does the job and prints what came of it; leaves without waiting for anything."""
    app = make_application()
    window = build_window(Settings(), output=f"record:{tape}", checkpoint=checkpoint)
    window.resize(1300, 800)
    window.show()
    window.files.open_file(song)
    found = _job(window, tape, out, kind)
    window.player.close()
    window.client.close()
    print(json.dumps(found), flush=True)
    app.processEvents()
    os._exit(0)  # the song is saved, so there is nothing to ask


def _job(window: MainWindow, tape: Path, out: Path, kind: str) -> dict[str, object]:
    session, document, original = window.session, window.session.document, window.session.song
    failed: list[str] = []
    session.observe(lambda changed: failed.extend(filter(None, [session.refusal])), Aspect.WORKER)
    window.tracks.setCurrentRow(SAX)
    first = 13 if kind == "bridge" else 9  # a continuation of bars 9 to 12 fills the same bars
    start, end = (original.meter_map.bar_start(bar) for bar in (first, first + 4))
    session.set_passage(Passage((SAX,), start, end))
    (window.asking.ask_bridge if kind == "bridge" else window.asking.ask_continuation)()
    _wait(lambda: bool(failed) or (bool(window.panel.cards) and window.client.state == "ready"))
    if failed or not window.panel.cards:
        return {"failed": failed or ["no answer came"]}
    window.suggesting.insert(0)
    inserted = document.song
    window.player.play_song(inserted, original.meter_map.bar_start(13))
    played = _wait(lambda: tape.exists() and tape.stat().st_size > 0)
    window.player.stop()
    document.undo()
    undone = document.song is original
    document.redo()
    document.save(out)
    added = len(inserted.tracks[SAX].notes) - len(original.tracks[SAX].notes)
    return {"failed": [], "checkpoint": window.client.checkpoint, "added": added, "played": played, "undone": undone}


def _wait(until: Callable[[], bool]) -> bool:
    deadline = QDeadlineTimer(PATIENCE_MS)
    while not until() and not deadline.hasExpired():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    return until()


if __name__ == "__main__":
    song, before, out = map(Path, sys.argv[1:4])
    main(song, before, out, *sys.argv[4:])
