"""Test files of other projects and real pieces: nothing is lost, and an edit changes only what it means to change."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import pytest
import symusic

from jazzassist.domain.song import Note, Notes
from jazzassist.midi.files import MidiFileError, OpenedSong, read_song, song_bytes
from tests.midi.event_list import event_list, track_bodies

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
FOLDERS = sorted(path for path in [*DATA.glob("miditests/*"), DATA / "realworld"] if path.is_dir())
QUICK = "realworld"

pytestmark = pytest.mark.skipif(not FOLDERS, reason="the collected test files are not beside this checkout")


def opened(folder: Path) -> Iterator[tuple[Path, OpenedSong]]:
    """Yield (path, opened song) of all MIDI files in the folder. Other files must be refused in one line."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if b"MThd" in path.read_bytes()[:4096]:
            yield path, read_song(path)
        else:
            with pytest.raises(MidiFileError, match=f"^{re.escape(str(path))} is .*[.]$"):
                read_song(path)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_file_opens_or_is_refused_and_is_saved_as_it_was(folder: Path) -> None:
    for path, found in opened(folder):
        assert song_bytes(found.song) == path.read_bytes(), path
        assert found.warnings or not found.damaged


@pytest.mark.parametrize(
    "folder",
    [pytest.param(path, id=path.name, marks=() if path.name == QUICK else pytest.mark.slow) for path in FOLDERS],
)
def test_note_put_in_changes_nothing_else(folder: Path) -> None:
    for path, found in opened(folder):
        song = found.song
        with_notes = [index for index, track in enumerate(song.tracks) if len(track.notes)]
        if not with_notes or found.damaged:
            continue
        for index in {with_notes[0], with_notes[-1]}:
            track = song.tracks[index]
            assert track.chunk is not None
            note = Note(track.notes.last_end // 2 + 1, 7, 61, 126, track.channel)
            edited = replace(track, notes=track.notes.joined(Notes.of([note])))
            check_one_added(path.read_bytes(), song_bytes(song.with_track(index, edited)), track.chunk, note, path)


def check_one_added(before: bytes, after: bytes, chunk: int, note: Note, path: Path) -> None:
    old, new = track_bodies(before), track_bodies(after)
    assert old[:chunk] + old[chunk + 1 :] == new[:chunk] + new[chunk + 1 :], path
    was, now = (event_list(bodies[chunk], strict=False) for bodies in (old, new))
    own = [
        (note.start, bytes((0x90 | note.channel, 61, 126))),
        (note.start + note.duration, bytes((0x80 | note.channel, 61, 64))),
    ]
    added = Counter(event.plain for event in now) - Counter(event.plain for event in was)
    assert added == Counter(own), path
    rest = [event.plain for event in now]
    for event in own:
        rest.remove(event)
    assert rest == [event.plain for event in was], path


@pytest.mark.parametrize("name", ["realworld"])
def test_mido_and_symusic_hear_the_same_notes(name: str) -> None:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip("no such folder beside this checkout")
    for path, found in opened(folder):
        ours = Counter((n.start, n.pitch, n.velocity, n.channel) for track in found.song.tracks for n in track.notes)
        try:
            theirs = mido.MidiFile(file=io.BytesIO(path.read_bytes()))
        except (mido.KeySignatureError, OSError, ValueError, EOFError):
            continue
        heard: Counter[tuple[int, ...]] = Counter()
        for track in theirs.tracks:
            tick = 0
            for message in track:
                tick += message.time
                if message.type == "note_on" and message.velocity:
                    heard[tick, message.note, message.velocity, message.channel] += 1
        assert heard == ours, path
        score: Any = symusic.Score(path)
        assert abs(sum(len(track.notes) for track in score.tracks) - sum(ours.values())) <= len(found.warnings) * 100
