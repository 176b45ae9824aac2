"""The title of a dock: its name in line with what is below, and a button that closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from jazzassist.gui.icons import icon


class DockTitle(QWidget):
    """Dragged, it moves the dock; a double click lets it float; the View menu brings it back."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        name = QLabel(dock.windowTitle())
        font = name.font()
        font.setBold(True)
        name.setFont(font)
        self._close = QToolButton()
        self._close.setToolTip(f"Close {dock.windowTitle()}; View brings it back")
        self._close.setAccessibleName(f"Close {dock.windowTitle()}")
        self._close.setIcon(icon("x"))
        self._close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.addWidget(name, 1)
        row.addWidget(self._close)
        self.setToolTip("Drag to move, double-click to float")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_close"):
            self._close.setIcon(icon("x"))
        super().changeEvent(event)
