"""Building the schedule of a range of a song."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Song
from jazzassist.playback.chase import ChannelState
from jazzassist.playback.ported import PORT, at_port, split
from jazzassist.playback.setup import Setup
from jazzassist.playback.timed import HELD_SECONDS, Bytes, Schedule, Ticks, packed, with_loop

__all__ = ["Schedule", "build_schedule", "with_loop"]


def build_schedule(
    song: Song,
    start: int,
    end: int,
    *,
    muted: frozenset[int] = frozenset(),
    soloed: frozenset[int] = frozenset(),
    loop: bool = False,
    retrigger_held: bool = True,
) -> Schedule:
    """Return the schedule of `song` for [start, end) ticks. All notes end by `end`.

    `muted`, `soloed`: indices of tracks. If any track is soloed, only soloed tracks sound. Controllers of silent
    tracks are still sent, because tracks may share a channel.
    `retrigger_held`: restart notes at `start` that began before it, except drums and notes that end immediately.
    """
    end = max(start, end)
    audible = [i for i in range(len(song.tracks)) if i not in muted and (not soloed or i in soloed)]
    notes = _notes_in(song, audible, start, end, retrigger_held)
    events = _merged_events(song)
    first, last = np.searchsorted(events.ticks, (start, end))
    inside = events.messages[first:last] if end > start else []
    pressed = _pressures(events, int(first), notes, start) if retrigger_held else []
    # Order at one tick: note-offs, controllers, note-ons; a note of length zero ends after its note-on.
    begins, ends = notes.begins, notes.ends
    ticks = np.concatenate((ends, events.ticks[first : first + len(inside)], begins, np.full(len(pressed), start)))
    ranks = (np.where(ends > begins, 0, 3), np.ones(len(inside)), np.full(len(begins), 2), np.full(len(pressed), 3))
    order = np.argsort(ticks * 4 + np.concatenate(ranks).astype(np.int64), kind="stable")
    blob, sizes = _joined(_note_messages(0x80, notes), packed(inside), _note_messages(0x90, notes), packed(pressed))
    clock, origin = song.tempo_map.seconds_of, song.tempo_map.seconds_at(start)
    knots = np.array(
        [start, *sorted({tick for tick, _ in song.tempo_map.changes if start < tick < end}), end], np.int64
    )
    return Schedule(
        start,
        end,
        loop,
        clock(ticks[order]) - origin,
        *_reordered(blob, sizes, order),
        tuple(_setup_before(song, events, int(first)).messages()),
        knots,
        clock(knots) - origin,
        _drum_channels(song),
    )


class _Notes(NamedTuple):
    """Starts and ends in ticks. Channels of the second port are numbered from 16."""

    begins: Ticks
    ends: Ticks
    channel: Ticks
    pitch: Ticks
    velocity: Ticks
    began: Ticks  # start of the uncut note


class _Events(NamedTuple):
    ticks: Ticks
    messages: list[bytes]  # with port prefixes


def _notes_in(song: Song, audible: Sequence[int], start: int, end: int, held: bool) -> _Notes:
    """Return the notes that sound in the range, cut to it."""
    rows = []
    for index in audible:
        track, port = song.tracks[index], song.ports[index]
        notes = track.notes
        wanted = (notes.start >= start) & (notes.start < end)
        if held and start < end and not track.is_drums:
            crossing = np.flatnonzero((notes.start < start) & (notes.end > start))
            wanted[crossing[_lasting(song, np.minimum(notes.end[crossing], end), start)]] = True
        columns = (notes.start, notes.end, notes.channel + (port << 4), notes.pitch, notes.velocity)
        rows.append(np.stack([column[wanted].astype(np.int64) for column in columns]))
    table = np.concatenate(rows, axis=1) if rows else np.zeros((5, 0), np.int64)
    starts, ends, channel, pitch, velocity = table
    return _Notes(np.maximum(starts, start), np.minimum(ends, end), channel, pitch, velocity, starts)


def _lasting(song: Song, ends: Ticks, start: int) -> npt.NDArray[np.bool_]:
    """Return a mask of the notes that sound long enough after `start` to be restarted."""
    return song.tempo_map.seconds_of(ends) - song.tempo_map.seconds_at(start) >= HELD_SECONDS


def _note_messages(status: int, notes: _Notes) -> tuple[Bytes, Ticks]:
    """Return a note-on or note-off for each note as one array of bytes, and the size of each message."""
    count = len(notes.channel)
    port = notes.channel >> 4
    rows = np.empty((count, 5), np.uint8)
    rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = PORT, port, notes.channel & 15 | status, notes.pitch
    rows[:, 4] = notes.velocity if status == 0x90 else 64
    if not port.any():
        return rows[:, 2:].reshape(-1), np.full(count, 3)
    wanted = np.ones(rows.shape, bool)
    wanted[:, :2] = (port > 0)[:, None]
    return rows[wanted], 3 + 2 * (port > 0).astype(np.int64)


def _joined(*parts: tuple[Bytes, Ticks]) -> tuple[Bytes, Ticks]:
    return np.concatenate([blob for blob, _ in parts]), np.concatenate([sizes for _, sizes in parts])


def _merged_events(song: Song) -> _Events:
    """Return the channel messages and whole system exclusives of all tracks, sorted by time."""
    found = [
        (tick, at_port(port, data) if port else data)
        for track, port in zip(song.tracks, song.ports, strict=True)
        for tick, data in track.messages
    ]
    found.sort(key=itemgetter(0))
    return _Events(np.array([tick for tick, _ in found], np.int64), [data for _, data in found])


def _pressures(events: _Events, first: int, notes: _Notes, start: int) -> list[bytes]:
    """Return the key pressure messages in force at `start` for notes that began before it."""
    held = notes.began < start
    rows = np.stack((notes.channel, notes.pitch, notes.began))[:, held].T.tolist()
    began = {(channel, pitch): tick for channel, pitch, tick in rows}
    found: dict[tuple[int, int], bytes] = {}
    for tick, data in zip(events.ticks[:first].tolist() if began else [], events.messages[:first], strict=False):
        port, message = split(data)
        key = (port << 4 | message[0] & 15, message[1])
        if message[0] & 0xF0 == 0xA0 and tick >= began.get(key, start):
            found[key] = data
    return list(found.values())


def _setup_before(song: Song, events: _Events, first: int) -> Setup:
    """Return the setup in force before the event `first`, with defaults for settings that only come later."""
    ever, found = Setup.of(events.messages), Setup()
    found.channels = {channel: state.at_rest() for channel, state in ever.channels.items()}
    for track, port in zip(reversed(song.tracks), reversed(song.ports), strict=True):
        for channel in np.flatnonzero(np.bincount(track.notes.channel)).tolist():
            place = port << 4 | channel
            if place not in ever.channels or ever.channels[place].program is None:
                program = track.program if channel == track.channel else 0
                found.channels.setdefault(place, ChannelState()).program = (None, None, program)
    found.take_all(events.messages[:first])
    return found


def _drum_channels(song: Song) -> Ticks:
    """Return the channels of drum tracks; those of the second port from 16 on."""
    found = {port << 4 | t.channel for t, port in zip(song.tracks, song.ports, strict=True) if t.is_drums}
    return np.array(sorted(found), np.int64)


def _reordered(blob: Bytes, sizes: Ticks, order: npt.NDArray[np.intp]) -> tuple[Bytes, Ticks]:
    """Return the messages in another order."""
    if not len(sizes):
        return blob, sizes
    if sizes.min() == sizes.max():
        return blob.reshape(len(sizes), -1)[order].reshape(-1), sizes
    found = sizes[order]
    begins, places = np.cumsum(sizes) - sizes, np.cumsum(found) - found
    return blob[np.repeat(begins[order] - places, found) + np.arange(len(blob))], found
