"""The piano roll as one widget: ruler above, keys at the left, notes in the middle."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import Notes, Song
from jazzassist.gui.roll.hand import NOTHING
from jazzassist.gui.roll.keys import Corner, Keys
from jazzassist.gui.roll.painting import Indices
from jazzassist.gui.roll.ruler import Ruler
from jazzassist.gui.roll.view import USUAL_ROW, RollView
from jazzassist.gui.roll.words import passage_text, selection_text

WIDER, NARROWER = 1.25, 0.8
USUAL_BARS = 16
SCROLL_MARGIN = 20  # pixels at the right edge that do not count as in view


class PianoRoll(QWidget):
    """Shows a song around one current track. It changes nothing itself; what is wished for goes out as signals."""

    passage_changed = Signal(object)  # Passage | None
    selected_notes_changed = Signal(object)  # indices into the current track's notes
    seek_requested = Signal(int)  # tick
    note_sounded = Signal(int, object, int)  # pitch, tick and channel of a note; the last two -1 for a key
    current_track_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = RollView(self)
        self.ruler = Ruler(self.view, self)
        self.keys = Keys(self.view, self)
        self._corner = Corner(self.view, self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for row, column, widget in ((0, 0, self._corner), (0, 1, self.ruler), (1, 0, self.keys), (1, 1, self.view)):
            layout.addWidget(widget, row, column)
        self._connect()
        self.setAccessibleName("Piano roll")
        self.setFocusProxy(self.view)

    def _connect(self) -> None:
        self.ruler.passage_dragged.connect(self.passage_changed)
        self.ruler.seek_requested.connect(self.seek_requested)
        self.keys.pressed.connect(lambda pitch: self.note_sounded.emit(pitch, -1, -1))
        self.view.note_sounded.connect(self.note_sounded)
        self.view.selected_notes_changed.connect(self._tell_selection)
        self.view.current_track_requested.connect(self.current_track_requested)
        self.view.ground_clicked.connect(self._clear_passage)

    def set_song(self, song: Song) -> None:
        """Shows `song`, at the place where the view is."""
        self.view.show_song(song)
        self.ruler.update()

    def set_current_track(self, index: int) -> None:
        """Makes a track the one that is seen fully, selected in and suggested into."""
        self.view.current = index
        self.view.select(NOTHING)
        self.view.refresh()
        self.view.show_pitches()

    def set_passage(self, passage: Passage | None) -> None:
        """Shows what is selected in the ruler."""
        self.view.passage = passage
        self.view.viewport().update()
        self.ruler.update()
        self._tell(self.describe_passage())

    def set_suggestion(self, gap: Gap | None, notes: Notes | None, label: str = "", beside: Song | None = None) -> None:
        """Shows suggested notes hatched over the song, with a label; None: none.

        `beside`: the song as the other tracks are shown of it meanwhile, where notes are suggested for them too.
        """
        self.view.show_suggestion(gap, notes, label, beside)
        if label:
            self._tell(label)

    def set_playhead(self, tick: int | None, follow: bool = False) -> None:
        """Moves the playhead; `follow`: the view keeps it in sight."""
        before = self.view.playhead
        if tick == before:
            return
        self.view.set_playhead(tick)
        self.ruler.move_playhead(before, tick)
        if follow:
            self.view.follow()

    def set_loop(self, loop: tuple[int, int] | None) -> None:
        """Shows the looped range of ticks in the ruler."""
        self.ruler.loop = loop
        self.ruler.update()

    def set_hidden(self, tracks: frozenset[int]) -> None:
        """Tracks that are not shown as ghosts."""
        self.view.hidden = tracks
        self.view.refresh()

    def set_ghosts(self, shown: bool) -> None:
        """Whether the other tracks are shown."""
        self.view.ghosts = shown
        self.view.refresh()

    def set_selected_notes(self, indices: Indices) -> None:
        """Selects notes of the current track by index."""
        self.view.select(indices)

    def selected_notes(self) -> Indices:
        """Indices of the selected notes of the current track."""
        return self.view.selected

    def select_next_note(self, step: int = 1) -> None:
        """Selects the note after the selected one, or before it for -1, sounds it and brings it into view.

        Without a selection: the first one in view, or the last for -1.
        """
        notes, chosen = self.view.notes, self.view.selected
        if not len(notes):
            return
        at = int(chosen[-1 if step > 0 else 0]) + step if len(chosen) else self._note_in_view(step)
        at = min(len(notes) - 1, max(0, at))
        self.view.select(np.array([at]))
        self.note_sounded.emit(int(notes.pitch[at]), int(notes.start[at]), int(notes.channel[at]))
        self.scroll_to(int(notes.start[at]))
        self.view.show_pitch(int(notes.pitch[at]))

    def select_previous_note(self) -> None:
        """Selects the note before the selected one."""
        self.select_next_note(-1)

    def _note_in_view(self, step: int) -> int:
        geometry = self.view.geometry_now
        edge = geometry.tick(0 if step > 0 else self.view.viewport().width())
        return int(np.searchsorted(self.view.notes.start, edge)) - (0 if step > 0 else 1)

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
        meters = self.view.song.meter_map
        bar = meters.bar_at(round(self.view.geometry_now.tick(0)))
        self.view.zoom_to(meters.bar_start(bar), meters.bar_start(bar + USUAL_BARS))

    def zoom_to(self, start: int, end: int) -> None:
        """Shows the ticks [start, end)."""
        self.view.zoom_to(start, end)

    def zoom_song(self) -> None:
        """Shows the whole song."""
        self.view.zoom_to(0, max(self.view.song.end, self.view.song.ppq * 16))

    def cancel_drag(self) -> bool:
        """Gives up a drag of the mouse; whether there was one."""
        return self.ruler.cancel_drag() or self.view.cancel_drag()

    # In words

    def describe_selection(self) -> str:
        """The selected notes in words: "C4, bar 9 beat 2, velocity 80", or how many."""
        return selection_text(self.view.notes, self.view.selected.tolist(), self.view.song.meter_map)

    def describe_passage(self) -> str:
        """The passage in words: "bars 9-16 of Piano, 84 notes"; empty when there is none."""
        return "" if self.view.passage is None else passage_text(self.view.song, self.view.passage)

    def _tell_selection(self, indices: Indices) -> None:
        self._tell(self.describe_selection() if len(indices) else "")
        self.selected_notes_changed.emit(indices)

    def _tell(self, news: str) -> None:
        """Keeps the description for screen readers up to date, and has them read what is new."""
        parts = (self.describe_passage(), self.describe_selection() if len(self.view.selected) else "", self.view.label)
        self.view.setAccessibleDescription("; ".join(part for part in parts if part))
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self.view, QAccessible.Event.DescriptionChanged))
            if news:
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.view, news))

    def _clear_passage(self) -> None:
        """A click on empty ground; suggestions under the pointer are not given up that lightly."""
        if self.view.passage is not None and self.view.gap is None:
            self.passage_changed.emit(None)
