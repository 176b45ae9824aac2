"""Conversion of a parsed Standard MIDI File to a song with tracks, notes and events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
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
)
from jazzassist.domain.texts import decode_text, without_controls
from jazzassist.midi.findings import Findings, Oddity
from jazzassist.midi.note_pairs import HANGING, Pairs, pair_notes, release_velocities
from jazzassist.midi.smf import SmfFile, TrackChunk
from jazzassist.midi.smf_scan import END_OF_TRACK, META, UNREADABLE
from jazzassist.midi.text_encoding import encoding_of

PPQ_IF_ZERO = 480
TRACK_NAME = 0x03
FIRST_TEXT, LAST_TEXT = 0x01, 0x0F


@dataclass(frozen=True, eq=False)
class SongSource:
    """The origin of a song: the parsed file, and the tracks as they were created from it.

    `damaged`: reading had to guess, so an edited song is saved as a valid file.
    """

    smf: SmfFile
    tracks: tuple[Track, ...]
    ppq: int
    damaged: bool = False


def song_from(smf: SmfFile, findings: Findings) -> Song:
    """Return the song. A chunk with notes on several channels becomes one track per channel."""
    pairs = [pair_notes(chunk) for chunk in smf.tracks]
    for number, (chunk, notes) in enumerate(zip(smf.tracks, pairs, strict=True), 1):
        _report_hanging(chunk, notes, number, findings)
    encoding = encoding_of(text for chunk in smf.tracks for text in _foreign_texts(chunk))
    tracks: list[Track] = []
    for index, (chunk, notes) in enumerate(zip(smf.tracks, pairs, strict=True)):
        channels = np.unique(notes.channel).tolist()
        if len(channels) > 1:
            tracks.extend(_split(chunk, notes, index, channels, None if smf.format == 0 else encoding))
        else:
            tracks.append(_track(chunk, notes, index, len(tracks) + 1, encoding))
    ppq, ticks_per_second = timing_of(smf.division)
    found = with_drums(Song(ppq, tuple(tracks), ticks_per_second, None, encoding))
    return replace(found, source=SongSource(smf, found.tracks, ppq, findings.damaged))


def timing_of(division: int) -> tuple[int, float | None]:
    """Return ticks per quarter and, for an SMPTE division, ticks per second (a quarter is then half a second)."""
    if division < 0x8000:
        return division or PPQ_IF_ZERO, None
    frames = 256 - (division >> 8)
    rate = 30_000 / 1001 if frames == 29 else float(frames)  # 29 means 29.97 frames per second, drop frame
    ticks_per_second = max(1.0, rate * (division & 0xFF))
    return max(1, round(ticks_per_second / 2)), ticks_per_second


def _report_hanging(chunk: TrackChunk, pairs: Pairs, number: int, findings: Findings) -> None:
    hanging = np.flatnonzero(pairs.off == HANGING)
    if len(hanging):
        offset = int(chunk.begins[pairs.on[hanging[0]]])
        findings.note(Oddity.HANGING_NOTE, offset, number, count=len(hanging))


def _track(chunk: TrackChunk, pairs: Pairs, index: int, number: int, encoding: str) -> Track:
    notes = _notes(chunk, pairs, np.ones(len(pairs.start), np.bool_))
    events = _events(chunk, pairs)
    channel, program = _channel_and_program(notes, events)
    name = _text(events, encoding) or _instrument(notes, events, channel, program) or f"Track {number}"
    return Track(name, notes, events, channel, program, chunk.end_tick, index, chunk)


def _split(chunk: TrackChunk, pairs: Pairs, index: int, channels: list[int], encoding: str | None) -> list[Track]:
    """Return one track per channel that has notes. Events of other channels and meta events go to the first.

    `encoding`: of the chunk's name, which becomes part of the track names; None if it is the song's name.
    """
    everything = _events(chunk, pairs)
    parts: dict[int, list[Event]] = {channel: [] for channel in channels}
    for event in everything:
        owner = event.channel
        parts[owner if owner is not None and owner in parts else channels[0]].append(event)
    text = "" if encoding is None else _text(everything, encoding)
    tracks = []
    for channel in channels:
        notes, events = _notes(chunk, pairs, pairs.channel == channel), tuple(parts[channel])
        program = _program(channel, notes, events)
        name = _part_name(text, channel, program, has_program=any(event.data[0] == 0xC0 | channel for event in events))
        tracks.append(Track(name, notes, events, channel, program, chunk.end_tick, index, chunk))
    return _told_apart(tracks)


def _part_name(text: str, channel: int, program: int, *, has_program: bool) -> str:
    """Return the name of one channel's part of a chunk named `text`. `has_program`: the file sets its program."""
    drums = channel == DRUM_CHANNEL
    if text and not has_program and not drums:
        return text
    instrument = instrument_name(program, drums=drums)
    return f"{text} - {instrument}" if text else instrument


