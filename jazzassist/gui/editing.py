"""Editing with the keys: what is selected is removed, moved, transposed; the passage grows and shrinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from jazzassist.domain import edits
from jazzassist.domain.passage import Passage

if TYPE_CHECKING:
    from jazzassist.gui.main_window import MainWindow


class Editing(QObject):
    """The window's edit menu; every change is one undo step of the document."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._document = window, window.document

    def select_all(self) -> None:
        """Selects all notes of the current track."""
        self._window.roll.set_selected_notes(np.arange(len(self._window.roll.view.notes)))

    def delete_notes(self) -> None:
        """Removes the selected notes."""
        if len(self._window.roll.selected_notes()):
            self._document.apply(
                "Delete notes",
                edits.remove(self._document.song, self._window.current, self._window.roll.selected_notes()),
            )
            self._window.roll.set_selected_notes(np.zeros(0, np.intp))

    def transpose(self, semitones: int) -> None:
        """Moves the selected notes up or down."""
        self._move("Transpose", 0, semitones)

    def nudge(self, steps: int) -> None:
        """Moves the selected notes by sixteenths; without any, the playhead."""
        step = max(1, self._document.song.ppq // 4)
        if len(self._window.roll.selected_notes()):
            self._move("Move notes", steps * step, 0)
        else:
            self._window.player.seek(max(0, self._window.player.position + steps * step))

    def _move(self, text: str, ticks: int, semitones: int) -> None:
        chosen = self._window.roll.selected_notes()
        if not len(chosen):
            return
        before = self._document.song.tracks[self._window.current].notes.select(chosen)
        ticks = max(ticks, -int(before.start.min()))  # as far as the song and the keyboard go
        semitones = min(max(semitones, -int(before.pitch.min())), 127 - int(before.pitch.max()))
        self._document.apply(text, edits.move(self._document.song, self._window.current, chosen, ticks, semitones))
        now = self._document.song.tracks[self._window.current].notes
        wanted = {(note.start + ticks, note.pitch + semitones, note.duration) for note in before}
        keys = zip(now.start.tolist(), now.pitch.tolist(), now.duration.tolist(), strict=True)
        self._window.roll.set_selected_notes(np.array([i for i, key in enumerate(keys) if key in wanted], np.intp))

    def extend_passage(self, bars: int) -> None:
        """Makes the passage longer or shorter by bars; the first press selects the bar at the playhead."""
        meters, passage = self._document.song.meter_map, self._document.passage
        if passage is None:
            start = meters.bar_start(meters.bar_at(self._window.player.position))
            self._document.set_passage(
                Passage((self._window.current,), start, meters.bar_start(meters.bar_at(start) + 1))
            )
            return
        end = meters.bar_start(max(meters.bar_at(passage.start) + 1, meters.bar_at(passage.end - 1) + 1 + bars))
        self._document.set_passage(Passage(passage.tracks, passage.start, end))
