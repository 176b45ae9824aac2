"""The timed messages of a stretch of a song as a value: immutable, and sendable to the player's process."""

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
# The columns as they are handed over, and their types.
_ARRAYS = {
    "seconds": np.float64, "packed": np.uint8, "sizes": np.int64, "knot_ticks": np.int64, "knot_seconds": np.float64,
    "drums": np.int64,
}  # fmt: skip
_HEAD = struct.Struct(f"<4sqq?{len(_ARRAYS) + 2}q")
HELD_SECONDS = 0.06  # a held note of which less is left is not begun again


class Held(NamedTuple):
    """Notes that are to sound at a place although they began before it.

    `messages` begin them. `skipped` counts those of channel * 128 + pitch that are not begun again,
    so that their note-offs are left out too.
    """

    messages: list[bytes]
    skipped: dict[int, int]


@dataclass(frozen=True, eq=False)
class Schedule:
    """The messages of [start, end) ticks in the order in which they are sent.

    `seconds` (rising, from `start`) and `messages` belong together. `chase` brings every channel
    into the state that is in force at `start`. `knot_ticks` and `knot_seconds` say where a tick is:
    between two knots time runs evenly. `drums` are the channels of drum tracks.
    The messages lie in `packed`, one after the other, each of so many bytes as `sizes` says: whoever
    only makes a schedule or hands it on need not take them apart. Those for ports above the first
    have a prefix, and channels go on from 16 there (see `ported`).
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
        """The messages, one at each of the `seconds`."""
        return unpacked(self.packed, self.sizes)

    def message(self, index: int) -> bytes:
        """One of the messages."""
        at = self._ends[index]
        return self._blob[at - self.sizes[index] : at]

    def messages_between(self, first: int, last: int) -> tuple[bytes, ...]:
        """Some of the messages, without taking the others apart."""
        sizes = self.sizes[first:last]
        if not len(sizes):
            return ()
        return unpacked(self.packed[self._ends[first] - sizes[0] : self._ends[first + len(sizes) - 1]], sizes)

    @property
    def length(self) -> float:
        """How long the stretch takes, in seconds."""
        return float(self.knot_seconds[-1])

    def seconds_at(self, tick: float) -> float:
        """Seconds from `start` to `tick`, which is held within the stretch."""
        return float(np.interp(tick, self.knot_ticks, self.knot_seconds))

    def tick_at(self, seconds: float) -> float:
        """The tick, with its fraction, `seconds` after `start`, held within the stretch."""
        return float(np.interp(seconds, self.knot_seconds, self.knot_ticks))

    def index_at(self, seconds: float) -> int:
        """How many messages are due before `seconds`."""
        return int(np.searchsorted(self.seconds, seconds, side="left"))

    def setup_at(self, seconds: float) -> Setup:
        """What is in force just before `seconds`."""
        found = Setup.of(self.chase)
        before = self.controls[: np.searchsorted(self.controls, self.index_at(seconds))]
        ends = self._ends[before]
        cuts = zip((ends - self.sizes[before]).tolist(), ends.tolist(), strict=True)
        found.take_all(self._blob[first:last] for first, last in cuts)
        return found

    def system_at(self, seconds: float) -> list[bytes]:
        """The system exclusives that are due at `seconds` exactly."""
        first, last = self.index_at(seconds), int(np.searchsorted(self.seconds, seconds, side="right"))
        return [data for data in self.messages_between(first, last) if data[0] in (0xF0, PORT)]

    @cached_property
    def controls(self) -> npt.NDArray[np.intp]:
        """The places of the messages that are not notes."""
        return np.flatnonzero(self._keys < 0)

    def sounding_before(self, index: int) -> npt.NDArray[np.int64]:
        """How many notes sound on each channel * 128 + pitch after the first `index` messages."""
        keys, change = self._keys[:index], self._changes[:index]
        notes = keys >= 0
        return np.bincount(keys[notes], weights=change[notes], minlength=256 * 128).astype(np.int64)

    @property
    def clashing_ports(self) -> int:
        """For how many ports notes are written, if two of these have a channel of the same number; else 0."""
        used = np.unique(self._keys[self._keys >= 0] >> 7)
        clashing = len(np.unique(used & 15)) < len(used)
        return len(np.unique(used >> 4)) if clashing else 0

    def held_at(self, seconds: float) -> Held:
        """Note-ons for the notes that sound at `seconds`, except drums and notes that end immediately."""
        index = self.index_at(seconds)
        return self.missing_at(seconds, self.sounding_before(index))

    def missing_at(self, seconds: float, missing: npt.NDArray[np.int64]) -> Held:
        """The same for so many of each channel * 128 + pitch as `missing` says."""
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
        """The note-ons of the newest `count` held notes of `key`, and the key's pressure."""
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
        """The last pressure of a key in the messages first..last."""
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
        """Channel * 128 + pitch of each message, -1 where it is no note."""
        if not len(self.sizes):
            return np.zeros(0, np.int64)
        port, status, pitch = self._heads
        return np.where((status >= 0x80) & (status < 0xA0), (port << 4 | status & 15) << 7 | pitch, -1)

    @cached_property
    def _changes(self) -> Ticks:
        """1 for each beginning of a note, -1 for the rest."""
        return np.where(self._heads[1] & 0xF0 == 0x90, 1, -1) if len(self.sizes) else np.zeros(0, np.int64)

    def to_bytes(self) -> bytes:
        """Everything in one piece, for a pipe or a file."""
        chase, chase_sizes = packed(self.chase)
        columns = [np.ascontiguousarray(getattr(self, name), kind) for name, kind in _ARRAYS.items()]
        columns += [chase, chase_sizes]
        head = _HEAD.pack(_MAGIC, self.start, self.end, self.loop, *(len(column) for column in columns))
        return b"".join((head, *(column.tobytes() for column in columns)))

    @staticmethod
    def from_bytes(data: bytes) -> Schedule:
        """The schedule that `to_bytes` packed; ValueError when it is something else."""
        if len(data) < _HEAD.size or not data.startswith(_MAGIC):
            raise ValueError("it is no schedule")
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
    """The same schedule, played once or again and again."""
    return replace(schedule, loop=loop)


def packed(messages: Iterable[bytes]) -> tuple[Bytes, Ticks]:
    """The messages in one piece, and the size of each."""
    given = list(messages)
    return np.frombuffer(b"".join(given), np.uint8), np.array([len(data) for data in given], np.int64)


def unpacked(blob: npt.NDArray[np.generic], sizes: npt.NDArray[np.generic]) -> tuple[bytes, ...]:
    """The messages that `packed` put together."""
    data, cuts = blob.tobytes(), np.concatenate(([0], np.cumsum(sizes))).tolist()
    return tuple(data[a:b] for a, b in pairwise(cuts))


def _is_on(data: bytes) -> bool:
    return data[-3] & 0xF0 == 0x90
