"""A control that has the focus keeps the keys that it needs; a click does not take the focus from the roll."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.gui.main_window import MainWindow
from tests.gui.conftest import BAR

Key = Qt.Key


@pytest.fixture
def chosen(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window with all notes of the track selected, so that a key gone astray would change the song."""
    window.activateWindow()
    window.roll.view.setFocus()
    window.editing.select_all()
    return window


def press(window: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, key)


def test_the_arrows_change_a_number_and_not_the_song(chosen: MainWindow, qtbot: QtBot) -> None:
    song, box = chosen.document.song, chosen.panel.alternatives
    box.setFocus()
    press(chosen, qtbot, Key.Key_Up)
    assert box.value() == 5
    assert chosen.document.song is song


@pytest.mark.parametrize("key", [Key.Key_Space, Key.Key_M, Key.Key_Backspace, Key.Key_8, Key.Key_Return, Key.Key_Left])
def test_what_is_typed_into_a_number_does_nothing_else(chosen: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    song, box = chosen.document.song, chosen.panel.bars
    box.setFocus()
    press(chosen, qtbot, key)
    assert chosen.document.song is song
    assert not chosen.player.playing
    assert chosen.tracks.muted == frozenset()


def test_the_arrows_move_the_slider_that_has_the_focus(chosen: MainWindow, qtbot: QtBot) -> None:
    song, slider = chosen.document.song, chosen.panel.adventurous
    slider.setFocus()
    press(chosen, qtbot, Key.Key_Right)
    assert slider.value() == 51
    assert chosen.document.song is song


def test_the_arrows_walk_through_the_tracks_when_the_list_has_the_focus(chosen: MainWindow, qtbot: QtBot) -> None:
    song = chosen.document.song
    chosen.tracks.setFocus()
    press(chosen, qtbot, Key.Key_Down)
    assert chosen.current == 2
    assert chosen.document.song is song


def test_the_space_bar_presses_the_button_that_has_the_focus(chosen: MainWindow, qtbot: QtBot) -> None:
    chosen.tracks.rows[1].mute.setFocus()
    press(chosen, qtbot, Key.Key_Space)
    assert chosen.tracks.muted == frozenset({1})
    assert not chosen.player.playing


def test_after_a_click_on_a_button_the_space_bar_still_plays(chosen: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(chosen.tracks.rows[1].solo, Qt.MouseButton.LeftButton)
    assert chosen.tracks.soloed == frozenset({1})
    press(chosen, qtbot, Key.Key_Space)
    assert chosen.player.playing


def test_the_cards_buttons_keep_the_space_bar_too(chosen: MainWindow, qtbot: QtBot) -> None:
    chosen.document.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    chosen.ask_bridge()
    qtbot.waitUntil(lambda: bool(chosen.panel.cards), timeout=30_000)
    insert = next(button for button in chosen.panel.cards[2].findChildren(QPushButton) if button.text() == "Insert")
    wanted = chosen.suggesting.suggestions[2].notes
    insert.setFocus()
    press(chosen, qtbot, Key.Key_Space)
    assert chosen.document.song.tracks[1].notes.starting_in(4 * BAR, 8 * BAR) == wanted


def test_asking_works_from_within_a_number(chosen: MainWindow, qtbot: QtBot) -> None:
    chosen.document.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    chosen.panel.bars.setFocus()
    qtbot.keyClick(chosen.panel.bars, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert chosen.suggesting.is_busy
