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
from jazzassist.gui.app import show_for_benchmark
show_for_benchmark()
"""


def _seconds(code: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": home, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], env=env, check=True, stderr=subprocess.DEVNULL)
        return time.perf_counter() - start


def main() -> None:
    """Prints one row; both processes run to their end, the window's worker and player not waited for."""
    ours, theirs = compare(lambda: _seconds(OURS), lambda: _seconds(EMPTY), runs=7)
    row("window shown", ours, "empty QMainWindow, numpy imported", theirs)
