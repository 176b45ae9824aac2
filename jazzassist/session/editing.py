"""Editing: delete, move, transpose and copy the selected notes; extend and shorten the passage."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from jazzassist.domain.clip import Clip
from jazzassist.domain.floating import Floating
from jazzassist.domain.passage import Passage
from jazzassist.domain.timing import MeterMap
from jazzassist.session.grid import whole_bars, whole_beats
from jazzassist.session.observing import Aspect
from jazzassist.session.playback_control import PlaybackControl
from jazzassist.session.session import NO_NOTES, Session

BURST_SECONDS = 1.0  # moves within this time of each other are one undo step


class Editing:
    """Each edit is one undo step of the document, and so is a burst of moves.

    Moved or pasted notes float until the selection changes: they hide the notes of the same pitch and channel
    that they overlap. Moving or deleting them restores those notes.
    """

    def __init__(self, session: Session, player: PlaybackControl, clock: Callable[[], float] = time.monotonic) -> None:
        self._session, self._player, self.clock = session, player, clock
        self._kept: Clip | None = None
        self._floating: Floating | None = None
        self._burst, self._moved_at = 0, -math.inf
        session.observe(lambda changed: self._settle(), Aspect.SELECTED, Aspect.SONG, Aspect.CURRENT)

    def select_all(self) -> None:
        """Select all notes of the current track."""
        self._session.select_notes(np.arange(len(self._session.notes)))

    def delete_notes(self, text: str = "Delete notes") -> None:
        """Delete the selected notes, as one step named `text`."""
        if len(self._session.selected):
            with self._session.changing():
                self._session.document.apply(text, self._lifted().ground)
                self._session.select_notes(NO_NOTES)

    def transpose(self, semitones: int) -> None:
        """Transpose the selected notes."""
        self._move("Transpose", 0, semitones)

    def nudge(self, steps: int, parts: int | None = None) -> None:
        """Move the selected notes, or the playhead if none, by grid steps or by steps of 1/`parts` quarter note."""
        ppq = self._session.song.ppq
        step = self._session.grid.step(ppq) if parts is None else max(1, ppq // parts)
        if len(self._session.selected):
            self._move("Move notes", steps * step, 0)
        else:
            self._player.seek(max(0, self._player.position + steps * step))

    def _move(self, text: str, ticks: int, semitones: int) -> None:
        if len(self._session.selected):
            lifted = self._lifted()
            now = self.clock()
            if lifted is not self._floating or now - self._moved_at > BURST_SECONDS:
                self._burst += 1
            self._float(text, lifted.moved(ticks, semitones), self._burst)
            self._moved_at = now

    def _lifted(self) -> Floating:
        """Return the selected notes lifted out of the song. Notes that float already stay lifted."""
        session = self._session
        chosen, track, song = session.selected, session.current, session.song
        if self._floating is not None and self._floating.holds(song, track, session.notes.select(chosen)):
            return self._floating
        return Floating.lifted(song, track, chosen)

    def _float(self, text: str, floating: Floating, burst: int = 0) -> None:
        """Apply the floating notes at their new position and select them."""
        with self._session.changing():
            self._session.document.apply(text, floating.song, burst)
            self._session.select_notes(self._session.notes.places_of(floating.clip.notes))
            self._floating = floating

    def _settle(self) -> None:
        """End floating when other notes are selected."""
        chosen = self._session.notes.select(self._session.selected)
        if self._floating is not None and not chosen.same_as(self._floating.clip.notes):
            self._floating = None

    def cut(self) -> None:
        """Cut the selected notes."""
        self.copy()
        self.delete_notes("Cut notes")

    def copy(self) -> None:
        """Copy the selected notes, for pasting in this song or another."""
        if len(self._session.selected):
            self._kept = self._clip()

    def paste(self) -> None:
        """Paste the copied notes into the current track, starting at the playhead."""
        if self._kept is not None:
            self._add("Paste notes", self._kept, self._player.position)

    def duplicate(self) -> None:
        """Insert a copy of the selected notes after them, aligned to whole beats."""
        clip = self._clip()
        if len(clip):
            first = int(clip.notes.start[0])
            start, end = whole_beats(self._session.song.meter_map, first, clip.notes.last_end)
            self._add("Duplicate notes", clip, first + end - start)

    def _clip(self) -> Clip:
        """Return the selected notes as a clip, empty if the song has no tracks."""
        song = self._session.song
        if not song.tracks:
            return Clip(song.ppq)
        return Clip.of(song, self._session.current, self._session.selected)

    def _add(self, text: str, clip: Clip, start: int) -> None:
        """Insert a copy at `start`, on the current track's channel, and select its notes."""
        song, track = self._session.song, self._session.current
        if track < len(song.tracks):
            copy = clip.copy_at(start, song.ppq, song.tracks[track].channel)
            self._float(text, Floating(song, track, copy))
            self._moved_at = -math.inf

    def extend_passage(self, bars: int) -> None:
        """Extend or shorten the passage by bars. Without a passage, select the bar at the playhead."""
        meters, passage = self._session.song.meter_map, self._session.passage
        if passage is None:
            self._select_around(whole_bars)
            return
        end = meters.bar_start(max(meters.bar_at(passage.start) + 1, meters.bar_at(passage.end - 1) + 1 + bars))
        self._session.set_passage(Passage(passage.tracks, passage.start, end))

    def extend_passage_by_beat(self, way: int) -> None:
        """Extend (1) or shorten (-1) the passage by a beat. Without a passage, select the beat at the playhead."""
        meters, passage = self._session.song.meter_map, self._session.passage
        if passage is None:
            self._select_around(whole_beats)
            return
        _, end = whole_beats(meters, passage.end, passage.end)
        if way < 0:
            end, _ = whole_beats(meters, passage.end - 1, passage.end - 1)
        if end > passage.start:
            self._session.set_passage(Passage(passage.tracks, passage.start, end))

    def _select_around(self, snapped: Callable[[MeterMap, int, int], tuple[int, int]]) -> None:
        place = self._player.position
        start, end = snapped(self._session.song.meter_map, place, place)
        self._session.set_passage(Passage((self._session.current,), start, end))
