"""Title bar of a dock: its name, aligned with its content, and a close button."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from jazzassist.gui.icons import icon


class DockTitle(QWidget):
    """Dragging moves the dock, a double click floats it. The View menu shows a closed dock again."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        name = QLabel(dock.windowTitle())
        font = name.font()
        font.setBold(True)
        name.setFont(font)
        self._close = QToolButton()
        self._close.setToolTip(f"Close {dock.windowTitle()} (reopen it from the View menu)")
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
