"""The counts of a folder with known music."""

from __future__ import annotations

import json
import math
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jazzassist.domain.song import Song
from jazzassist.midi.files import write_song
from jazzassist.training.analysing import command
from jazzassist.training.analysing.command import count, files_in
from jazzassist.training.analysing.divisions import BASS, DIVISIONS, DRUMS, PIANO, REST, TRUMPET, division_of
from jazzassist.training.analysing.facts import Corpus, Facts, PartFacts, rare_share
from jazzassist.training.analysing.pictures import draw
from jazzassist.training.analysing.report import as_json, sheets, spread
from jazzassist.training.commands import main
from tests.training.analysing.songs import PPQ, track, write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("analysed") / "songs")


@pytest.fixture(scope="module")
def corpus(folder: Path) -> Corpus:
    return count(folder, files_in(folder), jobs=2, seconds=60)


@pytest.fixture(scope="module")
def told(corpus: Corpus) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(as_json(corpus)))
    return found


def facts_of(song: Song, path: Path) -> Facts:
    from jazzassist.training.analysing.reading import read_facts

    write_song(song, path)
    return read_facts(path)


def test_all_files_are_accounted_for(told: dict[str, Any]) -> None:
    assert told["files"] == 2
    assert set(told["not_read"]) == {"broken.mid", "empty.mid", "silent.mid"}
    assert told["not_read"]["silent.mid"] == "has no notes"
    assert all("\n" not in reason for reason in told["not_read"].values())


def test_parts_are_divided_by_instrument(told: dict[str, Any]) -> None:
    by_division = {name: found["division"] for name, found in told["instruments"].items()}
    assert by_division == {
        "Acoustic Grand Piano": PIANO,
        "Acoustic Bass": BASS,
        "Trumpet": TRUMPET,
        "Drums": DRUMS,
        "Alto Sax": REST,
    }
    assert all(found["files"] == 2 and found["parts"] == 2 for found in told["instruments"].values())
    assert list(told["divisions"]) == list(DIVISIONS)
    assert told["part_names"]["Horn"] == 2
    assert told["parts_in_file"] == {"5": 2}


def test_notes_and_chords_are_counted(told: dict[str, Any]) -> None:
    piano, bass, drums = (told["divisions"][name] for name in (PIANO, BASS, DRUMS))
    assert piano["chords"] == {"all": 32, "unique": 2, "frequencies": {"2.6.9": 16, "7.11.2": 16}}
    assert piano["notes"]["all"] == 0
    assert bass["notes"] == {"all": 32, "unique": 3, "frequencies": {"G2": 16, "A2": 8, "B2": 8}}
    assert sum(drums["notes"]["frequencies"].values()) == 16
    assert sum(drums["chords"]["frequencies"].values()) == 16
    assert len(drums["chords"]["frequencies"]) == 1
    assert next(iter(drums["notes"]["frequencies"])).endswith(" 36")


def test_lengths_keys_and_meters(told: dict[str, Any]) -> None:
    assert told["seconds"]["median"] == pytest.approx(16, abs=0.3)  # quarters at 60 bpm
    assert told["quarters"]["median"] == pytest.approx(16, abs=0.3)
    assert told["keys_heard"] == {"G major": 2}
    assert told["keys_stated"] == {"G major": 2}
    assert told["meters"] == {"3/4": 2}


def test_drums_are_not_heard_as_a_key(tmp_path: Path) -> None:
    found = facts_of(Song(PPQ, (track("Kit", None, [(at, 36) for at in range(8)], 9),)), tmp_path / "a.mid")
    assert (found.key, found.parts[0].division) == ("", DRUMS)


def test_pieces_of_the_kit_that_have_no_name_keep_their_pitch(tmp_path: Path) -> None:
    hits = [(0, 51), (1, 59), (2, 51), (2, 59), (3, 38)]
    found = facts_of(Song(PPQ, (track("Kit", None, hits, 9),)), tmp_path / "a.mid").parts[0]
    assert found.notes == {"Percussion 51": 1, "Percussion 59": 1, "Snare Drum 38": 1}
    assert found.chords == {"Percussion 51+Percussion 59": 1}


def test_a_bass_without_a_program_is_no_singer(tmp_path: Path) -> None:
    found = facts_of(Song(PPQ, (track("Walking Bass", None, [(0, 40), (1, 43)]),)), tmp_path / "a.mid")
    part = found.parts[0]
    assert (part.division, part.instrument, part.name) == (BASS, "Acoustic Bass", "Walking Bass")


