"""Ensures that the notes of an edited track are read back as they were shown.

A note without a note-off ends where its key is struck again, or at the end of the track. A stray note-off may end a
new note. An edit can therefore change notes that it does not touch. Tracks with such notes are read back after
encoding, and keys whose notes have changed get the missing note-offs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from jazzassist.domain.song import Note, Track
from jazzassist.midi.note_pairs import HANGING, Pairs, pair_notes, release_velocities
from jazzassist.midi.smf_parts import TrackChunk, track_chunk
from jazzassist.midi.smf_scan import scan

Key = tuple[int, int]  # channel, pitch
Sound = tuple[Note, int]  # a note and its release velocity
_NEVER = 1 << 62


def needs_care(chunk: TrackChunk, pairs: Pairs) -> bool:
    """Return True if a track has notes without a note-off, or note-offs without a note."""
    if bool((pairs.off == HANGING).any()):
        return True
    offs = (chunk.statuses & 0xF0 == 0x80) | (chunk.statuses & 0xF0 == 0x90)
    return bool((offs & ~pairs.is_note).any())


def changed_keys(body: bytes, tracks: Sequence[Track]) -> set[Key]:
    """Return the keys whose notes in a track's body differ from those in `tracks`, as far as a file can store them."""
    wanted = _by_key(sound for track in tracks for sound in _sounds_of(track))
    found = _by_key(_sounds_in(body))
    return {key for key in wanted if _sounds_as_held(wanted[key]) != found.get(key)}


def _sounds_as_held(sounds: Sequence[Sound]) -> list[Sound]:
    notes, releases = zip(*sounds, strict=True)
    return sorted(zip(as_held(notes), releases, strict=True))


def as_held(notes: Sequence[Note]) -> list[Note]:
    """Return the sorted notes of one key as a file can store them: the note that begins first ends first.

    A note that contains another one is cut where the next one begins.
    """
    held: list[Note] = []
    first_end = next_start = start = _NEVER
    for note in reversed(notes):
        if note.start < start:
            next_start, start = start, note.start
        end = note.start + note.duration
        if end > first_end and next_start < end:
            note = note._replace(duration=next_start - note.start)
        first_end = min(first_end, note.start + note.duration)
        held.append(note)
    return held[::-1]


def ends_as_held(tracks: Sequence[Track], keys: set[Key]) -> dict[Note, int]:
    """Return the tick at which a file can end each note of the keys."""
    sounds = (sound for track in tracks for sound in _sounds_of(track))
    by_key = _by_key(sound for sound in sounds if (sound[0].channel, sound[0].pitch) in keys)
    return {
        note: held.start + held.duration
        for found in by_key.values()
        for (note, _), held in zip(found, as_held([note for note, _ in found]), strict=True)
    }


def is_stray_off(message: bytes, keys: set[Key]) -> bool:
    """Return True if a message that belongs to no note is a note-off of one of the keys."""
    kind = message[0] & 0xF0
    return kind in (0x80, 0x90) and (message[0] & 0x0F, message[1]) in keys


def _by_key(sounds: Iterable[Sound]) -> dict[Key, list[Sound]]:
    found: dict[Key, list[Sound]] = defaultdict(list)
    for note, release in sorted(sounds):
        found[note.channel, note.pitch].append((note, release))
    return found


def _sounds_of(track: Track) -> Iterable[Sound]:
    return zip(track.notes, track.notes.release.tolist(), strict=True)


def _sounds_in(body: bytes) -> list[Sound]:
    events = scan(body, 0, len(body))
    chunk = track_chunk(body, 0, len(body), events, length_is_right=True)
    pairs = pair_notes(chunk)
    rows = (pairs.start, pairs.duration, pairs.pitch, pairs.velocity, pairs.channel)
    notes = [Note(*row) for row in zip(*(column.tolist() for column in rows), strict=True)]
    return list(zip(notes, release_velocities(chunk, pairs.off).tolist(), strict=True))
