"""What must be in reach however small the window is, and the docks that can be closed."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDockWidget, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from jazzassist.gui.window.main_window import MainWindow


def shrink(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(200, 200)  # as small as it goes
    qtbot.wait(50)


def is_whole(widget: QWidget | None) -> bool:
    """Whether nothing of the widget is cut off by those that hold it."""
    return widget is not None and widget.isVisible() and widget.visibleRegion().boundingRect() == widget.rect()


def test_transport_and_panic_stay_in_reach(window: MainWindow, qtbot: QtBot) -> None:
    shrink(window, qtbot)
    assert window.width() < 700
    for name in ("play", "stop", "panic"):
        assert is_whole(window.transport_bar.widgetForAction(window.actions_by_name[name])), name
    assert is_whole(window.transport_bar.outputs)


def test_rows_make_room_for_the_scroll_bar(window: MainWindow, qtbot: QtBot) -> None:
    window.tracks.setFixedHeight(100)
    qtbot.wait(50)
    assert window.tracks.verticalScrollBar().isVisible()
    assert window.tracks.rows[0].width() <= window.tracks.viewport().width()


@pytest.mark.parametrize("title", ["Tracks", "Suggest"])
def test_a_dock_is_closed_by_its_button_and_comes_back_by_the_menu(window: MainWindow, title: str) -> None:
    dock = window.findChild(QDockWidget, title)
    assert isinstance(dock, QDockWidget)
    button = dock.titleBarWidget().findChild(QToolButton)
    assert isinstance(button, QToolButton)
    button.click()
    assert not dock.isVisible()
    dock.toggleViewAction().trigger()
    assert dock.isVisible()
