"""The keyboard at the left of the notes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from jazzassist.gui.piano_roll.geometry import BLACK_KEYS, PITCHES
from jazzassist.gui.piano_roll.view import RollView

WIDTH = 56


class Keys(QWidget):
    """One key a row; a click sounds it."""

    pressed = Signal(int)

    def __init__(self, view: RollView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Keyboard")
        view.geometry_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors, geometry = self.view.colors, self.view.geometry_now
        painter.fillRect(self.rect(), colors.white_key)
        font = QFont(self.font())
        font.setPixelSize(max(7, min(11, round(geometry.row))))
        painter.setFont(font)
        for pitch in range(PITCHES):
            y = geometry.y(pitch)
            if not -geometry.row <= y <= self.height():
                continue
            if pitch % 12 in BLACK_KEYS:
                painter.fillRect(QRectF(0, y, WIDTH * 0.62, geometry.row), colors.black_key)
            elif pitch % 12 in (0, 5):  # between B and C, and between E and F, no black key parts the white ones
                painter.setPen(colors.octave_line)
                painter.drawLine(QPointF(0, y + geometry.row), QPointF(WIDTH, y + geometry.row))
            if pitch % 12 == 0:
                painter.setPen(colors.key_text)
                place = QRectF(0, y - 3, WIDTH - 6, geometry.row + 6)
                painter.drawText(
                    place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"C{pitch // 12 - 1}"
                )
        painter.setPen(colors.bar_line)
        painter.drawLine(WIDTH - 1, 0, WIDTH - 1, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit(self.view.geometry_now.pitch(event.position().y()))
