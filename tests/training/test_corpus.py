"""From folders of MIDI files to arrays: what gets in, what is left out, and which side of the split it is on."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.midi.files import write_song
from jazzassist.neural.encoding import GRID
from jazzassist.training.config import ConfigError, CorpusSet
from jazzassist.training.corpus import (
    COUNT,
    FIRST,
    HARMONY_FIRST,
    HELD_OUT,
    PART,
    QUARTERS,
    ROLE,
    SONG,
    TRAIN,
    build,
    files_of,
    part_of,
    tune_of,
)
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
    assert 0.06 < np.mean([part == HELD_OUT for part in parts]) < 0.10
    assert part_of("giantsteps") == part_of("giantsteps")


def test_no_tune_is_on_both_sides(corpus: Path) -> None:
    """Each song of the corpus lies on one side with all its lines, the side of its tune's name."""
    table = np.load(corpus / "table.npy")
    sides = {song: set(table[table[:, SONG] == song, PART].tolist()) for song in table[:, SONG]}
    assert all(len(side) == 1 for side in sides.values())
    expected = [part_of(tune.lower()) for tune in sorted(TUNES, key=lambda tune: f"{tune}.mid")]
    found = [sides[song].pop() for song in sorted(sides)][: len(expected)]
    assert found == expected
    assert set(found) == {TRAIN, HELD_OUT}


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
    heard = np.load(corpus / "harmony.npy")[row[HARMONY_FIRST] : row[HARMONY_FIRST] + row[QUARTERS]]
    bass = band(bars=16, seed=0).tracks[1].notes
    assert (heard[: len(bass), 12:24].argmax(1) == bass.pitch % 12).all()


def test_accompaniment_that_is_not_learned_from_is_not_heard_either(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    write_song(band(bars=16), tmp_path / "files" / "A_Tune.mid")
    recipe = replace(RECIPE, sets=(CorpusSet("solos", "files", "own", 0.0, 1.0, "after-performer"),))
    report = build(recipe, tmp_path, tmp_path / "out")
    assert set(report["roles"]) == {"solo"}
    assert report["roles"]["solo"]["lines"] == 1
    assert not np.load(tmp_path / "out" / "harmony.npy").any()


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


def test_folder_without_any_of_the_sets(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds none of the sets"):
        build(RECIPE, tmp_path, tmp_path / "out")
