"""Edits of the length, velocity and timing of notes, as functions from Song to Song.

Every function takes the index of a track and the indices of the chosen notes in it. An IndexError is raised if there
are no such notes. Chosen notes keep their identity. Changes of time follow the rule of `keys`: of two notes of one
pitch on one channel, the earlier ends where the later begins. All other notes stay as they are. If nothing changes,
the same song is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from jazzassist.domain import edits
from jazzassist.domain.clip import Clip
from jazzassist.domain.edits import Indices
from jazzassist.domain.keys import FAR, Starts, keys_of, owners, without_overlaps
from jazzassist.domain.song import NEW, Notes, Song, Ticks

LOUDEST = 127

_Change = Callable[[npt.NDArray[np.int16]], npt.NDArray[np.number]]  # of velocities


def set_velocity(song: Song, track: int, indices: Indices, velocity: int) -> Song:
    """Return the song with one velocity for the chosen notes; ValueError unless it is 1-127."""
    if not 1 <= velocity <= LOUDEST:
        raise ValueError(f"a velocity is 1-{LOUDEST}, not {velocity}")
    return _with_velocities(song, track, indices, lambda before: np.full(len(before), velocity))


def scale_velocity(song: Song, track: int, indices: Indices, factor: float) -> Song:
    """Return the song with the chosen velocities times `factor`, rounded and limited to 1-127.

    ValueError unless the factor is a finite number of at least 0.
    """
    if not 0 <= factor < float("inf"):
        raise ValueError("a velocity is scaled by a finite number of at least 0")
    return _with_velocities(song, track, indices, lambda before: np.clip(np.rint(before * factor), 1, LOUDEST))


def resize(song: Song, track: int, indices: Indices, ticks: int) -> Song:
    """Return the song with the chosen notes longer by `ticks` (shorter if negative).

    A note keeps at least one tick, and ends where the next note of its pitch and channel begins.
    """
    chosen = notes_at(song, track, indices)
    return retimed(song, track, chosen, chosen.start, _lasting(chosen, chosen.duration + ticks))


def resize_start(song: Song, track: int, indices: Indices, ticks: int) -> Song:
    """Return the song with the chosen notes beginning later by `ticks` (earlier if negative) and ending where they did.

    A note keeps at least one tick. It begins no earlier than tick 0 and than the note of its pitch and channel before
    it, which then ends there.
    """
    chosen = notes_at(song, track, indices)
    latest = np.maximum(chosen.end - 1, chosen.start)
    earliest = _begun_before(song.tracks[track].notes, chosen) + 1
    start = np.clip(chosen.start + ticks, np.minimum(earliest, chosen.start), latest)
    return retimed(song, track, chosen, start, chosen.end - start)


def legato(song: Song, track: int, indices: Indices) -> Song:
    """Return the song with each chosen note ending where the next chosen notes begin.

    Notes that begin together count as one chord. The last ones keep their duration.
    """
    chosen = notes_at(song, track, indices)
    after = np.searchsorted(chosen.start, chosen.start, side="right")
    following = np.append(chosen.start, FAR)[after]
    duration = np.where(following == FAR, chosen.duration, following - chosen.start)
    return retimed(song, track, chosen, chosen.start, duration)


def split(song: Song, track: int, indices: Indices, at: int) -> Song:
    """Return the song with those of the chosen notes that sound before and after the tick `at` divided there.

    The first part keeps the identity of the note; the second is a new note with the same velocities.
    """
    chosen = notes_at(song, track, indices)
    through = (chosen.start < at) & (at < chosen.end)
    if not through.any():
        return song
    divided = chosen.select(through)
    first = divided.changed(duration=at - divided.start, origin=np.full(len(divided), NEW))
    second = divided.copied().changed(start=np.full(len(divided), at), duration=divided.end - at)
    return put_back(song, track, divided, first.joined(second))


def join(song: Song, track: int, indices: Indices) -> Song:
    """Return the song with chosen notes of one pitch and channel joined into one, from the first start to the last end.

    The joined note is the first one, with its velocity and the release velocity of the one that ends it. Notes are not
    joined over a note of their pitch and channel that is not chosen.
    """
    chosen = notes_at(song, track, indices)
    notes = song.tracks[track].notes
    order = np.lexsort((notes.start, keys_of(notes)))
    is_chosen = np.isin(notes.identity[order], chosen.identity)
    keys = keys_of(notes)[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = ~is_chosen[1:] | ~is_chosen[:-1] | (keys[1:] != keys[:-1])
    firsts = np.flatnonzero(begins)
    sizes = np.diff(np.append(firsts, len(order)))
    if not (sizes > 1).any():
        return song
    members = [order[at : at + size] for at, size in zip(firsts.tolist(), sizes.tolist(), strict=True) if size > 1]
    first = notes.select(np.array([places[0] for places in members]))
    last = {int(notes.identity[places[0]]): places[np.argmax(notes.end[places])] for places in members}
    closing = np.array([last[identity] for identity in first.identity.tolist()])
    columns = {"duration": notes.end[closing] - first.start, "release": notes.release[closing]}
    joined = first.changed(**columns, origin=np.full(len(first), NEW))
    return put_back(song, track, notes.select(np.sort(np.concatenate(members))), joined)


def notes_at(song: Song, track: int, indices: Indices) -> Notes:
    """Return the notes of a track at the given indices; IndexError if there are no such notes."""
    if not 0 <= track < len(song.tracks):
        raise IndexError(f"the song has no track {track + 1}")
    notes, at = song.tracks[track].notes, np.unique(np.asarray(indices, np.int64))
    if at.size and (at[0] < 0 or at[-1] >= len(notes)):
        raise IndexError(f"the track has notes 0 to {len(notes) - 1}")
    return notes.select(at)


def retimed(song: Song, track: int, chosen: Notes, start: Ticks, duration: Ticks) -> Song:
    """Return the song with other starts and durations, in ticks, for the chosen notes of a track.

    Key pressure moves with the start of its note.
    """
    changes = (start != chosen.start) | (duration != chosen.duration)
    if not changes.any():
        return song
    before, start, duration = chosen.select(changes), start[changes], duration[changes]
    origin = np.where(start == before.start, before.origin, NEW)
    return put_back(song, track, before, before.changed(start=start, duration=duration, origin=origin))


def put_back(song: Song, track: int, before: Notes, after: Notes) -> Song:
    """Return the song with the notes `after` instead of `before`, with the key pressure of those that remain."""
    places = song.tracks[track].notes.places_of(before)
    clip = Clip.of(song, track, places)
    starts = dict(zip(after.identity.tolist(), after.start.tolist(), strict=True))
    _, owner = owners(clip.pressure, clip.notes)
    columns = (clip.notes.identity[owner].tolist(), clip.notes.start[owner].tolist())
    shifts = [starts.get(identity, start) - start for identity, start in zip(*columns, strict=True)]
    pressure = [
        event if not shift else event._replace(tick=event.tick + shift, origin=NEW)
        for event, shift in zip(clip.pressure, shifts, strict=True)
    ]
    placed = Clip(song.ppq, without_overlaps(after), tuple(pressure))
    edited = edits.place(edits.remove(song, track, places), track, placed)
    return song if edited.tracks == song.tracks else edited


def _with_velocities(song: Song, track: int, indices: Indices, change: _Change) -> Song:
    chosen = notes_at(song, track, indices)
    notes = song.tracks[track].notes
    velocity, at = notes.velocity.copy(), notes.places_of(chosen)
    velocity[at] = change(notes.velocity[at])
    if np.array_equal(velocity, notes.velocity):
        return song
    return song.with_track(track, replace(song.tracks[track], notes=notes.changed(velocity=velocity)))


def _lasting(notes: Notes, duration: Ticks) -> Ticks:
    """Return durations of at least a tick, or of no ticks for notes that had none and get none."""
    return np.maximum(duration, np.minimum(notes.duration, 1))


def _begun_before(notes: Notes, chosen: Notes) -> Ticks:
    """Return the start of the note before each chosen one of its pitch and channel; -1 if there is none."""
    at = Starts(notes).last_until(keys_of(chosen), chosen.start - 1)
    return np.where(at >= 0, np.append(notes.start, -1)[at], -1)
