"""Layers painted over the notes: passage, gap, selection, suggestion, selection box, playhead."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import Notes
from jazzassist.gui.roll.geometry import Geometry
from jazzassist.gui.roll.painting import (
    Indices,
    draw_rectangles,
    mixed,
    rectangles,
    visible,
)
from jazzassist.gui.theme import RollColors

TINT = 17  # of 255: how strongly the gap of a suggestion is tinted
LABEL_TOP = 10
AROUND = (-1.0, -0.5, 2.0, 1.0)  # what an outline adds to x, y, width and height of a selected note


def draw_passage(painter: QPainter, geometry: Geometry, size: QSize, passage: Passage, colors: RollColors) -> None:
    """Tint the passage and draw a line at both ends."""
    left, right = geometry.x(passage.start), geometry.x(passage.end)
    painter.fillRect(QRectF(left, 0, right - left, size.height()), colors.passage)
    _draw_ends(painter, (left, right), size.height(), QPen(colors.passage_edge, 1, Qt.PenStyle.DashLine))


def draw_selected(
    painter: QPainter, geometry: Geometry, notes: Notes, chosen: Indices, color: QColor, colors: RollColors
) -> None:
    """Draw the selected notes brighter, with an outline outside them so that narrow notes keep their colour."""
    rects = rectangles(notes, chosen, geometry)
    rects += AROUND
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(_outline(colors.selection, 2))
    painter.setBrush(color.lighter(118))
    draw_rectangles(painter, rects)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_suggestion(
    painter: QPainter, geometry: Geometry, size: QSize, gap: Gap, notes: Notes, label: str, colors: RollColors
) -> None:
    """Mark the gap, and draw the suggested notes hatched and outlined, with a label."""
    left, right = geometry.x(gap.start), geometry.x(gap.end)
    tint = QColor(colors.suggestion)
    tint.setAlpha(TINT)
    painter.fillRect(QRectF(left, 0, right - left, size.height()), tint)
    _draw_ends(painter, (left, right), size.height(), QPen(colors.suggestion, 1.5))
    painter.fillRect(QRectF(left, 0, right - left, 3), colors.suggestion)
    chosen = visible(notes, geometry.tick(0), geometry.tick(size.width()))
    rects = rectangles(notes, chosen, geometry)
    rects[:, 2] = np.maximum(rects[:, 2], 4)  # narrower than this no hatching is seen
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mixed(colors.suggestion, colors.ground, 0.22))
    draw_rectangles(painter, rects)
    painter.setPen(_outline(colors.suggestion, 1.5))
    painter.setBrush(QBrush(colors.suggestion, Qt.BrushStyle.BDiagPattern))
    draw_rectangles(painter, rects)
    if right > 0 and left < size.width():
        _draw_label(painter, max(8.0, left + 8), label, colors)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_replaced(painter: QPainter, geometry: Geometry, notes: Notes, chosen: Indices, color: QColor) -> None:
    """Draw the outlines of notes that the suggestion would replace."""
    painter.setPen(QPen(color, 1, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    draw_rectangles(painter, rectangles(notes, chosen, geometry))


def draw_box(painter: QPainter, box: QRectF, colors: RollColors) -> None:
    """Draw the selection box."""
    painter.setPen(QPen(colors.passage_edge, 1))
    painter.setBrush(colors.passage)
    painter.drawRect(box)


def draw_playhead(painter: QPainter, geometry: Geometry, height: int, tick: int, colors: RollColors) -> None:
    """Draw the playhead."""
    painter.fillRect(QRectF(round(geometry.x(tick)) - 0.75, 0, 1.5, height), colors.playhead)


def draw_empty(painter: QPainter, size: QSize, font: QFont, title: str, text: str, colors: RollColors) -> None:
    """Draw a title and a line of text in the middle of an empty view."""
    large = QFont(font)
    large.setPointSizeF(font.pointSizeF() * 1.5)
    middle = size.height() / 2
    painter.fillRect(QRectF(0, middle - 56, size.width(), 90), colors.ground)
    painter.setFont(large)
    painter.setPen(colors.ruler_text)
    painter.drawText(QRectF(0, middle - 44, size.width(), 36), Qt.AlignmentFlag.AlignCenter, title)
    painter.setFont(font)
    painter.setPen(colors.muted_text)
    painter.drawText(QRectF(0, middle - 6, size.width(), 26), Qt.AlignmentFlag.AlignCenter, text)


def _outline(color: QColor, width: float) -> QPen:
    """A pen whose corners are round."""
    return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.RoundJoin)


def _draw_ends(painter: QPainter, ends: tuple[float, float], height: int, pen: QPen) -> None:
    painter.setPen(pen)
    for x in ends:
        painter.drawLine(QPointF(x, 0), QPointF(x, height))


def _draw_label(painter: QPainter, x: float, label: str, colors: RollColors) -> None:
    font = QFont(painter.font())
    font.setBold(True)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    box = QRectF(x, LABEL_TOP, metrics.horizontalAdvance(label) + 20, metrics.height() + 8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.suggestion)
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setPen(colors.on_accent)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
