"""Editing with the keys: what is selected is removed, moved, transposed; the passage grows and shrinks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from jazzassist.domain.clip import Clip
from jazzassist.domain.floating import Floating
from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Notes
from jazzassist.domain.timing import MeterMap
from jazzassist.gui.roll.geometry import whole_bars, whole_beats

if TYPE_CHECKING:
    from jazzassist.gui.window.main_window import MainWindow


BURST_SECONDS = 1.0  # moves that follow each other as closely are one undo step


class Editing(QObject):
    """The window's edit menu; every change is one undo step of the document, and so is a burst of moves.

    Notes that were moved or pasted float until something else is selected: they cover notes of their
    key that they meet, and uncover them when they are moved on or deleted.
    """

    def __init__(self, window: MainWindow, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window, self._document, self._clock = window, window.document, clock
        self._kept: Clip | None = None
        self._floating: Floating | None = None
        self._burst, self._moved_at = 0, -math.inf

    def select_all(self) -> None:
        """Selects all notes of the current track."""
        self._window.roll.set_selected_notes(np.arange(len(self._window.roll.view.notes)))

    def delete_notes(self, text: str = "Delete notes") -> None:
        """Removes the selected notes, as one step named `text`."""
        chosen = self._window.roll.selected_notes()
        if len(chosen):
            self._document.apply(text, self._lifted().ground)
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
        if len(self._window.roll.selected_notes()):
            lifted = self._lifted()
            now = self._clock()
            if lifted is not self._floating or now - self._moved_at > BURST_SECONDS:
                self._burst += 1
            self._float(text, lifted.moved(ticks, semitones), self._burst)
            self._moved_at = now

    def _lifted(self) -> Floating:
        """The selected notes, taken out of the song: those that float, or others that begin to."""
        chosen, track, song = self._window.roll.selected_notes(), self._window.current, self._document.song
        if self._floating is not None and self._floating.holds(song, track, self._notes.select(chosen)):
            return self._floating
        return Floating.lifted(song, track, chosen)

    def _float(self, text: str, floating: Floating, burst: int = 0) -> None:
        """Shows the notes at their new place and selects them."""
        self._document.apply(text, floating.song, burst)
        self._window.roll.set_selected_notes(self._notes.places_of(floating.clip.notes))
        self._floating = floating

    def settle(self) -> None:
        """Takes note of a new selection: notes that float and are not selected any more are at their place now."""
        chosen = self._notes.select(self._window.roll.selected_notes())
        if self._floating is not None and not chosen.same_as(self._floating.clip.notes):
            self._floating = None

    def cut(self) -> None:
        """Removes the selected notes and keeps them for pasting."""
        self.copy()
        self.delete_notes("Cut notes")

    def copy(self) -> None:
        """Keeps the selected notes for pasting, in this song or another."""
        if len(self._window.roll.selected_notes()):
            self._kept = self._clip()

    def paste(self) -> None:
        """Puts the kept notes into the current track, the first of them at the playhead."""
        if self._kept is not None:
            self._add("Paste notes", self._kept, self._window.player.position)

    def duplicate(self) -> None:
        """Puts the selected notes in once more, right after themselves, in whole beats."""
        clip = self._clip()
        if len(clip):
            first = int(clip.notes.start[0])
            start, end = whole_beats(self._document.song.meter_map, first, clip.notes.last_end)
            self._add("Duplicate notes", clip, first + end - start)

    def _clip(self) -> Clip:
        """The selected notes; none in a song without tracks."""
        song, track = self._document.song, self._window.current
        if track >= len(song.tracks):
            return Clip(song.ppq)
        return Clip.of(song, track, self._window.roll.selected_notes())

    def _add(self, text: str, clip: Clip, start: int) -> None:
        """Inserts a copy that begins at `start`, on the current track's channel; its notes are selected then."""
        song, track = self._document.song, self._window.current
        if track < len(song.tracks):
            copy = clip.copy_at(start, song.ppq, song.tracks[track].channel)
            self._float(text, Floating(song, track, copy))
            self._moved_at = -math.inf

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
