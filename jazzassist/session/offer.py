"""The suggestions on offer, and the song with each of them inserted."""

from __future__ import annotations

from dataclasses import dataclass

from jazzassist.domain import pedalling
from jazzassist.domain.neutralise import Disturbance, neutralised
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Notes, Song
from jazzassist.domain.suggestion import Suggestion, SuggestionRequest


@dataclass(frozen=True)
class Offer:
    """A request and the suggestions received so far. Empty without a request."""

    request: SuggestionRequest | None = None
    gap: Gap | None = None
    suggestions: tuple[Suggestion, ...] = ()
    disturbed: tuple[tuple[Disturbance, ...], ...] = ()  # for each suggestion, the disturbances in the gap
    index: int = -1  # the suggestion that is shown and heard; -1: none yet
    original: bool = False  # show and play the song without the suggestion, to compare
    neutral: bool = False  # reset the disturbances in the gap
    is_chosen: bool = False  # the composer has chosen one of them
    is_complete: bool = False  # no more are being generated

    @property
    def shown(self) -> Suggestion | None:
        """The suggestion that is shown and played; None while the original is shown, or if there is none."""
        return None if self.index < 0 or self.original else self.suggestions[self.index]

    @property
    def shown_notes(self) -> tuple[Notes, ...]:
        """The notes of the parts of the suggestion that is shown; empty for none."""
        return () if self.shown is None else tuple(part.notes for part in self.shown.parts)

    @property
    def label(self) -> str:
        """A label for the shown suggestion; empty for none."""
        if self.shown is None:
            return ""
        return f"suggestion {self.index + 1}{f' of {len(self.suggestions)}' if self.is_complete else ''}"

    def notes_for(self, track: int) -> Notes | None:
        """The notes of the shown suggestion for a track; None where no suggestion is shown."""
        if self.shown is None:
            return None
        return next((part.notes for part in self.shown.parts if part.line == track), EMPTY)

    def in_song(self, song: Song) -> Song:
        """Return the song with the shown suggestion inserted, or the song itself if none is shown."""
        if self.shown is None or self.gap is None:
            return song
        candidate = pedalling.fill(song, self.gap, *self.shown_notes)
        return neutralised(candidate, self.gap, self.disturbed[self.index]) if self.neutral else candidate


NOTHING = Offer()
