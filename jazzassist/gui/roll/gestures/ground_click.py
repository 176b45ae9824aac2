"""A click on empty ground clears the selection: that of notes first, then the passage."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from jazzassist.gui.roll.gestures.gesture import CTRL, SHIFT, Gesture, Pointer
from jazzassist.session import Session
from jazzassist.session.session import NO_NOTES


class GroundClick(Gesture):
    """Keeps the passage while suggestions are shown. A drag is left to other gestures."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._press = Pointer(QPointF())

    def begin(self, press: Pointer) -> bool:
        self._press = press
        return press.button == Qt.MouseButton.LeftButton

    def preview(self, pointer: Pointer) -> bool:
        return pointer.is_click(self._press)

    def commit(self, pointer: Pointer) -> None:
        session = self._session
        if (self._press.keys | pointer.keys) & (SHIFT | CTRL):
            return
        if len(session.selected):
            session.select_notes(NO_NOTES)
        elif session.suggested is None:
            session.set_passage(None)
