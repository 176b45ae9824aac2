"""Dragging with the middle button moves the view."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from jazzassist.gui.roll.gestures.gesture import Gesture, Pointer
from jazzassist.gui.roll.view import RollView


class Pan(Gesture):
    """Scrolls by as much as the pointer moves."""

    def __init__(self, view: RollView) -> None:
        self._view = view
        self._from = QPointF()

    def begin(self, press: Pointer) -> bool:
        if press.button != Qt.MouseButton.MiddleButton:
            return False
        self._from = press.place
        self._view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def preview(self, pointer: Pointer) -> bool:
        step = pointer.place - self._from
        self._from = pointer.place
        self._view.scroll_by(-round(step.x()), -round(step.y()))
        return True

    def commit(self, pointer: Pointer) -> None:
        self._view.viewport().unsetCursor()

    def cancel(self) -> bool:
        """Leaves the view where it is."""
        self._view.viewport().unsetCursor()
        return False
