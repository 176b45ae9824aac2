"""The recipe jazz-8: arranged charts, sets of one's own folders, tunes that come with music21, and its balance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.midi.files import write_song
from jazzassist.neural.encoding import GRID, GridLine
from jazzassist.training import corpus as corpus_module
from jazzassist.training.arrays import SongLines
from jazzassist.training.balance import balance, has_both_hands
from jazzassist.training.beats import FEWEST_BEATS, LEAD_BEATS, read_beat_table
from jazzassist.training.commands import main
from jazzassist.training.config import ConfigError, CorpusSet, Recipe, read_recipe
from jazzassist.training.corpus import build, files_of, tune_of
from jazzassist.training.dataset import Dataset
from jazzassist.training.file_lines import read_lines
from tests.neural.requests import band

BEAT = 0.5  # seconds
HEADER = "number,beats,piano,bass,drums,metre\n"


@pytest.fixture
def recipe() -> Recipe:
    """The shipped recipe, but for the many tunes of music21."""
    found = read_recipe(Path("jazz-8"))
    return replace(found, sets=tuple(part for part in found.sets if part.name != "ryans-mammoth"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A song of the set wjazzd-combo and a chart."""
    folder = tmp_path / "data"
    (folder / "wjazzd-combo" / "midi").mkdir(parents=True)
    (folder / "imaginary-book" / "ls").mkdir(parents=True)
    write_song(band(bars=16), folder / "wjazzd-combo" / "midi" / "Player_Tune0.mid")
    bars = "Dm7 | G7 | CM7 | Am7 |\n" * 4
    (folder / "imaginary-book" / "ls" / "Tune1.ls").write_text(f"(title Tune 1)\n(meter 4 4)\n{bars}", encoding="utf-8")
    return folder


def write_trio(folder: Path, shift: float = 0.05) -> Path:
    """A pianist who plays every beat, `shift` of a beat late, as the Jazz Trio Database keeps it."""
    place = folder / "someone-tune1-others-1960-abc"
    place.mkdir(parents=True)
    start = np.array([(at + shift) * BEAT for at in range(64)])
    ticks = np.round(start * 2 * 480 * 1.25).astype(
        np.int64
    )  # at 150 quarters a minute, which is not the music's tempo
    notes = Notes.from_columns(
        ticks, np.full(64, 200), 50 + np.arange(64) % 24, np.full(64, 80), np.zeros(64, np.int64)
    )
    tempo = Event(0, bytes([0xFF, 0x51, *round(6e7 / 150).to_bytes(3, "big")]))
    write_song(Song(480, (Track("piano", notes, events=(tempo,)),)), place / "piano_midi.mid")
    rows = "".join(f"{at},{at * BEAT},,{at * BEAT},,{at % 4 + 1}.0\n" for at in range(70))
    (place / "beats.csv").write_text(HEADER + rows, encoding="utf-8")
    return place / "piano_midi.mid"


