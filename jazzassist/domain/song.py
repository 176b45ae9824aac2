"""The song as an immutable value: notes in numpy columns, tracks, and the events that are not notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from jazzassist.domain.chords import chord_marks
from jazzassist.domain.holding import held_until, pedals_by_channel
from jazzassist.domain.port_numbers import ports_of
from jazzassist.domain.sysex import whole_messages
from jazzassist.domain.texts import UTF_8, decode_text, without_controls
from jazzassist.domain.timing import MeterMap, TempoMap

Ticks = npt.NDArray[np.int64]
Small = npt.NDArray[np.int16]
Scalar = TypeVar("Scalar", bound=np.generic)

DRUM_CHANNEL = 9
NEW = -1  # the `origin` of a note or event that no file position belongs to
RELEASE = 64  # the release velocity of a note-off that carries none (MIDI 1.0)


class Note(NamedTuple):
    """One note. `start` and `duration` in ticks, pitch 0-127, velocity 1-127, channel 0-15."""

    start: int
    duration: int
    pitch: int
    velocity: int = 80
    channel: int = 0


@dataclass(frozen=True, eq=False)
class Notes:
    """Notes as read-only columns of one length, sorted by start, then pitch.

    `start`, `duration`: int64 ticks. `pitch`, `velocity`, `channel`, `release`: int16; `release` is
    the velocity of the note-off, 0-127.
    `origin`: int64, the note's place among the notes of the file's track that it was read from, or
    NEW. It lets the writer keep a note's own bytes and its order among other events. An edit that
    keeps the order of events (inserting time) keeps it; one that does not (moving a note) sets NEW.
    `identity`: int64, a number that no other note of this process has. Edits and undo keep it, so that
    a note can be found again wherever it was moved; a copy of a note gets a number of its own.
    Equality compares the music: start, duration, pitch, velocity and channel.
    """

    start: Ticks
    duration: Ticks
    pitch: Small
    velocity: Small
    channel: Small
    origin: Ticks
    release: Small
    identity: Ticks

    @staticmethod
    def from_columns(
        start: npt.ArrayLike,
        duration: npt.ArrayLike,
        pitch: npt.ArrayLike,
        velocity: npt.ArrayLike,
        channel: npt.ArrayLike,
        origin: npt.ArrayLike | None = None,
        release: npt.ArrayLike | None = None,
        identity: npt.ArrayLike | None = None,
    ) -> Notes:
        """Sorted, checked, read-only notes from columns of one length; ValueError when a value is out of range.

        Without `origin` the notes are NEW, without `release` it is RELEASE, without `identity` each gets a new one.
        """
        begin = np.asarray(start, dtype=np.int64)
        kept = np.full(begin.shape, NEW, np.int64) if origin is None else np.asarray(origin, dtype=np.int64)
        known = _fresh(begin.size) if identity is None else np.asarray(identity, dtype=np.int64)
        long = [begin, np.asarray(duration, dtype=np.int64), kept, known]
        off = np.full(begin.shape, RELEASE, np.int16) if release is None else release
        small = [np.asarray(column, dtype=np.int16) for column in (pitch, velocity, channel, off)]
        _check(long, small)
        order = np.lexsort((small[0], begin))
        begin, length, kept, known = (_frozen(column[order]) for column in long)
        heights, velocities, channels, releases = (_frozen(column[order]) for column in small)
        return Notes(begin, length, heights, velocities, channels, kept, releases, known)

    @staticmethod
    def of(notes: Iterable[Note | tuple[int, ...]]) -> Notes:
        """Notes from `Note`s or plain tuples in the same order of fields."""
        rows = [Note(*note) for note in notes]
        if not rows:
            return EMPTY
        start, duration, pitch, velocity, channel = zip(*rows, strict=True)
        return Notes.from_columns(start, duration, pitch, velocity, channel)

    @cached_property
    def end(self) -> Ticks:
        """The tick after each note's last: start + duration."""
        end = self.start + self.duration
        end.flags.writeable = False
        return end

    @cached_property
    def last_end(self) -> int:
        """The tick at which the last note has ended; 0 without notes."""
        return int(self.end.max()) if len(self) else 0

    def __len__(self) -> int:
        return len(self.start)

    def __iter__(self) -> Iterator[Note]:
        columns = (self.start, self.duration, self.pitch, self.velocity, self.channel)
        return (Note(*row) for row in zip(*(column.tolist() for column in columns), strict=True))

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Notes):
            return self is other
        return len(self) == len(other) and bool(np.array_equal(self._canonical, other._canonical))

    @cached_property
    def _canonical(self) -> Ticks:
        """The columns that are music, in an order that does not depend on how equal starts were given."""
        rows = np.stack([column.astype(np.int64) for column in self.columns[:5]])
        return _frozen(rows[:, np.lexsort(rows[::-1])])

    def __hash__(self) -> int:
        return hash((len(self), self.start.tobytes(), self.pitch.tobytes()))

    def select(self, mask: npt.NDArray[np.bool_] | npt.NDArray[np.signedinteger]) -> Notes:
        """The notes where `mask` is true, or at the given indices."""
        if mask.dtype == np.bool_:  # these keep their order
            return self._of_valid(mask)
        return Notes.from_columns(*(column[mask] for column in self.columns))

    def starting_in(self, start: int, end: int) -> Notes:
        """The notes that begin in [start, end) ticks."""
        low, high = np.searchsorted(self.start, (start, end))
        return self._of_valid(np.arange(low, max(low, high)))

    def _of_valid(self, places: npt.NDArray[np.bool_] | npt.NDArray[np.signedinteger]) -> Notes:
        """The notes at places that keep their order, which need not be checked again."""
        return Notes(*(_frozen(column[places]) for column in self.columns))

    def places_of(self, others: Notes) -> npt.NDArray[np.intp]:
        """Indices of those of these notes that are among `others` too, by identity."""
        return np.flatnonzero(np.isin(self.identity, others.identity))

    def same_as(self, others: Notes) -> bool:
        """Whether these are the other notes, by identity, wherever they are."""
        return len(self) == len(others) and len(self.places_of(others)) == len(self)

    def copied(self) -> Notes:
        """The same music as notes of their own: with new identities, and no place in a file."""
        return self.changed(identity=_fresh(len(self)), origin=np.full(len(self), NEW))

    def shifted(self, ticks: int) -> Notes:
        """All notes later by `ticks`, their origins kept."""
        return self.changed(start=self.start + ticks)

    def changed(self, **columns: npt.ArrayLike) -> Notes:
        """These notes with some columns replaced by name."""
        return Notes.from_columns(**{**dict(zip(_NAMES, self.columns, strict=True)), **columns})

    def joined(self, other: Notes) -> Notes:
        """These and the other notes together."""
        pairs = zip(self.columns, other.columns, strict=True)
        return Notes.from_columns(*(np.concatenate(pair) for pair in pairs))

    @property
    def columns(self) -> tuple[npt.NDArray[np.integer], ...]:
        """start, duration, pitch, velocity, channel; then origin, release, identity."""
        return tuple(getattr(self, name) for name in _NAMES)


