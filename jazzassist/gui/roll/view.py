"""The notes: painted in layers, scrolled and zoomed; what the mouse selects is in `hand`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import EMPTY, Notes, Song
from jazzassist.gui.roll import layers
from jazzassist.gui.roll.across import Across
from jazzassist.gui.roll.geometry import PITCHES, Geometry
from jazzassist.gui.roll.hand import NOTHING, Hand
from jazzassist.gui.roll.painting import Indices, visible
from jazzassist.gui.roll.picture import paint_layer
from jazzassist.gui.roll.words import note_text
from jazzassist.gui.theme import RollColors, roll_colors, track_color

LEAST_ROW, USUAL_ROW, MOST_ROW = 4.0, 12.0, 40.0
BAR_PIXELS = (1.0, 2400.0)  # the narrowest and the widest bar
FOLLOW_PAUSE_MS = 3000  # the view does not follow the playhead so long after the composer scrolled
FOLLOW_MARGIN = 40  # pixels before the playhead on a new page
WHEEL = 0.5  # pixels scrolled for a unit of the wheel; a notch has 120
ZOOM = 1.0015  # how much wider a unit of the wheel makes bars


class RollView(QAbstractScrollArea):
    """The scrolled area of the piano roll."""

    geometry_changed = Signal()
    selected_notes_changed = Signal(object)
    note_sounded = Signal(int, object, int)  # pitch, tick, channel
    current_track_requested = Signal(int)
    ground_clicked = Signal()
    pitch_pointed = Signal(int)  # the row under the pointer, -1 for none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.song = self.beside = Song(480)  # `beside`: what the other tracks are shown of, suggested notes and all
        self.current, self.hidden, self.ghosts = 0, frozenset[int](), True
        self.passage: Passage | None = None
        self.gap: Gap | None = None
        self.suggested: Notes | None = None
        self.label = ""
        self.playhead: int | None = None
        self.selected: Indices = NOTHING
        self._per_tick, self._row = 0.05, USUAL_ROW
        self._layer: QPixmap | None = None
        self._hand = Hand(self)
        self._following = QTimer(self, singleShot=True, interval=FOLLOW_PAUSE_MS)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self._across = Across(self.horizontalScrollBar(), self._scrolled)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.sliderPressed.connect(self.pause_following)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName("Piano roll")

    # What is shown

    @property
    def geometry_now(self) -> Geometry:
        """Where things are at the present zoom and place."""
        return Geometry(self._per_tick, self._row, self._across.left, self.verticalScrollBar().value())

    @property
    def notes(self) -> Notes:
        """The current track's notes."""
        return self.song.tracks[self.current].notes if 0 <= self.current < len(self.song.tracks) else EMPTY

    @property
    def colors(self) -> RollColors:
        """The colours that go with the palette."""
        return roll_colors(self.palette())

    def show_song(self, song: Song) -> None:
        """Shows another song, or the same after an edit; selected notes that are still there stay selected."""
        before = self.notes
        self.song = self.beside = song
        if self.notes is not before and len(self.selected):
            self.select(self.notes.places_of(before.select(self.selected)))
        self.refresh()
        self._set_ranges()

    def show_suggestion(self, gap: Gap | None, notes: Notes | None, label: str, beside: Song | None = None) -> None:
        """Shows suggested notes over the song, and scrolls to their pitches where none of them is in view."""
        self.gap, self.suggested, self.label = (gap, notes, label) if gap and notes is not None else (None, None, "")
        self.beside = beside or self.song
        self.refresh()
        if self.suggested is not None and len(self.suggested):
            lowest, highest = self.geometry_now.pitch(self.viewport().height()), self.geometry_now.pitch(0)
            if not ((self.suggested.pitch >= lowest) & (self.suggested.pitch <= highest)).any():
                self._center(self.suggested)

    def select(self, indices: Indices) -> None:
        """Selects notes of the current track; indices that it does not have are left out."""
        chosen = np.unique(np.asarray(indices, np.intp))
        self.selected = chosen[(chosen >= 0) & (chosen < len(self.notes))]
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
        if not 0 <= self.geometry_now.x(self.playhead) < self.viewport().width():
            self._across.move_to(self.playhead * self._per_tick - FOLLOW_MARGIN)

    def pause_following(self) -> None:
        """Leaves the view to the composer for some seconds."""
        self._following.start()

    # Scrolling and zooming

    def scroll_by(self, across: int, down: int) -> None:
        """Scrolls by pixels, as the composer's own doing."""
        self.pause_following()
        self._across.move_to(self._across.left + across)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + down)

    def scroll_to(self, tick: int, x: float) -> None:
        """Scrolls so that a tick is at the pixel `x`."""
        self._across.move_to(tick * self._per_tick - x)

    def zoom(self, factor: float, anchor: float | None = None) -> None:
        """Makes bars wider by a factor; the tick under the pixel `anchor` stays where it is."""
        at = self.viewport().width() / 2 if anchor is None else anchor
        tick = self.geometry_now.tick(at)
        self._show_ticks(self._per_tick * factor, lambda: tick * self._per_tick - at)

    def zoom_to(self, start: int, end: int) -> None:
        """Shows the ticks [start, end) with a little room on both sides."""
        room = max(1, end - start) * 0.04
        per_tick = max(1, self.viewport().width()) / (end - start + 2 * room)
        self._show_ticks(per_tick, lambda: (start - room) * self._per_tick)

    def _show_ticks(self, per_tick: float, left: Callable[[], float]) -> None:
        bar = self.song.ppq * 4
        narrowest = min(BAR_PIXELS[0] / bar, max(1, self.viewport().width()) / self._ticks)  # the whole song fits
        self._per_tick = min(BAR_PIXELS[1] / bar, max(narrowest, per_tick))
        self._set_ranges()
        self._across.move_to(left())

    def zoom_rows(self, factor: float, anchor: float) -> None:
        """Makes rows higher by a factor; the pitch under the pixel `anchor` stays where it is."""
        place = (anchor + self.verticalScrollBar().value()) / self._row
        self._row = min(MOST_ROW, max(LEAST_ROW, self._row * factor))
        self._set_ranges()
        self.verticalScrollBar().setValue(round(place * self._row - anchor))
        self._scrolled()

    def zoom_rows_to(self, row: float) -> None:
        """Makes rows `row` pixels high; what is in the middle stays there."""
        self.zoom_rows(row / self._row, self.viewport().height() / 2)

    def show_pitches(self) -> None:
        """Scrolls so that the current track's notes are in the middle."""
        self._center(self.notes)

    def show_pitch(self, pitch: int) -> None:
        """Scrolls so that a pitch's row is in view, when it is not."""
        y, height = self.geometry_now.y(pitch), self.viewport().height()
        if not 0 <= y <= height - self._row:
            self.verticalScrollBar().setValue(round(self.verticalScrollBar().value() + y - height / 2))

    def _center(self, notes: Notes) -> None:
        middle, height = 60.0, self.viewport().height()
        if len(notes):
            lowest, highest = int(notes.pitch.min()), int(notes.pitch.max())
            fits = (highest - lowest + 1) * self._row <= height
            middle = (lowest + highest) / 2 if fits else float(np.median(notes.pitch))
        self.verticalScrollBar().setValue(round((PITCHES - 0.5 - middle) * self._row - height / 2))

    def _set_ranges(self) -> None:
        view = self.viewport().size()
        down = self.verticalScrollBar()
        self._across.set_range(self._ticks * self._per_tick, view.width())
        down.setRange(0, max(0, round(PITCHES * self._row) - view.height()))
        down.setPageStep(view.height())
        down.setSingleStep(round(self._row))

    @property
    def _ticks(self) -> int:
        """How many ticks can be scrolled over: the song and four bars, at least twelve bars."""
        bar = self.song.ppq * 4
        return max(self.song.end, 8 * bar) + 4 * bar

    def _scrolled(self) -> None:
        self.refresh()
        self.geometry_changed.emit()

    # Painting: ground and notes are kept as a picture, what changes often is painted over it

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._layer is None or self._layer.devicePixelRatioF() != ratio:
            self._layer = paint_layer(self, ratio)
        painter = QPainter(self.viewport())
        painter.drawPixmap(0, 0, self._layer)
        geometry, size, colors = self.geometry_now, self.viewport().size(), self.colors
        if self.passage is not None and not self._is_gap(self.passage):
            layers.draw_passage(painter, geometry, size, self.passage, colors)
        if self.gap is not None and self.suggested is not None:
            layers.draw_suggestion(painter, geometry, size, self.gap, self.suggested, self.label, colors)
        chosen = self.selected[self.selected < len(self.notes)]
        if len(chosen):
            layers.draw_selected(painter, geometry, self.notes, chosen, track_color(self.current), colors)
        if self._hand.box is not None:
            box = self._hand.box.translated(-geometry.left, -geometry.top)
            layers.draw_box(painter, box.intersected(QRectF(self.viewport().rect().adjusted(-9, -9, 9, 9))), colors)
        if self.playhead is not None:
            layers.draw_playhead(painter, geometry, size.height(), self.playhead, colors)

    def _is_gap(self, passage: Passage) -> bool:
        return self.gap is not None and (self.gap.start, self.gap.end) == (passage.start, passage.end)

    # Mouse, wheel, keys

    def note_at(self, place: QPoint, notes: Notes | None = None) -> int | None:
        """The index of the note under a pixel, the uppermost; None on empty ground."""
        notes = self.notes if notes is None else notes
        geometry = self.geometry_now
        tick, pitch = geometry.tick(place.x()), geometry.pitch(place.y())
        around = visible(notes, tick - 2 / geometry.per_tick, tick + 1)
        under = around[(notes.pitch[around] == pitch) & (notes.start[around] <= tick)]
        return int(under[-1]) if len(under) else None

    def ghost_at(self, place: QPoint) -> tuple[int, int] | None:
        """(track, note) of another track's note under a pixel, where it is shown."""
        for index in reversed(range(len(self.beside.tracks))):
            if self.ghosts and index != self.current and index not in self.hidden:
                note = self.note_at(place, self.beside.tracks[index].notes)
                if note is not None:
                    return index, note
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hand.move(event)
        self.pitch_pointed.emit(self.geometry_now.pitch(event.position().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        ghost = self.ghost_at(place) if self.note_at(place) is None else None
        if ghost is not None:
            self.current_track_requested.emit(ghost[0])
        else:
            self._hand.press(event)

    def cancel_drag(self) -> bool:
        """Ends drawing a box; whether one was being drawn."""
        return self._hand.cancel()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.pause_following()
        delta = event.angleDelta().y() or event.angleDelta().x()  # with Alt or Shift held, the wheel may turn sideways
        keys, pixels = event.modifiers(), event.pixelDelta()
        control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
        if keys & Qt.KeyboardModifier.AltModifier or (keys & control and keys & shift):  # Alt may be the desktop's
            self.zoom_rows(ZOOM**delta, event.position().y())
        elif keys & control:
            self.zoom(ZOOM**delta, event.position().x())
        elif keys & shift:
            self.scroll_by(-round(delta * WHEEL), 0)
        elif not pixels.isNull():
            self.scroll_by(-pixels.x(), -pixels.y())
        else:
            self.scroll_by(-round(event.angleDelta().x() * WHEEL), -round(event.angleDelta().y() * WHEEL))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # keys are actions of the window

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.pause_following()
            self.zoom(1 + event.value(), event.position().x())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.text_at(event.pos()), self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self.pitch_pointed.emit(-1)
        return super().viewportEvent(event)

    def text_at(self, place: QPoint) -> str:
        """What is under a pixel, in words: the note and, for a ghost, its track; empty on empty ground."""
        index, ghost = self.note_at(place), self.ghost_at(place)
        if index is not None:
            return note_text(self.notes, index, self.song.meter_map)
        if ghost is not None:
            track = self.beside.tracks[ghost[0]]
            return f"{track.name}: {note_text(track.notes, ghost[1], self.song.meter_map)}"
        return ""

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.refresh()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        grown = event.size().height() - max(0, event.oldSize().height())
        self._set_ranges()
        if event.oldSize().isValid():  # what was in the middle stays there
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() - grown // 2)
        self._scrolled()
