"""Replacement of events that other programs refuse or misread, without losing a byte.

A song whose file was damaged is saved as a valid file. Bytes that a valid file must not contain are moved into
sequencer-specific meta events (FF 7F) or into a separate chunk, both of which other programs skip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jazzassist.domain.song import Event, Track
from jazzassist.midi.smf_checks import is_sound_meta
from jazzassist.midi.smf_scan import ESCAPE, META, SYSEX

MOST_DELTA = 0x0FFFFFFF  # ticks: four bytes, as the standard allows
_SEQUENCER_SPECIFIC = b"\xff\x7f"
_LOST = b"Lost"  # name of the chunk that keeps bytes from outside all chunks


def sound_tracks(tracks: Sequence[Track]) -> list[Track]:
    """Return the tracks with valid events only."""
    return [replace(track, events=tuple(map(_sound_event, track.events))) for track in tracks]


def set_aside(data: bytes) -> bytes:
    """Return the message (as in `Event.data`) of a meta event that keeps bytes of an invalid event."""
    return _SEQUENCER_SPECIFIC + data


def lost_chunk(data: bytes) -> bytes:
    """Return a chunk that keeps bytes from outside all chunks; no bytes if `data` is empty."""
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
        return max(data, default=0) < 0x80 and (ends or status == SYSEX)  # others would break an open escape
    return status < SYSEX
