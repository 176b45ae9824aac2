"""`bridge` and `continue` on several tracks at once."""

from __future__ import annotations

from pathlib import Path

from jazzassist.domain.song import Note
from jazzassist.midi.files import read_song
from tests.cli.conftest import Run
from tests.cli.songs import BAR
from tests.cli.test_suggesting import GAP, MARKOV, chunks

TRIO = ("--track", "Walking Bass", "--track", 2, "--track", 4, "--from", 9, "--to", 13, *MARKOV)


def test_several_tracks_are_written_together_and_nothing_else_changes(
    run: Run, song_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.mid"
    ended = run("bridge", song_path, *TRIO, "--insert", 2, "--out", out, "--json")
    parts = ended.json["suggestions"][1]["parts"]
    assert [part["track"] for part in parts] == [3, 2, 4]
    assert ended.json["changes"] == {
        "tracks": [
            {"track": part["track"], "added": len(part["notes"]), "removed": removed}
            for part, removed in zip(parts, (16, 32, 32), strict=True)
        ],
        "other": 0,
    }
    before, after = read_song(song_path).song, read_song(out).song
    for part in parts:
        kept = [note for note in before.tracks[part["track"] - 1].notes if not 8 * BAR <= note.start < 12 * BAR]
        wanted = [*kept, *(Note(**note) for note in part["notes"])]
        assert sorted(after.tracks[part["track"] - 1].notes) == sorted(wanted)
    was, became = chunks(song_path), chunks(out)
    assert (was[0], was[4]) == (became[0], became[4])


def test_in_words_each_of_several_tracks_has_a_line_and_a_report(run: Run, song_path: Path, tmp_path: Path) -> None:
    lines = run("bridge", song_path, *TRIO, "--alternatives", 1, "--out", tmp_path / "out.mid").out.splitlines()
    assert [line[:4] + line[4:].split(":")[0] for line in lines[:3]] == [" 1  Walking Bass", "    Tune", "    Drums"]
    for words in ("track 3, ", "16 removed; track 2, ", "32 removed; track 4, ", "32 removed; nothing else changed."):
        assert words in lines[3]


def test_several_tracks_go_on_together(run: Run, song_path: Path) -> None:
    ended = run("continue", song_path, *TRIO, "--length", 2, "--json")
    for suggestion in ended.json["suggestions"]:
        for part in suggestion["parts"]:
            assert all(12 * BAR <= note["start"] < 14 * BAR for note in part["notes"])


def test_a_wish_is_for_all_tracks_or_for_each(run: Run, song_path: Path) -> None:
    ended = run(
        "bridge", song_path, *TRIO, "--density", 2, "--register", 40, "--register", 70, "--register", 60, "--json"
    )
    receipt = ended.json["suggestions"][0]["receipt"]
    assert [(own["density"], own["register"]) for own in receipt["own_controls"]] == [(2, 40), (2, 70), (2, 60)]
    wrong = run("bridge", song_path, *TRIO, "--register", 40, "--register", 70)
    assert wrong.status == 2
    assert wrong.sentence == "--register must be given once for all tracks, or once for each of the 3."


def test_a_track_that_is_named_twice(run: Run, song_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--track", "Tune")
    assert ended.status == 2
    assert ended.sentence == "The same track is named twice."


def test_of_several_tracks_the_one_without_a_note_is_named(run: Run, song_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--track", "Tacet")
    assert ended.status == 4
    assert "track 5, Tacet, has no note before or after the gap" in ended.sentence
