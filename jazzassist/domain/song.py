"""Songs and tracks as immutable values, with the events that are not notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from jazzassist.domain.chords import chord_marks
from jazzassist.domain.holding import held_until, pedals_by_channel
from jazzassist.domain.notes import EMPTY, NEW, RELEASE, Note, Notes, Ticks
from jazzassist.domain.port_numbers import ports_of
from jazzassist.domain.sysex import whole_messages
from jazzassist.domain.texts import UTF_8, decode_text, without_controls
from jazzassist.domain.timing import MeterMap, TempoMap

__all__ = ["DRUM_CHANNEL", "EMPTY", "NEW", "RELEASE", "Event", "Note", "Notes", "Song", "Ticks", "Track"]

DRUM_CHANNEL = 9


class Event(NamedTuple):
    """An event that is not a note: controller, program change, pitch bend, meta event or system exclusive.

    `data` is the message as in a MIDI file, but always with its status byte and without a length: `B0 07 64`;
    `FF type payload` for a meta event; `F0 payload` or `F7 payload` for a system exclusive.
    `origin` is the event's index in the MTrk chunk that it was read from, or NEW.
    """

    tick: int
    data: bytes
    origin: int = NEW

    @property
    def meta(self) -> int | None:
        """The type of a meta event (0x51 for tempo, ...), None for other events."""
        return self.data[1] if self.data[0] == 0xFF else None

    @property
    def payload(self) -> bytes:
        """The bytes after the status byte; of a meta event, the bytes after its type."""
        return self.data[2 if self.data[0] == 0xFF else 1 :]

    @property
    def channel(self) -> int | None:
        """The channel (0-15) of a channel message, None for other events."""
        return self.data[0] & 0x0F if 0x80 <= self.data[0] < 0xF0 else None


@dataclass(frozen=True)
class Track:
    """One named line: its notes, its other events, and the defaults for new notes.

    `channel` (0-15) and `program` (0-127, General MIDI) apply to notes inserted here.
    `end` is the tick of the end of track. `chunk` is the index of the MTrk chunk to which this track is written,
    None for a track that is not in a file yet. A chunk with several channels is shown as several tracks with the
    same `chunk`. `source` is private to the package `midi`; edits pass it along.
    `drums`: whether the track's messages (bank selects, system exclusives) make it a drum track or prevent that;
    None if its channel decides.
    """

    name: str
    notes: Notes = EMPTY
    events: tuple[Event, ...] = ()
    channel: int = 0
    program: int = 0
    end: int = 0
    chunk: int | None = None
    source: object | None = field(default=None, compare=False, repr=False)
    drums: bool | None = None

    @property
    def is_drums(self) -> bool:
        """Whether pitches name pieces of a drum kit. All code that distinguishes drums uses this property."""
        return self.channel == DRUM_CHANNEL if self.drums is None else self.drums

    @cached_property
    def messages(self) -> tuple[tuple[int, bytes], ...]:
        """(tick, message) of all whole messages that are sent to an instrument, except notes and meta events."""
        return tuple(whole_messages((event.tick, event.data) for event in self.events))


@dataclass(frozen=True)
class Song:
    """A whole piece. Immutable: an edit is a function from Song to Song.

    `ppq`: ticks per quarter note. `ticks_per_second` is set only for files with an SMPTE division, in which tempo
    events have no effect. `text_encoding`: the encoding of names, markers and other texts in events.
    `source` is private to the package `midi`.
    """

    ppq: int
    tracks: tuple[Track, ...] = ()
    ticks_per_second: float | None = None
    source: object | None = field(default=None, compare=False, repr=False)
    text_encoding: str = UTF_8

    @cached_property
    def tempo_map(self) -> TempoMap:
        """Converts ticks to seconds, by the tempo events (FF 51) of all tracks."""
        if self.ticks_per_second is not None:
            return TempoMap(self.ppq, ((0, self.ppq * 1_000_000 / self.ticks_per_second),))
        changes = [
            (e.tick, float(int.from_bytes(e.payload[:3], "big"))) for e in self._metas(0x51) if len(e.payload) >= 3
        ]
        return TempoMap(self.ppq, tuple((tick, us) for tick, us in changes if us > 0))

    @cached_property
    def meter_map(self) -> MeterMap:
        """Converts ticks to bars and beats, by the time signatures (FF 58) of all tracks."""
        changes = [(e.tick, e.payload[0], e.payload[1]) for e in self._metas(0x58) if len(e.payload) >= 2]
        valid = [(tick, num, 1 << power) for tick, num, power in changes if num > 0 and power <= 7]
        return MeterMap(self.ppq, tuple(valid))

    @cached_property
    def markers(self) -> tuple[tuple[int, str], ...]:
        """(tick, text) of the markers (FF 06), sorted by tick."""
        return self._texts(0x06)

    @cached_property
    def chord_symbols(self) -> tuple[tuple[int, str], ...]:
        """(tick, symbol) of the chords in markers (FF 06); if there are none, in texts (FF 01) or lyrics (FF 05)."""
        for kind in (0x06, 0x01, 0x05):
            found = chord_marks(self._texts(kind))
            if found:
                return found
        return ()

    @cached_property
    def end(self) -> int:
        """The tick at which the song ends: the last note end, event or end of track.

        If there is music, events and ends of track long after it are ignored, because some sequencers leave one
        hours later. The limit is the length of the music, but at least 64 quarters, after its end.
        """
        ends = [max(t.end, t.events[-1].tick if t.events else 0) for t in self.tracks]
        music = self.music_end
        if not music:
            return max(ends, default=0)
        limit = music + max(music, 64 * self.ppq)
        late = [event.tick for track in self.tracks for event in track.events if event.tick <= limit]
        return max([music, *late, *(track.end for track in self.tracks if track.end <= limit)])

    @cached_property
    def music_end(self) -> int:
        """The tick at which the last note has ended and the pedals that sustain it are up.

        A pedal counts for at most 30 seconds after the last note of its channel. A pedal that is never released
        counts up to the end of track, for at most 10 seconds.
        """
        clock, last = self.tempo_map, 0
        for tracks in self._by_port().values():
            end_of_track = max(track.end for track in tracks)
            pedals = pedals_by_channel(message for track in tracks for message in track.messages)
            for channel, end in _last_ends(tracks).items():
                held, for_ever = held_until(pedals.get(channel, ()), end, end_of_track)
                seconds = clock.seconds_at(end) + (10.0 if for_ever else 30.0)
                last = max(last, end if held <= end else min(held, int(clock.tick_at(seconds))))
        return last

    @cached_property
    def ports(self) -> tuple[int, ...]:
        """The MIDI port of each track, from 0, sorted by port number (FF 21); device names (FF 09) come last.

        Tracks of one MTrk chunk share its port. A track without a port is on the first.
        """
        metas = [[event.data for event in track.events if event.meta is not None] for track in self.tracks]
        has_notes = [len(track.notes) > 0 for track in self.tracks]
        return ports_of(list(zip((track.chunk for track in self.tracks), has_notes, metas, strict=True)))

    @cached_property
    def last_note_end(self) -> int:
        """The tick at which the last note of any track has ended."""
        return max((track.notes.last_end for track in self.tracks), default=0)

    def with_track(self, index: int, track: Track) -> Song:
        """Return this song with the track at `index` replaced. The other tracks remain the same objects."""
        return replace(self, tracks=(*self.tracks[:index], track, *self.tracks[index + 1 :]))

    def _texts(self, kind: int) -> tuple[tuple[int, str], ...]:
        """Return (tick, text in one line) of the text events of one meta type, sorted by tick."""
        encoding = self.text_encoding
        return tuple((e.tick, without_controls(decode_text(e.payload, encoding))) for e in self._metas(kind))

    def _by_port(self) -> dict[int, list[Track]]:
        found: dict[int, list[Track]] = {}
        for track, port in zip(self.tracks, self.ports, strict=True):
            found.setdefault(port, []).append(track)
        return found

    def _metas(self, kind: int) -> list[Event]:
        found = [event for track in self.tracks for event in track.events if event.meta == kind]
        return sorted(found, key=lambda event: event.tick)


def _last_ends(tracks: Iterable[Track]) -> dict[int, int]:
    """Return, by channel, the tick at which its last note has ended."""
    found: dict[int, int] = {}
    for notes in (track.notes for track in tracks):
        for channel in np.flatnonzero(np.bincount(notes.channel)).tolist():
            found[channel] = max(found.get(channel, 0), int(notes.end[notes.channel == channel].max()))
    return found
