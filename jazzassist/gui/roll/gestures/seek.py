"""A click in the ruler moves the playhead."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt

from jazzassist.gui.roll.gestures.gesture import DRAG_PIXELS, SHIFT, Gesture, Pointer
from jazzassist.gui.roll.view import RollView
from jazzassist.session import Session


class Seek(Gesture):
    """Calls `seek` with the tick. A drag is left to other gestures, and so is Shift where there is a passage."""

    def __init__(self, view: RollView, session: Session, seek: Callable[[int], object]) -> None:
        self._view, self._session, self._seek = view, session, seek
        self._from = QPointF()

    def begin(self, press: Pointer) -> bool:
        extends = press.keys & SHIFT and self._session.passage is not None
        self._from = press.place
        return press.button == Qt.MouseButton.LeftButton and not press.is_double and not extends

    def preview(self, pointer: Pointer) -> bool:
        return abs(pointer.place.x() - self._from.x()) < DRAG_PIXELS

    def commit(self, pointer: Pointer) -> None:
        self._seek(int(self._view.geometry_now.tick(self._from.x())))
