"""Making sure that the notes of an edited track are read back as they were shown.

A note without a note-off ends where its key is struck again, or with the track; and a note-off that
ends no note may end a new one. So an edit can change notes that it does not touch. Such tracks are
read back, and the keys whose notes changed get the note-offs that they need.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from jazzassist.domain.song import Note, Track
from jazzassist.midi.note_pairs import HANGING, Pairs, pair_notes
from jazzassist.midi.smf_parts import TrackChunk, track_chunk
from jazzassist.midi.smf_scan import scan

Key = tuple[int, int]  # channel, pitch


def needs_care(chunk: TrackChunk, pairs: Pairs) -> bool:
    """Whether a track has notes without a note-off, or note-offs without a note."""
    if bool((pairs.off == HANGING).any()):
        return True
    offs = (chunk.statuses & 0xF0 == 0x80) | (chunk.statuses & 0xF0 == 0x90)
    return bool((offs & ~pairs.is_note).any())


def changed_keys(body: bytes, tracks: Sequence[Track]) -> set[Key]:
    """The keys whose notes are others when a track's body is read, and could be read as they are in `tracks`."""
    wanted = _by_key(note for track in tracks for note in track.notes)
    found = _by_key(_notes_in(body))
    return {key for key in wanted if wanted[key] != found.get(key) and _ends_in_turn(wanted[key])}


def is_stray_off(message: bytes, keys: set[Key]) -> bool:
    """Whether a message that belongs to no note is a note-off of one of the keys."""
    kind = message[0] & 0xF0
    return kind in (0x80, 0x90) and (message[0] & 0x0F, message[1]) in keys


def _by_key(notes: Iterable[Note]) -> dict[Key, list[Note]]:
    found: dict[Key, list[Note]] = defaultdict(list)
    for note in sorted(notes):
        found[note.channel, note.pitch].append(note)
    return found


def _ends_in_turn(notes: Sequence[Note]) -> bool:
    """Whether the first note ends first: otherwise a MIDI file cannot hold them."""
    ends = [note.start + note.duration for note in notes]
    return all(one <= other for one, other in pairwise(ends))


def _notes_in(body: bytes) -> list[Note]:
    events = scan(body, 0, len(body))
    pairs = pair_notes(track_chunk(body, 0, len(body), events, length_is_right=True))
    rows = (pairs.start, pairs.duration, pairs.pitch, pairs.velocity, pairs.channel)
    return [Note(*row) for row in zip(*(column.tolist() for column in rows), strict=True)]
