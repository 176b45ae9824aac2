"""A screen with two device pixels a pixel: everything in its place and painted at full fineness."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SHOWS = """
import numpy as np
from PySide6.QtWidgets import QApplication
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.theme import apply_theme, track_color
from jazzassist.session import Session
app = QApplication([])
apply_theme(app, "light")
start = np.arange(4000) * 240
many = [start, np.full(4000, 100), np.full(4000, 60), np.full(4000, 120), np.zeros(4000, int)]
few = [[0], [1920], [62], [120], [0]]
for columns, bars in ((few, 4), (many, 500)):
    roll = PianoRoll(Session())
    roll.resize(800, 500)
    roll.show()
    roll.session.document.apply("Test", Song(480, (Track("One", Notes.from_columns(*columns)),)))
    roll.view.show_pitches()
    roll.zoom_to(0, bars * 1920)
    app.processEvents()
    shown, at = roll.view.viewport().grab().toImage(), roll.view.geometry_now
    x, y = at.x(960), at.y(columns[2][0]) + at.row / 2
    near = [shown.pixelColor(round(2 * x) + by, round(2 * y)).hue() for by in range(4)]
    print(shown.width() // roll.view.viewport().width(), any(abs(hue - track_color(0).hue()) < 4 for hue in near))
"""


def test_two_device_pixels_a_pixel() -> None:
    env = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", SHOWS]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.split() == ["2", "True", "2", "True"]
