"""The first window fits on the screen, whatever the screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize

from jazzassist.gui.widgets.fitting import FRAME, fitting_size

SCREENS = {
    "720p": (1280, 720, 1), "netbook": (1024, 600, 1), "768p": (1366, 768, 1), "1080p": (1920, 1080, 1),
    "4K at 2x": (1920, 1080, 2), "720p at 1.5x": (853, 480, 1.5), "upright": (720, 1280, 1),
}  # fmt: skip

# The program starts on a screen of its own. It says what is larger than the screen or cut off.
PROGRAM = """
import json, sys
from PySide6.QtCore import QByteArray, QPoint, QRect, QSize
from PySide6.QtWidgets import QDialog, QDockWidget
from jazzassist.gui.app import build_window, make_application
from jazzassist.gui.settings import Settings
app = make_application()
settings = Settings()
def window():
    found = build_window(settings, output="No sound", checkpoint="markov")
    found.show()
    for _ in range(5):
        app.processEvents()
    return found
def state(found):
    whole = QRect(QPoint(0, 0), found.size())
    parts = [*found.findChildren(QDockWidget), found.roll, found.statusBar(), found.transport_bar]
    parts += [found.transport_bar.widgetForAction(found.actions_by_name[n]) for n in ("play", "stop", "panic")]
    cut = [type(p).__name__ for p in parts if not whole.contains(QRect(p.mapTo(found, QPoint(0, 0)), p.size()))]
    hidden = [type(p).__name__ for p in parts if p.visibleRegion().isEmpty()]
    available = found.screen().availableGeometry()
    least = found.minimumSizeHint()
    found.actions_by_name["keys"].trigger()
    sheet = found.findChild(QDialog)
    sizes = [found.size(), sheet.size()]
    found.player.close(); found.client.close(); found.hide()
    return {"sizes": [size.toTuple() for size in sizes],
            "available": available.size().toTuple(), "least": least.toTuple(),
            "roll": found.roll.view.viewport().size().toTuple(), "cut": cut + hidden}
first = window()
states = [state(first)]
first.resize(5000, 4000)  # as it was left on a larger screen
settings.save_window(first.saveGeometry(), first.saveState())
states.append(state(window()))
print(json.dumps(states))
"""


@pytest.mark.parametrize("name", list(SCREENS))
def test_the_window_fits_at_its_first_start_and_after_a_larger_screen(tmp_path: Path, name: str) -> None:
    width, height, ratio = SCREENS[name]
    screen = {"name": name, "x": 0, "y": 0, "width": width, "height": height, "dpr": ratio}
    config = tmp_path / "screen.json"
    config.write_text(
        json.dumps({"synchronousWindowSystemEvents": False, "windowFrameMargins": True, "screens": [screen]})
    )
    folders = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    env = {**os.environ, **folders, "QT_QPA_PLATFORM": f"offscreen:configfile={config}"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    for state in json.loads(done.stdout):
        assert state["available"] == [width, height]
        for size in (*state["sizes"], state["least"]):
            assert size[0] <= width - FRAME.width()
            assert size[1] <= height - FRAME.height()
        assert state["cut"] == []
        assert min(state["roll"]) > 100


def test_a_size_that_fits_stays() -> None:
    assert fitting_size(QSize(800, 600), QSize(1920, 1080)) == QSize(800, 600)
    assert fitting_size(QSize(1400, 880), QSize(1280, 720)) == QSize(1280, 720) - FRAME
    assert fitting_size(QSize(1400, 880), QSize(10, 10)) == QSize(1, 1)
