"""The ruler: bars, meters, tempi and markers; a click moves the playhead, a drag selects bars."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from jazzassist.domain.song import Song
from jazzassist.gui.roll.geometry import grid_lines
from jazzassist.gui.roll.gestures.gesture import Gestures, Pointer
from jazzassist.gui.roll.view import RollView
from jazzassist.gui.roll.words import range_text
from jazzassist.session import Session

SIGNS, LOOP, TAB, NUMBERS = (2, 18), (22, 5), (29, 15), (45, 15)  # upper edge and height of each row
HEIGHT = 62
HEAD = 6  # half the width of the playhead's head


class Ruler(QWidget):
    """The ruler above the notes. `gestures` receives the mouse events."""

    def __init__(self, view: RollView, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._session = view, session
        self.gestures = Gestures()
        self._song: Song | None = None
        self._signs: list[tuple[int, str, bool]] = []
        self._painted_playhead = 0
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Bar ruler")
        self.setToolTip("Drag to select bars (Ctrl or Alt: beats). Shift+click to extend. Click to move the playhead.")
        view.geometry_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def show_playhead(self) -> None:
        """Repaint the old and new position of the playhead."""
        before, self._painted_playhead = self._painted_playhead, self._session.playhead
        for tick in (before, self._painted_playhead):
            self.update(round(self._view.geometry_now.x(tick)) - HEAD - 2, 0, 2 * HEAD + 4, HEIGHT)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._view.colors
        painter.fillRect(self.rect(), colors.ruler)
        self._paint_bars(painter)
        self._paint_loop(painter)
        self._paint_passage(painter)
        self._paint_signs(painter)
        painter.setPen(colors.bar_line)
        painter.drawLine(QPointF(0, HEIGHT - 0.5), QPointF(self.width(), HEIGHT - 0.5))
        self._paint_playhead(painter)

    def _paint_bars(self, painter: QPainter) -> None:
        colors, geometry = self._view.colors, self._view.geometry_now
        lines = grid_lines(self._session.song.meter_map, geometry, self._view.viewport().width())
        top, height = NUMBERS
        for ticks, color, upper in (
            (lines.beats, colors.bar_line, HEIGHT - 5),
            (lines.bars, colors.bar_line, top + 3),
        ):
            painter.setPen(QPen(color, 1))
            for tick in ticks:
                x = round(geometry.x(tick)) + 0.5
                painter.drawLine(QPointF(x, upper), QPointF(x, HEIGHT))
        painter.setPen(colors.ruler_text)
        for tick, bar in lines.numbers:
            place = QRectF(geometry.x(tick) + 5, top, 160, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, str(bar))

    def _paint_loop(self, painter: QPainter) -> None:
        loop = self._session.loop
        if loop is None or not self._session.looping:
            return
        colors, (left, right) = self._view.colors, (self._view.geometry_now.x(tick) for tick in loop)
        top, height = LOOP
        painter.setPen(QPen(colors.loop_edge, 1))
        painter.setBrush(colors.loop)
        painter.drawRoundedRect(QRectF(left + 0.5, top, max(3.0, right - left - 1), height), 2.5, 2.5)
        for x in (left + 1.5, right - 1.5):
            painter.fillRect(QRectF(x - 1.5, top - 2, 3, height + 4), colors.loop_edge)

    def _paint_passage(self, painter: QPainter) -> None:
        passage, geometry, colors = self._session.passage, self._view.geometry_now, self._view.colors
        if passage is None:
            return
        left, right = geometry.x(passage.start), geometry.x(passage.end)
        painter.fillRect(QRectF(left, TAB[0], right - left, HEIGHT - TAB[0]), colors.passage)
        tab = QRectF(left, TAB[0], right - left, TAB[1])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.passage_edge)
        painter.drawRoundedRect(tab, 3, 3)
        self._paint_label(painter, tab, range_text(self._session.song.meter_map, passage.start, passage.end))

    def _paint_label(self, painter: QPainter, tab: QRectF, text: str) -> None:
        """The passage's name in the part of its tab that is in view, or after a tab that is too narrow."""
        font = QFont(self.font())
        font.setPixelSize(TAB[1] - 4)
        font.setBold(True)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(text)
        seen = tab.intersected(QRectF(0, TAB[0], self._view.viewport().width(), TAB[1]))
        if seen.width() >= width + 8:
            painter.setPen(self._view.colors.on_accent)
            painter.drawText(seen, Qt.AlignmentFlag.AlignCenter, text)
        elif seen.width() > 0:
            painter.setPen(self._view.colors.passage_edge)
            after = QRectF(seen.right() + 5, TAB[0], width + 2, TAB[1])
            painter.drawText(after, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(self.font())

    def _paint_signs(self, painter: QPainter) -> None:
        """Markers, meters and tempi in the upper row, as far as they do not run into each other."""
        geometry, colors = self._view.geometry_now, self._view.colors
        normal, bold = QFont(self.font()), QFont(self.font())
        normal.setPixelSize(11)
        bold.setPixelSize(11)
        bold.setBold(True)
        signs = self._signs_of(self._session.song)
        at = bisect_left(signs, (geometry.tick(-400),))
        while at < len(signs) and (x := geometry.x(signs[at][0])) <= self.width():
            _, text, marker = signs[at]
            painter.setFont(bold if marker else normal)
            painter.setPen(colors.ruler_text if marker else colors.muted_text)
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.drawText(QRectF(x + 5, SIGNS[0], width + 4, SIGNS[1]), Qt.AlignmentFlag.AlignVCenter, text)
            painter.fillRect(QRectF(round(x), SIGNS[0] + 3, 1, SIGNS[1] - 5), colors.muted_text)
            at = max(at + 1, bisect_left(signs, (geometry.tick(x + width + 16),)))
        painter.setFont(self.font())

    def _signs_of(self, song: Song) -> list[tuple[int, str, bool]]:
        """(tick, text, is a marker) of all signs in order; kept until another song is shown."""
        if song is not self._song:
            self._song, self._signs = song, signs(song)
        return self._signs

    def _paint_playhead(self, painter: QPainter) -> None:
        x, top = self._view.geometry_now.x(self._session.playhead), HEIGHT - 16
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._view.colors.playhead)
        head = (QPointF(x - HEAD, top), QPointF(x + HEAD, top), QPointF(x + HEAD, top + 5), QPointF(x, top + 12))
        painter.drawPolygon(QPolygonF([*head, QPointF(x - HEAD, top + 5)]))
        painter.setPen(QPen(self._view.colors.playhead, 1.5))
        painter.drawLine(QPointF(x, top + 11), QPointF(x, HEIGHT))

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.gestures.press(Pointer.of(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.gestures.move(Pointer.of(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.gestures.release(Pointer.of(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.gestures.press(Pointer.of(event, is_double=True))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._view.wheelEvent(event)


def signs(song: Song) -> list[tuple[int, str, bool]]:
    """(tick, text, whether it is a marker): markers, and what meter and tempo become there."""
    found: dict[int, list[str]] = {}
    for tick, num, den in song.meter_map.changes:
        found.setdefault(tick, []).append(f"{num}/{den}")
    for tick, us in song.tempo_map.changes:
        found.setdefault(tick, []).append(f"{60e6 / us:.0f} bpm")
    markers = {tick: text for tick, text in song.markers if text.strip()}
    rows = [
        (tick, "   ".join([*([markers[tick]] if tick in markers else []), *found.get(tick, [])]), tick in markers)
        for tick in {*found, *markers}
    ]
    return sorted(rows)
