"""The ruler: bars, meters, tempi and markers; a click moves the playhead, a drag selects bars."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from jazzassist.domain.passage import Passage
from jazzassist.gui.piano_roll.geometry import grid_lines
from jazzassist.gui.piano_roll.view import RollView

HEIGHT = 46
DRAG_PIXELS = 4


class Ruler(QWidget):
    """Above the notes. `passage_dragged`: Passage or None; `seek_requested`: a tick."""

    passage_dragged = Signal(object)
    seek_requested = Signal(int)

    def __init__(self, view: RollView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self.loop: tuple[int, int] | None = None
        self._pressed: QPointF | None = None
        self._anchor = 0
        self._dragging = False
        self.setMouseTracking(True)
        self.setAccessibleName("Bar ruler")
        self.setToolTip("Drag to select bars, click to move the playhead, double-click for one bar")
        view.geometry_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors, geometry = self.view.colors, self.view.geometry_now
        painter.fillRect(self.rect(), colors.ruler)
        if self.loop is not None:
            left, right = geometry.x(self.loop[0]), geometry.x(self.loop[1])
            painter.fillRect(QRectF(left, 0, right - left, 5), colors.loop)
        self._paint_passage(painter)
        lines = grid_lines(self.view.song.meter_map, geometry, self.width())
        painter.setPen(colors.bar_line)
        for tick in lines.bars:
            painter.drawLine(QPointF(geometry.x(tick), 28), QPointF(geometry.x(tick), HEIGHT))
        painter.setPen(colors.ruler_text)
        for tick, bar in lines.numbers:
            painter.drawText(QPointF(geometry.x(tick) + 5, HEIGHT - 6), str(bar))
        self._paint_signs(painter)
        painter.setPen(colors.bar_line)
        painter.drawLine(0, HEIGHT - 1, self.width(), HEIGHT - 1)
        self._paint_playhead(painter)

    def _paint_passage(self, painter: QPainter) -> None:
        passage, geometry, colors = self.view.passage, self.view.geometry_now, self.view.colors
        if passage is None:
            return
        left, right = geometry.x(passage.start), geometry.x(passage.end)
        painter.fillRect(QRectF(left, 24, right - left, HEIGHT - 24), colors.passage)
        painter.fillRect(QRectF(left, HEIGHT - 4, right - left, 3), colors.passage_edge)

    def _paint_signs(self, painter: QPainter) -> None:
        """Meters, tempi and markers in the upper row, where they do not run into each other."""
        geometry, colors, free = self.view.geometry_now, self.view.colors, -1e9
        painter.setPen(colors.ruler_text)
        for tick, text in sorted(self._signs()):
            x = geometry.x(tick) + 5
            if free <= x < self.width():
                painter.drawText(QPointF(x, 19), text)
                free = x + painter.fontMetrics().horizontalAdvance(text) + 10

    def _signs(self) -> list[tuple[int, str]]:
        song = self.view.song
        signs: dict[int, list[str]] = {}
        for tick, text in song.markers:
            signs.setdefault(tick, []).append(text)
        for tick, num, den in song.meter_map.changes:
            signs.setdefault(tick, []).append(f"{num}/{den}")
        for tick, us in song.tempo_map.changes:
            signs.setdefault(tick, []).append(f"{60e6 / us:.0f} bpm")
        return [(tick, "  ".join(texts)) for tick, texts in signs.items()]

    def _paint_playhead(self, painter: QPainter) -> None:
        if self.view.playhead is not None:
            x = self.view.geometry_now.x(self.view.playhead)
            painter.setPen(QPen(self.view.colors.playhead, 1.5))
            painter.drawLine(QPointF(x, 26), QPointF(x, HEIGHT))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = event.position()
        self._anchor = int(self.view.geometry_now.tick(event.position().x()))
        passage = self.view.passage
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and passage is not None:
            far = passage.start if self._anchor >= passage.start else passage.end
            self._anchor, self._dragging = far, True
            self._drag_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        if abs(event.position().x() - self._pressed.x()) >= DRAG_PIXELS:
            self._dragging = True
        if self._dragging:
            self._drag_to(event)

    def _drag_to(self, event: QMouseEvent) -> None:
        tick = int(self.view.geometry_now.tick(event.position().x()))
        beats = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        start, end = self.snapped(min(tick, self._anchor), max(tick, self._anchor), beats)
        self.passage_dragged.emit(Passage((self.view.current,), start, end))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and not self._dragging:
            self.seek_requested.emit(self._anchor)
        self._pressed, self._dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        tick = int(self.view.geometry_now.tick(event.position().x()))
        start, end = self.snapped(tick, tick, False)
        self.passage_dragged.emit(Passage((self.view.current,), start, end))

    def snapped(self, start: int, end: int, beats: bool) -> tuple[int, int]:
        """The whole bars, or beats, that hold [start, end]; at least one."""
        meters = self.view.song.meter_map
        if beats:
            first = meters.bar_start(meters.bar_at(start))
            low = first + (start - first) // meters.beat_ticks(start) * meters.beat_ticks(start)
            last = meters.bar_start(meters.bar_at(end))
            return low, last + ((end - last) // meters.beat_ticks(end) + 1) * meters.beat_ticks(end)
        last_bar = meters.bar_at(max(start, end - 1))
        return meters.bar_start(meters.bar_at(start)), meters.bar_start(last_bar + 1)

    def cancel_drag(self) -> bool:
        """Ends a drag; whether there was one."""
        was, self._pressed, self._dragging = self._dragging, None, False
        return was
