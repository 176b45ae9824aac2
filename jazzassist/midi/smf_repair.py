"""What a repair puts in the place of events that other programs refuse or misread. No byte is lost.

A save is a repair when reading had to guess. What cannot stand in a valid file goes into a meta event
for sequencers (FF 7F) or into a chunk of its own, both of which every program skips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jazzassist.domain.song import Event, Track
from jazzassist.midi.smf_checks import is_sound_meta
from jazzassist.midi.smf_scan import ESCAPE, META, SYSEX

MOST_DELTA = 0x0FFFFFFF  # ticks: four bytes, as the standard allows
_SEQUENCER_SPECIFIC = b"\xff\x7f"
_LOST = b"Lost"  # the name of the chunk for bytes that were outside all chunks


def sound_tracks(tracks: Sequence[Track]) -> list[Track]:
    """The tracks with valid events only."""
    return [replace(track, events=tuple(map(_sound_event, track.events))) for track in tracks]


def set_aside(data: bytes) -> bytes:
    """The message (as in `Event.data`) of a meta event that keeps bytes which are no valid event."""
    return _SEQUENCER_SPECIFIC + data


def lost_chunk(data: bytes) -> bytes:
    """A chunk that keeps bytes which were outside all chunks; nothing for no bytes."""
    return _LOST + len(data).to_bytes(4, "big") + data if data else b""


def _sound_event(event: Event) -> Event:
    return event if _is_sound(event) else event._replace(data=set_aside(event.data))


def _is_sound(event: Event) -> bool:
    status = event.data[0]
    if status == META:
        return is_sound_meta(event.data[1], event.payload)
    if status in (SYSEX, ESCAPE):
        ends = event.payload.endswith(b"\xf7")
        data = event.payload[:-1] if ends else event.payload
        return max(data, default=0) < 0x80 and (ends or status == SYSEX)  # others lose their place in an open escape
    return status < SYSEX
