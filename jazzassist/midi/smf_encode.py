"""Encoder for an edited track. Events of the original keep their order and their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jazzassist.domain.song import DRUM_CHANNEL, Event, Track
from jazzassist.domain.texts import UTF_8, encode_text
from jazzassist.midi.note_ends import Key, changed_keys
from jazzassist.midi.smf_merge import KEPT, LATE_OFF, Item, Merge, encoded, new_items, sounds_of
from jazzassist.midi.smf_parts import TrackChunk
from jazzassist.midi.smf_repair import MOST_DELTA, set_aside, sound_tracks
from jazzassist.midi.smf_scan import META, SYSEX, UNREADABLE, encode_variable_length

_TRACK_NAME = 0x03
_END = b"\xff\x2f\x00"
_DELTA_BYTES = 4  # maximum length of a delta time in the standard
_LEGAL = bytes(min(byte, 0x7F) for byte in range(256))  # data bytes as they are read


def encode_track(
    tracks: Sequence[Track], chunk: TrackChunk | None, encoding: str = UTF_8, *, repair: bool = False
) -> bytes:
    """Return an MTrk chunk with the notes and events of the tracks. `chunk`: the chunk they were read from, if any.

    `encoding`: of the song's texts. `repair`: correct invalid events or set them aside.
    """
    tracks = sound_tracks(tracks) if repair else tracks
    end = max(track.end for track in tracks)
    if chunk is None:
        items = [item for track in tracks for item in new_items(sounds_of(track.notes), _headed(track, encoding))]
        body = _write(items, end, None, repair)
    else:
        body = _merged(tracks, chunk, end, repair)
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def _merged(tracks: Sequence[Track], chunk: TrackChunk, end: int, repair: bool) -> bytes:
    """Return the body of an edited track, encoded so that its notes are read back unchanged."""
    merge = Merge(chunk)
    items = merge.items(tracks)
    body = _write(items, end, chunk, repair)
    if not merge.needs_care:
        return body
    ended: set[Key] = set()
    freed: set[Key] = set()
    while keys := changed_keys(body, tracks) - freed:  # ending one key can change how another is read
        items = merge.with_ends(items, tracks, keys - ended)
        items = merge.without_stray_ends(items, keys & ended)
        freed |= keys & ended
        ended |= keys
        body = _write(items, end, chunk, repair)
    return body


def _headed(track: Track, encoding: str) -> list[Event]:
    """Return the events of a track that is not in a file yet, with its name and program added."""
    head: list[Event] = []
    if track.name and all(event.meta != _TRACK_NAME for event in track.events):
        head.append(Event(0, bytes((META, _TRACK_NAME)) + encode_text(track.name, encoding)))
    programmed = any(event.data[0] == 0xC0 | track.channel for event in track.events)
    if len(track.notes) and not programmed and (track.program or track.channel != DRUM_CHANNEL):
        head.append(Event(0, bytes((0xC0 | track.channel, track.program))))
    return [*head, *track.events]


def _write(items: Iterable[Item], end: int, chunk: TrackChunk | None, repair: bool) -> bytes:
    """Return the track's bytes: all items, the end of track at tick `end` or later, and the bytes that followed it."""
    writer = _Writer(chunk, repair)
    for item in sorted(items, key=lambda item: item[:3]):
        writer.add(item)
    end = max(end, writer.tick)
    left = chunk.data[chunk.stop : chunk.end] if chunk is not None else b""
    if left and repair:
        writer.add(Item(end, LATE_OFF, 0, encoded(set_aside(left))))
    if chunk is None or repair or not chunk.ended:
        writer.add(Item(end, LATE_OFF, 0, _END))
    else:
        writer.add(Item(end, KEPT, len(chunk.ticks) - 1, None))
    return bytes(writer.body if repair else writer.body + left)


class _Writer:
    """Encodes events one by one. Delta times and running status of the original are kept where they are still valid."""

    def __init__(self, chunk: TrackChunk | None, repair: bool) -> None:
        self.body = bytearray()
        self.tick = 0
        self._repair = repair
        self._status = 0  # of the last channel message
        self._interrupted = False  # whether a meta or system event has followed
        if chunk is not None:
            self._data = chunk.data
            columns = (chunk.ticks, chunk.begins, chunk.bodies, chunk.stops, chunk.statuses, chunk.is_running)
            self._ticks, self._begins, self._bodies, self._stops, self._statuses, self._running = (
                column.tolist() for column in columns
            )

    def add(self, item: Item) -> None:
        """Append one event. Ticks must not decrease."""
        delta = item.tick - self.tick
        written = self._delta_as_written(delta, item.place) if item.rank == KEPT else None
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
        """Return the original bytes of a delta time if it is unchanged, otherwise None."""
        original = self._ticks[place] - (self._ticks[place - 1] if place else 0)
        written: bytes = self._data[self._begins[place] : self._bodies[place]]
        return written if delta == original and (len(written) <= _DELTA_BYTES or not self._repair) else None

    def _add_delta(self, delta: int) -> None:
        """Append a delta time. One that is too long for a file is divided by meaningless meta events."""
        while delta > MOST_DELTA:
            self.body += encode_variable_length(MOST_DELTA) + encoded(set_aside(b""))
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
        """Append bytes without a status. After a channel message, which would give them a status, wrap them."""
        if self._status or self._repair:
            self.body += encoded(set_aside(body))
            self._note_status(META)
        else:
            self.body += body

    def _may_run(self, place: int, status: int) -> bool:
        """Return True if running status may be used; after an interruption only if the original did so."""
        was_so = not self._repair and _interrupts(self._statuses[place - 1])
        return status == self._status and (not self._interrupted or was_so)

    def _note_status(self, status: int) -> None:
        if status < SYSEX:
            self._status, self._interrupted = status, False
        elif _interrupts(status):
            self._interrupted = True


def _interrupts(status: int) -> bool:
    """Return True if a status byte ends running status: all but channel and real-time messages."""
    return status == META or SYSEX <= status < 0xF8
