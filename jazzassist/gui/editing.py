"""Editing with the keys: what is selected is removed, moved, transposed; the passage grows and shrinks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from jazzassist.domain import edits
from jazzassist.domain.passage import Passage
from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.timing import MeterMap
from jazzassist.gui.piano_roll.geometry import whole_bars, whole_beats

if TYPE_CHECKING:
    from jazzassist.gui.main_window import MainWindow


class Editing(QObject):
    """The window's edit menu; every change is one undo step of the document."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._document = window, window.document
        self._kept = EMPTY

    def select_all(self) -> None:
        """Selects all notes of the current track."""
        self._window.roll.set_selected_notes(np.arange(len(self._window.roll.view.notes)))

    def delete_notes(self, text: str = "Delete notes") -> None:
        """Removes the selected notes, as one step named `text`."""
        if len(self._window.roll.selected_notes()):
            self._document.apply(
                text,
                edits.remove(self._document.song, self._window.current, self._window.roll.selected_notes()),
            )
            self._window.roll.set_selected_notes(np.zeros(0, np.intp))

    def transpose(self, semitones: int) -> None:
        """Moves the selected notes up or down."""
        self._move("Transpose", 0, semitones)

    def nudge(self, steps: int, parts: int = 4) -> None:
        """Moves the selected notes by sixteenths, or other `parts` of a quarter; without any, the playhead."""
        step = max(1, self._document.song.ppq // parts)
        if len(self._window.roll.selected_notes()):
            self._move("Move notes", steps * step, 0)
        else:
            self._window.player.seek(max(0, self._window.player.position + steps * step))

    def _move(self, text: str, ticks: int, semitones: int) -> None:
        chosen = self._window.roll.selected_notes()
        if not len(chosen):
            return
        before = self._notes.select(chosen)
        ticks = max(ticks, -int(before.start.min()))  # as far as the song and the keyboard go
        semitones = min(max(semitones, -int(before.pitch.min())), 127 - int(before.pitch.max()))
        self._document.apply(text, edits.move(self._document.song, self._window.current, chosen, ticks, semitones))
        self._select(before.changed(start=before.start + ticks, pitch=before.pitch + semitones))

    def cut(self) -> None:
        """Removes the selected notes and keeps them for pasting."""
        self.copy()
        self.delete_notes("Cut notes")

    def copy(self) -> None:
        """Keeps the selected notes for pasting."""
        if len(self._window.roll.selected_notes()):
            self._kept = self._notes.select(self._window.roll.selected_notes())

    def paste(self) -> None:
        """Puts the kept notes into the current track, the first of them at the playhead."""
        if len(self._kept):
            self._add("Paste notes", self._kept, self._window.player.position - int(self._kept.start[0]))

    def duplicate(self) -> None:
        """Puts the selected notes in once more, right after themselves, in whole beats."""
        chosen = self._notes.select(self._window.roll.selected_notes())
        if len(chosen):
            start, end = whole_beats(self._document.song.meter_map, int(chosen.start[0]), chosen.last_end)
            self._add("Duplicate notes", chosen, end - start)

    def _add(self, text: str, notes: Notes, ticks: int) -> None:
        """Inserts notes, later by `ticks`, on the current track's channel; they are selected then."""
        track = self._window.current
        if track < len(self._document.song.tracks):
            channel = np.full(len(notes), self._document.song.tracks[track].channel)
            notes = notes.changed(start=notes.start + ticks, channel=channel)
            self._document.apply(text, edits.insert(self._document.song, track, notes))
            self._select(notes)

    def _select(self, notes: Notes) -> None:
        self._window.roll.set_selected_notes(self._notes.places_of(notes))

    @property
    def _notes(self) -> Notes:
        return self._window.roll.view.notes

    def extend_passage(self, bars: int) -> None:
        """Makes the passage longer or shorter by bars; the first press selects the bar at the playhead."""
        meters, passage = self._document.song.meter_map, self._document.passage
        if passage is None:
            self._select_around(whole_bars)
            return
        end = meters.bar_start(max(meters.bar_at(passage.start) + 1, meters.bar_at(passage.end - 1) + 1 + bars))
        self._document.set_passage(Passage(passage.tracks, passage.start, end))

    def extend_passage_by_beat(self, way: int) -> None:
        """Makes the passage longer (1) or shorter (-1) by a beat; the first press selects the beat at the playhead."""
        meters, passage = self._document.song.meter_map, self._document.passage
        if passage is None:
            self._select_around(whole_beats)
            return
        _, end = whole_beats(meters, passage.end, passage.end)
        if way < 0:
            end, _ = whole_beats(meters, passage.end - 1, passage.end - 1)
        if end > passage.start:
            self._document.set_passage(Passage(passage.tracks, passage.start, end))

    def _select_around(self, snapped: Callable[[MeterMap, int, int], tuple[int, int]]) -> None:
        place = self._window.player.position
        start, end = snapped(self._document.song.meter_map, place, place)
        self._document.set_passage(Passage((self._window.current,), start, end))
