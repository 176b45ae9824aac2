"""The bytes of one track after an edit: the original's events in their order, with their own bytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from jazzassist.domain.song import DRUM_CHANNEL, RELEASE, Event, Note, Notes, Track
from jazzassist.domain.texts import UTF_8, encode_text
from jazzassist.midi.note_ends import Key, changed_keys, ends_as_held, is_stray_off, needs_care
from jazzassist.midi.note_pairs import HANGING, pair_notes
from jazzassist.midi.smf_parts import TrackChunk
from jazzassist.midi.smf_repair import MOST_DELTA, set_aside, sound_tracks
from jazzassist.midi.smf_scan import ESCAPE, META, SYSEX, UNREADABLE, encode_variable_length

_TRACK_NAME = 0x03
_END = b"\xff\x2f\x00"
_DELTA_BYTES = 4  # the most that the standard allows
_LEGAL = bytes(min(byte, 0x7F) for byte in range(256))  # data bytes as they are read

# Where an item stands within its tick. Ends come first, so that a note may follow another of its pitch;
# new notes come last, so that they sound with the tick's program and controllers; key pressure follows its note. A new
# controller or bend comes before the notes that were there, which it is meant for; a pedal acts on note-offs alone.
_EARLY_OFF, _NEW_CONTROL, _KEPT, _NEW_EVENT, _NEW_ON, _NEW_PRESSURE, _LATE_OFF = range(7)
_PEDALS = range(64, 70)

_Sound = tuple[Note, int]  # a note and its release velocity


class Item(NamedTuple):
    """One event to write. `place`: its index in the original track, or a running number for new ones."""

    tick: int
    rank: int
    place: int
    message: bytes | None  # None: the original's own bytes


def encode_track(
    tracks: Sequence[Track], chunk: TrackChunk | None, encoding: str = UTF_8, *, repair: bool = False
) -> bytes:
    """An MTrk chunk of the tracks' notes and events. `chunk` is the one they were read from, if any.

    `encoding`: that of the song's texts. `repair`: invalid events are corrected or set aside.
    """
    tracks = sound_tracks(tracks) if repair else tracks
    end = max(track.end for track in tracks)
    if chunk is None:
        items = [item for track in tracks for item in _new_items(_sounds(track.notes), _headed(track, encoding))]
        body = _write(items, end, None, repair)
    else:
        body = _merged(tracks, chunk, end, repair)
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def _merged(tracks: Sequence[Track], chunk: TrackChunk, end: int, repair: bool) -> bytes:
    """The body of an edited track, written so that its notes are read back as they are."""
    merge = _Merge(chunk)
    items = merge.items(tracks)
    body = _write(items, end, chunk, repair)
    if not merge.needs_care:
        return body
    ended: set[Key] = set()
    freed: set[Key] = set()
    while keys := changed_keys(body, tracks) - freed:  # the end of one key can change how another is read
        items = merge.with_ends(items, tracks, keys - ended)
        items = merge.without_stray_ends(items, keys & ended)
        freed |= keys & ended
        ended |= keys
        body = _write(items, end, chunk, repair)
    return body


def _headed(track: Track, encoding: str) -> list[Event]:
    """The events of a track that no file has yet, with those that say its name and instrument."""
    head: list[Event] = []
    if track.name and all(event.meta != _TRACK_NAME for event in track.events):
        head.append(Event(0, bytes((META, _TRACK_NAME)) + encode_text(track.name, encoding)))
    programmed = any(event.data[0] == 0xC0 | track.channel for event in track.events)
    if len(track.notes) and not programmed and (track.program or track.channel != DRUM_CHANNEL):
        head.append(Event(0, bytes((0xC0 | track.channel, track.program))))
    return [*head, *track.events]


def _sounds(notes: Notes) -> Iterable[_Sound]:
    return zip(notes, notes.release.tolist(), strict=True)


def _new_items(sounds: Iterable[_Sound], events: Iterable[Event], among_kept: bool = False) -> list[Item]:
    """New notes and events, the events in their order. `among_kept`: they join events that were there before."""
    items = [
        Item(event.tick, _new_rank(event.data, among_kept), place, _encoded(event.data))
        for place, event in enumerate(events)
    ]
    for note, release in sounds:
        place = len(items)
        off_rank = _EARLY_OFF if note.duration else _LATE_OFF
        items.append(Item(note.start, _NEW_ON, place, _note_on(note)))
        items.append(Item(note.start + note.duration, off_rank, place, _note_off(note, release)))
    return items


def _new_rank(data: bytes, among_kept: bool) -> int:
    """The place of a new event within its tick; `among_kept`: among those that were there before."""
    kind = data[0] & 0xF0
    if kind == 0xA0:
        return _NEW_PRESSURE
    is_control = kind == 0xE0 or (kind == 0xB0 and data[1:2] != b"" and data[1] not in _PEDALS)
    return _NEW_CONTROL if is_control and among_kept else _NEW_EVENT


def _note_on(note: Note) -> bytes:
    return bytes((0x90 | note.channel, note.pitch, note.velocity))


def _note_off(note: Note, release: int = RELEASE) -> bytes:
    return bytes((0x80 | note.channel, note.pitch, release))


def _encoded(data: bytes) -> bytes:
    """A message as in a file: metas and system exclusives with the length of their payload."""
    head = {META: 2, SYSEX: 1, ESCAPE: 1}.get(data[0])
    if head is None:
        return data
    return data[:head] + encode_variable_length(len(data) - head) + data[head:]


class _Merge:
    """Puts kept and new notes and events of an edited track in the order in which they are written."""

    def __init__(self, chunk: TrackChunk) -> None:
        self._chunk = chunk
        pairs = pair_notes(chunk)
        columns = (pairs.start, pairs.duration, pairs.pitch, pairs.velocity, pairs.channel)
        self._notes = [Note(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        self._ons: list[int] = pairs.on.tolist()
        self._offs: list[int] = pairs.off.tolist()
        self._is_note = pairs.is_note
        self.needs_care = needs_care(chunk, pairs)
        self._ticks: list[int] = chunk.ticks.tolist()
        self._kept: dict[int, Item] = {}  # by place
        self._loose_offs: set[int] = set()  # kept note-offs that may stand anywhere within their tick

    def items(self, tracks: Sequence[Track]) -> list[Item]:
        """All items but the end of track, not yet sorted."""
        sounds: list[_Sound] = []
        events: list[Event] = []
        for track in tracks:
            origins = track.notes.origin.tolist()
            sounds += [
                sound
                for sound, origin in zip(_sounds(track.notes), origins, strict=True)
                if not self._keep_note(*sound, origin)
            ]
            events += [event for event in track.events if not self._keep_event(event)]
        self._keep_unreadable()
        return self._ends_first() + _new_items(sounds, events, among_kept=True)

    def with_ends(self, items: Iterable[Item], tracks: Sequence[Track], keys: set[Key]) -> list[Item]:
        """The items with the note-offs that the notes of `keys` lack."""
        kept = list(items)
        ends = ends_as_held(tracks, keys)
        ended: set[int] = set()
        for track in tracks:
            columns = (track.notes, track.notes.origin.tolist(), track.notes.release.tolist())
            for note, origin, release in zip(*columns, strict=True):
                if (note.channel, note.pitch) in keys and origin not in ended and self._hangs(origin):
                    ended.add(origin)
                    end = ends[note]
                    rank = _EARLY_OFF if end > note.start else _LATE_OFF
                    kept.append(Item(end, rank, self._ons[origin], _note_off(note, release)))
        return kept

    def without_stray_ends(self, items: Iterable[Item], keys: set[Key]) -> list[Item]:
        """The items without the note-offs that belonged to no note of `keys` and would end one now."""
        return [item for item in items if not self._is_stray_off(item, keys)]

    def _hangs(self, origin: int) -> bool:
        """Whether a kept note still has no note-off."""
        if not 0 <= origin < len(self._ons) or self._offs[origin] != HANGING:
            return False
        return self._ons[origin] in self._kept and -1 - self._ons[origin] not in self._kept

    def _is_stray_off(self, item: Item, keys: set[Key]) -> bool:
        """Whether an item is a note-off of the original that ends no note, of one of the keys."""
        return (
            item.rank == _KEPT
            and not self._is_note[item.place]
            and is_stray_off(self._chunk.event_data(item.place), keys)
        )

    def _keep_note(self, note: Note, release: int, origin: int) -> bool:
        """Puts a note of the original in its place. False when it is a new one."""
        if not 0 <= origin < len(self._notes) or self._ons[origin] in self._kept:
            return False
        before, on, off = self._notes[origin], self._ons[origin], self._offs[origin]
        same = note[2:] == before[2:]
        self._kept[on] = Item(note.start, _KEPT, on, None if same else _note_on(note))
        if off != HANGING:
            same_pitch = (note.pitch, note.channel) == (before.pitch, before.channel)
            message = None if same_pitch else _note_off(note, release)
            self._kept[off] = Item(note.start + note.duration, _KEPT, off, message)
            if note.duration:
                self._loose_offs.add(off)
        elif note[1:] != before[1:]:  # an edited note gets the end that it never had
            rank = _EARLY_OFF if note.duration else _LATE_OFF
            self._kept[-1 - on] = Item(note.start + note.duration, rank, on, _note_off(note, release))
        return True

    def _keep_event(self, event: Event) -> bool:
        """Puts an event of the original in its place. False when it is a new one."""
        place = event.origin
        if not 0 <= place < len(self._ticks) or self._is_note[place] or place in self._kept:
            return False
        same = event.data == self._chunk.event_data(place)
        self._kept[place] = Item(event.tick, _KEPT, place, None if same else _encoded(event.data))
        return True

    def _keep_unreadable(self) -> None:
        """Bytes without a status stay behind the event that they followed."""
        places = sorted(place for place in self._kept if place >= 0)
        for place in np.flatnonzero(self._chunk.statuses == UNREADABLE).tolist():
            at = bisect_left(places, place)
            shift = self._kept[places[at - 1]].tick - self._ticks[places[at - 1]] if at else 0
            self._kept[place] = Item(self._ticks[place] + shift, _KEPT, place, None)

    def _ends_first(self) -> list[Item]:
        """The kept items; where an edit brought different ticks together, their note-offs come first."""
        items = list(self._kept.values())
        came_from: dict[int, int] = {}
        mixed = {
            item.tick
            for item in items
            if came_from.setdefault(item.tick, self._ticks[item.place]) != self._ticks[item.place]
        }
        if not mixed:
            return items
        return [
            item._replace(rank=_EARLY_OFF) if item.tick in mixed and item.place in self._loose_offs else item
            for item in items
        ]


def _write(items: Iterable[Item], end: int, chunk: TrackChunk | None, repair: bool) -> bytes:
    """The track's bytes: all items, then the end of track at `end` ticks or later, then what followed it."""
    writer = _Writer(chunk, repair)
    for item in sorted(items, key=lambda item: item[:3]):
        writer.add(item)
    end = max(end, writer.tick)
    left = chunk.data[chunk.stop : chunk.end] if chunk is not None else b""
    if left and repair:
        writer.add(Item(end, _LATE_OFF, 0, _encoded(set_aside(left))))
    if chunk is None or repair or not chunk.ended:
        writer.add(Item(end, _LATE_OFF, 0, _END))
    else:
        writer.add(Item(end, _KEPT, len(chunk.ticks) - 1, None))
    return bytes(writer.body if repair else writer.body + left)


