"""Properties that hold for any bytes opened as a MIDI file."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace

import mido

from jazzassist.domain.song import Note, Notes, Song
from jazzassist.midi.files import song_bytes
from jazzassist.midi.findings import Findings
from jazzassist.midi.smf import NotMidi, read_smf
from jazzassist.midi.song_from_file import SongSource, song_from


def opened(data: bytes) -> tuple[Song, Findings]:
    """Return the song in a file's bytes, and the findings of reading it."""
    findings = Findings()
    return song_from(read_smf(data, findings), findings), findings


def check(data: bytes) -> str:
    """Check the properties and return "refused" or "opened". Any exception but NotMidi is a fault."""
    try:
        song, findings = opened(data)
    except NotMidi:
        return "refused"
    assert song_bytes(song) == data, "an unedited song is saved as it was"
    if song.tracks:
        check_edit(song, findings.damaged)
    return "opened"


def check_edit(song: Song, damaged: bool) -> bytes:
    """Check that an edited song is saved with its notes, and a damaged one as a valid file. Return the file."""
    edited = with_note(song)
    saved = song_bytes(edited)
    again, found = opened(saved)
    if can_be_written(edited):
        assert notes_of(again) == notes_of(edited), "the notes are those that were shown"
    if damaged:
        assert not found.damaged, found.all
        assert_mido_opens(saved, again)
    return saved


def with_note(song: Song) -> Song:
    """Return the song with a short note added after the end of its last track."""
    track = song.tracks[-1]
    added = Notes.of([Note(track.end + 5, 10, 100, 101, track.channel)])
    return song.with_track(len(song.tracks) - 1, replace(track, notes=track.notes.joined(added)))


def notes_of(song: Song) -> Counter[tuple[int, ...]]:
    """Return all notes, each with the index of its MTrk chunk."""
    return Counter((track.chunk or 0, *note) for track in song.tracks for note in track.notes)


def can_be_written(song: Song) -> bool:
    """Return True if in each track the notes of a key end in the order in which they begin, at different ticks."""
    last: dict[tuple[int | None, int, int], Note] = {}
    for chunk, note in sorted((track.chunk or 0, note) for track in song.tracks for note in track.notes):
        before = last.get((chunk, note.channel, note.pitch))
        if before and not (before.start < note.start and before.start + before.duration <= note.start + note.duration):
            return False
        last[chunk, note.channel, note.pitch] = note
    return True


def assert_mido_opens(saved: bytes, song: Song) -> None:
    """Check that mido finds the same number of note-ons. It cannot open RIFF files."""
    assert isinstance(song.source, SongSource)
    if song.source.smf.riff_size_at is not None:
        return
    file = mido.MidiFile(file=io.BytesIO(saved))
    found = sum(message.type == "note_on" and message.velocity > 0 for track in file.tracks for message in track)
    assert found == sum(len(track.notes) for track in song.tracks)
