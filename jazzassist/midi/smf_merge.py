"""Merging of the kept and the new events of an edited track, in the order in which they are written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from jazzassist.domain.song import RELEASE, Event, Note, Notes, Track
from jazzassist.midi.note_ends import Key, ends_as_held, is_stray_off, needs_care
from jazzassist.midi.note_pairs import HANGING, pair_notes
from jazzassist.midi.smf_parts import TrackChunk
from jazzassist.midi.smf_scan import ESCAPE, META, SYSEX, UNREADABLE, encode_variable_length

# The order of items within a tick. Note-offs come first, so that a note may follow another of its pitch. New notes come
# last, so that they sound with the program and controllers of their tick; key pressure follows its note. A new
# controller or pitch bend comes before the kept notes, which it applies to. A pedal only affects note-offs.
_EARLY_OFF, _NEW_CONTROL, KEPT, _NEW_EVENT, _NEW_ON, _NEW_PRESSURE, LATE_OFF = range(7)
_PEDALS = range(64, 70)

_Sound = tuple[Note, int]  # note, release velocity


class Item(NamedTuple):
    """One event to write. `place`: its index in the original track; for new events, their order."""

    tick: int
    rank: int
    place: int
    message: bytes | None  # None for the bytes of the original


def sounds_of(notes: Notes) -> Iterable[_Sound]:
    """Yield each note with its release velocity."""
    return zip(notes, notes.release.tolist(), strict=True)


def new_items(sounds: Iterable[_Sound], events: Iterable[Event], among_kept: bool = False) -> list[Item]:
    """Return new notes and events as items. `among_kept`: they are added to a track with kept events."""
    items = [
        Item(event.tick, _new_rank(event.data, among_kept), place, encoded(event.data))
        for place, event in enumerate(events)
    ]
    for note, release in sounds:
        place = len(items)
        off_rank = _EARLY_OFF if note.duration else LATE_OFF
        items.append(Item(note.start, _NEW_ON, place, _note_on(note)))
        items.append(Item(note.start + note.duration, off_rank, place, _note_off(note, release)))
    return items


def _new_rank(data: bytes, among_kept: bool) -> int:
    """Return the rank of a new event within its tick. `among_kept`: the track also has kept events."""
    kind = data[0] & 0xF0
    if kind == 0xA0:
        return _NEW_PRESSURE
    is_control = kind == 0xE0 or (kind == 0xB0 and data[1:2] != b"" and data[1] not in _PEDALS)
    return _NEW_CONTROL if is_control and among_kept else _NEW_EVENT


def _note_on(note: Note) -> bytes:
    return bytes((0x90 | note.channel, note.pitch, note.velocity))


def _note_off(note: Note, release: int = RELEASE) -> bytes:
    return bytes((0x80 | note.channel, note.pitch, release))


def encoded(data: bytes) -> bytes:
    """Return a message as in a file: meta events and system exclusives with the length of their payload."""
    head = {META: 2, SYSEX: 1, ESCAPE: 1}.get(data[0])
    if head is None:
        return data
    return data[:head] + encode_variable_length(len(data) - head) + data[head:]


def _after_earlier(added: Item, offs: Iterable[tuple[int, Item]]) -> Item:
    """Return a note-off whose place is that of its note-on, moved after the note-offs of notes that began earlier.

    `offs`: the other note-offs of its tick and key, each with the place of its note-on.
    """
    latest = max([(off.rank, off.place) for on, off in offs if on < added.place], default=added[1:3])
    rank, place = max(added[1:3], latest)
    return added._replace(rank=rank, place=place)


class Merge:
    """Merges the kept and the new notes and events of an edited track with the original chunk."""

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
        self._loose_offs: set[int] = set()  # kept note-offs whose order within their tick does not matter

    def items(self, tracks: Sequence[Track]) -> list[Item]:
        """Return all items except the end of track, unsorted."""
        sounds: list[_Sound] = []
        events: list[Event] = []
        for track in tracks:
            origins = track.notes.origin.tolist()
            sounds += [
                sound
                for sound, origin in zip(sounds_of(track.notes), origins, strict=True)
                if not self._keep_note(*sound, origin)
            ]
            events += [event for event in track.events if not self._keep_event(event)]
        self._keep_unreadable()
        return self._in_order_of_notes(self._ends_first()) + new_items(sounds, events, among_kept=True)

    def with_ends(self, items: Iterable[Item], tracks: Sequence[Track], keys: set[Key]) -> list[Item]:
        """Return the items with the missing note-offs of `keys` added."""
        kept = list(items)
        offs = self._kept_offs(kept)
        ends = ends_as_held(tracks, keys)
        ended: set[int] = set()
        for track in tracks:
            columns = (track.notes, track.notes.origin.tolist(), track.notes.release.tolist())
            for note, origin, release in zip(*columns, strict=True):
                if (note.channel, note.pitch) in keys and origin not in ended and self._hangs(origin):
                    ended.add(origin)
                    end = ends[note]
                    rank = _EARLY_OFF if end > note.start else LATE_OFF
                    added = Item(end, rank, self._ons[origin], _note_off(note, release))
                    kept.append(_after_earlier(added, offs.get((end, (note.channel, note.pitch)), ())))
        return kept

    def _in_order_of_notes(self, items: list[Item]) -> list[Item]:
        """Return the items with each note-off that was added to a kept note after those of earlier notes of its key."""
        added = {id(item): item for place, item in self._kept.items() if place < 0}
        if not added:
            return items
        offs = self._kept_offs(items)
        found = [item for item in items if id(item) not in added]
        for item in added.values():
            assert item.message is not None
            key = (item.message[0] & 0xF, item.message[1])
            found.append(_after_earlier(item, offs.get((item.tick, key), ())))
        return found

    def _kept_offs(self, items: Iterable[Item]) -> dict[tuple[int, Key], list[tuple[int, Item]]]:
        """Return the kept note-offs by tick and key, each with the place of its note-on."""
        notes = {off: (on, note) for on, off, note in zip(self._ons, self._offs, self._notes, strict=True)}
        found: dict[tuple[int, Key], list[tuple[int, Item]]] = {}
        for item in items:
            if item.message is None and item.place in notes:
                on, note = notes[item.place]
                found.setdefault((item.tick, (note.channel, note.pitch)), []).append((on, item))
        return found

    def without_stray_ends(self, items: Iterable[Item], keys: set[Key]) -> list[Item]:
        """Return the items without stray note-offs of `keys`, which would now end a note."""
        return [item for item in items if not self._is_stray_off(item, keys)]

    def _hangs(self, origin: int) -> bool:
        """Return True if a kept note still has no note-off."""
        if not 0 <= origin < len(self._ons) or self._offs[origin] != HANGING:
            return False
        return self._ons[origin] in self._kept and -1 - self._ons[origin] not in self._kept

    def _is_stray_off(self, item: Item, keys: set[Key]) -> bool:
        """Return True if an item is a stray note-off of the original, of one of the keys."""
        return (
            item.rank == KEPT
            and not self._is_note[item.place]
            and is_stray_off(self._chunk.event_data(item.place), keys)
        )

    def _keep_note(self, note: Note, release: int, origin: int) -> bool:
        """Keep a note of the original. Return False if the note is new."""
        if not 0 <= origin < len(self._notes) or self._ons[origin] in self._kept:
            return False
        before, on, off = self._notes[origin], self._ons[origin], self._offs[origin]
        same = note[2:] == before[2:]
        self._kept[on] = Item(note.start, KEPT, on, None if same else _note_on(note))
        if off != HANGING:
            same_pitch = (note.pitch, note.channel) == (before.pitch, before.channel)
            message = None if same_pitch else _note_off(note, release)
            self._kept[off] = Item(note.start + note.duration, KEPT, off, message)
            if note.duration:
                self._loose_offs.add(off)
        elif note[1:] != before[1:]:  # an edited note gets its missing note-off
            rank = _EARLY_OFF if note.duration else LATE_OFF
            self._kept[-1 - on] = Item(note.start + note.duration, rank, on, _note_off(note, release))
        return True

    def _keep_event(self, event: Event) -> bool:
        """Keep an event of the original. Return False if the event is new."""
        place = event.origin
        if not 0 <= place < len(self._ticks) or self._is_note[place] or place in self._kept:
            return False
        same = event.data == self._chunk.event_data(place)
        self._kept[place] = Item(event.tick, KEPT, place, None if same else encoded(event.data))
        return True

    def _keep_unreadable(self) -> None:
        """Keep bytes without a status byte after the event that they followed."""
        places = sorted(place for place in self._kept if place >= 0)
        for place in np.flatnonzero(self._chunk.statuses == UNREADABLE).tolist():
            at = bisect_left(places, place)
            shift = self._kept[places[at - 1]].tick - self._ticks[places[at - 1]] if at else 0
            self._kept[place] = Item(self._ticks[place] + shift, KEPT, place, None)

    def _ends_first(self) -> list[Item]:
        """Return the kept items. If an edit merged different ticks, their note-offs come first."""
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
