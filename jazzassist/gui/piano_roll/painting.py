"""Painting notes: from numpy columns straight into Qt, without an object a note."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from shiboken6 import Shiboken

from jazzassist.domain.song import Notes
from jazzassist.gui.piano_roll.geometry import PITCHES, Geometry

Indices = npt.NDArray[np.intp]
LEVELS = 4  # shades of velocity
DENSE = 3000  # notes in view beyond which they are painted as an image of columns


def visible(notes: Notes, start: float, end: float) -> Indices:
    """Indices of the notes that sound anywhere in [start, end) ticks, also those that began long before."""
    if not len(notes):
        return np.zeros(0, np.intp)
    longest = int(notes.duration.max())
    low, high = np.searchsorted(notes.start, (start - longest, end))
    among = np.arange(low, high)
    return among[notes.end[low:high] > start]


def rectangles(notes: Notes, chosen: Indices, geometry: Geometry) -> npt.NDArray[np.float64]:
    """(n, 4) x, y, width, height of notes; at least two pixels wide, a pixel apart from the next."""
    x = notes.start[chosen] * geometry.per_tick - geometry.left
    width = np.maximum(2.0, notes.duration[chosen] * geometry.per_tick - 1)
    y = (PITCHES - 1 - notes.pitch[chosen]) * geometry.row - geometry.top
    height = np.full(len(chosen), max(1.0, geometry.row - 1))
    return np.stack([x, y, width, height], axis=1)


def draw_rectangles(painter: QPainter, rects: npt.NDArray[np.float64]) -> None:
    """Fills all rectangles with the painter's brush.

    Qt reads them where numpy holds them, which is several times faster than a list of QRectF: four
    doubles are a QRectF. The array must outlive the call, and Qt wants at least one.
    """
    if len(rects):
        rects = np.ascontiguousarray(rects, dtype=np.float64)
        first = cast(QRectF, Shiboken.wrapInstance(rects.ctypes.data, QRectF))
        painter.drawRects(first, len(rects))


def draw_notes(
    painter: QPainter, notes: Notes, chosen: Indices, geometry: Geometry, color: QColor, ground: QColor
) -> None:
    """The chosen notes in shades of `color`: the softer, the nearer to the ground."""
    painter.setPen(QColor(0, 0, 0, 0))
    rects = rectangles(notes, chosen, geometry)
    level = np.clip(notes.velocity[chosen].astype(np.int64) * LEVELS // 128, 0, LEVELS - 1)
    for number in range(LEVELS):
        painter.setBrush(mixed(color, ground, 0.5 + 0.5 * (number + 1) / LEVELS))
        draw_rectangles(painter, rects[level == number])


def draw_dense(painter: QPainter, notes: Notes, chosen: Indices, geometry: Geometry, width: int, color: QColor) -> None:
    """Very many notes as one picture: a pixel column where they begin, as wide as they sound."""
    x = np.clip(notes.start[chosen] * geometry.per_tick - geometry.left, 0, width - 1).astype(np.intp)
    end = np.clip(notes.end[chosen] * geometry.per_tick - geometry.left, 0, width).astype(np.intp)
    rows = np.zeros((PITCHES, width + 1), np.int32)
    pitch = (PITCHES - 1 - notes.pitch[chosen]).astype(np.intp)
    np.add.at(rows, (pitch, x), 1)
    np.add.at(rows, (pitch, np.maximum(end, x + 1)), -1)
    sounding = np.cumsum(rows, axis=1)[:, :width] > 0
    pixels = np.ascontiguousarray(sounding * np.uint32(color.rgba()), dtype=np.uint32)
    image = QImage(pixels.data, width, PITCHES, width * 4, QImage.Format.Format_ARGB32)
    painter.drawImage(QRectF(0, -geometry.top, width, PITCHES * geometry.row), image)


def mixed(color: QColor, ground: QColor, share: float) -> QColor:
    """`share` of a colour over the ground."""
    pairs = ((color.red(), ground.red()), (color.green(), ground.green()), (color.blue(), ground.blue()))
    return QColor(*(round(a * share + b * (1 - share)) for a, b in pairs))
