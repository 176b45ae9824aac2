"""The schedule: timed messages of a range of a song, as an immutable value that can be sent to the player process."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jazzassist.playback.ported import PORT, on_channel
from jazzassist.playback.setup import Setup

Seconds = npt.NDArray[np.float64]
Ticks = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_MAGIC = b"JAS2"
# The transferred columns and their types.
_ARRAYS = {
    "seconds": np.float64, "packed": np.uint8, "sizes": np.int64, "knot_ticks": np.int64, "knot_seconds": np.float64,
    "drums": np.int64,
}  # fmt: skip
_HEAD = struct.Struct(f"<4sqq?{len(_ARRAYS) + 2}q")
HELD_SECONDS = 0.06  # held notes with less time left are not restarted


class Held(NamedTuple):
    """Notes that sound at a position although they began before it.

    `messages`: the note-ons that restart them. `skipped`: the number of notes per channel * 128 + pitch that are
    not restarted, so that their note-offs must be skipped too.
    """

    messages: list[bytes]
    skipped: dict[int, int]


@dataclass(frozen=True, eq=False)
class Schedule:
    """The messages of [start, end) ticks in the order in which they are sent.

    `seconds`: the time of each message from `start`, not decreasing. `chase`: messages that restore the state of
    every channel at `start`. `knot_ticks`, `knot_seconds`: tempo map; time is linear between two knots.
    `drums`: the channels of drum tracks.
    `packed`: the bytes of all messages, `sizes`: the size of each. Building and transferring a schedule does not
    need to split them. Messages for ports above the first have a prefix, and their channels are numbered from 16
    (see `ported`).
    """

    start: int
    end: int
    loop: bool
    seconds: Seconds
    packed: Bytes
    sizes: Ticks
    chase: tuple[bytes, ...]
    knot_ticks: Ticks
    knot_seconds: Seconds
    drums: Ticks

    @cached_property
    def messages(self) -> tuple[bytes, ...]:
        """The messages, one for each entry of `seconds`."""
        return unpacked(self.packed, self.sizes)

    def message(self, index: int) -> bytes:
        """Return one message."""
        at = self._ends[index]
        return self._blob[at - self.sizes[index] : at]

    def messages_between(self, first: int, last: int) -> tuple[bytes, ...]:
        """Return messages[first:last] without splitting the others."""
        sizes = self.sizes[first:last]
        if not len(sizes):
            return ()
        return unpacked(self.packed[self._ends[first] - sizes[0] : self._ends[first + len(sizes) - 1]], sizes)

    @property
    def length(self) -> float:
        """The duration in seconds."""
        return float(self.knot_seconds[-1])

    def seconds_at(self, tick: float) -> float:
        """Return the seconds from `start` to `tick`, which is clamped to the range."""
        return float(np.interp(tick, self.knot_ticks, self.knot_seconds))

    def tick_at(self, seconds: float) -> float:
        """Return the tick (a float) `seconds` after `start`, clamped to the range."""
        return float(np.interp(seconds, self.knot_seconds, self.knot_ticks))

    def index_at(self, seconds: float) -> int:
        """Return the number of messages due before `seconds`."""
        return int(np.searchsorted(self.seconds, seconds, side="left"))

    def setup_at(self, seconds: float) -> Setup:
        """Return the setup in force just before `seconds`."""
        found = Setup.of(self.chase)
        before = self.controls[: np.searchsorted(self.controls, self.index_at(seconds))]
        ends = self._ends[before]
        cuts = zip((ends - self.sizes[before]).tolist(), ends.tolist(), strict=True)
        found.take_all(self._blob[first:last] for first, last in cuts)
        return found

    def system_at(self, seconds: float) -> list[bytes]:
        """Return the system exclusives due exactly at `seconds`."""
        first, last = self.index_at(seconds), int(np.searchsorted(self.seconds, seconds, side="right"))
        return [data for data in self.messages_between(first, last) if data[0] in (0xF0, PORT)]

    @cached_property
    def controls(self) -> npt.NDArray[np.intp]:
        """The indices of the messages that are not notes."""
        return np.flatnonzero(self._keys < 0)

    def sounding_before(self, index: int) -> npt.NDArray[np.int64]:
        """Return the number of sounding notes per channel * 128 + pitch after the first `index` messages."""
        keys, change = self._keys[:index], self._changes[:index]
        notes = keys >= 0
        return np.bincount(keys[notes], weights=change[notes], minlength=256 * 128).astype(np.int64)

    @property
    def clashing_ports(self) -> int:
        """The number of ports with notes if two of them use a channel of the same number, otherwise 0."""
        used = np.unique(self._keys[self._keys >= 0] >> 7)
        clashing = len(np.unique(used & 15)) < len(used)
        return len(np.unique(used >> 4)) if clashing else 0

    def held_at(self, seconds: float) -> Held:
        """Return the notes that sound at `seconds`. Drums and notes that end immediately are not restarted."""
        index = self.index_at(seconds)
        return self.missing_at(seconds, self.sounding_before(index))

    def missing_at(self, seconds: float, missing: npt.NDArray[np.int64]) -> Held:
        """As `held_at`, for `missing` notes per channel * 128 + pitch."""
        messages: list[bytes] = []
        skipped: dict[int, int] = {}
        for key in np.flatnonzero(missing > 0).tolist():
            found = self._begun(key, self.index_at(seconds), seconds, int(missing[key]))
            messages += found
            left = int(missing[key]) - sum(map(_is_on, found))
            if left:
                skipped[key] = left
        return Held(messages, skipped)

    def _begun(self, key: int, index: int, seconds: float, count: int) -> list[bytes]:
        """Return the note-ons of the newest `count` held notes of `key`, and the key's pressure."""
        if key >> 7 in self.drums:
            return []
        places = np.flatnonzero(self._keys == key)
        before, after = places[places < index], places[places >= index]
        ons = before[self._changes[before] > 0][-count:]
        ends = self.seconds[after[self._changes[after] < 0][: len(ons)]]
        audible = ons[: len(ends)][ends - seconds >= HELD_SECONDS]
        found = [self.message(place) for place in audible.tolist()]
        pressure = self._pressure(key, int(audible[-1]), index) if len(audible) else None
        return found if pressure is None else [*found, pressure]

    def _pressure(self, key: int, first: int, last: int) -> bytes | None:
        """Return the last pressure message of a key in messages[first:last], or None."""
        wanted = on_channel(key >> 7, 0xA0, key & 0x7F)
        inside = self.controls[np.searchsorted(self.controls, first) : np.searchsorted(self.controls, last)]
        for place in inside[::-1].tolist():
            if (data := self.message(place)).startswith(wanted):
                return data
        return None

    @cached_property
    def _blob(self) -> bytes:
        return self.packed.tobytes()

    @cached_property
    def _ends(self) -> Ticks:
        return np.cumsum(self.sizes)

    @cached_property
    def _heads(self) -> Ticks:
        """The port, status and first data byte of each message, as three rows."""
        at = self._ends - self.sizes
        prefixed = self.packed[at] == PORT
        port = np.where(prefixed, self.packed[np.minimum(at + 1, len(self.packed) - 1)], 0)
        at = at + 2 * prefixed
        return np.stack((port, *(self.packed[at + by] for by in (0, 1)))).astype(np.int64)

    @cached_property
    def _keys(self) -> Ticks:
        """Channel * 128 + pitch of each note message, -1 for other messages."""
        if not len(self.sizes):
            return np.zeros(0, np.int64)
        port, status, pitch = self._heads
        return np.where((status >= 0x80) & (status < 0xA0), (port << 4 | status & 15) << 7 | pitch, -1)

    @cached_property
    def _changes(self) -> Ticks:
        """1 for each note-on, -1 for all other messages."""
        return np.where(self._heads[1] & 0xF0 == 0x90, 1, -1) if len(self.sizes) else np.zeros(0, np.int64)

    def to_bytes(self) -> bytes:
        """Return the schedule as bytes, for a pipe or a file."""
        chase, chase_sizes = packed(self.chase)
        columns = [np.ascontiguousarray(getattr(self, name), kind) for name, kind in _ARRAYS.items()]
        columns += [chase, chase_sizes]
        head = _HEAD.pack(_MAGIC, self.start, self.end, self.loop, *(len(column) for column in columns))
        return b"".join((head, *(column.tobytes() for column in columns)))

    @staticmethod
    def from_bytes(data: bytes) -> Schedule:
        """Return the schedule encoded by `to_bytes`. Raises ValueError for other data."""
        if len(data) < _HEAD.size or not data.startswith(_MAGIC):
            raise ValueError("it is not a schedule")
        _, start, end, loop, *counts = _HEAD.unpack_from(data)
        kinds = [*_ARRAYS.values(), np.uint8, np.int64]
        columns: list[npt.NDArray[np.generic]] = []
        at = _HEAD.size
        for kind, count in zip(kinds, counts, strict=True):
            columns.append(np.frombuffer(data, kind, count, at))
            at += columns[-1].nbytes
        *arrays, chase, chase_sizes = columns
        named = dict(zip(_ARRAYS, arrays, strict=True))
        return Schedule(start, end, loop, chase=unpacked(chase, chase_sizes), **named)  # type: ignore[arg-type]


def with_loop(schedule: Schedule, loop: bool) -> Schedule:
    """Return the schedule with looping switched on or off."""
    return replace(schedule, loop=loop)


def packed(messages: Iterable[bytes]) -> tuple[Bytes, Ticks]:
    """Return the bytes of all messages as one array, and the size of each message."""
    given = list(messages)
    return np.frombuffer(b"".join(given), np.uint8), np.array([len(data) for data in given], np.int64)


def unpacked(blob: npt.NDArray[np.generic], sizes: npt.NDArray[np.generic]) -> tuple[bytes, ...]:
    """Return the messages joined by `packed`."""
    data, cuts = blob.tobytes(), np.concatenate(([0], np.cumsum(sizes))).tolist()
    return tuple(data[a:b] for a, b in pairwise(cuts))


def _is_on(data: bytes) -> bool:
    return data[-3] & 0xF0 == 0x90
