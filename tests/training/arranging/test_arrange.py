"""Charts as songs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.chords import parse_chord
from jazzassist.midi.files import read_song
from jazzassist.training.arranging.arrange import BARS, PPQ, arranged_chart
from jazzassist.training.arranging.charts import Chart
from jazzassist.training.arranging.rules import Harmony, into_range, nearest, root_of, voiced, walking_bass
from jazzassist.training.arranging.styles import STYLES
from jazzassist.training.commands import main
from jazzassist.training.evaluation.tasks import role_of

TUNE = Chart(
    tuple(
        ((0.0, first), (0.5, second)) for first, second in (("Dm7", "G7"), ("CM7", "A7"), ("Bm7b5", "E7"), ("Am", "Am"))
    )
)
VERSIONS = range(30)


def test_every_style_is_whole() -> None:
    for style in STYLES:
        patterns = (*style.comping, *(style.bass or ()), *style.left)
        for hits in patterns:
            assert all(0 <= place < style.quarters and length > 0 for place, length in hits), style.name
            assert [place for place, _ in hits] == sorted(place for place, _ in hits), style.name
        for kit in style.drums:
            assert all(0 <= place < style.quarters and 1 <= velocity <= 127 for place, _, velocity in kit), style.name
        assert style.comping and style.tempo[0] < style.tempo[1]
        assert (style.bass == ()) == bool(style.left) == (not style.drums), style.name


@pytest.mark.parametrize("version", VERSIONS)
def test_an_arrangement_is_playable_and_on_its_chords(version: int) -> None:
    song = arranged_chart(TUNE, "tune", version)
    assert song.last_note_end <= (BARS + 1) * 5 * PPQ
    for track in song.tracks[1:]:
        assert len(track.notes)
        expected = {"Piano": "comping", "Bass": "bass", "Drums": "drums"}[track.name]
        assert role_of(track, PPQ) == expected
        assert track.notes.pitch.min() >= 21 and track.notes.pitch.max() <= 108
    harmony = Harmony(song.chord_symbols)
    piano = song.tracks[1].notes
    inside = []
    for start, pitch in zip(piano.start.tolist(), piano.pitch.tolist(), strict=True):
        chord = harmony.chord_at(start + PPQ * 0.55)
        inside.append(chord is not None and pitch % 12 in chord.pitch_classes)
    assert np.mean(inside) > 0.85
    assert np.ptp(piano.pitch) >= 18


def test_versions_differ_in_style_tempo_and_meter_and_are_always_the_same() -> None:
    songs = [arranged_chart(TUNE, "tune", version) for version in VERSIONS]
    again = arranged_chart(TUNE, "tune", 3)
    assert again.tracks[1].notes == songs[3].tracks[1].notes
    assert {song.meter_map.meter_at(0)[0] for song in songs} == {3, 4, 5}
    assert len({round(song.tempo_map.bpm_at(0)) for song in songs}) > 10
    assert any(len(song.tracks) == 2 for song in songs) and any(len(song.tracks) == 4 for song in songs)


@pytest.mark.parametrize("quarters", [3, 4, 5])
def test_the_first_version_keeps_the_beats_of_the_chart(quarters: int) -> None:
    for name in ("one", "two", "three"):
        song = arranged_chart(Chart(TUNE.bars, (quarters, 4)), name)
        assert song.meter_map.meter_at(0) == (quarters, 4)


def test_bars_without_a_chord_are_silent() -> None:
    song = arranged_chart(Chart((((0.0, "NC"),),) * 2 + (((0.0, "C"),),) * 2), "quiet", 0)
    assert all(track.notes.start.min() >= 1.5 * 3 * PPQ for track in song.tracks[1:] if track.name != "Drums")


def test_a_bass_that_walks_has_roots_on_first_beats_and_where_chords_change() -> None:
    harmony = Harmony(((0, "Dm7"), (4 * PPQ, "G7"), (6 * PPQ, "C/E"), (12 * PPQ, "F7")))
    beats = [at * PPQ for at in range(16)]
    line = dict(walking_bass(harmony, beats, beats[::4], 40, 28, 55))
    assert [line[at * PPQ] % 12 for at in (0, 4, 6, 8, 12)] == [2, 7, 0, 0, 5]
    assert all(28 <= pitch <= 55 for pitch in line.values())
    assert abs(line[3 * PPQ] - line[4 * PPQ]) == 1
    assert walking_bass(Harmony(()), beats, beats[::4], 40, 28, 55) == []


def test_small_rules() -> None:
    assert root_of("Bbm7/Eb") == 10 and root_of("NC") is None
    assert nearest([0], 59) == 60 and nearest([6], 60) == 54 and nearest([], 60) == 60
    assert into_range(20, 28, 55) == 32 and into_range(60, 28, 55) == 48 and into_range(60, 50, 55) == 60
    chord = parse_chord("C7")
    assert chord is not None
    assert voiced(chord, (60, 61, 62)) == [58, 60, 64]
    harmony = Harmony(((0, "C"), (8, "C"), (16, "F"), (24, "NC")))
    assert harmony.changes(0, 30) == [0, 16]
    assert harmony.symbol_at(-1) is None and harmony.chord_at(25) is None


def test_the_command_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "tune.ls").write_text("Cm7 | F7 | G7 | Cm7 |", encoding="utf-8")
    (tmp_path / "charts" / "none.ls").write_text("nothing", encoding="utf-8")
    assert main(["corpus", "arrange", str(tmp_path / "charts"), "--to", str(tmp_path / "midi"), "--versions", "2"]) == 0
    assert "none.ls has fewer than 4 bars" in capsys.readouterr().err
    songs = [read_song(path).song for path in sorted((tmp_path / "midi").iterdir())]
    assert [path.name for path in sorted((tmp_path / "midi").iterdir())] == ["tune-1.mid", "tune-2.mid"]
    assert all(song.chord_symbols[0][1] == "Cm7" for song in songs)
