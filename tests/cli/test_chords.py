"""`chords`: the chords of a file, as text and as JSON."""

from __future__ import annotations

from pathlib import Path

from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.midi.files import write_song
from tests.cli.conftest import Run
from tests.harmony.songs import TUNE, comping


def test_chords_with_their_places_and_confidence(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    bass, piano = comping(TUNE)
    write_song(Song(480, (Track("Bass", bass, channel=1), Track("Piano", piano))), path)
    found = run("chords", path, "--json").json["chords"]
    assert {"bar": 2, "beat": 1.0, "tick": 1920, "symbol": "G7"}.items() <= found[1].items()
    assert all(0 < chord["confidence"] <= 1 for chord in found)
    lines = run("chords", path).out.splitlines()
    assert lines[0].split() == ["bar", "beat", "chord", "confidence"]
    assert lines[2].split()[:3] == ["2", "1", "G7"]


def test_a_file_of_drums_alone_has_no_chords(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "drums.mid"
    drums = Notes.of([(at * 240, 60, 38, 90, 9) for at in range(32)])
    write_song(Song(480, (Track("Drums", drums, (Event(0, b"\xff\x03Drums"),), 9),)), path)
    assert "no pitched notes" in run("chords", path).out
    assert run("chords", path, "--json").json == {"chords": []}
