"""The timed messages of a stretch of a song, made before it is played: pure, immutable, sendable to the player."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Event, Notes, Song
from jazzassist.playback.chase import ChannelState, States, chase_messages, follow

Seconds = npt.NDArray[np.float64]
Ticks = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_ARRAYS = ("seconds", "packed", "sizes", "knot_ticks", "knot_seconds")  # the columns as they are handed over


@dataclass(frozen=True, eq=False)
class Schedule:
    """The messages of [start, end) ticks in the order in which they are sent.

    `seconds` (rising, from `start`) and `messages` belong together. `chase` is sent before them: it
    brings every channel into the state that is in force at `start`. `knot_ticks` and
    `knot_seconds` tell where a tick is: between two knots time runs evenly.
    The messages lie in `packed`, one after the other, each of so many bytes as `sizes` says: whoever
    only makes a schedule or hands it on need not take them apart.
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

    @cached_property
    def messages(self) -> tuple[bytes, ...]:
        """The messages, one at each of the `seconds`."""
        return _unpacked(self.packed, self.sizes)

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

    def states_at(self, seconds: float) -> States:
        """What is in force on each channel just before `seconds`."""
        before = self.controls[: np.searchsorted(self.controls, self.index_at(seconds))]
        return follow(follow({}, self.chase), (self.messages[i] for i in before.tolist()))

    @cached_property
    def controls(self) -> npt.NDArray[np.intp]:
        """The places of the messages that are not notes."""
        return np.flatnonzero(self._keys < 0)

    def sounding_before(self, index: int) -> npt.NDArray[np.int64]:
        """How many notes sound on each channel * 128 + pitch after the first `index` messages."""
        keys, change = self._keys[:index], self._changes[:index]
        notes = keys >= 0
        return np.bincount(keys[notes], weights=change[notes], minlength=16 * 128).astype(np.int64)

    @cached_property
    def _keys(self) -> Ticks:
        """Channel * 128 + pitch of each message, -1 where it is no note."""
        at = np.cumsum(self.sizes) - self.sizes
        status, pitch = (self.packed[at + by].astype(np.int64) for by in (0, 1))
        return np.where((status >= 0x80) & (status < 0xA0), (status & 15) << 7 | pitch, -1)

    @cached_property
    def _changes(self) -> Ticks:
        """1 for each beginning of a note, -1 for the rest."""
        return np.where(self.packed[np.cumsum(self.sizes) - self.sizes] & 0xF0 == 0x90, 1, -1)

    def chase_at(self, seconds: float) -> list[bytes]:
        """The messages to send before playing on from `seconds`."""
        return chase_messages(self.states_at(seconds)) if seconds > 0 else list(self.chase)

    def to_bytes(self) -> bytes:
        """Everything in one piece, for a pipe or a file."""
        buffer = io.BytesIO()
        head = np.array((self.start, self.end, self.loop), np.int64)
        chase, chase_sizes = _packed(self.chase)
        columns = {name: getattr(self, name) for name in _ARRAYS}
        np.savez(buffer, head=head, chase=chase, chase_sizes=chase_sizes, **columns)
        return buffer.getvalue()

    @staticmethod
    def from_bytes(data: bytes) -> Schedule:
        """The schedule that `to_bytes` packed; ValueError or KeyError when it is something else."""
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            start, end, loop = found["head"].tolist()
            chase = _unpacked(found["chase"], found["chase_sizes"])
            seconds, packed, sizes, ticks, knot_seconds = (found[name] for name in _ARRAYS)
            return Schedule(start, end, bool(loop), seconds, packed, sizes, chase, ticks, knot_seconds)


def build_schedule(
    song: Song,
    start: int,
    end: int,
    *,
    muted: frozenset[int] = frozenset(),
    soloed: frozenset[int] = frozenset(),
    loop: bool = False,
    retrigger_held: bool = False,
) -> Schedule:
    """The schedule of `song` over [start, end) ticks; every note has ended by `end`.

    `muted` and `soloed` are indices of tracks; while any track is soloed only soloed tracks sound.
    They silence notes: controllers are still sent, since tracks may share a channel. Notes that began
    before `start` are left out, or with `retrigger_held` begin at `start`.
    """
    end = max(start, end)
    audible = [i for i in range(len(song.tracks)) if i not in muted and (not soloed or i in soloed)]
    begins, ends, notes = _notes_in([song.tracks[i].notes for i in audible], start, end, retrigger_held)
    events = _merged_events(song)
    inside = [event for event in events if start <= event.tick < end]
    ticks = np.concatenate((ends, [event.tick for event in inside], begins)).astype(np.int64)
    # At one tick: ends, then controllers, then beginnings; a note without length ends after it began.
    ranks = np.concatenate((np.where(ends > begins, 0, 3), np.full(len(inside), 1), np.full(len(begins), 2)))
    order = np.argsort(ticks * 4 + ranks, kind="stable")
    packed, sizes = _reordered(*_messages_of(notes, inside), order)
    changes = sorted({tick for tick, _ in song.tempo_map.changes if start < tick < end})
    knots = np.array([start, *changes, end], np.int64)
    clock = song.tempo_map.seconds_of
    origin = song.tempo_map.seconds_at(start)
    chase = chase_messages(_states_before(song, events, start))
    seconds, knot_seconds = clock(ticks[order]) - origin, clock(knots) - origin
    return Schedule(start, end, loop, seconds, packed, sizes, tuple(chase), knots, knot_seconds)


