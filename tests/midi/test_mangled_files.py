"""Bytes changed at random: everything opens, nothing is lost, and an edit can be saved and read again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.song import Note, Notes, Song
from jazzassist.midi.files import song_bytes
from jazzassist.midi.findings import Findings
from jazzassist.midi.smf import read_smf
from jazzassist.midi.song_from_file import song_from
from tests.midi.strategies import files, tried


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A file in which some bytes after the header are changed, lost or doubled."""
    data = bytearray(draw(files()))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(14, max(14, len(data) - 1)))
        kept = draw(st.integers(0, 2))
        data[at : at + 1] = (b"", bytes((draw(st.integers(0, 255)),)), data[at : at + 1] * 2)[kept]
    return bytes(data)


def opened(data: bytes) -> tuple[Song, Findings]:
    findings = Findings()
    return song_from(read_smf(data, findings), findings), findings


def begins_and_ends(song: Song, chunk: int) -> tuple[Counter[tuple[int, ...]], Counter[tuple[int, ...]]]:
    """Return the start and end ticks of the notes in an MTrk chunk, each sorted."""
    notes = [note for track in song.tracks if track.chunk == chunk for note in track.notes]
    begins: Counter[tuple[int, ...]] = Counter((n.start, n.pitch, n.velocity, n.channel) for n in notes)
    return begins, Counter((n.start + n.duration, n.pitch, n.channel) for n in notes)


@tried
@given(mangled())
def test_mangled_file_is_saved_as_it_was(data: bytes) -> None:
    song, findings = opened(data)
    assert song_bytes(song) == data
    assert bool(findings.all) >= findings.damaged


@tried
@given(mangled(), st.integers(0, 500))
def test_note_put_into_a_mangled_file_is_all_that_changes(data: bytes, start: int) -> None:
    song, _ = opened(data)
    for index, track in enumerate(song.tracks):
        added = Notes.of([Note(start, 5, 100, 126, track.channel)])
        edited = song.with_track(index, replace(track, notes=track.notes.joined(added)))
        again, _ = opened(song_bytes(edited))
        for chunk in range(len({track.chunk for track in song.tracks})):
            found, wanted = begins_and_ends(again, chunk), begins_and_ends(edited, chunk)
            assert found[0] == wanted[0]
            if start + 5 <= track.end:  # otherwise notes without a note-off get longer with the track
                assert found[1] == wanted[1]
