"""Quitting a program in which something was changed, played or suggested leaves no error behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# The whole program runs in a process of its own, and ends as it does for a composer: objects are
# destroyed in Qt's order, and what goes wrong then is only seen in the log and on stderr.
PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from jazzassist.domain import edits
from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Note, Notes
from jazzassist.gui import app

windows, build = [], app.build_window
app.build_window = lambda settings, checkpoint: windows.append(build(settings, "No sound", checkpoint)) or windows[0]

def work():
    window = windows[0]
    if window.client.state != "ready":
        QTimer.singleShot(50, work)
        return
    edit = lambda: edits.insert(window.session.song, 0, Notes.of([Note(0, 100, 60)]))
    {doing}
    QTimer.singleShot(0, answer)
    window.actions_by_name["quit"].trigger()

def answer():
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        box.button(QMessageBox.StandardButton.Discard).click()
    elif windows[0].isVisible():
        QTimer.singleShot(20, answer)

app.make_application()
QTimer.singleShot(0, work)
status = app.main(None, "markov")
{after}
sys.exit(status)
"""
DOINGS = {
    "edited": "window.session.document.apply('Insert', edit())",
    "edited and undone": "window.session.document.apply('Insert', edit()); window.session.document.undo()",
    "playing": "window.session.document.apply('Insert', edit()); window.actions_by_name['play'].trigger()",
    "suggesting": "window.session.document.apply('Insert', edit()); window.asking.ask_bridge()",
    "a message": "window.session.document.apply('Insert', edit()); window.banner.tell('Something')",
}


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("pass", id="window kept"),
        pytest.param("windows.clear()", id="window deleted first", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("doing", list(DOINGS))
def test_quitting_and_discarding_leaves_no_error(tmp_path: Path, doing: str, after: str) -> None:
    folders = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    code = PROGRAM.replace("{doing}", DOINGS[doing]).replace("{after}", after)
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **folders}, capture_output=True, text=True, timeout=100
    )
    logged = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in logged + done.stderr
    assert "unexpected" not in logged
