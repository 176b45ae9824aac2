"""Dragging or double-clicking in the ruler selects bars or beats. Shift extends the selection."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt

from jazzassist.domain.passage import Passage
from jazzassist.gui.roll.edge_scroll import EdgeScroll
from jazzassist.gui.roll.gestures.gesture import SHIFT, Gesture, Pointer
from jazzassist.gui.roll.view import RollView
from jazzassist.session import Session
from jazzassist.session.grid import whole_bars, whole_beats
from jazzassist.session.suggesting import NO_TRACK

# Many window managers take a drag with Alt for themselves, so Ctrl does the same.
BY_BEATS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class PassageSelection(Gesture):
    """Selects whole bars, or with Ctrl or Alt whole beats. `say` gets a sentence where that is not possible."""

    def __init__(self, view: RollView, session: Session, say: Callable[[str], object]) -> None:
        self._view, self._session, self._say = view, session, say
        self._edge = EdgeScroll(view, self._drag_to, down=False)
        self._anchor = 0
        self._by_beats = self._is_done = False
        self._before: Passage | None = None

    def begin(self, press: Pointer) -> bool:
        if press.button != Qt.MouseButton.LeftButton:
            return False
        self._anchor = self._tick(press.place)
        self._by_beats, self._is_done = bool(press.keys & BY_BEATS), press.is_double
        passage = self._before = self._session.passage
        if press.is_double:
            self._select(self._anchor, self._anchor)
        elif press.keys & SHIFT and passage is not None:
            self._anchor = passage.start if self._anchor >= passage.start else passage.end
            self._drag_to(press.place)
        return True

    def preview(self, pointer: Pointer) -> bool:
        if not self._is_done:
            self._by_beats = bool(pointer.keys & BY_BEATS)
            self._edge.hold(pointer.place)
            self._drag_to(pointer.place)
        return True

    def _drag_to(self, place: QPointF) -> None:
        self._view.pause_following()
        tick = self._tick(place)
        self._select(min(tick, self._anchor), max(tick, self._anchor))

    def _select(self, start: int, end: int) -> None:
        snapped = whole_beats if self._by_beats else whole_bars
        start, end = snapped(self._session.song.meter_map, start, end)
        if not self._session.song.tracks:
            self._say(NO_TRACK)
        self._session.set_passage(Passage((self._session.current,), start, end))

    def commit(self, pointer: Pointer) -> None:
        self._edge.stop()

    def cancel(self) -> bool:
        """Goes back to the passage that was selected before."""
        self._edge.stop()
        if not self._is_done:
            self._session.set_passage(self._before)
        return not self._is_done

    def _tick(self, place: QPointF) -> int:
        return int(self._view.geometry_now.tick(place.x()))
