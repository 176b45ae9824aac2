"""Windows and panels no larger than the screen has room for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

FRAME = QSize(16, 48)  # what a window manager may add around a window; unknown before it is shown


def fit_to_screen(top: QWidget) -> None:
    """Makes a window, `top`, small enough, frame included, for the part of its screen that no task bar covers."""
    if top.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
        return
    top.resize(fitting_size(top.size(), top.screen().availableGeometry().size()))


def fitting_size(wanted: QSize, available: QSize) -> QSize:
    """The wanted size, or as much of it as an available size has room for with a frame around it."""
    return wanted.boundedTo((available - FRAME).expandedTo(QSize(1, 1)))


def in_scroll_area(panel: QWidget) -> QScrollArea:
    """The panel in an area that scrolls up and down where the panel is higher than its place."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(panel)
    area.setMinimumWidth(panel.minimumWidth() + area.verticalScrollBar().sizeHint().width())
    return area
