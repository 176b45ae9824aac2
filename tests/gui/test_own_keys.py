"""A control that has the focus keeps the keys that it needs; a click does not take the focus from the roll."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.gui.window.main_window import MainWindow
from tests.gui.conftest import BAR, answered

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
    song, box = chosen.session.song, chosen.panel.alternatives
    box.setFocus()
    press(chosen, qtbot, Key.Key_Up)
    assert box.value() == 5
    assert chosen.session.song is song


@pytest.mark.parametrize("key", [Key.Key_Backspace, Key.Key_Delete, Key.Key_8, Key.Key_Return, Key.Key_Left])
def test_what_is_typed_into_a_number_does_nothing_else(chosen: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    song, box = chosen.session.song, chosen.panel.bars
    box.setFocus()
    press(chosen, qtbot, key)
    assert chosen.session.song is song
    assert not chosen.player.playing
    assert chosen.session.heard.muted == frozenset()


def test_return_ends_the_typing_of_a_number_and_goes_back_to_the_notes(chosen: MainWindow, qtbot: QtBot) -> None:
    box = chosen.panel.bars
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    box.selectAll()
    qtbot.keyClick(box, Key.Key_7)
    qtbot.keyClick(box, Key.Key_Return)
    assert box.value() == 7
    assert chosen.roll.view.hasFocus()


KEYS_OF_ACTIONS = {
    "play": Key.Key_Space, "mute": Key.Key_M, "next": Key.Key_BracketRight, "previous": Key.Key_BracketLeft,
    "escape": Key.Key_Escape, "original": Key.Key_A, "zoom_selection": Key.Key_Z, "keys": Key.Key_Question,
}  # fmt: skip


def takes(widget: QWidget) -> set[str]:
    """The actions whose keys a control needs itself."""
    return {"play"} if isinstance(widget, QAbstractButton | QComboBox) else set()


def test_every_control_passes_on_the_keys_that_it_does_not_need(chosen: MainWindow, qtbot: QtBot) -> None:
    chosen.panel.more.toggle.setChecked(True)
    chosen.banner.tell("Something", "with details")
    ask_bridge(chosen, qtbot)
    counts = Counter[str]()
    for name in KEYS_OF_ACTIONS:
        chosen.actions_by_name[name].triggered.disconnect()  # only counted, so that nothing else changes
        chosen.actions_by_name[name].triggered.connect(lambda checked=False, name=name: counts.update([name]))
    focusable = [widget for widget in chosen.findChildren(QWidget) if is_reached(widget)]
    assert len(focusable) > 25
    for widget in focusable:
        for name, key in KEYS_OF_ACTIONS.items():
            if name not in takes(widget):
                counts.clear()
                widget.setFocus(Qt.FocusReason.MouseFocusReason)
                qtbot.keyClick(QApplication.focusWidget() or widget, key)
                assert counts == {name: 1}, (type(widget).__name__, widget.accessibleName(), name)


def is_reached(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus


def test_after_a_message_is_closed_the_space_bar_plays(chosen: MainWindow, qtbot: QtBot) -> None:
    chosen.banner.tell("Something")
    close = chosen.banner.findChild(QPushButton)
    assert isinstance(close, QPushButton)
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert chosen.roll.view.hasFocus()


def ask_bridge(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=30_000)


def test_the_arrows_move_the_slider_that_has_the_focus(chosen: MainWindow, qtbot: QtBot) -> None:
    song, slider = chosen.session.song, chosen.panel.adventurous
    slider.setFocus()
    press(chosen, qtbot, Key.Key_Right)
    assert slider.value() == 51
    assert chosen.session.song is song


def test_the_arrows_walk_through_the_tracks_when_the_list_has_the_focus(chosen: MainWindow, qtbot: QtBot) -> None:
    song = chosen.session.song
    chosen.tracks.setFocus()
    press(chosen, qtbot, Key.Key_Down)
    assert chosen.session.current == 2
    assert chosen.session.song is song


def test_the_space_bar_presses_the_button_that_has_the_focus(chosen: MainWindow, qtbot: QtBot) -> None:
    chosen.tracks.rows[1].mute.setFocus()
    press(chosen, qtbot, Key.Key_Space)
    assert chosen.session.heard.muted == frozenset({1})
    assert not chosen.player.playing


def test_after_a_click_on_a_button_the_space_bar_still_plays(chosen: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(chosen.tracks.rows[1].solo, Qt.MouseButton.LeftButton)
    assert chosen.session.heard.soloed == frozenset({1})
    press(chosen, qtbot, Key.Key_Space)
    assert chosen.player.playing


def test_the_cards_buttons_keep_the_space_bar_too(chosen: MainWindow, qtbot: QtBot) -> None:
    ask_bridge(chosen, qtbot)
    insert = next(button for button in chosen.panel.cards[2].findChildren(QPushButton) if button.text() == "Insert")
    wanted = chosen.session.offer.suggestions[2].notes
    insert.setFocus()
    press(chosen, qtbot, Key.Key_Space)
    assert chosen.session.song.tracks[1].notes.starting_in(4 * BAR, 8 * BAR) == wanted


def test_asking_works_from_within_a_number(chosen: MainWindow, qtbot: QtBot) -> None:
    chosen.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    chosen.panel.bars.setFocus()
    qtbot.keyClick(chosen.panel.bars, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert chosen.session.is_busy