_NAMES = ("start", "duration", "pitch", "velocity", "channel", "origin", "release", "identity")
_identities, _one_at_a_time = 0, Lock()


def _fresh(count: int) -> Ticks:
    """Identities that no note has yet."""
    global _identities
    with _one_at_a_time:
        first, _identities = _identities, _identities + count
    return np.arange(first, first + count, dtype=np.int64)


def _frozen(column: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    column.flags.writeable = False
    return column


def _check(long: list[Ticks], small: list[Small]) -> None:
    columns: list[npt.NDArray[np.integer]] = [*long, *small]
    if len({column.shape for column in columns}) != 1 or long[0].ndim != 1:
        raise ValueError("the columns of notes must be one-dimensional and of one length")
    names = ("start", "duration", "pitch", "velocity", "channel", "release velocity")
    lows, highs = (0, 0, 0, 1, 0, 0), (1 << 62, 1 << 62, 127, 127, 15, 127)
    for index, column in enumerate([*columns[:2], *columns[4:]]):
        if column.size and (column.min() < lows[index] or column.max() > highs[index]):
            raise ValueError(f"a note's {names[index]} is outside {lows[index]}-{highs[index]}")


EMPTY = Notes.from_columns([], [], [], [], [])


class Event(NamedTuple):
    """Anything in a track that is not a note: controllers, programs, pitch bend, metas, sysex.

    `data` is the message as in a MIDI file but always with its status byte: `B0 07 64`, a meta as
    `FF type` and its payload without the length, a sysex as `F0` or `F7` and its payload likewise.
    `origin` is the event's place in the file's track, or NEW.
    """

    tick: int
    data: bytes
    origin: int = NEW

    @property
    def meta(self) -> int | None:
        """The meta type (0x51 for tempo, ...) or None when this is no meta event."""
        return self.data[1] if self.data[0] == 0xFF else None

    @property
    def payload(self) -> bytes:
        """What follows the status byte, or the type byte of a meta event."""
        return self.data[2 if self.data[0] == 0xFF else 1 :]

    @property
    def channel(self) -> int | None:
        """0-15 for a channel message, otherwise None."""
        return self.data[0] & 0x0F if 0x80 <= self.data[0] < 0xF0 else None


@dataclass(frozen=True)
class Track:
    """One named line: its notes, its other events, and what new notes in it get.

    `channel` (0-15) and `program` (0-127, General MIDI) are what a note inserted here uses.
    `end` is the tick of the end of track. `chunk` is the index of the file's track that this track
    is written to: several tracks share one that holds several channels; None for a
    track that no file has yet. `source` belongs to the package `midi` and is only passed along.
    `drums`: whether the track's messages (banks, system exclusives) make it one of drums or keep it
    from being one; None where its channel decides.
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
        """True where a pitch names an instrument of a drum kit. Everything that asks for drums asks here."""
        return self.channel == DRUM_CHANNEL if self.drums is None else self.drums

    @cached_property
    def messages(self) -> tuple[tuple[int, bytes], ...]:
        """(tick, message) of all that an instrument is sent besides notes: no metas, nothing incomplete."""
        return tuple(whole_messages((event.tick, event.data) for event in self.events))


@dataclass(frozen=True)
class Song:
    """The whole open piece. Never changed: an edit is a function from Song to Song.

    `ppq`: ticks per quarter note. `ticks_per_second` is set only for files with an SMPTE division,
    where tempo events have no effect. `text_encoding`: that of the bytes of names, markers and other
    texts. `source` belongs to the package `midi`.
    """

    ppq: int
    tracks: tuple[Track, ...] = ()
    ticks_per_second: float | None = None
    source: object | None = field(default=None, compare=False, repr=False)
    text_encoding: str = UTF_8

    @cached_property
    def tempo_map(self) -> TempoMap:
        """Ticks to seconds, from the tempo events (FF 51) of all tracks."""
        if self.ticks_per_second is not None:
            return TempoMap(self.ppq, ((0, self.ppq * 1_000_000 / self.ticks_per_second),))
        changes = [
            (e.tick, float(int.from_bytes(e.payload[:3], "big"))) for e in self._metas(0x51) if len(e.payload) >= 3
        ]
        return TempoMap(self.ppq, tuple((tick, us) for tick, us in changes if us > 0))

    @cached_property
    def meter_map(self) -> MeterMap:
        """Ticks to bars and beats, from the time signatures (FF 58) of all tracks."""
        changes = [(e.tick, e.payload[0], e.payload[1]) for e in self._metas(0x58) if len(e.payload) >= 2]
        valid = [(tick, num, 1 << power) for tick, num, power in changes if num > 0 and power <= 7]
        return MeterMap(self.ppq, tuple(valid))

    @cached_property
    def markers(self) -> tuple[tuple[int, str], ...]:
        """(tick, text) of the markers (FF 06), in order."""
        return self._texts(0x06)

    @cached_property
    def chord_symbols(self) -> tuple[tuple[int, str], ...]:
        """(tick, symbol) of the chords in markers (FF 06), or else in texts (FF 01) or lyrics (FF 05)."""
        for kind in (0x06, 0x01, 0x05):
            found = chord_marks(self._texts(kind))
            if found:
                return found
        return ()

    @cached_property
    def end(self) -> int:
        """The tick at which the song has ended: the last note, event or end of track.

        An event or end of track that comes long after the music (later than it lasts, and than 64
        quarters) does not count, where there is music: some sequencers leave one hours later.
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
        """The tick at which nothing is held any more: the last note has ended and the pedals that hold it are up.

        A pedal counts for at most 30 seconds after its channel's last note; one that is never released,
        up to the end of track, for at most 10.
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
        """The MIDI port of each track, counted from 0 in the order of their numbers (FF 21) or device names (FF 09).

        Tracks of one MTrk chunk share its port. A track without any is on the first.
        """
        metas = [[event.data for event in track.events if event.meta is not None] for track in self.tracks]
        has_notes = [len(track.notes) > 0 for track in self.tracks]
        return ports_of(list(zip((track.chunk for track in self.tracks), has_notes, metas, strict=True)))

    @cached_property
    def last_note_end(self) -> int:
        """The tick at which the last note of any track has ended."""
        return max((track.notes.last_end for track in self.tracks), default=0)

    def with_track(self, index: int, track: Track) -> Song:
        """This song with the track at `index` replaced; the other tracks are the same objects."""
        return replace(self, tracks=(*self.tracks[:index], track, *self.tracks[index + 1 :]))

    def _texts(self, kind: int) -> tuple[tuple[int, str], ...]:
        """(tick, text in one line) of the text events of one kind, in order."""
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
    """By channel, the tick at which its last note has ended."""
    found: dict[int, int] = {}
    for notes in (track.notes for track in tracks):
        for channel in np.flatnonzero(np.bincount(notes.channel)).tolist():
            found[channel] = max(found.get(channel, 0), int(notes.end[notes.channel == channel].max()))
    return found
