"""Notes taken out of a song: the content of a move or of the clipboard."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jazzassist.domain.keys import owners, without_overlaps
from jazzassist.domain.song import EMPTY, NEW, Event, Notes, Song, Ticks

HIGHEST_PITCH = 127


@dataclass(frozen=True)
class Clip:
    """Notes at their ticks, with the key pressure (polyphonic aftertouch) that sounds with them."""

    ppq: int
    notes: Notes = EMPTY
    pressure: tuple[Event, ...] = ()

    @staticmethod
    def of(song: Song, track: int, chosen: npt.NDArray[np.signedinteger] | npt.NDArray[np.bool_]) -> Clip:
        """Return the notes of a track at the given indices or under a boolean mask, with their key pressure."""
        line = song.tracks[track]
        notes = line.notes.select(chosen)
        places, owner = owners(line.events, line.notes)
        theirs = np.isin(line.notes.identity[owner], notes.identity)
        return Clip(song.ppq, notes, tuple(line.events[at] for at in places[theirs].tolist()))

    def __len__(self) -> int:
        return len(self.notes)

    def limited(self, ticks: int, semitones: int) -> tuple[int, int]:
        """Return (ticks, semitones), reduced so that all notes stay within pitches 0-127 and after tick 0."""
        if not len(self):
            return 0, 0
        low, high = int(self.notes.pitch.min()), int(self.notes.pitch.max())
        return max(ticks, -int(self.notes.start[0])), min(max(semitones, -low), HIGHEST_PITCH - high)

    def moved(self, ticks: int, semitones: int = 0) -> Clip:
        """Return the notes moved later by `ticks` and higher by `semitones`, with `origin` NEW."""
        start, pitch = self.notes.start + ticks, self.notes.pitch + semitones
        notes = self.notes.changed(start=start, pitch=pitch, origin=np.full(len(self), NEW))
        pressure = tuple(
            Event(event.tick + ticks, bytes((event.data[0], event.data[1] + semitones)) + event.data[2:])
            for event in self.pressure
        )
        return replace(self, notes=notes, pressure=pressure)

    def copy_at(self, start: int, ppq: int, channel: int) -> Clip:
        """Return a copy with new identities that begins at tick `start`, scaled to `ppq`, on one channel.

        Notes of one pitch that overlap after several channels were merged into one are shortened.
        """
        first = int(self.notes.start[0]) if len(self) else 0

        def placed(ticks: Ticks) -> Ticks:
            return start + (2 * (ticks - first) * ppq + self.ppq) // (2 * self.ppq)

        begin, end = placed(self.notes.start), placed(self.notes.end)
        duration = np.maximum(end - begin, np.minimum(self.notes.duration, 1))
        notes = self.notes.copied().changed(start=begin, duration=duration, channel=np.full(len(self), channel))
        ticks = placed(np.array([event.tick for event in self.pressure], np.int64)).tolist()
        pressure = tuple(
            Event(tick, bytes((0xA0 | channel,)) + event.data[1:])
            for tick, event in zip(ticks, self.pressure, strict=True)
        )
        return Clip(ppq, without_overlaps(notes), pressure)