def test_its_corpus_builds_without_the_sets_that_are_not_included(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    report = build(recipe, data, tmp_path / "corpus", without_missing=True)
    assert set(report["roles"]) == {
        "solo",
        "wjazzd-combo",
        *(f"imaginary-book {name}" for name in ("Piano", "Bass", "Drums")),
    }
    assert report["roles"]["imaginary-book Piano"]["lines"] == 2  # versions
    assert not {"jazz-trio-database", "pdmx"} & set(report["sets"])
    corpus = Dataset(tmp_path / "corpus", recipe)
    assert corpus.chords.any()
    assert len(corpus.batch(np.random.default_rng(0), 2, 0)["target_pitch"]) == 2


def test_a_set_is_used_when_its_folder_is_given(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    write_trio(tmp_path / "trios")
    report = build(
        recipe, data, tmp_path / "corpus", folders={"jazz-trio-database": tmp_path / "trios"}, without_missing=True
    )
    assert report["roles"]["jazz-trio-database"] == {"lines": 1, "notes": 64, "held out lines": 0}
    assert report["sets"]["jazz-trio-database"]["files"] == 1


def test_sets_that_are_missing_are_all_named(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    """Wherever the files should be; not those that are not included, and with nothing written."""
    (data / "groove" / "midi").mkdir(parents=True, exist_ok=True)  # a folder without files is missing as well
    with pytest.raises(ConfigError) as caught:
        build(recipe, data, tmp_path / "corpus")
    told = str(caught.value)
    for name in ("groove", "pop909", "jjazzlab", "freedoom"):
        assert f"{name} ({data / name / 'midi'})" in told
    assert "--without-missing" in told and told.count(". ") == 1
    assert not any(f"{name} (" in told for name in ("jazz-trio-database", "pdmx", "wjazzd-combo", "imaginary-book"))
    assert not (tmp_path / "corpus").exists()


def test_a_set_of_a_package_is_missing_like_the_others(
    recipe: Recipe, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = CorpusSet("book", "music21:ryansMammoth", "own", 0.5)
    recipe = replace(recipe, sets=(next(part for part in recipe.sets if part.name == "wjazzd-combo"), part))
    monkeypatch.setattr(corpus_module, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"book \(the package music21\)"):
        build(recipe, data, tmp_path / "corpus")
    report = build(recipe, data, tmp_path / "corpus", without_missing=True)
    assert set(report["sets"]) == {"wjazzd-combo"} and set(report["missing"]) == {"book"}


def test_the_command_goes_on_without_missing_sets_when_asked(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'name = "tiny"\n'
    for name, folder in (("combo", "wjazzd-combo/midi"), ("other", "nowhere"), ("friend", "")):
        text += f'[[sets]]\nname = "{name}"\nfolder = "{folder}"\nlicence = "own"\nshare = 1.0\n'
    (tmp_path / "tiny.toml").write_text(text + 'elsewhere = "a friend"\n', encoding="utf-8")
    words = ["corpus", "build", str(tmp_path / "tiny.toml"), "--runs", str(tmp_path / "runs"), "--data", str(data)]
    assert main(words) == 3
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and f"other ({data / 'nowhere'})" in told and "friend" not in told
    assert main([*words, "--without-missing"]) == 0
    told = capsys.readouterr().err
    assert told.strip().endswith(f"was built without other ({data / 'nowhere'}).")
    assert main([*words[:-1], str(tmp_path / "none"), "--without-missing"]) == 3
    assert "holds none of the sets" in capsys.readouterr().err


def test_beats_in_a_table_place_the_notes(tmp_path: Path) -> None:
    path = write_trio(tmp_path)
    part = CorpusSet("trio", ".", "own", 1.0, beats="beats.csv", tune_from="folder", played=True)
    found = read_lines((part, path, tmp_path))
    assert isinstance(found, SongLines)
    ((_, line, _),) = found.lines
    assert (line.onset - LEAD_BEATS * GRID).tolist() == [at * GRID + 1 for at in range(64)]
    assert found.meters[0] == (LEAD_BEATS * GRID, 4, 4)
    assert tune_of(path, "folder") == "tune1"


@pytest.mark.parametrize(
    "text", ["", HEADER, HEADER + "1,soon,,,,1\n" * 9, HEADER + "1,0.5\n" * 9, HEADER + "1,0.5,,,,1\n" * 9]
)
def test_a_table_without_beats_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "beats.csv").write_text(text, encoding="utf-8")
    assert read_beat_table(tmp_path / "beats.csv") is None
    assert read_beat_table(tmp_path / "none.csv") is None
    assert FEWEST_BEATS == 8


def test_a_file_without_beats_beside_it_is_left_out_in_words(tmp_path: Path) -> None:
    path = write_trio(tmp_path)
    (path.parent / "beats.csv").unlink()
    part = CorpusSet("trio", ".", "own", 1.0, beats="beats.csv")
    assert read_lines((part, path, tmp_path)) == "has no annotated beats"


def test_names_that_the_recipe_does_not_take_are_refused_in_one_sentence(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^groove is no set that jazz-8 takes a folder for; those are: jazz-trio"):
        recipe.with_folders({"groove": tmp_path})
    with pytest.raises(ConfigError, match="given for the set pdmx, is no folder"):
        recipe.with_folders({"pdmx": tmp_path / "none"})
    with pytest.raises(ConfigError, match="those are: none"):
        read_recipe(Path("jazz-7")).with_folders({"pdmx": tmp_path})


def test_sets_that_are_not_included_have_no_files_until_they_are_given(
    recipe: Recipe, data: Path, tmp_path: Path
) -> None:
    absent = [part for part in recipe.sets if part.elsewhere]
    assert len(absent) == 5
    assert all(not list(files_of(part, data)) for part in absent)
    write_trio(tmp_path / "trios")
    given = recipe.with_folders({"jazz-trio-database": tmp_path / "trios"})
    assert [len(list(files_of(part, data))) for part in given.sets if part.name == "jazz-trio-database"] == [1]


def test_tunes_that_come_with_music21_are_read(tmp_path: Path) -> None:
    part = next(part for part in read_recipe(Path("jazz-8")).sets if part.name == "ryans-mammoth")
    paths = list(files_of(part, tmp_path))
    assert len(paths) > 1000
    reel = next(path for path in paths if path.stem == "7thRegimentReel")
    found = read_lines((part, reel, tmp_path))
    assert isinstance(found, SongLines)
    assert len(found.lines[0][1]) >= 24


def test_commands_build_with_a_folder_and_show_the_balance(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_trio(tmp_path / "trios")
    text = """
name = "tiny"
[[sets]]
name = "wjazzd-combo"
folder = "wjazzd-combo/midi"
licence = "own"
share = 0.5
[[sets]]
name = "trio"
folder = ""
licence = "own"
elsewhere = "a friend"
share = 0.5
beats = "beats.csv"
tune_from = "folder"
played = true
"""
    (tmp_path / "tiny.toml").write_text(text, encoding="utf-8")
    place = [str(tmp_path / "tiny.toml"), "--runs", str(tmp_path / "runs")]
    words = ["corpus", "build", *place, "--data", str(data)]
    assert main([*words, "--with", "nobody=/"]) == 3
    assert capsys.readouterr().err == "jazzassist: nobody is no set that tiny takes a folder for; those are: trio.\n"
    with pytest.raises(SystemExit):
        main([*words, "--with", "trio"])
    assert "not of the form NAME=FOLDER" in capsys.readouterr().err
    assert main([*words, "--with", f"trio={tmp_path / 'trios'}"]) == 0
    assert "Balance" in capsys.readouterr().out
    assert main(["corpus", "show", *place]) == 0
    told = capsys.readouterr().out
    assert "Sets of the training" in told and "played by people" in told


def test_balance_counts_windows_by_the_shares(corpus_of_two: Dataset) -> None:
    sets, kinds = balance(corpus_of_two, windows=400)
    shares = {str(row[0]): float(str(row[3]).removesuffix(" %")) for row in sets.rows}
    assert 65 < shares["often"] < 85 and 15 < shares["seldom"] < 35
    found = {(row[0], row[1]): str(row[2]) for row in kinds.rows}
    assert found["meter", "4/4"] == "100.0 %"
    assert 15 < float(found["played by people", "yes"].removesuffix(" %")) < 35


@pytest.fixture
def corpus_of_two(tmp_path: Path) -> Dataset:
    """Two sets of one song each, drawn three to one."""
    for name, seed in (("often", 1), ("seldom", 2)):
        (tmp_path / name).mkdir()
        write_song(band(bars=16, seed=seed), tmp_path / name / "Tune0.mid")
    parts = (CorpusSet("often", "often", "own", 0.75), CorpusSet("seldom", "seldom", "own", 0.25, played=True))
    recipe = Recipe("tiny", sets=parts)
    build(recipe, tmp_path, tmp_path / "corpus")
    return Dataset(tmp_path / "corpus", recipe)


def test_both_hands_are_on_both_sides_of_middle_c() -> None:
    def line(*pitches: int) -> GridLine:
        count = len(pitches)
        return GridLine(np.arange(count), np.ones(count, np.int64), np.array(pitches), np.full(count, 80), 0)

    assert has_both_hands(line(40, 48, 64, 72))
    assert not has_both_hands(line(55, 57, 60, 64))  # near the middle
    assert not has_both_hands(line(62, 64, 86, 88)) and not has_both_hands(line(30, 36, 48, 55))


def test_a_set_without_its_table_of_licences_is_refused_in_words(data: Path, recipe: Recipe, tmp_path: Path) -> None:
    write_trio(data / "mutopia-rag" / "midi")
    with pytest.raises(ConfigError, match=r"licences\.csv is missing: it says which files"):
        build(recipe, data, tmp_path / "corpus")
