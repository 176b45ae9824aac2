from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import mido
import pytest
import symusic
from hypothesis import given

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.midi.files import read_song, song_bytes
from jazzassist.midi.findings import Findings
from jazzassist.midi.smf import read_smf
from jazzassist.midi.song_from_file import song_from
from tests.midi.strategies import files, songs, tried


def reopened(data: bytes) -> Song:
    findings = Findings()
    song = song_from(read_smf(data, findings), findings)
    assert not findings.damaged
    return song


def all_notes(song: Song) -> Counter[tuple[int, ...]]:
    return Counter(tuple(note) for track in song.tracks for note in track.notes)


@tried
@given(songs())
def test_new_song_comes_back(song: Song) -> None:
    again = reopened(song_bytes(song))
    assert again.ppq == song.ppq
    assert all_notes(again) == all_notes(song)
    for before, after in zip(song.tracks, again.tracks, strict=True):
        kept = [(event.tick, event.data) for event in after.events]
        for event in before.events:
            assert (event.tick, event.data) in kept
        assert after.end >= max(before.end, before.notes.last_end)
        assert after.name == before.name or any(event.meta == 3 for event in before.events)


@tried
@given(songs())
def test_mido_reads_the_same_notes_from_a_new_song(song: Song) -> None:
    quiet = Song(song.ppq, tuple(Track(t.name, t.notes, (), t.channel, t.program, t.end) for t in song.tracks))
    file = mido.MidiFile(file=io.BytesIO(song_bytes(quiet)))
    assert file.ticks_per_beat == song.ppq
    assert Counter(note for track in file.tracks for note in mido_notes(track)) == all_notes(song)


def mido_notes(track: mido.MidiTrack) -> list[tuple[int, ...]]:
    tick = 0
    waiting: dict[tuple[int, int], list[tuple[int, int]]] = {}
    found: list[tuple[int, ...]] = []
    for message in track:
        tick += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        key = (message.channel, message.note)
        if message.type == "note_on" and message.velocity:
            waiting.setdefault(key, []).append((tick, message.velocity))
        elif waiting.get(key):
            start, velocity = waiting[key].pop(0)
            found.append((start, tick - start, message.note, velocity, message.channel))
    return found


@tried
@given(songs())
def test_symusic_reads_the_same_notes_from_a_new_song(song: Song) -> None:
    quiet = Song(480, tuple(Track("x", t.notes.select(t.notes.duration > 0), (), t.channel) for t in song.tracks))
    score: Any = symusic.Score.from_midi(song_bytes(quiet))
    theirs = Counter((n.time, n.duration, n.pitch, n.velocity) for track in score.tracks for n in track.notes)
    assert theirs == Counter(note[:4] for note in all_notes(quiet).elements())


@tried
@given(files(alien=b""))
def test_random_file_is_read_like_mido_and_saved_as_it_was(data: bytes) -> None:
    song = reopened(data)
    assert song_bytes(song) == data
    theirs = mido.MidiFile(file=io.BytesIO(data))
    for index, track in enumerate(theirs.tracks):
        ours = Counter(tuple(note) for part in song.tracks if part.chunk == index for note in part.notes)
        lacking = keys_with_a_missing_off(track)  # mido leaves such notes out
        assert {n: c for n, c in Counter(mido_notes(track)).items() if (n[4], n[2]) not in lacking} == {
            n: c for n, c in ours.items() if (n[4], n[2]) not in lacking
        }


def keys_with_a_missing_off(track: mido.MidiTrack) -> set[tuple[int, int]]:
    sounding: Counter[tuple[int, int]] = Counter()
    for message in track:
        if message.type in ("note_on", "note_off"):
            key = (message.channel, message.note)
            sounding[key] += 1 if message.type == "note_on" and message.velocity else -(sounding[key] > 0)
    return {key for key, count in sounding.items() if count}


def test_new_track_says_its_name_and_program(tmp_path: Path) -> None:
    song = Song(480, (Track("Flûte № 2", Notes.of([Note(0, 10, 60, 80, 3)]), channel=3, program=73),))
    path = tmp_path / "new.mid"
    path.write_bytes(song_bytes(song))
    track = read_song(path).song.tracks[0]
    assert (track.name, track.channel, track.program) == ("Flûte № 2", 3, 73)


def test_new_drum_track_gets_no_program() -> None:
    data = song_bytes(Song(480, (Track("Kit", Notes.of([Note(0, 10, 38, 80, 9)]), channel=9),)))
    assert all(message.type != "program_change" for message in mido.MidiFile(file=io.BytesIO(data)).tracks[0])


def test_song_without_tracks_is_a_file() -> None:
    assert song_bytes(Song(96)) == b"MThd\0\0\0\6\0\1\0\0\0\x60"


@pytest.mark.parametrize(
    "data", [b"\xff\x51\x07\xa1\x20", b"\xf0\x7e\x7f\x09\x01\xf7", b"\xf7\x12\x34", b"\xb0\x07\x40"]
)
def test_any_event_comes_back(data: bytes) -> None:
    song = Song(480, (Track("", events=(Event(5, data),)),))
    assert [(event.tick, event.data) for event in reopened(song_bytes(song)).tracks[0].events] == [(5, data)]
