"""Ground and notes as one picture, which is kept until what it shows changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter, QPixmap

from jazzassist.domain.edits import outside
from jazzassist.gui.roll.ground import draw_ground
from jazzassist.gui.roll.layers import draw_empty, draw_replaced
from jazzassist.gui.roll.painting import (
    FEW,
    ROUND_ROW,
    DenseNotes,
    are_dense,
    draw_notes,
    draw_round_notes,
    mixed,
    shades,
    visible,
)
from jazzassist.gui.theme import track_color

if TYPE_CHECKING:
    from jazzassist.gui.roll.view import RollView

GHOST = 0.3  # how strongly the other tracks show


def paint_layer(view: RollView, ratio: float) -> QPixmap:
    """The picture of what `view` shows, of `ratio` device pixels a pixel."""
    layer = QPixmap(view.viewport().size() * ratio)
    layer.setDevicePixelRatio(ratio)
    painter = QPainter(layer)
    draw_ground(painter, view.geometry_now, view.viewport().size(), view.song.meter_map, view.colors)
    _paint_ghosts(view, painter, ratio)
    _paint_current(view, painter, ratio)
    if not any(len(track.notes) for track in view.song.tracks):
        text = "Open a MIDI file, or drop one here."
        draw_empty(painter, view.viewport().size(), view.font(), "No notes yet", text, view.colors)
    painter.end()
    return layer


def _paint_ghosts(view: RollView, painter: QPainter, ratio: float) -> None:
    geometry, width = view.geometry_now, view.viewport().width()
    dense, sparse = DenseNotes(round(width * ratio)), []
    for index, track in enumerate(view.beside.tracks):
        chosen = visible(track.notes, geometry.tick(0), geometry.tick(width))
        if not view.ghosts or index == view.current or index in view.hidden or not len(chosen):
            continue
        tones = shades(mixed(track_color(index), view.colors.ground, GHOST), view.colors.ground)
        if are_dense(track.notes, chosen, geometry):
            dense.add(track.notes, chosen, geometry, ratio, tones)
        else:
            sparse.append((track.notes, chosen, tones))
    dense.draw(painter, geometry, ratio)
    for notes, chosen, tones in sparse:
        draw_notes(painter, notes, chosen, geometry, tones)


def _paint_current(view: RollView, painter: QPainter, ratio: float) -> None:
    geometry, width, notes = view.geometry_now, view.viewport().width(), view.notes
    color = track_color(view.current)
    chosen, tones = visible(notes, geometry.tick(0), geometry.tick(width)), shades(color, view.colors.ground)
    if view.gap is not None:
        replaced = (notes.start[chosen] >= view.gap.start) & (notes.start[chosen] < view.gap.end)
        draw_replaced(painter, geometry, notes, chosen[replaced], color)
        if replaced.any():
            notes = outside(view.song, view.current, view.gap)
            chosen = visible(notes, geometry.tick(0), geometry.tick(width))
    if are_dense(notes, chosen, geometry):
        dense = DenseNotes(round(width * ratio))
        dense.add(notes, chosen, geometry, ratio, tones)
        dense.draw(painter, geometry, ratio)
    elif len(chosen) <= FEW and geometry.row >= ROUND_ROW:
        draw_round_notes(painter, notes, chosen, geometry, tones)
    else:
        draw_notes(painter, notes, chosen, geometry, tones)
