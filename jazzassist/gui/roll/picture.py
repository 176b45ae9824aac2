"""Background and notes as one picture, cached until its content changes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QPainter, QPixmap

from jazzassist.domain.edits import outside
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Notes, Song
from jazzassist.gui.roll.geometry import Geometry
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
from jazzassist.gui.theme import RollColors, track_color

GHOST = 0.3  # how strongly the other tracks show


@dataclass(frozen=True)
class Content:
    """The content of the picture.

    `candidate` is the song that the other tracks are shown of, with suggested notes in them; the
    notes of the current track that lie in `gap` would be replaced by a suggestion.
    """

    song: Song
    candidate: Song
    current: int
    gap: Gap | None
    ghosts: bool
    geometry: Geometry
    size: QSize  # pixels
    colors: RollColors
    font: QFont

    @property
    def notes(self) -> Notes:
        """The current track's notes."""
        return self.song.tracks[self.current].notes if self.current < len(self.song.tracks) else EMPTY


def paint_layer(content: Content, ratio: float) -> QPixmap:
    """The picture, of `ratio` device pixels a pixel."""
    layer = QPixmap(content.size * ratio)
    layer.setDevicePixelRatio(ratio)
    painter = QPainter(layer)
    draw_ground(painter, content.geometry, content.size, content.song.meter_map, content.colors)
    _paint_ghosts(content, painter, ratio)
    _paint_current(content, painter, ratio)
    if not any(len(track.notes) for track in content.song.tracks):
        text = "Open a MIDI file or drop one here."
        draw_empty(painter, content.size, content.font, "No notes yet", text, content.colors)
    painter.end()
    return layer


def _paint_ghosts(content: Content, painter: QPainter, ratio: float) -> None:
    geometry, width, ground = content.geometry, content.size.width(), content.colors.ground
    dense, sparse = DenseNotes(round(width * ratio)), []
    for index, track in enumerate(content.candidate.tracks):
        chosen = visible(track.notes, geometry.tick(0), geometry.tick(width))
        if not content.ghosts or index == content.current or not len(chosen):
            continue
        tones = shades(mixed(track_color(index), ground, GHOST), ground)
        if are_dense(track.notes, chosen, geometry):
            dense.add(track.notes, chosen, geometry, ratio, tones)
        else:
            sparse.append((track.notes, chosen, tones))
    dense.draw(painter, geometry, ratio)
    for notes, chosen, tones in sparse:
        draw_notes(painter, notes, chosen, geometry, tones)


def _paint_current(content: Content, painter: QPainter, ratio: float) -> None:
    geometry, width, notes = content.geometry, content.size.width(), content.notes
    color = track_color(content.current)
    chosen, tones = visible(notes, geometry.tick(0), geometry.tick(width)), shades(color, content.colors.ground)
    if content.gap is not None:
        replaced = (notes.start[chosen] >= content.gap.start) & (notes.start[chosen] < content.gap.end)
        draw_replaced(painter, geometry, notes, chosen[replaced], color)
        if replaced.any():
            notes = outside(content.song, content.current, content.gap)
            chosen = visible(notes, geometry.tick(0), geometry.tick(width))
    if are_dense(notes, chosen, geometry):
        dense = DenseNotes(round(width * ratio))
        dense.add(notes, chosen, geometry, ratio, tones)
        dense.draw(painter, geometry, ratio)
    elif len(chosen) <= FEW and geometry.row >= ROUND_ROW:
        draw_round_notes(painter, notes, chosen, geometry, tones)
    else:
        draw_notes(painter, notes, chosen, geometry, tones)
