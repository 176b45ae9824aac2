"""The song in a Standard MIDI File: tracks with notes and events, ready to be edited."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jazzassist.domain.drums import with_drums
from jazzassist.domain.instruments import instrument_name
from jazzassist.domain.song import (
    DRUM_CHANNEL,
    EMPTY,
    Event,
    Notes,
    Song,
    Track,
    decode_text,
)
from jazzassist.midi.findings import Findings
from jazzassist.midi.note_pairs import HANGING, Pairs, pair_notes
from jazzassist.midi.smf import SmfFile, TrackChunk
from jazzassist.midi.smf_scan import UNREADABLE

PPQ_IF_ZERO = 480
TRACK_NAME = 0x03


@dataclass(frozen=True, eq=False)
class SongSource:
    """What a song was read from: the file, and the tracks as they were made from it."""

    smf: SmfFile
    tracks: tuple[Track, ...]
    ppq: int


def song_from(smf: SmfFile, findings: Findings) -> Song:
    """The song; one track per MTrk chunk, or one per channel where a single chunk holds all the notes."""
    pairs = [pair_notes(chunk) for chunk in smf.tracks]
    for number, (chunk, notes) in enumerate(zip(smf.tracks, pairs, strict=True), 1):
        _tell_hanging(chunk, notes, number, findings)
    with_notes = [index for index, notes in enumerate(pairs) if len(notes.start)]
    tracks: list[Track] = []
    for index, (chunk, notes) in enumerate(zip(smf.tracks, pairs, strict=True)):
        channels = np.unique(notes.channel).tolist()
        if with_notes == [index] and len(channels) > 1:
            tracks.extend(_split(chunk, notes, index, channels))
        else:
            tracks.append(_track(chunk, notes, index, len(tracks) + 1))
    ppq, ticks_per_second = timing_of(smf.division)
    found = with_drums(Song(ppq, tuple(tracks), ticks_per_second))
    return replace(found, source=SongSource(smf, found.tracks, ppq))


def timing_of(division: int) -> tuple[int, float | None]:
    """Ticks per quarter, and ticks per second for a SMPTE division (a quarter is half a second then)."""
    if division < 0x8000:
        return division or PPQ_IF_ZERO, None
    frames = 256 - (division >> 8)
    rate = 30_000 / 1001 if frames == 29 else float(frames)  # 29 means 29.97 frames per second, drop frame
    ticks_per_second = max(1.0, rate * (division & 0xFF))
    return max(1, round(ticks_per_second / 2)), ticks_per_second


def _tell_hanging(chunk: TrackChunk, pairs: Pairs, number: int, findings: Findings) -> None:
    hanging = np.flatnonzero(pairs.off == HANGING)
    if len(hanging):
        offset = int(chunk.begins[pairs.on[hanging[0]]])
        told = "a note is never ended; it sounds to the end of the track"
        findings.tell(told, offset, number, count=len(hanging))


def _track(chunk: TrackChunk, pairs: Pairs, index: int, number: int) -> Track:
    notes = _notes(pairs, np.ones(len(pairs.start), np.bool_))
    events = _events(chunk, pairs)
    channel, program = _channel_and_program(notes, events)
    name = _text(events) or _instrument(notes, events, channel, program) or f"Track {number}"
    return Track(name, notes, events, channel, program, chunk.end_tick, index, chunk)


def _split(chunk: TrackChunk, pairs: Pairs, index: int, channels: list[int]) -> list[Track]:
    """One track per channel that has notes. What belongs to none of these channels goes to the first."""
    parts: dict[int, list[Event]] = {channel: [] for channel in channels}
    for event in _events(chunk, pairs):
        owner = event.channel
        parts[owner if owner is not None and owner in parts else channels[0]].append(event)
    tracks = []
    for channel in channels:
        notes, events = _notes(pairs, pairs.channel == channel), tuple(parts[channel])
        program = _program(channel, notes, events)
        name = instrument_name(program, drums=channel == DRUM_CHANNEL)
        tracks.append(Track(name, notes, events, channel, program, chunk.end_tick, index, chunk))
    return tracks


def _notes(pairs: Pairs, mask: npt.NDArray[np.bool_]) -> Notes:
    origin = np.flatnonzero(mask)
    if not len(origin):
        return EMPTY
    start, duration, pitch, velocity, channel = (
        column[mask] for column in (pairs.start, pairs.duration, pairs.pitch, pairs.velocity, pairs.channel)
    )
    return Notes.from_columns(start, duration, pitch, velocity, channel, origin)


def _events(chunk: TrackChunk, pairs: Pairs) -> tuple[Event, ...]:
    """Everything but notes, the end of track and unreadable bytes."""
    others = np.flatnonzero(~pairs.is_note & (chunk.statuses != UNREADABLE)).tolist()
    if chunk.ended:
        others.pop()
    ticks = chunk.ticks[others].tolist() if others else []
    return tuple(Event(tick, chunk.event_data(at), at) for tick, at in zip(ticks, others, strict=True))


def _text(events: tuple[Event, ...]) -> str:
    return next(
        (text for event in events if event.meta == TRACK_NAME and (text := decode_text(event.payload).strip())), ""
    )


def _channel_and_program(notes: Notes, events: tuple[Event, ...]) -> tuple[int, int]:
    """The channel of most notes, else of the first channel message; and the program in force there."""
    if len(notes):
        channel = int(np.bincount(notes.channel).argmax())
    else:
        channel = next((event.channel for event in events if event.channel is not None), 0)
    return channel, _program(channel, notes, events)


def _program(channel: int, notes: Notes, events: tuple[Event, ...]) -> int:
    """The program with which the first note sounds; without one, the first there is; else 0."""
    begins = notes.start[notes.channel == channel]
    start = int(begins[0]) if len(begins) else 0
    changes = [event for event in events if event.data[0] == 0xC0 | channel]
    before = [event for event in changes if event.tick <= start]
    chosen = before[-1:] or changes[:1]
    return chosen[0].data[1] if chosen else 0


def _instrument(notes: Notes, events: tuple[Event, ...], channel: int, program: int) -> str:
    """The instrument's name, where the track has notes or names a program."""
    if not len(notes) and all(event.data[0] >> 4 != 0xC for event in events):
        return ""
    return instrument_name(program, drums=channel == DRUM_CHANNEL)
