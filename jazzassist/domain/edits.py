"""Edits, as pure functions from Song to Song. Tracks that an edit does not change remain the same objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace as with_fields

import numpy as np
import numpy.typing as npt

from jazzassist.domain.clip import Clip
from jazzassist.domain.keys import (
    Starts,
    ended_by,
    keys_of,
    loose_ends_inside,
    making_room,
    owners,
    without_overlaps,
)
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Event, Notes, Song, Track

Indices = Sequence[int] | npt.NDArray[np.integer]

LATE_RELEASES = 16  # tolerance for late note-offs: ppq // 16, a 64th note

_WORDS = (0x01, 0x05, 0x06, 0x07)  # text, lyric, marker, cue point: removed with the music at their tick


def insert(song: Song, track: int, notes: Notes) -> Song:
    """Return the song with copies of `notes` added to a track. Raises IndexError if there is no such track."""
    return place(song, track, Clip(song.ppq, without_overlaps(notes.copied())))


def place(song: Song, track: int, clip: Clip) -> Song:
    """Return the song with a clip's notes (not copies of them) and their key pressure added to a track.

    The edit never makes two notes of one key (pitch and channel) overlap; see `keys`.
    Raises IndexError if there is no such track.
    """
    return _with_notes(song, track, _track(song, track).notes, clip)


def replace(song: Song, gap: Gap, *notes: Notes, given: Sequence[Notes] = ()) -> Song:
    """Return the song with the content of the gap replaced by copies of `notes`, one `Notes` per track of the gap.

    `given`: per track, the notes in the gap that are kept, if any. `outside` describes which other notes are kept.
    Raises ValueError if the number of `notes` is not that of tracks.
    """
    stay = given or [EMPTY] * len(gap.tracks)
    for track, instead, known in zip(gap.tracks, notes, stay, strict=True):
        kept = outside(song, track, gap, known)
        song = _with_notes(song, track, kept, Clip(song.ppq, without_overlaps(instead.copied())))
    return song


def outside(song: Song, track: int, gap: Gap, given: Notes = EMPTY) -> Notes:
    """Return the notes of a track that are kept when a gap is filled.

    Notes that begin before the gap are kept whole, even if they extend into or beyond it, and so are those of them
    that are `given`. Of other notes that begin in the gap and are tied over its end, the part after the end is kept,
    with the same velocity.
    """
    notes = _track(song, track).notes
    stays = (notes.start < gap.start) | (notes.start >= gap.end)
    stays[notes.places_of(given)] = True
    if stays.all():
        return notes
    return notes.select(stays).joined(_tied_over(song, track, gap, given))


def _tied_over(song: Song, track: int, gap: Gap, given: Notes) -> Notes:
    """Return the parts after the gap of notes that begin in it.

    Drum notes leave none, because they sound only when struck. Notes that are merely released a moment late
    leave none either: restarted for that moment, they would sound like wrong notes.
    """
    line = song.tracks[track]
    notes, left = line.notes, line.notes.end - gap.end
    tied = (notes.start >= gap.start) & (notes.start < gap.end) & (left > 0)
    tied[notes.places_of(given)] = False
    tied &= (left * LATE_RELEASES >= song.ppq) | (2 * left >= notes.duration)
    if line.is_drums or not tied.any():
        return EMPTY
    found = notes.select(tied)
    rest = found.changed(start=np.full(len(found), gap.end), duration=found.end - gap.end)
    after = notes.select(notes.start >= gap.end)
    begins_anew = Starts(after).has(keys_of(rest), rest.start)
    return ended_by(without_overlaps(rest.select(~begins_anew)), after)


def open_gap(song: Song, at: int, length: int) -> Song:
    """Return the song with everything at or after tick `at` moved `length` ticks later, on all tracks.

    Notes that sound across `at` keep their duration. At tick 0, the events that set up the song (names, tempo,
    meter, programs) keep their place, so that they also apply to the new bars.
    Raises ValueError if `at` or `length` is negative.
    """
    if at < 0 or length < 0:
        raise ValueError("the tick and the length of inserted time must not be negative")

    def later(tick: int) -> int:
        return tick + length if tick >= at else tick

    def event_later(event: Event) -> Event:
        sets_up = at == 0 and event.tick == 0 and event.meta not in _WORDS
        return event if sets_up else event._replace(tick=later(event.tick))

    return _retimed(song, later, lambda events: tuple(map(event_later, events)), lambda notes: notes)


def remove_time(song: Song, start: int, end: int) -> Song:
    """Return the song without the ticks [start, end), on all tracks. Everything after them moves earlier.

    Notes that begin in the range are removed, and so are its markers, lyrics and texts. All other events (tempo,
    meter, programs, controllers) move to `start`, so that the music after the range sounds as before.
    Notes that begin before the range keep their duration, or end where the next note of their key now begins.
    Raises ValueError unless 0 <= start <= end.
    """
    if not 0 <= start <= end:
        raise ValueError("the range of removed time must satisfy 0 <= start <= end")

    def earlier(tick: int) -> int:
        return tick if tick < start else max(start, tick - (end - start))

    def stays(event: Event) -> bool:
        return event.meta not in _WORDS or not start <= event.tick < end

    def events_earlier(events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(event._replace(tick=earlier(event.tick)) for event in events if stays(event))

    return _retimed(song, earlier, events_earlier, lambda notes: _without(notes, start, end))


def close_gap(song: Song, gap: Gap) -> Song:
    """Return the song with the time of a gap removed from all tracks; see `remove_time`."""
    return remove_time(song, gap.start, gap.end)


def remove(song: Song, track: int, indices: Indices) -> Song:
    """Return the song without the notes at the given indices of a track, and without their key pressure.

    Raises IndexError if an index is out of range.
    """
    notes = _track(song, track).notes
    chosen = _chosen(notes, indices)
    return song if not chosen.any() else _with_notes(song, track, notes.select(~chosen), Clip(song.ppq))


def move(song: Song, track: int, indices: Indices, ticks: int = 0, semitones: int = 0) -> Song:
    """Return the song with some notes of a track moved together, limited to pitches 0-127 and tick 0.

    Release velocities and key pressure move with the notes. `keys` describes what happens to other notes of
    the same key. Raises IndexError if an index is out of range.
    """
    chosen = np.flatnonzero(_chosen(_track(song, track).notes, indices))
    clip = Clip.of(song, track, chosen)
    ticks, semitones = clip.limited(ticks, semitones)
    return (
        song if not ticks and not semitones else place(remove(song, track, chosen), track, clip.moved(ticks, semitones))
    )


def transpose(song: Song, track: int, indices: Indices, semitones: int) -> Song:
    """Return the song with some notes of a track transposed together by `semitones`, limited to pitches 0-127."""
    return move(song, track, indices, semitones=semitones)


def _track(song: Song, index: int) -> Track:
    if not 0 <= index < len(song.tracks):
        raise IndexError(f"the song has no track {index + 1}")
    return song.tracks[index]


def _with_notes(song: Song, index: int, kept: Notes, clip: Clip) -> Song:
    """Return the song with the notes of track `index` replaced by `kept` and a clip; its end is extended if needed.

    Tracks that are written to the same MTrk chunk give way to the new notes too.
    """
    chunk = song.tracks[index].chunk
    lines = [at for at, track in enumerate(song.tracks) if at == index or (track.chunk == chunk is not None)]
    room = {at: making_room(kept if at == index else song.tracks[at].notes, clip.notes) for at in lines}
    placed = clip.notes
    for notes in room.values():
        placed = ended_by(placed, notes)
    for at, notes in room.items():
        own, pressure = (placed, clip.pressure) if at == index else (EMPTY, ())
        renewed = _renewed(song.tracks[at], notes, own, placed, pressure)
        song = song if renewed is song.tracks[at] else song.with_track(at, renewed)
    return song


def _renewed(track: Track, kept: Notes, own: Notes, placed: Notes, pressure: Sequence[Event]) -> Track:
    """Return the track with the notes `kept` and `own`. `placed`: all placed notes, those of other tracks too."""
    if kept is track.notes and not len(placed):
        return track
    events = _events_for(track, kept, placed)
    if pressure:
        lasting, _ = owners(pressure, own)
        events = tuple(sorted((*events, *(pressure[at] for at in lasting.tolist())), key=lambda event: event.tick))
    notes = kept.joined(own) if len(own) else kept
    if notes is track.notes and events is track.events:
        return track
    return with_fields(track, notes=notes, events=events, end=max(track.end, notes.last_end))


def _events_for(track: Track, kept: Notes, placed: Notes) -> tuple[Event, ...]:
    """Return a track's events without key pressure of removed notes and without stray note-offs in placed notes."""
    gone = loose_ends_inside(track.events, placed)
    places, owner = owners(track.events, track.notes)
    if len(places):
        columns = (kept.identity.tolist(), kept.start.tolist(), kept.end.tolist())
        lasting = {note: (start, end) for note, start, end in zip(*columns, strict=True)}
        for at, note in zip(places.tolist(), track.notes.identity[owner].tolist(), strict=True):
            start, end = lasting.get(note, (1, 0))
            if not start <= track.events[at].tick <= end:
                gone.add(at)
    return tuple(event for at, event in enumerate(track.events) if at not in gone) if gone else track.events


