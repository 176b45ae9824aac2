"""The piano roll as one widget: ruler above, keys at the left, notes in the middle."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import Notes, Song
from jazzassist.gui.piano_roll.keys import WIDTH, Keys
from jazzassist.gui.piano_roll.painting import Indices
from jazzassist.gui.piano_roll.ruler import HEIGHT, Ruler
from jazzassist.gui.piano_roll.view import NOTHING, RollView

NAMES = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")


class PianoRoll(QWidget):
    """Shows a song around one current track. It changes nothing itself; what is wished for goes out as signals."""

    passage_changed = Signal(object)  # Passage | None
    selected_notes_changed = Signal(object)  # indices into the current track's notes
    seek_requested = Signal(int)  # tick
    note_sounded = Signal(int)  # pitch
    current_track_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = RollView(self)
        self.ruler = Ruler(self.view, self)
        self.keys = Keys(self.view, self)
        self.ruler.setFixedHeight(HEIGHT)
        corner = QWidget(self)
        corner.setFixedSize(WIDTH, HEIGHT)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(corner, 0, 0)
        layout.addWidget(self.ruler, 0, 1)
        layout.addWidget(self.keys, 1, 0)
        layout.addWidget(self.view, 1, 1)
        self.ruler.passage_dragged.connect(self.passage_changed)
        self.ruler.seek_requested.connect(self.seek_requested)
        self.keys.pressed.connect(self.note_sounded)
        self.view.note_sounded.connect(self.note_sounded)
        self.view.selected_notes_changed.connect(self._tell_selection)
        self.view.current_track_requested.connect(self.current_track_requested)
        self.setFocusProxy(self.view)

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

    def set_suggestion(self, gap: Gap | None, notes: Notes | None, label: str = "") -> None:
        """Shows suggested notes hatched over the song, with a label; None: none."""
        self.view.gap, self.view.suggested, self.view.label = gap, notes, label
        self.view.viewport().update()

    def set_playhead(self, tick: int | None, follow: bool = False) -> None:
        """Moves the playhead; `follow`: the view keeps it in sight."""
        if tick == self.view.playhead:
            return
        self.view.set_playhead(tick)
        if follow:
            self.view.follow()
        self.ruler.update()

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
        """Selects the note after the selected one, or before it for -1, sounds it and brings it into view."""
        notes = self.view.notes
        if not len(notes):
            return
        chosen = self.view.selected
        at = (int(chosen[-1 if step > 0 else 0]) + step) if len(chosen) else (0 if step > 0 else len(notes) - 1)
        at = min(len(notes) - 1, max(0, at))
        self.view.select(np.array([at]))
        self.note_sounded.emit(int(notes.pitch[at]))
        self.scroll_to(int(notes.start[at]))

    def scroll_to(self, tick: int) -> None:
        """Brings a tick into view where it is not."""
        x = self.view.geometry_now.x(tick)
        if not 0 <= x < self.view.viewport().width() - 20:
            bar = self.view.horizontalScrollBar()
            bar.setValue(round(bar.value() + x - self.view.viewport().width() / 4))

    def zoom_in(self) -> None:
        """Wider bars."""
        self.view.zoom(1.25)

    def zoom_out(self) -> None:
        """Narrower bars."""
        self.view.zoom(0.8)

    def zoom_to(self, start: int, end: int) -> None:
        """Shows the ticks [start, end)."""
        self.view.zoom_to(start, end)

    def zoom_song(self) -> None:
        """Shows the whole song."""
        self.view.zoom_to(0, max(self.view.song.end, self.view.song.ppq * 16))

    def cancel_drag(self) -> bool:
        """Gives up a drag of the mouse; whether there was one."""
        return self.ruler.cancel_drag() or self.view.cancel_drag()

    def _tell_selection(self, indices: Indices) -> None:
        self.view.setAccessibleDescription(self.describe_selection())
        self.selected_notes_changed.emit(indices)

    def describe_selection(self) -> str:
        """The selected notes in words, for who does not see them."""
        chosen, notes = self.view.selected, self.view.notes
        if len(chosen) != 1:
            return f"{len(chosen)} notes selected" if len(chosen) else "No note selected"
        note = next(iter(notes.select(chosen)))
        place = self.view.song.meter_map.position(note.start)
        name = f"{NAMES[note.pitch % 12]} {note.pitch // 12 - 1}"
        return f"{name}, bar {place.bar} beat {place.beat}, velocity {note.velocity}"
