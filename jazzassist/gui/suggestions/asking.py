"""Requests suggestions for the passage with the settings of the panel."""

from __future__ import annotations

from jazzassist.domain.manner import manner_of
from jazzassist.domain.suggestion import Controls
from jazzassist.gui.suggestions.suggestion_panel import SuggestionPanel
from jazzassist.session import Session
from jazzassist.session.suggesting import Suggesting


class Asking:
    """Reads the settings of the panel and requests bridges and continuations."""

    def __init__(self, session: Session, suggesting: Suggesting, panel: SuggestionPanel) -> None:
        self._session, self._suggesting, self._panel = session, suggesting, panel

    def ask_bridge(self) -> None:
        """Request bridges over the passage."""
        passage, sides, panel = self._session.passage, [], self._panel
        if passage is not None:
            sides = [(max(0, passage.start - passage.length), passage.start)]
            sides.append((passage.end, passage.end + passage.length))
        controls = self._controls(*sides)
        self._suggesting.ask_bridge(passage, controls, panel.alternatives.value(), panel.kept_seed)

    def ask_continuation(self) -> None:
        """Request continuations of the passage."""
        passage, length, panel = self._session.passage, self.continuation_length, self._panel
        if passage is not None and length == 0:
            self._suggesting.refuse("Set a continuation length above zero.")
            return
        controls = self._controls(*([] if passage is None else [(passage.start, passage.end)]))
        self._suggesting.ask_continuation(passage, length, controls, panel.alternatives.value(), panel.kept_seed)

    @property
    def continuation_length(self) -> int:
        """The length of a continuation in ticks; 0 without a passage."""
        passage, panel = self._session.passage, self._panel
        if passage is None:
            return 0
        return self._session.song.meter_map.after(passage.end, panel.bars.value(), panel.beats.value()) - passage.end

    def _controls(self, *seeds: tuple[int, int]) -> list[Controls]:
        """Return the controls for each target track, relative to the seed of that track.

        The seed is its notes in the first of the tick ranges in which it has any.
        """
        song, found = self._session.song, []
        for track in self._session.tracks.targets:
            played = [song.tracks[track].notes.starting_in(start, end) for start, end in seeds]
            manners = [manner_of(notes, song.ppq) for notes in played]
            seed = next((manner for manner in manners if manner is not None), None)
            found.append(self._panel.more.controls(self._panel.adventurous.value(), seed))
        return found