def _chosen(notes: Notes, indices: Indices) -> npt.NDArray[np.bool_]:
    """Return a mask of the notes at the given indices. Negative indices raise IndexError too."""
    at = np.asarray(indices, dtype=np.int64)
    if at.size and (at.min() < 0 or at.max() >= len(notes)):
        raise IndexError(f"the track has notes 0 to {len(notes) - 1}")
    chosen = np.zeros(len(notes), np.bool_)
    chosen[at] = True
    return chosen


def _without(notes: Notes, start: int, end: int) -> Notes:
    inside = (notes.start >= start) & (notes.start < end)
    return notes.select(~inside) if inside.any() else notes


def _retimed(
    song: Song,
    tick_map: Callable[[int], int],
    event_map: Callable[[tuple[Event, ...]], tuple[Event, ...]],
    note_map: Callable[[Notes], Notes],
) -> Song:
    """Return the song with mapped note starts and track ends. Unchanged tracks remain the same objects."""
    return with_fields(
        song, tracks=tuple(_retimed_track(track, tick_map, event_map, note_map) for track in song.tracks)
    )


def _retimed_track(
    track: Track,
    tick_map: Callable[[int], int],
    event_map: Callable[[tuple[Event, ...]], tuple[Event, ...]],
    note_map: Callable[[Notes], Notes],
) -> Track:
    notes = note_map(track.notes)
    starts = np.fromiter(map(tick_map, notes.start.tolist()), np.int64, len(notes))
    moves = starts != notes.start
    if moves.any():
        moved = notes.select(moves).changed(start=starts[moves])
        notes = ended_by(notes.select(~moves), moved).joined(moved)
    events, end = event_map(track.events), tick_map(track.end)
    loose = loose_ends_inside(events, notes) if moves.any() or events != track.events else ()
    events = tuple(event for at, event in enumerate(events) if at not in loose) if loose else events
    if notes is track.notes and events == track.events and end == track.end:
        return track
    return with_fields(track, notes=notes, events=events, end=max(end, notes.last_end))
