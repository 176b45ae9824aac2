"""The suggestions on offer, and the song as each of them would make it."""

from __future__ import annotations

from dataclasses import dataclass

from jazzassist.domain import pedalling
from jazzassist.domain.neutralise import Disturbance, neutralised
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Notes, Song
from jazzassist.domain.suggestion import Suggestion, SuggestionRequest


@dataclass(frozen=True)
class Offer:
    """What was asked for, and what has arrived of the answer. Without a request there is nothing on offer."""

    request: SuggestionRequest | None = None
    gap: Gap | None = None
    suggestions: tuple[Suggestion, ...] = ()
    disturbed: tuple[tuple[Disturbance, ...], ...] = ()  # what would spoil each suggestion where it is put
    index: int = -1  # the suggestion that is shown and heard; -1: none yet
    original: bool = False  # the song is shown and heard as it is, to compare
    neutral: bool = False  # what would spoil the suggestions is made neutral in the gap
    is_chosen: bool = False  # the composer has turned to one of them
    is_complete: bool = False  # no more are being written

    @property
    def shown(self) -> Suggestion | None:
        """The suggestion that is shown and heard; None while the original is, or there is none."""
        return None if self.index < 0 or self.original else self.suggestions[self.index]

    @property
    def shown_notes(self) -> tuple[Notes, ...]:
        """The notes of the parts of the suggestion that is shown; empty for none."""
        return () if self.shown is None else tuple(part.notes for part in self.shown.parts)

    @property
    def label(self) -> str:
        """Which suggestion is shown, in words; empty for none."""
        if self.shown is None:
            return ""
        return f"suggestion {self.index + 1}{f' of {len(self.suggestions)}' if self.is_complete else ''}"

    def notes_for(self, track: int) -> Notes | None:
        """The notes of the shown suggestion for a track; None where no suggestion is shown."""
        if self.shown is None:
            return None
        return next((part.notes for part in self.shown.parts if part.line == track), EMPTY)

    def in_song(self, song: Song) -> Song:
        """The song with the shown suggestion in it; the song itself where none is shown."""
        if self.shown is None or self.gap is None:
            return song
        candidate = pedalling.fill(song, self.gap, *self.shown_notes)
        return neutralised(candidate, self.gap, self.disturbed[self.index]) if self.neutral else candidate


NOTHING = Offer()