class _Writer:
    """Strings events together; keeps the original's delta times and running status where they still hold."""

    def __init__(self, chunk: TrackChunk | None, repair: bool) -> None:
        self.body = bytearray()
        self.tick = 0
        self._repair = repair
        self._status = 0  # the last channel message's
        self._interrupted = False  # by a meta or system event since then
        if chunk is not None:
            self._data = chunk.data
            columns = (chunk.ticks, chunk.begins, chunk.bodies, chunk.stops, chunk.statuses, chunk.is_running)
            self._ticks, self._begins, self._bodies, self._stops, self._statuses, self._running = (
                column.tolist() for column in columns
            )

    def add(self, item: Item) -> None:
        """Appends one event, not earlier than the last."""
        delta = item.tick - self.tick
        written = self._delta_as_written(delta, item.place) if item.rank == _KEPT else None
        if written is None:
            self._add_delta(delta)
        else:
            self.body += written
        self.tick = item.tick
        if item.message is None:
            self._add_original(item.place)
        else:
            self.body += item.message
            self._note_status(item.message[0])

    def _delta_as_written(self, delta: int, place: int) -> bytes | None:
        """The original's bytes of a delta time, where it is still the same."""
        original = self._ticks[place] - (self._ticks[place - 1] if place else 0)
        written: bytes = self._data[self._begins[place] : self._bodies[place]]
        return written if delta == original and (len(written) <= _DELTA_BYTES or not self._repair) else None

    def _add_delta(self, delta: int) -> None:
        """A delta time; one that is too long for a file is divided by events without a meaning."""
        while delta > MOST_DELTA:
            self.body += encode_variable_length(MOST_DELTA) + _encoded(set_aside(b""))
            self._note_status(META)
            delta -= MOST_DELTA
        self.body += encode_variable_length(delta)

    def _add_original(self, place: int) -> None:
        status = self._statuses[place]
        body = self._data[self._bodies[place] : self._stops[place]]
        if status == UNREADABLE:
            self._add_unreadable(body)
            return
        if self._repair and status < SYSEX:
            body = body.translate(_LEGAL) if self._running[place] else body[:1] + body[1:].translate(_LEGAL)
        if self._running[place] and not self._may_run(place, status):
            self.body.append(status)
        self.body += body
        self._note_status(status)

    def _add_unreadable(self, body: bytes) -> None:
        """Bytes without a status. Behind a new channel message they would get its status: then in a meta event."""
        if self._status or self._repair:
            self.body += _encoded(set_aside(body))
            self._note_status(META)
        else:
            self.body += body

    def _may_run(self, place: int, status: int) -> bool:
        """Whether the status byte may stay left out: also after an interruption, if it did so originally."""
        was_so = not self._repair and _interrupts(self._statuses[place - 1])
        return status == self._status and (not self._interrupted or was_so)

    def _note_status(self, status: int) -> None:
        if status < SYSEX:
            self._status, self._interrupted = status, False
        elif _interrupts(status):
            self._interrupted = True


def _interrupts(status: int) -> bool:
    """Whether running status ends here, as it does at everything but channel and real-time messages."""
    return status == META or SYSEX <= status < 0xF8
