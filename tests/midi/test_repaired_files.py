"""Damaged files are valid after an edit: they contain the displayed music and other programs can open them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import mido
import music21
import pytest
import symusic
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.midi.files import song_bytes
from jazzassist.midi.song_from_file import SongSource
from tests.midi.any_bytes import check, check_edit, notes_of, opened
from tests.midi.event_list import track_bodies
from tests.midi.odd_files import NOTE, ODD, OWN_DATA, PLAIN, before_note, chunk, header, one_track, riff
from tests.midi.strategies import files, tried


def piece(tracks: int = 4, notes: int = 12) -> bytes:
    """A file of several tracks that are all different, with controllers, texts and a system exclusive."""
    made = []
    for number in range(tracks):
        line = Notes.of([Note(at * 60, 45, 40 + number * 12 + at % 7, 64 + at, number) for at in range(notes)])
        events = (
            Event(0, b"\xff\x51\x07\xa1\x20"),
            Event(0, b"\xff\x58\x04\x02\x18\x08"),
            Event(0, b"\xf0\x7e\x7f\x09\x01\xf7"),
            Event(10, bytes((0xB0 | number, 7, 90))),
            Event(100, b"\xff\x01MTr"),
            Event(200, b"\xff\x05la"),
        )
        made.append(Track(f"Line {number}", line, events, number, number + 5, notes * 60))
    return song_bytes(Song(480, tuple(made)))


def per_track(song: Song) -> list[list[Note]]:
    return [list(track.notes) for track in song.tracks]


@pytest.mark.parametrize("seed", range(4))
def test_deletion_leaves_the_undamaged_tracks(seed: int) -> None:
    rng = random.Random(seed)
    whole = piece()
    song, _ = opened(whole)
    assert isinstance(song.source, SongSource)
    spans = [(part.start, part.end) for part in song.source.smf.tracks]
    for _ in range(100):
        size, at = rng.randint(1, 16), rng.randint(14, len(whole) - 16)
        found, _ = opened(whole[:at] + whole[at + size :])
        untouched = [
            list(track.notes)
            for track, (start, end) in zip(song.tracks, spans, strict=True)
            if at + size <= start or at >= end
        ]
        there = per_track(found)
        assert all(notes in there for notes in untouched), (seed, at, size)


def damaged(whole: bytes, rng: random.Random) -> bytes:
    """Return the file with some bytes after its header changed, lost, doubled, or cut off at the end."""
    data = bytearray(whole)
    for _ in range(rng.randint(1, 4)):
        at, size = rng.randint(14, max(14, len(data) - 1)), rng.randint(1, 16)
        kind = rng.randint(0, 4)
        if kind == 0:
            del data[at : at + size]
        elif kind == 1:
            data[at:at] = rng.randbytes(size)
        elif kind == 2:
            data[at : at + 1] = bytes((rng.randint(0, 255),))
        elif kind == 3:
            data[at:at] = data[at : at + size]
        else:
            del data[max(at, len(data) - 60) :]
    return bytes(data)


BASES = {
    "piece": piece(),
    "short": piece(2, 3),
    "running status": header(2) + chunk("00 90 3c 40 60 3c 00 00 3e 40 60 3e 00 00 ff 2f 00") * 2,
    "format 0": header(1, 0) + chunk("00 90 24 40 00 91 40 41 60 80 24 00 00 81 40 00 00 ff 2f 00"),
    "alien chunk": header(2) + chunk() + chunk("61 62", name=b"XFIH") + chunk(),
    "own data": PLAIN + OWN_DATA,
    "riff": riff(piece(2, 3)),
}


@pytest.mark.parametrize("name", BASES)
def test_damaged_file_is_repaired_by_an_edit(name: str) -> None:
    rng = random.Random(name)
    for _ in range(60):
        check(damaged(BASES[name], rng))


@tried
@given(files(), st.randoms(use_true_random=False))
def test_any_damaged_file_is_repaired_by_an_edit(data: bytes, rng: random.Random) -> None:
    check(damaged(data, rng))


@pytest.mark.parametrize("seed", range(3))
def test_repaired_file_opens_in_other_programs(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = tmp_path / "repaired.mid"
    for _ in range(25):
        song, findings = opened(damaged(BASES["piece"], rng))
        if not findings.damaged or not song.tracks or max(track.end for track in song.tracks) > 1_000_000:
            continue  # music21 counts every measure
        path.write_bytes(check_edit(song, damaged=True))
        assert mido.MidiFile(path).tracks
        score: Any = symusic.Score(path)
        assert score.tracks
        file = music21.midi.MidiFile()
        file.readstr(path.read_bytes())
        assert len(file.tracks) == len(track_bodies(path.read_bytes()))


@pytest.mark.parametrize("name", [name for name, odd in ODD.items() if odd.damaged and odd.notes])
def test_odd_damaged_file_is_repaired(name: str) -> None:
    song, _ = opened(ODD[name].data)
    saved = song_bytes(song, repair=True)
    again, findings = opened(saved)
    assert not findings.damaged, findings.all
    assert notes_of(again) == notes_of(song)
    check_edit(song, damaged=True)


@pytest.mark.parametrize("name", [name for name, odd in ODD.items() if not odd.damaged])
def test_undamaged_file_is_never_repaired(name: str) -> None:
    song, _ = opened(ODD[name].data)
    assert song_bytes(song, repair=True) == ODD[name].data


def test_repair_keeps_the_bytes_of_undamaged_tracks() -> None:
    whole = piece()
    broken = whole[:-10] + whole[-9:]
    song, findings = opened(broken)
    assert findings.damaged
    assert track_bodies(song_bytes(song, repair=True))[:3] == track_bodies(whole)[:3]


def test_repair_sets_aside_what_other_programs_refuse() -> None:
    song, _ = opened(before_note("00 ff 59 02 08 00 00 f4 00 f0 03 43 90 f7 00 b0 07 ff"))
    body = track_bodies(song_bytes(song, repair=True))[0]
    aside = "00 ff 7f 04 ff 59 08 00 00 ff 7f 01 f4 00 ff 7f 04 f0 43 90 f7 00 b0 07 7f"
    assert body.hex(" ") == f"{aside} {NOTE}"


@pytest.mark.parametrize(
    "time", ["80 00 00 00 00", "61 3c 00 00 00", "61 00 3c 00 00", "61 00 00 1e 00", "61 00 00 00 64"]
)
def test_repair_sets_aside_times_that_do_not_exist(time: str) -> None:
    song, _ = opened(before_note(f"00 ff 54 05 {time} 00 b0 07 ff"))
    assert f"ff 7f 07 ff 54 {time} " in track_bodies(song_bytes(song, repair=True))[0].hex(" ")


@pytest.mark.parametrize("packet", ["f7 00", "f7 01 12", "f7 03 90 3c 40"])
def test_repair_sets_aside_packets_that_other_programs_do_not_end(packet: str) -> None:
    later = "83 76 90 3c 40 86 76 90 40 40 60 80 3c 40 00 80 40 40 00 b0 07 ff 00 ff 2f 00"
    song, _ = opened(one_track(f"00 {packet} {later}"))
    score: Any = symusic.Score.from_midi(song_bytes(song, repair=True))
    assert [(note.time, note.pitch) for note in score.tracks[0].notes] == [(502, 60), (1388, 64)]


def test_repair_moves_what_is_outside_the_tracks_to_the_end() -> None:
    alien = chunk("61", name=b"XFIH")
    data = bytes(3) + header(2) + chunk() + alien + b"\1\2\3" + chunk("00 90 3c 40 60 80 3c 40")
    song, _ = opened(data)
    lost = (chunk("00 00 00", name=b"Lost"), alien, chunk("01 02 03", name=b"Lost"))
    assert song_bytes(song, repair=True) == header(2) + chunk() * 2 + lost[0] + lost[1] + lost[2]


def test_repair_divides_a_delta_time_that_is_too_long() -> None:
    song, _ = opened(one_track(f"81 80 80 80 {NOTE} 00 b0 07 ff").replace(b"\xff\x2f\0\0\xb0", b"\xff\x01\0\0\xb0"))
    saved = song_bytes(song, repair=True)
    assert opened(saved)[0].tracks[0].notes == song.tracks[0].notes
    assert b"\x81\x80\x80\x80\x00" not in saved


def test_wrong_header_length_does_not_survive_an_edit() -> None:
    data = b"MThd\0\0\0\x22" + header(2)[8:] + chunk() + chunk()
    song, findings = opened(data)
    assert findings.damaged
    saved = check_edit(song, damaged=True)
    assert saved.startswith(header(2) + chunk())


def test_own_data_of_a_sequencer_stay_after_an_edit() -> None:
    for own in (OWN_DATA, chunk("24 24 00 10 00 00 00 00", length=700), chunk("24 24 00 10") + b"$$\0\5tail"):
        song, findings = opened(PLAIN + own)
        assert not findings.damaged
        saved = check_edit(song, damaged=False)
        assert saved.startswith(header(1))
        assert saved.endswith(own)
