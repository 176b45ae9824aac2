"""The background of the notes: rows of black keys, bar lines and beat lines."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from jazzassist.domain.timing import MeterMap
from jazzassist.gui.roll.geometry import BLACK_KEYS, PITCHES, Geometry, grid_lines
from jazzassist.gui.roll.painting import draw_rectangles
from jazzassist.gui.theme import RollColors


def draw_ground(painter: QPainter, geometry: Geometry, size: QSize, meters: MeterMap, colors: RollColors) -> None:
    """Fills `size` pixels with rows and lines."""
    painter.fillRect(QRectF(QPointF(0, 0), size), colors.ground)
    _draw_rows(painter, geometry, size, colors)
    lines = grid_lines(meters, geometry, size.width())
    for ticks, color in (
        (lines.parts, colors.part_line),
        (lines.beats, colors.beat_line),
        (lines.bars, colors.bar_line),
    ):
        _draw_lines(painter, geometry, size.height(), ticks, color)


def _draw_rows(painter: QPainter, geometry: Geometry, size: QSize, colors: RollColors) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.black_row)
    lowest, highest = geometry.pitch(size.height()), geometry.pitch(0)
    black = [pitch for pitch in range(lowest, highest + 1) if pitch % 12 in BLACK_KEYS]
    draw_rectangles(painter, np.array([(0, geometry.y(pitch), size.width(), geometry.row) for pitch in black]))
    painter.setPen(colors.octave_line)
    for pitch in range(0, PITCHES, 12):
        y = round(geometry.y(pitch) + geometry.row)
        painter.drawLine(0, y, size.width(), y)


def _draw_lines(painter: QPainter, geometry: Geometry, height: int, ticks: tuple[int, ...], color: QColor) -> None:
    painter.setPen(QPen(color, 1))
    for tick in ticks:
        x = round(geometry.x(tick))
        painter.drawLine(QPoint(x, 0), QPoint(x, height))
