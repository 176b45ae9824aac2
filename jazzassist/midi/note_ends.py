"""Ensures that the notes of an edited track are read back as they were shown.

A note without a note-off ends where its key is struck again, or at the end of the track. A stray note-off may end a
new note. An edit can therefore change notes that it does not touch. Tracks with such notes are read back after
encoding, and keys whose notes have changed get the missing note-offs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from jazzassist.domain.song import Note, Track
from jazzassist.midi.note_pairs import HANGING, Pairs, pair_notes
from jazzassist.midi.smf_parts import TrackChunk, track_chunk
from jazzassist.midi.smf_scan import scan

Key = tuple[int, int]  # channel, pitch
_NEVER = 1 << 62


def needs_care(chunk: TrackChunk, pairs: Pairs) -> bool:
    """Return True if a track has notes without a note-off, or note-offs without a note."""
    if bool((pairs.off == HANGING).any()):
        return True
    offs = (chunk.statuses & 0xF0 == 0x80) | (chunk.statuses & 0xF0 == 0x90)
    return bool((offs & ~pairs.is_note).any())


def changed_keys(body: bytes, tracks: Sequence[Track]) -> set[Key]:
    """Return the keys whose notes in a track's body differ from those in `tracks`, as far as a file can store them."""
    wanted = _by_key(note for track in tracks for note in track.notes)
    found = _by_key(_notes_in(body))
    return {key for key in wanted if as_held(wanted[key]) != found.get(key)}


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
    by_key = _by_key(note for track in tracks for note in track.notes if (note.channel, note.pitch) in keys)
    return {
        note: held.start + held.duration
        for notes in by_key.values()
        for note, held in zip(notes, as_held(notes), strict=True)
    }


def is_stray_off(message: bytes, keys: set[Key]) -> bool:
    """Return True if a message that belongs to no note is a note-off of one of the keys."""
    kind = message[0] & 0xF0
    return kind in (0x80, 0x90) and (message[0] & 0x0F, message[1]) in keys


def _by_key(notes: Iterable[Note]) -> dict[Key, list[Note]]:
    found: dict[Key, list[Note]] = defaultdict(list)
    for note in sorted(notes):
        found[note.channel, note.pitch].append(note)
    return found


def _notes_in(body: bytes) -> list[Note]:
    events = scan(body, 0, len(body))
    pairs = pair_notes(track_chunk(body, 0, len(body), events, length_is_right=True))
    rows = (pairs.start, pairs.duration, pairs.pitch, pairs.velocity, pairs.channel)
    return [Note(*row) for row in zip(*(column.tolist() for column in rows), strict=True)]
