"""Every change to a song, as a function from Song to Song. What an edit does not name stays the same object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace as with_fields

import numpy as np
import numpy.typing as npt

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import NEW, Event, Notes, Song, Track

Indices = Sequence[int] | npt.NDArray[np.integer]

HIGHEST_PITCH = 127
_WORDS = (0x01, 0x05, 0x06, 0x07)  # text, lyric, marker, cue point: they belong to the music at their tick


def insert(song: Song, track: int, notes: Notes) -> Song:
    """The song with `notes` added to a track; IndexError when there is no such track."""
    return _with_notes(song, track, _track(song, track).notes.joined(_as_new(notes)))


def replace(song: Song, gap: Gap, *notes: Notes) -> Song:
    """The song with `notes`, one for each track of the gap, instead of those that begin in it.

    Notes that began before the gap stay whole. ValueError unless there are as many as the gap has tracks.
    """
    for track, instead in zip(gap.tracks, notes, strict=True):
        kept = _track(song, track).notes
        outside = (kept.start < gap.start) | (kept.start >= gap.end)
        song = _with_notes(song, track, kept.select(outside).joined(_as_new(instead)))
    return song


def open_gap(song: Song, at: int, length: int) -> Song:
    """The song with everything at or after the tick `at` later by `length` ticks, on all tracks.

    Notes that reach over `at` keep their duration. At the very beginning, the events that set the
    song up (names, tempo, meter, programs) stay where they are, so that the new bars have them too.
    ValueError when `at` or `length` is negative.
    """
    if at < 0 or length < 0:
        raise ValueError("time is inserted at a tick of the song, and as a length above zero")

    def later(tick: int) -> int:
        return tick + length if tick >= at else tick

    def event_later(event: Event) -> Event:
        sets_up = at == 0 and event.tick == 0 and event.meta not in _WORDS
        return event if sets_up else event._replace(tick=later(event.tick))

    return _retimed(song, later, lambda events: tuple(map(event_later, events)), lambda notes: notes)


def remove_time(song: Song, start: int, end: int) -> Song:
    """The song without the ticks [start, end), on all tracks: what follows comes earlier.

    Notes that begin in there go, and so do its markers, lyrics and texts. All other events (tempo,
    meter, programs, controllers) take effect at `start`, so that what follows sounds as it did.
    Notes that reach in from before keep their duration. ValueError unless 0 <= start <= end.
    """
    if not 0 <= start <= end:
        raise ValueError("time is removed from one tick of the song to a later one")

    def earlier(tick: int) -> int:
        return tick if tick < start else max(start, tick - (end - start))

    def stays(event: Event) -> bool:
        return event.meta not in _WORDS or not start <= event.tick < end

    def events_earlier(events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(event._replace(tick=earlier(event.tick)) for event in events if stays(event))

    return _retimed(song, earlier, events_earlier, lambda notes: _without(notes, start, end))


def close_gap(song: Song, gap: Gap) -> Song:
    """The song without the time of a gap, on all tracks; see `remove_time`."""
    return remove_time(song, gap.start, gap.end)


def remove(song: Song, track: int, indices: Indices) -> Song:
    """The song without the notes of a track at the given indices; IndexError when there are no such notes."""
    notes = _track(song, track).notes
    chosen = _chosen(notes, indices)
    return song if not chosen.any() else _with_notes(song, track, notes.select(~chosen))


def move(song: Song, track: int, indices: Indices, ticks: int = 0, semitones: int = 0) -> Song:
    """The song with some notes of a track moved together, no further than pitches 0-127 and tick 0 allow.

    A moved note has lost its place in the file. IndexError when there are no such notes.
    """
    notes = _track(song, track).notes
    chosen = _chosen(notes, indices)
    if not chosen.any():
        return song
    picked = notes.select(chosen)
    later = max(ticks, -int(picked.start.min()))
    higher = min(max(semitones, -int(picked.pitch.min())), HIGHEST_PITCH - int(picked.pitch.max()))
    if not later and not higher:
        return song
    moved = picked.changed(start=picked.start + later, pitch=picked.pitch + higher)
    return _with_notes(song, track, notes.select(~chosen).joined(_as_new(moved)))


def transpose(song: Song, track: int, indices: Indices, semitones: int) -> Song:
    """The song with some notes of a track higher by `semitones`, as far as pitches 0-127 allow for all of them."""
    return move(song, track, indices, semitones=semitones)


def _track(song: Song, index: int) -> Track:
    if not 0 <= index < len(song.tracks):
        raise IndexError(f"the song has no track {index + 1}")
    return song.tracks[index]


def _with_notes(song: Song, index: int, notes: Notes) -> Song:
    """The song with another set of notes on a track, which lasts at least as long as they do."""
    track = song.tracks[index]
    return song.with_track(index, with_fields(track, notes=notes, end=max(track.end, notes.last_end)))


def _as_new(notes: Notes) -> Notes:
    return notes.changed(origin=np.full(len(notes), NEW))


def _chosen(notes: Notes, indices: Indices) -> npt.NDArray[np.bool_]:
    """Which notes are meant. Negative indices are none: they would silently count from the end."""
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
    """The song with its starts of notes and ends of tracks mapped; tracks that stay as they were are shared."""
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
    if not np.array_equal(starts, notes.start):
        notes = notes.changed(start=starts)
    events, end = event_map(track.events), tick_map(track.end)
    if notes is track.notes and events == track.events and end == track.end:
        return track
    return with_fields(track, notes=notes, events=events, end=max(end, notes.last_end))
