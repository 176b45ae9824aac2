"""Held-out songs with their real timing."""

from __future__ import annotations

import csv
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Notes, Song, Track
from jazzassist.midi.files import write_song
from jazzassist.training.beats import LEAD_BEATS, BeatGrid
from jazzassist.training.config import ConfigError, CorpusSet, Recipe
from jazzassist.training.evaluation.real_songs import PPQ, real_songs, song_on_beats, songs_in
from tests.neural.requests import band

HALF = 0.5  # seconds from beat to beat


def test_notes_keep_their_distance_from_the_beats() -> None:
    grid = BeatGrid(np.array([1.0, 1.5, 2.1, 2.7, 3.3]), np.array([True, False, False, True, False]))
    onset, duration = np.array([1.0, 1.55, 2.4, 0.0]), np.array([0.25, 0.1, 0.6, 0.1])
    song = song_on_beats(grid, [("piano", 0, onset, duration, np.array([60, 62, 64, 65]), np.array([80, 90, 0, 70]))])
    notes = song.tracks[1].notes
    lead = LEAD_BEATS * PPQ
    assert notes.start.tolist() == [lead - 2 * PPQ, lead, lead + PPQ + 40, lead + 2 * PPQ + PPQ // 2]
    assert notes.duration[1] == PPQ // 2
    assert notes.velocity.tolist() == [70, 80, 90, 1]
    assert song.meter_map.meter_at(lead) == (3, 4)
    assert song.tempo_map.bpm_at(lead) == pytest.approx(120)
    assert song.tempo_map.bpm_at(lead + PPQ) == pytest.approx(100)


def test_what_lies_long_before_the_first_beat_is_left_out() -> None:
    grid = BeatGrid(np.arange(10, 20, dtype=np.float64) * HALF, np.arange(10) % 4 == 0)
    onset = np.array([0.0, 5.0])
    song = song_on_beats(grid, [("solo", 66, onset, np.full(2, 0.2), np.array([60, 61]), np.array([80, 80]))])
    assert song.tracks[1].notes.pitch.tolist() == [61]


def _table(rows: list[dict[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_solo(data: Path, name: str) -> None:
    """A solo of eighths, each a tenth of a beat late, as the Weimar Jazz Database keeps it."""
    (data / "wjazzd" / "midi").mkdir(parents=True)
    pitch = 60 + np.arange(64) % 7
    exact = Notes.from_columns(np.arange(64) * PPQ // 2, np.full(64, 200), pitch, np.full(64, 90), np.zeros(64, int))
    write_song(Song(PPQ, (Track("solo", exact, program=66),)), data / "wjazzd" / "midi" / f"{name}.mid")
    beats: list[dict[str, object]] = [
        {"onset": at * HALF, "beat": at % 4 + 1, "chord": "C7" if at % 8 < 4 else "F7"} for at in range(40)
    ]
    notes: list[dict[str, object]] = [
        {"onset": (at / 2 + 0.1) * HALF, "duration": 0.2, "pitch": 60 + at % 7} for at in range(64)
    ]
    with tarfile.open(data / "wjazzd" / "csv.tar.xz", "w:xz") as archive:
        for place, rows in (("mcsv_melody", notes), ("mcsv_beat", beats)):
            ending = "_FINAL" if place == "mcsv_melody" else "_FINAL_beattrack"
            content, info = _table(rows), tarfile.TarInfo(f"{place}/{name}{ending}.csv")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_solos_of_the_weimar_database_have_their_timing_and_chords(tmp_path: Path) -> None:
    write_solo(tmp_path, "Someone_Tune42")  # a tune of the test part of the split
    recipe = Recipe("tiny", sets=(CorpusSet("wjazzd", "wjazzd/midi", "own", 1.0, tune_from="after-performer"),))
    (found,) = real_songs(recipe, tmp_path)
    start = found.song.tracks[1].notes.start - LEAD_BEATS * PPQ
    assert start.tolist() == [at * PPQ // 2 + PPQ // 10 for at in range(64)]
    assert found.song.tracks[1].notes.velocity.tolist() == [90] * 64
    assert found.song.chord_symbols == () and found.chords[4] == ((LEAD_BEATS + 4) * PPQ, "F7")


def test_tunes_that_are_trained_on_are_not_taken(tmp_path: Path) -> None:
    write_solo(tmp_path, "Someone_Tune0")
    recipe = Recipe("tiny", sets=(CorpusSet("wjazzd", "wjazzd/midi", "own", 1.0, tune_from="after-performer"),))
    with pytest.raises(ConfigError, match="holds none of the sets of played music: pop909, groove, wjazzd"):
        list(real_songs(recipe, tmp_path))


def test_a_folder_gives_all_files_that_can_be_read(tmp_path: Path) -> None:
    write_song(band(PPQ, 8), tmp_path / "one.mid")
    (tmp_path / "two.mid").write_bytes(b"no MIDI at all")
    assert [found.path.name for found in songs_in(tmp_path)] == ["one.mid"]
    (tmp_path / "one.mid").unlink()
    with pytest.raises(ConfigError, match="no MIDI file that can be read"):
        list(songs_in(tmp_path))
