"""Painting notes: from numpy columns straight into Qt, without an object a note."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from shiboken6 import Shiboken

from jazzassist.domain.song import Notes
from jazzassist.gui.roll.geometry import FAR, PITCHES, Geometry

Indices = npt.NDArray[np.intp]
Rects = npt.NDArray[np.float64]
LEVELS = 6  # shades of velocity
FAINTEST = 0.42  # how strongly the softest note shows
LEAST_WIDTH = 2.0  # pixels of the shortest note
MANY, NARROW = 250, 3.5  # more notes than this, narrower on average than so many pixels, are painted as one picture
FEW, ROUND_ROW = 700, 8.0  # up to so many notes in rows at least so high are painted with round corners


def visible(notes: Notes, start: float, end: float) -> Indices:
    """Indices of the notes that sound anywhere in [start, end) ticks, also those that began long before."""
    if not len(notes):
        return np.zeros(0, np.intp)
    longest = int(notes.duration.max())
    low, high = np.searchsorted(notes.start, (start - longest, end))
    among = np.arange(low, high)
    return among[notes.end[low:high] > start]


def rectangles(notes: Notes, chosen: Indices, geometry: Geometry) -> Rects:
    """(n, 4) x, y, width, height of notes; at least two pixels wide, a pixel apart from the next."""
    rects = np.empty((len(chosen), 4))
    left, right = (
        np.clip(ticks[chosen] * geometry.per_tick - geometry.left, -FAR, FAR) for ticks in (notes.start, notes.end)
    )
    rects[:, 0] = left
    rects[:, 1] = (PITCHES - 1 - notes.pitch[chosen]) * geometry.row - geometry.top + 0.5
    rects[:, 2] = np.maximum(LEAST_WIDTH, right - left - 1)
    rects[:, 3] = max(1.0, geometry.row - 1)
    return rects


def draw_rectangles(painter: QPainter, rects: Rects) -> None:
    """Paints all rectangles with the painter's pen and brush.

    Qt reads them where numpy holds them, which is several times faster than a list of QRectF: four
    doubles are a QRectF. The array must outlive the call, and Qt wants at least one.
    """
    if len(rects):
        rects = np.ascontiguousarray(rects, dtype=np.float64)
        first = cast(QRectF, Shiboken.wrapInstance(rects.ctypes.data, QRectF))
        painter.drawRects(first, len(rects))


def shades(color: QColor, ground: QColor) -> list[QColor]:
    """The colour of each level of velocity, the softest first."""
    step = (1 - FAINTEST) / (LEVELS - 1)
    return [mixed(color, ground, FAINTEST + step * level) for level in range(LEVELS)]


def levels(notes: Notes, chosen: Indices) -> Indices:
    """The level of velocity, from 0, of each note."""
    return np.minimum(notes.velocity[chosen].astype(np.intp) * LEVELS // 128, LEVELS - 1)


def draw_notes(painter: QPainter, notes: Notes, chosen: Indices, geometry: Geometry, tones: list[QColor]) -> None:
    """The chosen notes as plain rectangles in the tones of their velocity."""
    painter.setPen(Qt.PenStyle.NoPen)
    rects, level = rectangles(notes, chosen, geometry), levels(notes, chosen)
    for number, tone in enumerate(tones):
        painter.setBrush(tone)
        draw_rectangles(painter, rects[level == number])


def draw_round_notes(painter: QPainter, notes: Notes, chosen: Indices, geometry: Geometry, tones: list[QColor]) -> None:
    """The chosen notes with round corners and a darker edge; for few notes."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    most = min(3.5, geometry.row / 4)
    edges = [QPen(tone.darker(130), 1) for tone in tones]
    rects = rectangles(notes, chosen, geometry)
    for (x, y, width, height), level in zip(rects.tolist(), levels(notes, chosen).tolist(), strict=True):
        painter.setPen(edges[level])
        painter.setBrush(tones[level])
        radius = min(most, width / 4)
        painter.drawRoundedRect(QRectF(x + 0.5, y + 0.5, max(1.0, width - 1), max(1.0, height - 1)), radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def are_dense(notes: Notes, chosen: Indices, geometry: Geometry) -> bool:
    """Whether the notes are so many and so narrow that one picture of them all is cheaper."""
    return len(chosen) > MANY and float(notes.duration[chosen].mean()) * geometry.per_tick < NARROW


class DenseNotes:
    """Very many notes as one picture of a pixel row a semitone, `width` device pixels wide."""

    def __init__(self, width: int) -> None:
        self._pixels = np.zeros((PITCHES, width), np.uint32)
        self._any = False

    def add(self, notes: Notes, chosen: Indices, geometry: Geometry, ratio: float, tones: list[QColor]) -> None:
        """Puts notes over those that are there; `ratio`: device pixels a pixel."""
        width = self._pixels.shape[1]
        x = (notes.start[chosen] * geometry.per_tick - geometry.left) * ratio
        least = LEAST_WIDTH * ratio
        end = x + np.maximum(least, (notes.duration[chosen] * geometry.per_tick - 1) * ratio)
        low = np.clip(np.rint(x), 0, width).astype(np.intp)
        count = np.clip(np.rint(end), 0, width).astype(np.intp) - low
        before = np.cumsum(count) - count
        along = np.arange(int(count.sum())) - np.repeat(before, count)
        row = (PITCHES - 1 - notes.pitch[chosen]).astype(np.intp)
        paint = np.array([tone.rgba() for tone in tones], np.uint32)[levels(notes, chosen)]
        self._pixels.reshape(-1)[np.repeat(row * width + low, count) + along] = np.repeat(paint, count)
        self._any = True

    def draw(self, painter: QPainter, geometry: Geometry, ratio: float) -> None:
        """Paints the picture where the geometry says; nothing when it is empty."""
        if not self._any:
            return
        height, width = self._pixels.shape
        image = QImage(self._pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(QRectF(0, -geometry.top, width / ratio, PITCHES * geometry.row), image)


def mixed(color: QColor, ground: QColor, share: float) -> QColor:
    """`share` of a colour over the ground."""
    pairs = ((color.red(), ground.red()), (color.green(), ground.green()), (color.blue(), ground.blue()))
    return QColor(*(round(a * share + b * (1 - share)) for a, b in pairs))
