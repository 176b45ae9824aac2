"""A drag over empty ground selects the notes in a box."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from jazzassist.gui.roll import layers
from jazzassist.gui.roll.edge_scroll import EdgeScroll
from jazzassist.gui.roll.gestures.gesture import CTRL, SHIFT, Gesture, Pointer
from jazzassist.gui.roll.painting import visible
from jazzassist.gui.roll.view import RollView
from jazzassist.session import Session
from jazzassist.session.session import NO_NOTES, Indices

MARGIN = 9  # pixels outside the view to which the box is drawn


class BoxSelection(Gesture):
    """With Shift or Ctrl the notes in the box are added to those that were selected.

    The box is kept in pixels of the whole song, not of the window, so that it stays where it was
    begun while the view scrolls.
    """

    def __init__(self, view: RollView, session: Session) -> None:
        self._view, self._session = view, session
        self._edge = EdgeScroll(view, self._draw_to)
        self._anchor = QPointF()
        self._added_to: Indices = NO_NOTES
        self._box: QRectF | None = None

    def begin(self, press: Pointer) -> bool:
        if press.button != Qt.MouseButton.LeftButton:
            return False
        self._anchor, self._box = self._in_song(press.place), None
        self._added_to = self._session.selected if press.keys & (SHIFT | CTRL) else NO_NOTES
        return True

    def preview(self, pointer: Pointer) -> bool:
        self._edge.hold(pointer.place)
        self._draw_to(pointer.place)
        return True

    def _draw_to(self, place: QPointF) -> None:
        self._box = QRectF(self._anchor, self._in_song(place)).normalized()
        self._view.pause_following()
        self._view.viewport().update()
        self._session.select_notes(np.union1d(self._added_to, self._notes_in(self._box)))

    def commit(self, pointer: Pointer) -> None:
        self._end()

    def cancel(self) -> bool:
        """Finish the box selection. The selected notes stay selected."""
        was_drawing = self._box is not None
        self._end()
        return was_drawing

    def _end(self) -> None:
        self._edge.stop()
        self._box = None
        self._view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        if self._box is not None:
            geometry, seen = self._view.geometry_now, self._view.viewport().rect()
            box = self._box.translated(-geometry.left, -geometry.top)
            box = box.intersected(QRectF(seen.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)))
            layers.draw_box(painter, box, self._view.colors)

    def _in_song(self, place: QPointF) -> QPointF:
        geometry = self._view.geometry_now
        return place + QPointF(geometry.left, geometry.top)

    def _notes_in(self, box: QRectF) -> Indices:
        geometry, notes = self._view.geometry_now, self._session.notes
        among = visible(notes, geometry.tick(box.left() - geometry.left), geometry.tick(box.right() - geometry.left))
        low, high = geometry.pitch(box.bottom() - geometry.top), geometry.pitch(box.top() - geometry.top)
        return among[(notes.pitch[among] >= low) & (notes.pitch[among] <= high)]
