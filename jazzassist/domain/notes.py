"""Notes as immutable values, stored in numpy columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

Ticks = npt.NDArray[np.int64]
Small = npt.NDArray[np.int16]
Scalar = TypeVar("Scalar", bound=np.generic)

NEW = -1  # the `origin` of a note or event that was not read from a file
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
    """Notes as read-only columns, all of shape (number of notes,), sorted by start, then pitch.

    `start`, `duration`: int64, ticks. `pitch`, `velocity`, `channel`, `release`: int16; `release` is
    the velocity of the note-off, 0-127.
    `origin`: int64, the note's index among the notes of the MTrk chunk that it was read from, or NEW.
    It lets the writer keep the note's bytes and its order among other events. Edits that keep the order
    of events (inserting time) keep it; edits that may change the order (moving a note) set NEW.
    `identity`: int64, unique in this process. Edits and undo keep it, so that a note can be found
    wherever it was moved. A copy of a note gets a new identity.
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
        """Return sorted, validated, read-only notes from columns of one length.

        Defaults: `origin` NEW, `release` RELEASE, `identity` a new number for each note. Raises ValueError if the
        columns differ in length or a value is out of range.
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
        """Return notes from `Note`s, or from plain tuples with the same order of fields."""
        rows = [Note(*note) for note in notes]
        if not rows:
            return EMPTY
        start, duration, pitch, velocity, channel = zip(*rows, strict=True)
        return Notes.from_columns(start, duration, pitch, velocity, channel)

    @cached_property
    def end(self) -> Ticks:
        """The tick at which each note has ended: start + duration."""
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
        """The musical columns as one array, in an order that does not depend on the input order of equal starts."""
        rows = np.stack([column.astype(np.int64) for column in self.columns[:5]])
        return _frozen(rows[:, np.lexsort(rows[::-1])])

    def __hash__(self) -> int:
        return hash((len(self), self.start.tobytes(), self.pitch.tobytes()))

    def select(self, mask: npt.NDArray[np.bool_] | npt.NDArray[np.signedinteger]) -> Notes:
        """Return the notes under a boolean mask, or at the given indices."""
        if mask.dtype == np.bool_:  # the order stays
            return self._of_valid(mask)
        return Notes.from_columns(*(column[mask] for column in self.columns))

    def starting_in(self, start: int, end: int) -> Notes:
        """Return the notes that begin in [start, end) ticks."""
        low, high = np.searchsorted(self.start, (start, end))
        return self._of_valid(np.arange(low, max(low, high)))

    def _of_valid(self, places: npt.NDArray[np.bool_] | npt.NDArray[np.signedinteger]) -> Notes:
        """Return the notes at places that keep the order, without checking them again."""
        return Notes(*(_frozen(column[places]) for column in self.columns))

    def places_of(self, others: Notes) -> npt.NDArray[np.intp]:
        """Return the indices of these notes that also occur in `others`, by identity."""
        return np.flatnonzero(np.isin(self.identity, others.identity))

    def same_as(self, others: Notes) -> bool:
        """Return True if both hold the same notes by identity, at whatever ticks and pitches."""
        return len(self) == len(others) and len(self.places_of(others)) == len(self)

    def copied(self) -> Notes:
        """Return copies with new identities and `origin` NEW."""
        return self.changed(identity=_fresh(len(self)), origin=np.full(len(self), NEW))

    def shifted(self, ticks: int) -> Notes:
        """Return all notes moved later by `ticks`. Their `origin` is kept."""
        return self.changed(start=self.start + ticks)

    def changed(self, **columns: npt.ArrayLike) -> Notes:
        """Return the notes with the named columns replaced. Raises ValueError if a value is out of range."""
        return Notes.from_columns(**{**dict(zip(_NAMES, self.columns, strict=True)), **columns})

    def joined(self, other: Notes) -> Notes:
        """Return these and the other notes together."""
        pairs = zip(self.columns, other.columns, strict=True)
        return Notes.from_columns(*(np.concatenate(pair) for pair in pairs))

    @property
    def columns(self) -> tuple[npt.NDArray[np.integer], ...]:
        """The columns in this order: start, duration, pitch, velocity, channel, origin, release, identity."""
        return tuple(getattr(self, name) for name in _NAMES)


_NAMES = ("start", "duration", "pitch", "velocity", "channel", "origin", "release", "identity")
_identities, _one_at_a_time = 0, Lock()


def _fresh(count: int) -> Ticks:
    """Return `count` unused identities."""
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
