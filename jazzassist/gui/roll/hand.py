"""What the mouse does in the notes: click, box, pan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent

from jazzassist.gui.roll.edge_scroll import EdgeScroll
from jazzassist.gui.roll.painting import Indices, visible

if TYPE_CHECKING:
    from jazzassist.gui.roll.view import RollView

DRAG_PIXELS = 4  # a press that moves less is a click
NOTHING = np.zeros(0, np.intp)
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Hand:
    """Turns presses, moves and releases over a view into selections and scrolling.

    The box is kept in pixels of the whole song, not of the window, so that it stays where it was
    begun while the view scrolls.
    """

    def __init__(self, view: RollView) -> None:
        self._view = view
        self._edge = EdgeScroll(view, self._draw_box)
        self._anchor: QPointF | None = None
        self._panned_from: QPointF | None = None
        self._before: Indices = NOTHING
        self.box: QRectF | None = None

    def press(self, event: QMouseEvent) -> None:
        """Begins a click, a box or a pan."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned_from = event.position()
            self._view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        index = self._view.note_at(event.position().toPoint())
        if index is not None:
            self._press_note(index, event.modifiers())
            return
        self._anchor = self._in_song(event.position())
        self._before = self._view.selected if event.modifiers() & (_SHIFT | _CTRL) else NOTHING

    def _press_note(self, index: int, modifiers: Qt.KeyboardModifier) -> None:
        one, view = np.array([index], np.intp), self._view
        if modifiers & _CTRL:
            view.select(np.setxor1d(view.selected, one))
        elif modifiers & _SHIFT:
            view.select(np.union1d(view.selected, one))
        else:
            view.select(one)
        notes = view.notes
        view.note_sounded.emit(int(notes.pitch[index]), int(notes.start[index]), int(notes.channel[index]))

    def move(self, event: QMouseEvent) -> None:
        """Goes on with a box or a pan."""
        if self._panned_from is not None:
            step = event.position() - self._panned_from
            self._panned_from = event.position()
            self._view.scroll_by(-round(step.x()), -round(step.y()))
        elif self._anchor is not None:
            far = (self._in_song(event.position()) - self._anchor).manhattanLength() >= DRAG_PIXELS
            if far or self.box is not None:
                self._edge.hold(event.position())
                self._draw_box(event.position())

    def _draw_box(self, place: QPointF) -> None:
        if self._anchor is None:
            return
        self.box = QRectF(self._anchor, self._in_song(place)).normalized()
        self._view.pause_following()
        self._view.select(np.union1d(self._before, self._notes_in_box(self.box)))

    def _in_song(self, place: QPointF) -> QPointF:
        geometry = self._view.geometry_now
        return place + QPointF(geometry.left, geometry.top)

    def _notes_in_box(self, box: QRectF) -> Indices:
        geometry, notes = self._view.geometry_now, self._view.notes
        among = visible(notes, geometry.tick(box.left() - geometry.left), geometry.tick(box.right() - geometry.left))
        low, high = geometry.pitch(box.bottom() - geometry.top), geometry.pitch(box.top() - geometry.top)
        return among[(notes.pitch[among] >= low) & (notes.pitch[among] <= high)]

    def release(self, event: QMouseEvent) -> None:
        """Ends what was begun; a click on empty ground clears the selection."""
        clicked = self._anchor is not None and self.box is None and not len(self._before)
        self.cancel()
        if clicked and not event.modifiers() & (_SHIFT | _CTRL):
            if len(self._view.selected):
                self._view.select(NOTHING)
            else:
                self._view.ground_clicked.emit()

    def cancel(self) -> bool:
        """Ends a drag where it is; whether a box was being drawn."""
        drawing = self.box is not None
        self.box = self._anchor = self._panned_from = None
        self._edge.stop()
        self._view.viewport().unsetCursor()
        self._view.viewport().update()
        return drawing
