"""Notes that are being moved: a burst of key presses, or a paste before it is confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from jazzassist.domain import edits
from jazzassist.domain.clip import Clip
from jazzassist.domain.song import Notes, Song


@dataclass(frozen=True)
class Floating:
    """A clip of notes above a song (`ground`) that does not contain them. Every move starts again from `ground`.

    Notes that the moving ones cover only temporarily are therefore never lost. `origin`: the song from which the
    notes were lifted, None for copied notes. Moving them back to their place gives `origin` again.
    """

    ground: Song
    track: int
    clip: Clip
    origin: Song | None = None
    ticks: int = 0
    semitones: int = 0

    @staticmethod
    def lifted(song: Song, track: int, indices: edits.Indices) -> Floating:
        """Lift the notes at the given indices off a track, without moving them yet."""
        chosen = np.asarray(indices, np.intp)
        return Floating(edits.remove(song, track, chosen), track, Clip.of(song, track, chosen), song)

    def moved(self, ticks: int, semitones: int) -> Floating:
        """Return these notes moved further, limited so that all of them stay within pitches 0-127 and after tick 0."""
        ticks, semitones = self.clip.limited(self.ticks + ticks, self.semitones + semitones)
        return replace(self, ticks=ticks, semitones=semitones)

    @cached_property
    def song(self) -> Song:
        """The song with the notes at their current place."""
        if self.origin is not None and not self.ticks and not self.semitones:
            return self.origin
        return edits.place(self.ground, self.track, self.clip.moved(self.ticks, self.semitones))

    def holds(self, song: Song, track: int, notes: Notes) -> bool:
        """Return True if `song` is this object's song and `notes` of the track are the moving notes."""
        return song is self.song and track == self.track and notes.same_as(self.clip.notes)
