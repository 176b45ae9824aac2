"""Notes that were just placed or moved, and are still on their way: a burst of key presses, a paste."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from jazzassist.domain import edits
from jazzassist.domain.clip import Clip
from jazzassist.domain.song import Notes, Song


@dataclass(frozen=True)
class Floating:
    """Notes over a song that does not have them: each further move begins from that song, not from the last place.

    So notes that are only passed over, or covered for a while, are never lost. `origin`: the song
    before, where the notes were taken from it and not copied; it is the song again once they are back.
    """

    ground: Song
    track: int
    clip: Clip
    origin: Song | None = None
    ticks: int = 0
    semitones: int = 0

    @staticmethod
    def lifted(song: Song, track: int, indices: edits.Indices) -> Floating:
        """Notes of a track, by index, still at their place."""
        chosen = np.asarray(indices, np.intp)
        return Floating(edits.remove(song, track, chosen), track, Clip.of(song, track, chosen), song)

    def moved(self, ticks: int, semitones: int) -> Floating:
        """The notes further by that much, as far as pitches 0-127 and tick 0 allow for all of them."""
        ticks, semitones = self.clip.limited(self.ticks + ticks, self.semitones + semitones)
        return replace(self, ticks=ticks, semitones=semitones)

    @cached_property
    def song(self) -> Song:
        """The song with the notes where they are now."""
        if self.origin is not None and not self.ticks and not self.semitones:
            return self.origin
        return edits.place(self.ground, self.track, self.clip.moved(self.ticks, self.semitones))

    def holds(self, song: Song, track: int, notes: Notes) -> bool:
        """Whether `song` is this one, and `notes` of the track are those that float."""
        return song is self.song and track == self.track and notes.same_as(self.clip.notes)
