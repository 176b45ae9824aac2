"""From the start of the process to the window shown, against an empty QMainWindow with numpy imported."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from tests.benchmarks.measure import compare, row

EMPTY = """
import sys, numpy
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv); window = QMainWindow(); window.show(); app.processEvents()
"""
OURS = """
import os
from jazzassist.gui.app import build_window, make_application
from jazzassist.gui.settings import Settings
app = make_application(); window = build_window(Settings()); window.show(); app.processEvents()
os._exit(0)  # how long the player and the worker take to end is not asked
"""


def _seconds(code: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": home, "XDG_CONFIG_HOME": home}
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], env=env, check=True, stderr=subprocess.DEVNULL)
        return time.perf_counter() - start


def main() -> None:
    """Prints one row; both processes run to their end, the window's worker and player not waited for."""
    ours, theirs = compare(lambda: _seconds(OURS), lambda: _seconds(EMPTY), runs=7)
    row("window shown", ours, "empty QMainWindow, numpy imported", theirs)
