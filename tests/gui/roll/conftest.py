"""A roll over a small song whose places are known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.theme import apply_theme

PPQ = 480
BAR = 4 * PPQ
LONG = Note(0, 40 * BAR, 72, 100)  # sounds on long after it began
TUNE = [LONG, *(Note(bar * BAR, PPQ, 60 + bar % 4, 20 + 25 * (bar % 4)) for bar in range(40))]
CHORDS = [Note(bar * BAR + 2 * PPQ, PPQ, pitch, 80, 1) for bar in range(40) for pitch in (64, 67)]


def small_song() -> Song:
    """Forty 4/4 bars: a tune with one note on each first beat and one very long note, and chords."""
    head = (Event(0, b"\xff\x58\x04\x02\x18\x08"), Event(0, b"\xff\x51\x07\xa1\x20"), Event(8 * BAR, b"\xff\x06Solo"))
    return Song(
        PPQ,
        (
            Track("Tune", Notes.of(TUNE), head, 0, 56, 40 * BAR),
            Track("Chords", Notes.of(CHORDS), (), 1, 0, 40 * BAR),
        ),
    )


@pytest.fixture
def roll(qtbot: QtBot) -> PianoRoll:
    """Shown, light, eight bars wide, the tune current; rows 12 pixels high."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, "light")
    found = PianoRoll()
    qtbot.addWidget(found)
    found.resize(1000, 600)
    found.show()
    qtbot.waitExposed(found)
    found.set_song(small_song())
    found.set_current_track(0)
    found.zoom_to(0, 8 * BAR)
    return found


@pytest.fixture
def picture(roll: PianoRoll) -> Callable[[], QImage]:
    """What the notes' area looks like now."""
    return lambda: roll.view.viewport().grab().toImage()


def at(roll: PianoRoll, tick: float, pitch: int) -> QPoint:
    """The pixel in the middle of a pitch's row at a tick."""
    geometry = roll.view.geometry_now
    return QPoint(round(geometry.x(tick)), round(geometry.y(pitch) + geometry.row / 2))


def color_at(picture: QImage, place: QPoint) -> QColor:
    """The colour of one pixel."""
    return picture.pixelColor(place)


def colors_in(picture: QImage, left: int, top: int, width: int, height: int) -> set[int]:
    """All different colours in a rectangle of pixels."""
    return {picture.pixel(x, y) for x in range(left, left + width) for y in range(top, top + height)}
