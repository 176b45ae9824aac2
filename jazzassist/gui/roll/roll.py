"""The piano roll as one widget: ruler above, keys at the left, notes in the middle."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from jazzassist.domain.suggestion import Suggestion
from jazzassist.gui.roll.gestures.box_selection import BoxSelection
from jazzassist.gui.roll.gestures.gesture import Gestures
from jazzassist.gui.roll.gestures.ghost_click import GhostClick
from jazzassist.gui.roll.gestures.ground_click import GroundClick
from jazzassist.gui.roll.gestures.note_click import NoteClick
from jazzassist.gui.roll.gestures.pan import Pan
from jazzassist.gui.roll.gestures.passage_selection import PassageSelection
from jazzassist.gui.roll.gestures.seek import Seek
from jazzassist.gui.roll.keys import Corner, Keys
from jazzassist.gui.roll.ruler import Ruler
from jazzassist.gui.roll.view import USUAL_ROW, RollView
from jazzassist.gui.roll.words import describe_passage, describe_selection
from jazzassist.session import Aspect, Session

WIDER, NARROWER = 1.25, 0.8
USUAL_BARS = 16
LEAST_BARS_SHOWN = 8  # of a song that was just opened
SCROLL_MARGIN = 20  # pixels at the right edge that do not count as in view
WHOLE = {Aspect.SONG, Aspect.OPENED, Aspect.CURRENT, Aspect.OFFER}  # after these everything is painted anew
SPOKEN = {Aspect.PASSAGE, Aspect.SELECTED, Aspect.OFFER, Aspect.SONG, Aspect.CURRENT}


class PianoRoll(QWidget):
    """Shows the session's song around its current track; the mouse selects notes and passages in it."""

    seek_requested = Signal(object)  # tick, which may be more than 32 bits hold
    note_sounded = Signal(int, object, int)  # pitch, tick and channel of a note; the last two -1 for a key
    noticed = Signal(str)  # why a gesture did nothing, one sentence

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._suggestion: tuple[Suggestion | None, str] = (None, "")  # the one that was scrolled to, and its label
        self.view = RollView(session, self)
        self.ruler = Ruler(self.view, session, self)
        self.keys = Keys(self.view, self)
        self._corner = Corner(self.view, self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for row, column, widget in ((0, 0, self._corner), (0, 1, self.ruler), (1, 0, self.keys), (1, 1, self.view)):
            layout.addWidget(widget, row, column)
        self._add_gestures()
        self.keys.pressed.connect(lambda pitch: self.note_sounded.emit(pitch, -1, -1))
        self.setAccessibleName("Piano roll")
        self.setFocusProxy(self.view)
        partly = (Aspect.PASSAGE, Aspect.SELECTED, Aspect.PLAYHEAD, Aspect.LOOP)
        session.observe(self._take_up, *WHOLE, *partly)

    def _add_gestures(self) -> None:
        view, session = self.view, self.session
        self.view.gestures = Gestures(
            [
                Pan(view),
                GhostClick(view, session),
                NoteClick(view, session, self.note_sounded.emit),
                GroundClick(session),
                BoxSelection(view, session),
            ]
        )
        self.ruler.gestures = Gestures(
            [
                Seek(view, session, self.seek_requested.emit),
                PassageSelection(view, session, self.noticed.emit),
            ]
        )

    def _take_up(self, changed: frozenset[Aspect]) -> None:
        """Shows what has changed in the session."""
        if changed & WHOLE:
            self._show_all(changed)
        if changed & {Aspect.PASSAGE, Aspect.SELECTED}:
            self.view.viewport().update()
        if changed & {Aspect.SONG, Aspect.PASSAGE, Aspect.LOOP}:
            self.ruler.update()
        if Aspect.PLAYHEAD in changed:
            self.view.show_playhead()
            self.ruler.show_playhead()
            if self.session.playing:
                self.view.follow()
        if changed & SPOKEN:
            self._describe(changed)

    def _show_all(self, changed: frozenset[Aspect]) -> None:
        self.view.refresh()
        if Aspect.SONG in changed:
            self.view.refit()
        if Aspect.OPENED in changed:
            meters = self.session.song.meter_map
            last = meters.bar_at(self.session.song.last_note_end)
            self.zoom_to(0, meters.bar_start(min(USUAL_BARS, max(LEAST_BARS_SHOWN, last)) + 1))
        if changed & {Aspect.OPENED, Aspect.CURRENT}:
            self.view.show_pitches()
        if changed & {Aspect.OFFER, Aspect.CURRENT}:
            self._show_suggestion(Aspect.CURRENT in changed)

    def _show_suggestion(self, again: bool) -> None:
        """Brings the shown suggestion into view, where it is another one, or `again`."""
        offer = self.session.offer
        before, self._suggestion = self._suggestion, (offer.shown, offer.label)
        if offer.shown is not None and offer.gap is not None and (again or before != self._suggestion):
            self.view.show_suggested()
            self.scroll_to(offer.gap.start)

    def set_ghosts(self, shown: bool) -> None:
        """Shows the other tracks or hides them."""
        self.view.set_ghosts(shown)

    def select_next_note(self, step: int = 1) -> None:
        """Selects the note after the selected one, or before it for -1, sounds it and brings it into view.

        Without a selection: the first one in view, or the last for -1.
        """
        notes, chosen = self.session.notes, self.session.selected
        if not len(notes):
            return
        at = int(chosen[-1 if step > 0 else 0]) + step if len(chosen) else self._note_in_view(step)
        at = min(len(notes) - 1, max(0, at))
        self.session.select_notes([at])
        self.note_sounded.emit(int(notes.pitch[at]), int(notes.start[at]), int(notes.channel[at]))
        self.scroll_to(int(notes.start[at]))
        self.view.show_pitch(int(notes.pitch[at]))

    def _note_in_view(self, step: int) -> int:
        geometry = self.view.geometry_now
        edge = geometry.tick(0 if step > 0 else self.view.viewport().width())
        return int(np.searchsorted(self.session.notes.start, edge)) - (0 if step > 0 else 1)

    # Scrolling and zooming

    def scroll_to(self, tick: int) -> None:
        """Brings a tick into view where it is not."""
        x, width = self.view.geometry_now.x(tick), self.view.viewport().width()
        if not 0 <= x < width - SCROLL_MARGIN:
            self.view.scroll_to(tick, width / 4)

    def zoom_in(self) -> None:
        """Wider bars."""
        self.view.zoom(WIDER)

    def zoom_out(self) -> None:
        """Narrower bars."""
        self.view.zoom(NARROWER)

    def zoom_usual(self) -> None:
        """Sixteen bars from the first one in view, in rows of the usual height."""
        self.view.zoom_rows_to(USUAL_ROW)
        meters = self.session.song.meter_map
        bar = meters.bar_at(round(self.view.geometry_now.tick(0)))
        self.view.zoom_to(meters.bar_start(bar), meters.bar_start(bar + USUAL_BARS))

    def zoom_to(self, start: int, end: int) -> None:
        """Shows the ticks [start, end)."""
        self.view.zoom_to(start, end)

    def zoom_song(self) -> None:
        """Shows the whole song."""
        self.view.zoom_to(0, max(self.session.song.end, self.session.song.ppq * 16))

    def zoom_selection(self) -> None:
        """Shows the selected notes, or the passage, as large as there is room."""
        chosen, passage = self.session.notes.select(self.session.selected), self.session.passage
        if len(chosen):
            self.zoom_to(int(chosen.start.min()), chosen.last_end)
        elif passage is not None:
            self.zoom_to(passage.start, passage.end)

    def show_around(self, start: int, end: int) -> None:
        """Shows the ticks [start, end) with four bars on both sides, and the current track's pitches."""
        meters = self.session.song.meter_map
        low, high = meters.bar_at(start) - 4, meters.bar_at(end) + 4
        self.zoom_to(meters.bar_start(max(1, low)), meters.bar_start(high))
        self.view.show_pitches()

    def cancel_drag(self) -> bool:
        """Gives up a drag of the mouse; whether there was one."""
        return self.ruler.gestures.cancel() or self.view.gestures.cancel()

    # For screen readers

    def _describe(self, changed: frozenset[Aspect]) -> None:
        """Update the description for screen readers and announce the change."""
        session = self.session
        parts = (describe_passage(session), describe_selection(session), session.offer.label)
        self.view.setAccessibleDescription("; ".join(part for part in parts if part))
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self.view, QAccessible.Event.DescriptionChanged))
            spoken = zip((Aspect.PASSAGE, Aspect.SELECTED, Aspect.OFFER), parts, strict=True)
            news = "; ".join(part for aspect, part in spoken if part and aspect in changed)
            if news:
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.view, news))
