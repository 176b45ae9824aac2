"""Songs with nothing in them: every action, the ruler and the keyboard, without tracks, notes or both."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.gui.window.actions import ACTIONS
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import OpenedSong
from tests.gui.conftest import BAR

LEFT = Qt.MouseButton.LeftButton
WITH_A_DIALOG = {"open", "save", "save_as", "quit", "demo"}
WALK = [described.name for described in ACTIONS if described.name not in WITH_A_DIALOG]

SETTINGS = (Event(0, b"\xff\x58\x03\x02\x18\x08"), Event(0, b"\xb0\x07\x64"))
BARE = {
    "no tracks": Song(480),
    "one empty track": Song(480, (Track(""),)),
    "events but no notes": Song(480, (Track("Settings", events=SETTINGS, end=4 * BAR), Track("More"))),
    "one note at the end of time": Song(480, (Track("Late", Notes.of([Note((1 << 28) - 1, 1, 60)])),)),
    "SMPTE without tracks": Song(40, ticks_per_second=1000.0),
}


@pytest.fixture(params=list(BARE))
def bare(request: pytest.FixtureRequest, window: MainWindow) -> MainWindow:
    """The window over a bare song, opened after a song with four tracks of which the last was current."""
    window.tracks.setCurrentRow(3)
    window.session.document.adopt(OpenedSong(BARE[request.param], (), False), None)
    return window


def drag_in_ruler(window: MainWindow, qtbot: QtBot) -> None:
    ruler = window.roll.ruler
    qtbot.mousePress(ruler, LEFT, pos=QPoint(100, 36))
    qtbot.mouseMove(ruler, QPoint(200, 36))
    qtbot.mouseMove(ruler, QPoint(300, 36))
    qtbot.mouseRelease(ruler, LEFT, pos=QPoint(300, 36))


def test_every_action_works_with_nothing_and_with_bars_selected(bare: MainWindow, qtbot: QtBot) -> None:
    for selected in (False, True):
        for name in WALK:
            if selected:
                drag_in_ruler(bare, qtbot)
            bare.actions_by_name[name].trigger()
            QApplication.processEvents()
    bare.roll.view.repaint()
    bare.roll.ruler.repaint()


def test_the_keyboard_the_notes_and_the_ruler_take_clicks(bare: MainWindow, qtbot: QtBot) -> None:
    for widget in (bare.roll.keys, bare.roll.view.viewport(), bare.roll.ruler):
        qtbot.mouseClick(widget, LEFT, pos=QPoint(20, 30))
        qtbot.mouseDClick(widget, LEFT, pos=QPoint(20, 30))
    bare.roll.view.text_at(QPoint(20, 30))


def test_without_a_track_no_bars_are_selected_and_asking_says_why(window: MainWindow, qtbot: QtBot) -> None:
    window.tracks.setCurrentRow(3)
    window.session.document.adopt(OpenedSong(BARE["no tracks"], (), False), None)
    drag_in_ruler(window, qtbot)
    assert window.session.passage is None
    assert "no track" in window.statusBar().currentMessage()
    for ask in (window.asking.ask_bridge, window.asking.ask_continuation):
        ask()
        assert "no track" in window.panel.state.text()


def test_a_passage_on_tracks_that_the_song_does_not_have_is_not_selected(window: MainWindow) -> None:
    window.session.document.adopt(OpenedSong(BARE["no tracks"], (), False), None)
    window.session.set_passage(Passage((0,), 0, BAR))
    assert window.session.passage is None
