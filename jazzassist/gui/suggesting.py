"""Asking for suggestions, hearing them in context, inserting one: what the panel and the keys do."""

from __future__ import annotations

import random
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from jazzassist.domain import edits
from jazzassist.domain.neutralise import Disturbance, InForce, neutralised
from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import Notes, Song
from jazzassist.domain.suggestion import (
    NothingToSuggest,
    Suggestion,
    SuggestionRequest,
    Wishes,
    bridge_request,
    continuation_request,
)
from jazzassist.gui.document import Document
from jazzassist.gui.player import Player
from jazzassist.gui.suggestions.suggestion_client import SuggestionClient
from jazzassist.suggest.ranking import notes_of

NO_TRACK = "This song has no track to select bars of or to write into."
LEAD_BARS = 2  # heard before a suggestion, and after it where something follows


class Suggesting(QObject):
    """Holds the suggestions that are on offer. The document is untouched until one is inserted."""

    offered = Signal(object, object)  # SuggestionRequest, list of Suggestion: all there are now, in their order
    shown = Signal(int)  # index of the suggestion that is shown and heard, -1: none
    withdrawn = Signal()
    inserted = Signal(object)  # Gap, as soon as the song has the notes
    refused = Signal(str)

    def __init__(
        self, document: Document, client: SuggestionClient, player: Player, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._client, self._player = document, client, player
        self.request: SuggestionRequest | None = None
        self.gap: Gap | None = None
        self.suggestions: list[Suggestion] = []
        self.index = -1
        self.disturbed: list[tuple[Disturbance, ...]] = []  # what would spoil each suggestion where it is put
        self.neutral = False  # whether that is made neutral in the gap
        self.original = False  # A/B: the song as it is, at the same playhead
        self._chosen = False  # whether the composer has turned to one of them
        self._in_force: InForce | None = None
        client.suggestion_arrived.connect(self._one_arrived)
        client.suggestions_arrived.connect(self._arrived)

    def ask_bridge(self, passage: Passage | None, controls: Wishes, alternatives: int, rng_seed: int | None) -> None:
        """Asks for bridges over the passage, on all its tracks together."""
        if passage is None:
            self._refuse_without_passage("Select the bars to fill first: drag over them in the ruler.")
            return
        gap = Gap(passage.tracks, passage.start, passage.end)
        self._ask(lambda: bridge_request(self._document.song, gap, controls, alternatives, _number(rng_seed)), gap)

    def ask_continuation(
        self, passage: Passage | None, length: int, controls: Wishes, alternatives: int, rng_seed: int | None
    ) -> None:
        """Asks how the passage goes on for `length` ticks, on all its tracks together."""
        if passage is None:
            self._refuse_without_passage("Select the passage to go on from first: drag over its bars in the ruler.")
            return
        gap, seed = Gap(passage.tracks, passage.end, passage.end + length), passage.start
        song = self._document.song
        self._ask(lambda: continuation_request(song, gap, seed, controls, alternatives, _number(rng_seed)), gap)

    def _refuse_without_passage(self, sentence: str) -> None:
        self.refused.emit(sentence if self._document.song.tracks else NO_TRACK)

    def _ask(self, make: Callable[[], SuggestionRequest], gap: Gap) -> None:
        self.dismiss()
        try:
            self.request = make()
        except NothingToSuggest as reason:
            self.refused.emit(f"Nothing can be suggested: {reason}.")
            return
        self.gap = gap
        self._client.ask(self.request)

    def _one_arrived(self, suggestion: Suggestion) -> None:
        """Adds one to those on offer while others are still being written. The first is shown."""
        if self.request is not None:
            self._offer([*self.suggestions, suggestion])
            if len(self.suggestions) == 1:
                self._show(0)

    def _arrived(self, suggestions: list[Suggestion]) -> None:
        """Puts the answer on offer, best first. What the composer has turned to, or hears, stays where it is shown.

        It stays even when the answer no longer has it: as the last one.
        """
        if self.request is None:
            return
        shown = self.suggestions[self.index] if self.index >= 0 else None
        is_kept = shown is not None and (self._chosen or self._player.playing)
        if shown is not None and is_kept and notes_of(shown) not in map(notes_of, suggestions):
            suggestions = [*suggestions, shown]
        if not suggestions:
            self.refused.emit("Nothing was suggested.")
            return
        self._offer(suggestions)
        if shown is None or not is_kept:
            self._show(0)
            return
        self.index = [notes_of(found) for found in suggestions].index(notes_of(shown))
        self.shown.emit(-1 if self.original else self.index)

    def _offer(self, suggestions: list[Suggestion]) -> None:
        known = dict(zip(map(notes_of, self.suggestions), self.disturbed, strict=True))
        self.suggestions = suggestions
        keys = map(notes_of, suggestions)
        self.disturbed = [known[key] if key in known else self._disturbances(key) for key in keys]
        self.offered.emit(self.request, suggestions)

    def _disturbances(self, parts: tuple[Notes, ...]) -> tuple[Disturbance, ...]:
        """What would spoil the notes of a suggestion in the gap."""
        if self.gap is None:
            return ()
        self._in_force = self._in_force or InForce(self._document.song)
        return self._in_force.disturbances(self.gap, *parts)

    def show(self, index: int) -> None:
        """Shows one of the suggestions; when something plays, it is heard from where the playhead is."""
        self._chosen = True
        self._show(index)

    def _show(self, index: int) -> None:
        if not 0 <= index < len(self.suggestions):
            return
        self.index, self.original = index, False
        self.shown.emit(index)
        if self._player.playing:
            self._player.change_song(self.candidate())

    def step(self, by: int) -> None:
        """Shows the next (1) or the previous (-1) suggestion, around the end."""
        if self.suggestions:
            self.show((self.index + by) % len(self.suggestions))

    def candidate(self) -> Song:
        """The song with the shown suggestion in it, or as it is when that is to be heard."""
        if self.gap is None or self.index < 0 or self.original:
            return self._document.song
        parts = self.suggestions[self.index].parts
        song = edits.replace(self._document.song, self.gap, *(part.notes for part in parts))
        return neutralised(song, self.gap, self.disturbed[self.index]) if self.neutral else song

    def set_neutral(self, neutral: bool) -> None:
        """Whether what would silence, bend or hold the suggestions is heard and inserted neutral in the gap."""
        self._chosen, self.neutral = True, neutral
        if self._player.playing and self.suggestions:
            self._player.change_song(self.candidate())

    def hear(self, index: int | None = None) -> None:
        """Plays a suggestion in context: two bars before it, and two after where something follows, in a loop."""
        if index is not None:
            self.show(index)
        if self.gap is None or not self.suggestions:
            return
        self._chosen = True
        song = self.candidate()
        meters = song.meter_map
        start = meters.bar_start(max(1, meters.bar_at(self.gap.start) - LEAD_BARS))
        end = self.gap.end
        if song.last_note_end > end:
            end = meters.bar_start(meters.bar_at(end - 1) + 1 + LEAD_BARS)
        self._player.play_range(song, start, end, True, start)

    def toggle_original(self) -> None:
        """A/B: between the suggestion and what is there now, at the same playhead."""
        if self.suggestions:
            self._chosen, self.original = True, not self.original
            self.shown.emit(-1 if self.original else self.index)
            self._player.change_song(self.candidate())

    def insert(self, index: int | None = None) -> None:
        """Puts the shown suggestion into the song, on all its tracks, as one undo step; its notes are selected then.

        While the original is shown, it only shows the suggestion again: nothing unseen is inserted.
        """
        if index is not None or self.original:
            unseen = index is None
            self.show(self.index if index is None else index)
            if unseen:
                return
        if self.gap is None or self.request is None or self.index < 0:
            return
        gap, kind, song = self.gap, self.request.kind, self.candidate()
        self._player.stop()
        self.dismiss()
        self._document.apply(f"Insert {kind}", song)
        self.inserted.emit(gap)

    def dismiss(self) -> bool:
        """Takes the suggestions off the table; whether there were any. Stops a request under way."""
        had = bool(self.suggestions)
        self._client.cancel()
        if had and self._player.playing:
            self._player.stop()
        self.request = self.gap = None
        self.suggestions, self.index, self.original = [], -1, False
        self.disturbed, self.neutral = [], False
        self._chosen, self._in_force = False, None
        self.withdrawn.emit()
        return had

    def stop_asking(self) -> bool:
        """Cancels a request under way; whether there was one. What has arrived of its answer stays on offer."""
        busy = self._client.state == "busy"
        self._client.cancel()
        if busy and self.suggestions:
            self.shown.emit(-1 if self.original else self.index)
        return busy

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being waited for."""
        return self._client.state == "busy"


def _number(rng_seed: int | None) -> int:
    """The composer's random number, or a fresh one."""
    return random.randrange(1_000_000) if rng_seed is None else rng_seed