def test_a_program_change_counts_more_than_a_name(tmp_path: Path) -> None:
    lines = (track("Bass", 0, [(0, 40)]), track("Keys", 56, [(0, 60)], 1), track("Trumpet", None, [(0, 60)], 2))
    found = facts_of(Song(PPQ, lines), tmp_path / "a.mid")
    assert [part.division for part in found.parts] == [PIANO, TRUMPET, TRUMPET]


def test_tempo_changes_make_the_length() -> None:
    from jazzassist.training.analysing.reading import seconds_of

    assert seconds_of(8, []) == 4
    assert seconds_of(8, [(0, 60), (4, 240)]) == 5
    assert seconds_of(8, [(0, 60), (100, 240), (0, 120)]) == 4


def test_what_a_reader_sends_does_not_grow_with_the_music(tmp_path: Path) -> None:
    short, long = (
        facts_of(Song(PPQ, (track("Keys", 0, [(at, 60 + at % 5) for at in range(notes)]),)), tmp_path / "a.mid")
        for notes in (10, 400)
    )
    assert sum(long.parts[0].notes.values()) == 400
    assert len(pickle.dumps(long)) < 1.2 * len(pickle.dumps(short))


def test_a_thousand_files_weigh_little_more_than_one() -> None:
    corpus, sizes = Corpus(), []
    part = PartFacts(PIANO, "Acoustic Grand Piano", "Keys", Counter({f"n{at}": 9 for at in range(300)}), Counter())
    for number in range(1000):
        corpus.add(Path(f"{number}.mid"), Facts([part], 1.0, 2.0, ["4/4"], [], "C major"))
        sizes.append(len(pickle.dumps(corpus)) if number in (0, 999) else 0)
    assert sizes[-1] < sizes[0] + 1000 * 64  # of which the two lengths of a file are 18 bytes each
    assert corpus.instruments["Acoustic Grand Piano"].notes["n7"] == 9000


@pytest.mark.parametrize(
    ("program", "drums", "division"),
    [(0, 0, PIANO), (5, 0, PIANO), (33, 0, BASS), (43, 0, BASS), (59, 0, TRUMPET), (57, 0, REST), (0, 1, DRUMS)],
)
def test_divisions(program: int, drums: int, division: str) -> None:
    assert division_of(program, drums=bool(drums)) == division


def test_what_is_rare() -> None:
    assert rare_share(Counter({"a": 100, "b": 10, "c": 9, "d": 1})) == 0.5
    assert math.isnan(rare_share(Counter()))
    assert spread([]) == {}
    assert spread([1, 2, 3, 4, 5])["upper_quartile"] == 4


def test_tables(corpus: Corpus) -> None:
    found = {sheet.title: sheet for sheet in sheets(corpus)}
    assert found["Divided: 2 files"].rows[1][:4] == (BASS, "2", "32", "3")
    assert ("silent.mid", "has no notes") in found["Not read: 3"].rows
    assert found["Meters"].rows == (("3/4", "2"),)
    assert sheets(Corpus())[0].title == "Divided: 0 files"


def test_pictures(corpus: Corpus, tmp_path: Path) -> None:
    paths = draw(corpus, tmp_path / "new")
    assert {path.suffix for path in paths} == {".png", ".svg"}
    assert len(paths) == 6
    assert all(path.stat().st_size > 5000 for path in paths)
    drawing = (tmp_path / "new" / "frequencies.svg").read_text()
    for text in ("long tail", "2 unique chords", "trumpet", "rank among unique"):
        assert text in drawing, text


def test_the_command(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, corpus: Corpus
) -> None:
    monkeypatch.setattr(command, "count", lambda *words: corpus)
    monkeypatch.setattr(command, "draw", lambda corpus, out: [out / "instruments.png"])
    assert main(["corpus", "analyse", str(folder), "--figures", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "Divided: 2 files" in out
    assert str(tmp_path / "instruments.png") in out
    assert main(["corpus", "analyse", str(folder), "--json", "--figures", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 2


def test_wrong_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "analyse", str(tmp_path / "none")]) == 3
    assert "is not a folder" in capsys.readouterr().err
    assert main(["corpus", "analyse", str(tmp_path)]) == 3
    assert "contains no file that ends in" in capsys.readouterr().err
