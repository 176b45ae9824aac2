"""The note area: painted in layers, scrolled and zoomed. Mouse input is handled in `gestures`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
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

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Notes
from jazzassist.gui.roll import layers
from jazzassist.gui.roll.across import Across
from jazzassist.gui.roll.geometry import PITCHES, Geometry
from jazzassist.gui.roll.gestures.gesture import Gestures, Pointer
from jazzassist.gui.roll.painting import visible
from jazzassist.gui.roll.picture import Content, paint_layer
from jazzassist.gui.roll.words import note_text
from jazzassist.gui.theme import RollColors, roll_colors, track_color
from jazzassist.session import Session

LEAST_ROW, USUAL_ROW, MOST_ROW = 4.0, 12.0, 40.0
BAR_PIXELS = (1.0, 2400.0)  # the narrowest and the widest bar
FOLLOW_PAUSE_MS = 3000  # the view does not follow the playhead so long after the composer scrolled
FOLLOW_MARGIN = 40  # pixels before the playhead on a new page
WHEEL = 0.5  # pixels scrolled for a unit of the wheel; a notch has 120
ZOOM = 1.0015  # how much wider a unit of the wheel makes bars


class RollView(QAbstractScrollArea):
    """The scrolled area of the piano roll. `gestures` receives the mouse events."""

    geometry_changed = Signal()
    pitch_pointed = Signal(int)  # the row under the pointer, -1 for none

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.gestures = Gestures()
        self._ghosts = True
        self._painted_playhead = 0
        self._per_tick, self._row = 0.05, USUAL_ROW
        self._layer: QPixmap | None = None
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
    def colors(self) -> RollColors:
        """The colours that go with the palette."""
        return roll_colors(self.palette())

    def set_ghosts(self, shown: bool) -> None:
        """Shows the other tracks or hides them."""
        self._ghosts = shown
        self.refresh()

    def refit(self) -> None:
        """Adapts to a song of another length; the view stays where it is as far as possible."""
        self._set_ranges()

    def show_suggested(self) -> None:
        """Scrolls to the pitches of the suggested notes where none of them is in view."""
        suggested = self._session.suggested
        if suggested is not None and len(suggested):
            lowest, highest = self.geometry_now.pitch(self.viewport().height()), self.geometry_now.pitch(0)
            if not ((suggested.pitch >= lowest) & (suggested.pitch <= highest)).any():
                self._center(suggested)

    def refresh(self) -> None:
        """Repaint everything."""
        self._layer = None
        self.viewport().update()

    def show_playhead(self) -> None:
        """Repaint only the old and new position of the playhead."""
        before, self._painted_playhead = self._painted_playhead, self._session.playhead
        for place in (before, self._painted_playhead):
            self.viewport().update(round(self.geometry_now.x(place)) - 2, 0, 5, self.viewport().height())

    def follow(self) -> None:
        """Scroll a page when the playhead leaves the view, unless the composer scrolled recently."""
        playhead = self._session.playhead
        if not self._following.isActive() and not 0 <= self.geometry_now.x(playhead) < self.viewport().width():
            self._across.move_to(playhead * self._per_tick - FOLLOW_MARGIN)

    def pause_following(self) -> None:
        """Stop following the playhead for some seconds."""
        self._following.start()

    # Scrolling and zooming

    def scroll_by(self, across: int, down: int) -> None:
        """Scroll by pixels on behalf of the composer."""
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
        bar = self._session.song.ppq * 4
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
        self._center(self._session.notes)

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
        bar = self._session.song.ppq * 4
        return max(self._session.song.end, 8 * bar) + 4 * bar

    def _scrolled(self) -> None:
        self.refresh()
        self.geometry_changed.emit()

    # Painting: ground and notes are kept as a picture, what changes often is painted over it

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._layer is None or self._layer.devicePixelRatioF() != ratio:
            self._layer = paint_layer(self._content(), ratio)
        painter = QPainter(self.viewport())
        painter.drawPixmap(0, 0, self._layer)
        geometry, size, colors = self.geometry_now, self.viewport().size(), self.colors
        session, offer = self._session, self._session.offer
        if session.passage is not None and not self._is_gap(session.passage):
            layers.draw_passage(painter, geometry, size, session.passage, colors)
        if offer.gap is not None and session.suggested is not None:
            layers.draw_suggestion(painter, geometry, size, offer.gap, session.suggested, offer.label, colors)
        if len(session.selected):
            color = track_color(session.current)
            layers.draw_selected(painter, geometry, session.notes, session.selected, color, colors)
        self.gestures.paint(painter)
        layers.draw_playhead(painter, geometry, size.height(), session.playhead, colors)

    def _content(self) -> Content:
        session = self._session
        gap = None if session.suggested is None else session.offer.gap
        size, place = self.viewport().size(), self.geometry_now
        return Content(
            session.song, session.candidate, session.current, gap, self._ghosts, place, size, self.colors, self.font()
        )

    def _is_gap(self, passage: Passage) -> bool:
        gap = None if self._session.suggested is None else self._session.offer.gap
        return gap is not None and (gap.start, gap.end) == (passage.start, passage.end)

    # Mouse, wheel, keys

    def note_at(self, place: QPoint, notes: Notes | None = None) -> int | None:
        """The index of the note under a pixel, the uppermost; None on empty ground."""
        notes = self._session.notes if notes is None else notes
        geometry = self.geometry_now
        tick, pitch = geometry.tick(place.x()), geometry.pitch(place.y())
        around = visible(notes, tick - 2 / geometry.per_tick, tick + 1)
        under = around[(notes.pitch[around] == pitch) & (notes.start[around] <= tick)]
        return int(under[-1]) if len(under) else None

    def ghost_at(self, place: QPoint) -> tuple[int, int] | None:
        """(track, note) of another track's note under a pixel, where it is shown."""
        tracks = self._session.candidate.tracks
        for index in reversed(range(len(tracks))):
            if self._ghosts and index != self._session.current:
                note = self.note_at(place, tracks[index].notes)
                if note is not None:
                    return index, note
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.gestures.press(Pointer.of(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.gestures.move(Pointer.of(event))
        self.pitch_pointed.emit(self.geometry_now.pitch(event.position().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.gestures.release(Pointer.of(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.gestures.press(Pointer.of(event, is_double=True))

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
        """Return a text for the note under a pixel, with the track name for other tracks; empty if there is none."""
        index, ghost, session = self.note_at(place), self.ghost_at(place), self._session
        if index is not None:
            return note_text(session.notes, index, session.song.meter_map)
        if ghost is not None:
            track = session.candidate.tracks[ghost[0]]
            return f"{track.name}: {note_text(track.notes, ghost[1], session.song.meter_map)}"
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