def with_loop(schedule: Schedule, loop: bool) -> Schedule:
    """The same schedule, played once or again and again."""
    return replace(schedule, loop=loop)


def _notes_in(tracks: list[Notes], start: int, end: int, held: bool) -> tuple[Ticks, Ticks, Ticks]:
    """Beginnings and ends in ticks, and rows of (channel, pitch, velocity), of the notes that sound in the range."""
    if not tracks:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((3, 0), np.int64)
    rows = [np.stack((n.start, n.end, n.channel, n.pitch, n.velocity)).astype(np.int64) for n in tracks]
    table = np.concatenate(rows, axis=1)
    begins, ends = table[0], table[1]
    wanted = (begins >= start) & (begins < end)
    if held:
        wanted |= (begins < start) & (ends > start) & (start < end)
    kept = table[:, wanted]
    return np.maximum(kept[0], start), np.minimum(kept[1], end), kept[2:]


def _messages_of(notes: Ticks, events: list[Event]) -> tuple[Bytes, Ticks]:
    """Ends of notes, events, beginnings of notes, in one piece and the size of each."""
    others, sizes = _packed(event.data for event in events)
    threes = np.full(notes.shape[1], 3)
    packed = np.concatenate((_note_messages(0x80, notes), others, _note_messages(0x90, notes)))
    return packed, np.concatenate((threes, sizes, threes))


def _note_messages(status: int, notes: Ticks) -> Bytes:
    """Three bytes for each note."""
    rows = np.stack((notes[0] | status, notes[1], notes[2] if status == 0x90 else np.full(notes.shape[1], 64)))
    return rows.T.astype(np.uint8).reshape(-1)


def _merged_events(song: Song) -> list[Event]:
    """The channel messages and whole system exclusives of all tracks in the order of time."""
    found = [event for track in song.tracks for event in _playable(track.events)]
    return sorted(found, key=lambda event: event.tick)


def _playable(events: Iterable[Event]) -> Iterable[Event]:
    """The events that are sent; a system exclusive in several packets as one, at the place of its last."""
    pending = b""
    for event in events:
        status = event.data[0]
        if 0x80 <= status < 0xF0:
            if len(event.data) == (2 if status & 0xE0 == 0xC0 else 3) and max(event.data[1:]) < 0x80:
                yield event
        elif status == 0xF0 or (status == 0xF7 and pending):
            pending = event.data if status == 0xF0 else pending + event.payload
            if pending[-1] == 0xF7 and all(byte < 0x80 for byte in pending[1:-1]):
                yield Event(event.tick, pending)
            if pending[-1] == 0xF7:
                pending = b""


def _states_before(song: Song, events: list[Event], start: int) -> States:
    """What is in force on each channel at `start`: the events before it, over defaults for what only comes later."""
    ever = follow({}, (event.data for event in events))
    states = {channel: state.at_rest() for channel, state in ever.items()}
    for track in reversed(song.tracks):
        for channel in np.unique(track.notes.channel).tolist():
            if channel not in ever or ever[channel].program is None:
                program = track.program if channel == track.channel else 0
                states.setdefault(channel, ChannelState()).program = (None, None, program)
    return follow(states, (event.data for event in events if event.tick < start))


def _packed(messages: Iterable[bytes]) -> tuple[Bytes, Ticks]:
    """The messages in one piece, and the size of each."""
    given = list(messages)
    return np.frombuffer(b"".join(given), np.uint8), np.array([len(data) for data in given], np.int64)


def _reordered(packed: Bytes, sizes: Ticks, order: npt.NDArray[np.intp]) -> tuple[Bytes, Ticks]:
    """The same messages in another order."""
    found = sizes[order]
    begins, places = np.cumsum(sizes) - sizes, np.cumsum(found) - found
    return packed[np.repeat(begins[order] - places, found) + np.arange(len(packed))], found


def _unpacked(blob: Bytes, sizes: Ticks) -> tuple[bytes, ...]:
    data, cuts = blob.tobytes(), np.concatenate(([0], np.cumsum(sizes))).tolist()
    return tuple(data[a:b] for a, b in pairwise(cuts))
