"""A roll over a small song whose places are known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.domain.suggestion import Controls, Landing, Part, Receipt, Suggestion
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.theme import apply_theme
from jazzassist.midi.files import OpenedSong
from jazzassist.session import Aspect, Session
from jazzassist.session.offer import Offer

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
    found = PianoRoll(Session())
    qtbot.addWidget(found)
    found.resize(1000, 600)
    found.show()
    qtbot.waitExposed(found)
    found.session.document.adopt(OpenedSong(small_song(), (), False), None)
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


def offer(roll: PianoRoll, gap: Gap, notes: Notes, number: int = 1, count: int = 1) -> None:
    """Puts `count` suggestions on offer for the tune and shows the one of that number, from 1."""
    receipt = Receipt("test", "bridge", "", 1, Controls(), count, 0)
    suggestion = Suggestion((Part(0, notes, {}, Landing(True, 0)),), receipt)
    shown = Offer(None, gap, (suggestion,) * count, ((),) * count, number - 1, is_complete=True)
    roll.session.set_offer(shown)


def move_playhead(roll: PianoRoll, tick: int, playing: bool) -> None:
    """Moves the playhead as playing does, or as seeking."""
    with roll.session.changing():
        roll.session.set_playing(playing)
        roll.session.set_playhead(tick)


def passages(roll: PianoRoll) -> list[Passage | None]:
    """The passages that are selected from now on."""
    found: list[Passage | None] = []
    roll.session.observe(lambda changed: found.append(roll.session.passage), Aspect.PASSAGE)
    return found
