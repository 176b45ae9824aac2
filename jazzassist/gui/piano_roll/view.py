"""The notes: painted in layers, selected with the mouse, scrolled and zoomed with the wheel."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import Notes, Song
from jazzassist.gui.piano_roll.geometry import BLACK_KEYS, PITCHES, Geometry, grid_lines
from jazzassist.gui.piano_roll.painting import (
    DENSE,
    Indices,
    draw_dense,
    draw_notes,
    draw_rectangles,
    mixed,
    rectangles,
    visible,
)
from jazzassist.gui.theme import RollColors, roll_colors, track_color

GHOST = 0.28  # how strongly the other tracks show
LEAST_ROW, MOST_ROW = 4.0, 40.0
BAR_PIXELS = (3.0, 2400.0)  # the narrowest and the widest bar
FOLLOW_PAUSE_MS = 3000  # the view does not follow the playhead so long after the composer scrolled
NOTHING = np.zeros(0, np.intp)


class RollView(QAbstractScrollArea):
    """The scrolled area of the piano roll."""

    geometry_changed = Signal()
    selected_notes_changed = Signal(object)
    note_sounded = Signal(int)
    current_track_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.song = Song(480)
        self.current, self.hidden, self.ghosts = 0, frozenset[int](), True
        self.passage: Passage | None = None
        self.gap: Gap | None = None
        self.suggested: Notes | None = None
        self.label = ""
        self.playhead: int | None = None
        self.selected: Indices = NOTHING
        self._per_tick, self._row = 0.05, 11.0
        self._layer: QPixmap | None = None
        self._box: QRect | None = None
        self._pressed: QPoint | None = None
        self._before_box: Indices = NOTHING
        self._following = QTimer(self, singleShot=True, interval=FOLLOW_PAUSE_MS)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.horizontalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.sliderPressed.connect(self._following.start)
        self.setAccessibleName("Piano roll")

    # What is shown

    @property
    def geometry_now(self) -> Geometry:
        """Where things are at the present zoom and place."""
        left, top = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        return Geometry(self._per_tick, self._row, left, top)

    @property
    def notes(self) -> Notes:
        """The current track's notes."""
        tracks = self.song.tracks
        return tracks[self.current].notes if self.current < len(tracks) else Notes.of([])

    @property
    def colors(self) -> RollColors:
        """The colours that go with the palette."""
        return roll_colors(self.palette())

    def show_song(self, song: Song) -> None:
        """Shows another song, or the same after an edit."""
        self.song = song
        self.selected = self.selected[self.selected < len(self.notes)]
        self.refresh()
        self._set_ranges()

    def select(self, indices: Indices) -> None:
        """Selects notes of the current track."""
        self.selected = np.unique(np.asarray(indices, np.intp))
        self.viewport().update()
        self.selected_notes_changed.emit(self.selected)

    def refresh(self) -> None:
        """Paints everything anew."""
        self._layer = None
        self.viewport().update()

    def set_playhead(self, tick: int | None) -> None:
        """Moves the playhead and repaints only where it was and is."""
        for place in (self.playhead, tick):
            if place is not None:
                self.viewport().update(round(self.geometry_now.x(place)) - 2, 0, 5, self.viewport().height())
        self.playhead = tick

    def follow(self) -> None:
        """Turns the page when the playhead has left the view, unless the composer just scrolled."""
        if self.playhead is None or self._following.isActive():
            return
        x = self.geometry_now.x(self.playhead)
        if not 0 <= x < self.viewport().width():
            self.horizontalScrollBar().setValue(round(self.playhead * self._per_tick - 40))

    # Zoom

    def zoom(self, factor: float, anchor: float | None = None) -> None:
        """Makes bars wider by a factor; the tick under the pixel `anchor` stays where it is."""
        at = self.viewport().width() / 2 if anchor is None else anchor
        tick = self.geometry_now.tick(at)
        bar = self.song.ppq * 4
        self._per_tick = min(BAR_PIXELS[1] / bar, max(BAR_PIXELS[0] / bar, self._per_tick * factor))
        self._set_ranges()
        self.horizontalScrollBar().setValue(round(tick * self._per_tick - at))
        self.refresh()
        self.geometry_changed.emit()

    def zoom_rows(self, factor: float, anchor: float) -> None:
        """Makes rows higher by a factor; the pitch under the pixel `anchor` stays where it is."""
        place = (anchor + self.verticalScrollBar().value()) / self._row
        self._row = min(MOST_ROW, max(LEAST_ROW, self._row * factor))
        self._set_ranges()
        self.verticalScrollBar().setValue(round(place * self._row - anchor))
        self.refresh()
        self.geometry_changed.emit()

    def zoom_to(self, start: int, end: int) -> None:
        """Shows the ticks [start, end) with a little room on both sides."""
        room = max(1, end - start) * 0.04
        width = max(1, self.viewport().width())
        bar = self.song.ppq * 4
        self._per_tick = min(BAR_PIXELS[1] / bar, max(BAR_PIXELS[0] / bar, width / (end - start + 2 * room)))
        self._set_ranges()
        self.horizontalScrollBar().setValue(round((start - room) * self._per_tick))
        self.refresh()
        self.geometry_changed.emit()

    def show_pitches(self) -> None:
        """Scrolls so that the current track's notes are in the middle."""
        notes = self.notes
        middle = int(np.median(notes.pitch)) if len(notes) else 60
        self.verticalScrollBar().setValue(round((PITCHES - middle) * self._row - self.viewport().height() / 2))

    def _set_ranges(self) -> None:
        view = self.viewport().size()
        bars = 8 * self.song.ppq * 4
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setRange(0, max(0, round((max(self.song.end, bars) + bars / 2) * self._per_tick) - view.width()))
        across.setPageStep(view.width())
        across.setSingleStep(40)
        down.setRange(0, max(0, round(PITCHES * self._row) - view.height()))
        down.setPageStep(view.height())
        down.setSingleStep(round(self._row))

    def _scrolled(self) -> None:
        self.refresh()
        self.geometry_changed.emit()

    # Painting: ground and notes are kept as a picture, what moves is painted over it

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self._layer is None:
            self._layer = self._paint_layer()
        painter.drawPixmap(0, 0, self._layer)
        geometry = self.geometry_now
        self._paint_passage(painter, geometry)
        self._paint_selection(painter, geometry)
        self._paint_suggestion(painter, geometry)
        self._paint_box(painter)
        if self.playhead is not None:
            painter.setPen(QPen(self.colors.playhead, 1.5))
            x = geometry.x(self.playhead)
            painter.drawLine(QPointF(x, 0), QPointF(x, self.viewport().height()))

    def _paint_layer(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        size = self.viewport().size()
        layer = QPixmap(size * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(self.colors.ground)
        painter = QPainter(layer)
        geometry = self.geometry_now
        self._paint_ground(painter, geometry)
        for index in range(len(self.song.tracks)):
            if index != self.current and index not in self.hidden and self.ghosts:
                color = mixed(track_color(index), self.colors.ground, GHOST)
                self._paint_track(painter, geometry, self.song.tracks[index].notes, color, False)
        self._paint_track(painter, geometry, self.notes, track_color(self.current), True)
        if not any(len(track.notes) for track in self.song.tracks):
            painter.setPen(self.colors.ruler_text)
            painter.drawText(
                layer.rect(), Qt.AlignmentFlag.AlignCenter, "No notes here yet. Open a MIDI file, or drop one in."
            )
        painter.end()
        return layer

    def _paint_ground(self, painter: QPainter, geometry: Geometry) -> None:
        colors, width, height = self.colors, self.viewport().width(), self.viewport().height()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.black_row)
        for pitch in range(geometry.pitch(height), geometry.pitch(0) + 1):
            if pitch % 12 in BLACK_KEYS:
                painter.drawRect(QRectF(0, geometry.y(pitch), width, geometry.row))
        painter.setPen(colors.octave_line)
        for pitch in range(0, PITCHES, 12):
            y = geometry.y(pitch) + geometry.row
            painter.drawLine(QPointF(0, y), QPointF(width, y))
        lines = grid_lines(self.song.meter_map, geometry, width)
        for color, ticks in ((colors.beat_line, lines.beats), (colors.bar_line, lines.bars)):
            painter.setPen(color)
            for tick in ticks:
                x = round(geometry.x(tick)) + 0.5
                painter.drawLine(QPointF(x, 0), QPointF(x, height))

    def _paint_track(self, painter: QPainter, geometry: Geometry, notes: Notes, color: QColor, own: bool) -> None:
        width = self.viewport().width()
        chosen = visible(notes, geometry.tick(0), geometry.tick(width))
        if len(chosen) > DENSE:
            draw_dense(painter, notes, chosen, geometry, width, color)
        elif own:
            draw_notes(painter, notes, chosen, geometry, color, self.colors.ground)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            draw_rectangles(painter, rectangles(notes, chosen, geometry))

    def _paint_passage(self, painter: QPainter, geometry: Geometry) -> None:
        if self.passage is None:
            return
        left, right = geometry.x(self.passage.start), geometry.x(self.passage.end)
        painter.fillRect(QRectF(left, 0, right - left, self.viewport().height()), self.colors.passage)
        painter.setPen(QPen(self.colors.passage_edge, 1, Qt.PenStyle.DashLine))
        for x in (left, right):
            painter.drawLine(QPointF(x, 0), QPointF(x, self.viewport().height()))

    def _paint_selection(self, painter: QPainter, geometry: Geometry) -> None:
        notes = self.notes
        chosen = self.selected[self.selected < len(notes)]
        if not len(chosen):
            return
        painter.setPen(QPen(self.colors.selection, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        draw_rectangles(painter, rectangles(notes, chosen, geometry))

    def _paint_suggestion(self, painter: QPainter, geometry: Geometry) -> None:
        if self.gap is None or self.suggested is None:
            return
        color = self.colors.suggestion
        chosen = np.arange(len(self.suggested))
        rects = rectangles(self.suggested, chosen, geometry)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(color, self.colors.ground, 0.25))
        draw_rectangles(painter, rects)
        painter.setPen(QPen(color, 1.4))
        painter.setBrush(QBrush(color, Qt.BrushStyle.BDiagPattern))
        draw_rectangles(painter, rects)
        self._paint_label(painter, geometry.x(self.gap.start), color)

    def _paint_label(self, painter: QPainter, x: float, color: QColor) -> None:
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(self.label) + 16
        box = QRectF(max(4.0, x + 4), 6, width, painter.fontMetrics().height() + 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(self.colors.ground)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.label)

    def _paint_box(self, painter: QPainter) -> None:
        if self._box is not None:
            painter.setPen(QPen(self.colors.passage_edge, 1))
            painter.setBrush(self.colors.passage)
            painter.drawRect(self._box)

    # Mouse, wheel, keys

    def note_at(self, place: QPoint, notes: Notes | None = None) -> int | None:
        """The index of the note under a pixel, the uppermost; None on empty ground."""
        notes = self.notes if notes is None else notes
        geometry = self.geometry_now
        tick, pitch = geometry.tick(place.x()), geometry.pitch(place.y())
        around = visible(notes, tick - 2 / geometry.per_tick, tick + 1)
        under = around[(notes.pitch[around] == pitch) & (notes.start[around] <= tick)]
        return int(under[-1]) if len(under) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position().toPoint()
        index = self.note_at(place)
        if index is None:
            self._pressed = place
            keeps = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
            self._before_box = self.selected if keeps else NOTHING
            if not keeps:
                self.select(NOTHING)
            return
        self._press_note(index, event.modifiers())

    def _press_note(self, index: int, modifiers: Qt.KeyboardModifier) -> None:
        one = np.array([index], np.intp)
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self.select(np.setxor1d(self.selected, one))
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.select(np.union1d(self.selected, one))
        else:
            self.select(one)
        self.note_sounded.emit(int(self.notes.pitch[index]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        place = event.position().toPoint()
        self._box = QRect(self._pressed, place).normalized()
        over = max(0, place.x() - self.viewport().width()) + min(0, place.x())
        if over:  # the edge scrolls while a box is drawn
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + over)
        self.select(np.union1d(self._before_box, self._notes_in(self._box)))

    def _notes_in(self, box: QRect) -> Indices:
        geometry, notes = self.geometry_now, self.notes
        among = visible(notes, geometry.tick(box.left()), geometry.tick(box.right()))
        low, high = geometry.pitch(box.bottom()), geometry.pitch(box.top())
        return among[(notes.pitch[among] >= low) & (notes.pitch[among] <= high)]

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.cancel_drag()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        for index, track in enumerate(self.song.tracks):
            if index != self.current and index not in self.hidden and self.note_at(place, track.notes) is not None:
                self.current_track_requested.emit(index)
                return

    def cancel_drag(self) -> bool:
        """Ends drawing a box; whether one was being drawn."""
        drawing = self._box is not None
        self._box = self._pressed = None
        self.viewport().update()
        return drawing

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._following.start()
        delta = event.angleDelta().y() or event.angleDelta().x()
        factor = 1.0015**delta
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(factor, event.position().x())
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.zoom_rows(factor, event.position().y())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier or event.angleDelta().x():
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - delta)
        else:
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() - delta // 2)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # keys are actions of the window

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_ranges()
        self.refresh()
        self.geometry_changed.emit()
