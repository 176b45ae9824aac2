"""From folders of MIDI files to arrays: what gets in, what is left out, and which side of the split it is on."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Event
from jazzassist.midi.files import write_song
from jazzassist.neural.encoding import GRID
from jazzassist.training.arrays import (
    CHORDS_FIRST,
    COUNT,
    FIRST,
    HEARD_FIRST,
    PART,
    QUARTERS,
    ROLE,
    SONG,
    TEST,
    TRAIN,
    VALIDATION,
    CorpusWriter,
    SongLines,
)
from jazzassist.training.config import ConfigError, CorpusSet
from jazzassist.training.corpus import build, files_of, part_of, tune_of
from tests.neural.requests import band
from tests.training.tiny_corpus import RECIPE, TUNES


def test_takes_of_one_tune_are_one_tune() -> None:
    names = ["JohnColtrane_GiantSteps-1.mid", "JohnColtrane_GiantSteps-2.mid", "Other_giantsteps.mid"]
    assert {tune_of(Path(name), "after-performer") for name in names} == {"giantsteps"}
    assert tune_of(Path("0001_blues_C_Swing_120.mid"), "scheme") == tune_of(
        Path("0002_blues_C_Ballad_80.mid"), "scheme"
    )
    assert tune_of(Path("0001_blues_C_Swing_120.mid"), "scheme") != tune_of(
        Path("0001_blues_F_Swing_120.mid"), "scheme"
    )


def test_split_is_fixed_and_keeps_back_about_its_share() -> None:
    parts = [part_of(f"tune{number}") for number in range(2000)]
    assert 0.02 < np.mean([part == VALIDATION for part in parts]) < 0.04
    assert 0.035 < np.mean([part == TEST for part in parts]) < 0.065
    assert part_of("giantsteps") == part_of("giantsteps") == TRAIN
    assert part_of("giantsteps", ("giantsteps",)) == TEST


def test_no_tune_is_on_both_sides(corpus: Path) -> None:
    """Each song of the corpus lies on one side with all its lines, the side of its tune's name."""
    table = np.load(corpus / "table.npy")
    sides = {song: set(table[table[:, SONG] == song, PART].tolist()) for song in table[:, SONG]}
    assert all(len(side) == 1 for side in sides.values())
    expected = [part_of(tune.lower()) for tune in sorted(TUNES, key=lambda tune: f"{tune}.mid")]
    found = [sides[song].pop() for song in sorted(sides)][: len(expected)]
    assert found == expected
    assert set(found) == {TRAIN, VALIDATION, TEST}


def test_report_says_what_was_left_out_and_why(corpus: Path) -> None:
    report = json.loads((corpus / "report.json").read_text())
    left_out = report["left out"]
    assert left_out["Player_Broken.mid"].startswith("cannot be read")
    assert "another file" in left_out["Zoe_Copy.mid"]
    assert "no line of 24 notes" in left_out["Player_Short.mid"]
    assert set(left_out) == {"Player_Broken.mid", "Player_Short.mid", "Zoe_Copy.mid"}
    assert report["roles"]["combo"]["lines"] == 2 * len(TUNES)
    assert report["roles"]["solo"]["lines"] == len(TUNES) + 1


