"""The keyboard at the left of the notes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from jazzassist.gui.roll.geometry import BLACK_KEYS
from jazzassist.gui.roll.ruler import HEIGHT
from jazzassist.gui.roll.view import RollView
from jazzassist.gui.roll.words import written_pitch

WIDTH = 58
BLACK_WIDTH = 0.6  # of the width of a white key
LARGE_ROW = 15.0  # from this height on every white key is named


class Corner(QWidget):
    """The corner above the keys, left of the ruler."""

    def __init__(self, view: RollView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.setFixedSize(WIDTH, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), self._view.colors
        painter.fillRect(self.rect(), colors.ruler)
        painter.setPen(colors.bar_line)
        painter.drawLine(QPointF(0, HEIGHT - 0.5), QPointF(WIDTH, HEIGHT - 0.5))


class Keys(QWidget):
    """One key a row; a click sounds it. The key of the row under the pointer is marked."""

    pressed = Signal(int)

    def __init__(self, view: RollView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._pointed = -1
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Keyboard")
        view.geometry_changed.connect(self.update)
        view.pitch_pointed.connect(self._point)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 200)

    def _point(self, pitch: int) -> None:
        if pitch != self._pointed:
            self._pointed = pitch
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        geometry = self._view.geometry_now
        painter.fillRect(self.rect(), self._view.colors.white_key)
        pitches = range(geometry.pitch(self.height()), geometry.pitch(0) + 1)
        for pitch in pitches:
            self._paint_lines(painter, pitch)
        for pitch in pitches:
            if pitch % 12 in BLACK_KEYS:
                self._paint_black(painter, pitch)
        font = QFont(self.font())
        font.setPixelSize(max(8, min(11, round(geometry.row))))
        painter.setFont(font)
        for pitch in pitches:
            self._paint_name(painter, pitch)
        painter.setPen(self._view.colors.bar_line)
        painter.drawLine(QPointF(WIDTH - 0.5, 0), QPointF(WIDTH - 0.5, self.height()))

    def _paint_lines(self, painter: QPainter, pitch: int) -> None:
        """White keys meet under the middle of a black key, or where two of them are neighbours."""
        geometry, colors = self._view.geometry_now, self._view.colors
        y = geometry.y(pitch)
        painter.setPen(colors.key_line)
        if pitch % 12 in BLACK_KEYS:
            middle = round(y + geometry.row / 2) + 0.5
            painter.drawLine(QPointF(WIDTH * BLACK_WIDTH, middle), QPointF(WIDTH, middle))
        elif pitch % 12 in (0, 5):
            below = round(y + geometry.row) + 0.5
            painter.drawLine(QPointF(0, below), QPointF(WIDTH, below))
        if pitch == self._pointed and pitch % 12 not in BLACK_KEYS:
            painter.fillRect(QRectF(0, y, WIDTH, geometry.row), colors.passage)

    def _paint_black(self, painter: QPainter, pitch: int) -> None:
        geometry, colors = self._view.geometry_now, self._view.colors
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.passage_edge if pitch == self._pointed else colors.black_key)
        key = QRectF(-4, geometry.y(pitch) + 0.5, WIDTH * BLACK_WIDTH + 4, geometry.row - 1)
        painter.drawRoundedRect(key, 2, 2)

    def _paint_name(self, painter: QPainter, pitch: int) -> None:
        geometry, colors = self._view.geometry_now, self._view.colors
        large = geometry.row >= LARGE_ROW and pitch % 12 not in BLACK_KEYS
        if pitch % 12 == 0 or pitch == self._pointed or large:
            place = QRectF(0, geometry.y(pitch) - 3, WIDTH - 7, geometry.row + 6)
            painter.setPen(colors.key_text)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, align, written_pitch(pitch))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(self._view.geometry_now.pitch(event.position().y()))