def _told_apart(tracks: list[Track]) -> list[Track]:
    """Return the tracks of one chunk. Tracks that share a name get their channel appended to it."""
    several = Counter(track.name for track in tracks)
    return [
        replace(track, name=f"{track.name} (channel {track.channel + 1})") if several[track.name] > 1 else track
        for track in tracks
    ]


def _notes(chunk: TrackChunk, pairs: Pairs, mask: npt.NDArray[np.bool_]) -> Notes:
    origin = np.flatnonzero(mask)
    if not len(origin):
        return EMPTY
    start, duration, pitch, velocity, channel, off = (
        column[mask] for column in (pairs.start, pairs.duration, pairs.pitch, pairs.velocity, pairs.channel, pairs.off)
    )
    return Notes.from_columns(start, duration, pitch, velocity, channel, origin, release_velocities(chunk, off))


def _events(chunk: TrackChunk, pairs: Pairs) -> tuple[Event, ...]:
    """Return all events except notes, the end of track and unreadable bytes."""
    others = np.flatnonzero(~pairs.is_note & (chunk.statuses != UNREADABLE)).tolist()
    ticks = chunk.ticks[others].tolist() if others else []
    events = (Event(tick, chunk.event_data(at), at) for tick, at in zip(ticks, others, strict=True))
    return tuple(event for event in events if event.meta != END_OF_TRACK)


def _text(events: tuple[Event, ...], encoding: str) -> str:
    """Return the first track name that is not empty, in one line."""
    names = (decode_text(event.payload, encoding) for event in events if event.meta == TRACK_NAME)
    return next((name for text in names if (name := without_controls(text).strip())), "")


def _foreign_texts(chunk: TrackChunk) -> Iterator[bytes]:
    """Yield the texts of a track that are not plain ASCII."""
    metas = np.flatnonzero(chunk.statuses == META)
    kinds = chunk.array[np.minimum(chunk.bodies[metas] + 1, len(chunk.array) - 1)]
    for index in metas[(kinds >= FIRST_TEXT) & (kinds <= LAST_TEXT)].tolist():
        text = chunk.event_data(index)[2:]
        if not text.isascii():
            yield text


def _channel_and_program(notes: Notes, events: tuple[Event, ...]) -> tuple[int, int]:
    """Return the channel of most notes, or else of the first channel message, and its program."""
    if len(notes):
        channel = int(np.bincount(notes.channel).argmax())
    else:
        channel = next((event.channel for event in events if event.channel is not None), 0)
    return channel, _program(channel, notes, events)


def _program(channel: int, notes: Notes, events: tuple[Event, ...]) -> int:
    """Return the program at the first note, or else the first program of the track, or else 0."""
    begins = notes.start[notes.channel == channel]
    start = int(begins[0]) if len(begins) else 0
    changes = [event for event in events if event.data[0] == 0xC0 | channel]
    before = [event for event in changes if event.tick <= start]
    chosen = before[-1:] or changes[:1]
    return chosen[0].data[1] if chosen else 0


def _instrument(notes: Notes, events: tuple[Event, ...], channel: int, program: int) -> str:
    """Return the instrument's name if the track has notes or a program change, otherwise ""."""
    if not len(notes) and all(event.data[0] >> 4 != 0xC for event in events):
        return ""
    return instrument_name(program, drums=channel == DRUM_CHANNEL)