def test_report_says_what_each_set_was(corpus: Path, files: Path) -> None:
    sets = json.loads((corpus / "report.json").read_text())["sets"]
    assert sets["combo"]["files"] == len(TUNES) + 3
    assert sets["combo"]["licence"] == "own"
    paths = sorted((files / "combo").glob("*.mid"))
    assert sets["combo"]["sha256"] == hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def test_arrays_hold_the_notes_of_the_files(corpus: Path) -> None:
    table, onset, pitch = (np.load(corpus / f"{name}.npy") for name in ("table", "onset", "pitch"))
    row = table[table[:, ROLE] == 0][0]
    sax = band(bars=16, seed=0).tracks[0].notes
    cut = slice(row[FIRST], row[FIRST] + row[COUNT])
    assert onset[cut].tolist() == (sax.start * GRID // 480).tolist()
    assert pitch[cut].tolist() == sax.pitch.tolist()
    heard = np.load(corpus / "others.npy")[row[HEARD_FIRST] : row[HEARD_FIRST] + row[QUARTERS]]
    bass = band(bars=16, seed=0).tracks[1].notes
    assert (heard[: len(bass), 12:24].argmax(1) == bass.pitch % 12).all()


def test_accompaniment_that_is_not_learned_from_is_not_heard_either(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    write_song(band(bars=16), tmp_path / "files" / "A_Tune.mid")
    recipe = replace(RECIPE, sets=(CorpusSet("solos", "files", "own", 0.0, 1.0, "after-performer"),))
    report = build(recipe, tmp_path, tmp_path / "out")
    assert set(report["roles"]) == {"solo"}
    assert report["roles"]["solo"]["lines"] == 1
    assert not np.load(tmp_path / "out" / "others.npy").any()


def test_only_files_of_the_public_domain_are_taken(tmp_path: Path) -> None:
    for name in ("free.mid", "shared.mid"):
        write_song(band(bars=8), tmp_path / name)
    with (tmp_path / "licences.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "licence in header"])
        table.writerows(
            [("free.mid", "['Public Domain']"), ("shared.mid", "['Creative Commons Attribution-ShareAlike']")]
        )
    part = CorpusSet("pieces", ".", "Public domain", 1.0, licences="licences.csv")
    assert [path.name for path in files_of(part, tmp_path)] == ["free.mid"]


def test_works_are_taken_by_their_date_too(tmp_path: Path) -> None:
    for name in ("old.mid", "young.mid"):
        write_song(band(bars=8), tmp_path / name)
    (tmp_path / "index.csv").write_text("file,us_pd_by_date\nold.mid,yes\nyoung.mid,no\n")
    part = CorpusSet("pieces", ".", "Public domain", 1.0, licences="index.csv")
    assert [path.name for path in files_of(part, tmp_path)] == ["old.mid"]


def test_chords_come_from_markers(tmp_path: Path) -> None:
    song = band(bars=16)
    marks = (Event(0, b"\xff\x06Dm7"), Event(4 * 480, b"\xff\x06G7/B"), Event(8 * 480, b"\xff\x06NC"))
    sax = replace(song.tracks[0], events=(*song.tracks[0].events, *marks))
    (tmp_path / "files").mkdir()
    write_song(song.with_track(0, sax), tmp_path / "files" / "A_Tune.mid")
    build(replace(RECIPE, sets=(CorpusSet("solos", "files", "own", 1.0),)), tmp_path, tmp_path / "out")
    table, chords = np.load(tmp_path / "out" / "table.npy"), np.load(tmp_path / "out" / "chords.npy")
    assert set(table[:, CHORDS_FIRST].tolist()) == {0}
    assert np.flatnonzero(chords[3]).tolist() == [0, 2, 5, 9, 12 + 2, 24]
    assert np.flatnonzero(chords[4]).tolist() == [2, 5, 7, 11, 12 + 11, 24]
    assert not chords[8:].any()


def test_lead_sheets_give_a_melody_with_its_chords(tmp_path: Path) -> None:
    (tmp_path / "sheets").mkdir()
    write_lead_sheet(tmp_path / "sheets" / "Waltz.musicxml")
    build(replace(RECIPE, sets=(CorpusSet("sheets", "sheets", "own", 1.0),)), tmp_path, tmp_path / "out")
    onset, pitch, chords = (np.load(tmp_path / "out" / f"{name}.npy") for name in ("onset", "pitch", "chords"))
    meta = json.loads((tmp_path / "out" / "meta.json").read_text())
    assert meta["meters"] == [[[0, 3, 4], [GRID, 3, 4]]]
    assert onset[:5].tolist() == [0, GRID, 3 * GRID, 4 * GRID, 6 * GRID]
    assert pitch[:5].tolist() == [67, 72, 64, 72, 64]
    assert np.flatnonzero(chords[2]).tolist() == [0, 4, 7, 12, 24]


def write_lead_sheet(path: Path) -> None:
    """A waltz: a pick-up, then a tied half note and a quarter in every bar, under C major and G7."""
    from music21 import harmony, meter, note, stream, tie

    part = stream.Part()
    first = stream.Measure(number=0)
    first.append([meter.TimeSignature("3/4"), note.Note("G4", quarterLength=1)])
    first.paddingLeft = 2.0
    part.append(first)
    for bar in range(1, 17):
        measure = stream.Measure(number=bar)
        measure.insert(0, harmony.ChordSymbol("C" if bar % 2 else "G7"))
        begun, held = note.Note("C5", quarterLength=1), note.Note("C5", quarterLength=1)
        begun.tie, held.tie = tie.Tie("start"), tie.Tie("stop")
        measure.insert(0, begun)
        measure.insert(1, held)
        measure.insert(2, note.Note("E4", quarterLength=1))
        part.append(measure)
    stream.Score([part]).write("musicxml", path)


def test_folder_without_any_of_the_sets(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds none of the sets"):
        build(RECIPE, tmp_path, tmp_path / "out")


class Broken(Exception):
    """What stops a build in these tests."""


class Listening:
    """Stands before CorpusWriter.add: notes the names, and breaks the build off at the file with number `at`."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.names, self.add = at, list[str](), CorpusWriter.add

    def patched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def add(writer: CorpusWriter, name: str, part: int, result: SongLines | str) -> None:
            if len(self.names) == self.at:
                raise Broken
            self.names.append(name)
            self.add(writer, name, part, result)

        monkeypatch.setattr(CorpusWriter, "add", add)


def arrays_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("files_read", [1, 9, 20])
def test_build_that_was_broken_off_goes_on_where_it_was(
    files: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files_read: int
) -> None:
    first, second = Listening(files_read), Listening()
    first.patched(monkeypatch)
    with pytest.raises(Broken):
        build(RECIPE, files, tmp_path)
    with (tmp_path / "pitch.part").open("ab") as stream, (tmp_path / "journal.jsonl").open("a") as journal:
        stream.write(b"half of a li")  # what was written last is not in the journal, or is no whole line of it
        journal.write('{"file": "half')
    second.patched(monkeypatch)
    build(RECIPE, files, tmp_path)
    assert len(first.names) == files_read
    assert len(second.names) == len(list(files.rglob("*.mid"))) - len(TUNES) - files_read
    assert arrays_of(tmp_path) == arrays_of(corpus)


def test_build_from_other_files_begins_anew(files: Path, corpus: Path, tmp_path: Path) -> None:
    with CorpusWriter(tmp_path, "another corpus") as writer:
        writer.add("gone.mid", TRAIN, "is not there any more")
    build(RECIPE, files, tmp_path)
    assert arrays_of(tmp_path) == arrays_of(corpus)
