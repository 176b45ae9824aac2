"""Which bars are taken out of which lines of which files."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Notes, Song, Track
from jazzassist.midi.files import write_song
from jazzassist.training.arrays import TRAIN
from jazzassist.training.corpus import part_of
from jazzassist.training.evaluation.tasks import (
    FEWEST_AROUND,
    GAP_BARS,
    ROLES,
    Source,
    folder_sources,
    held_out_sources,
    is_chordal,
    make_tasks,
    possible_gaps,
    role_of,
    shuffled,
)
from tests.neural.requests import band
from tests.training.evaluation.songs import BAR, BASS, DRUMS, PPQ, SAX, notes_of, task
from tests.training.tiny_corpus import RECIPE, TUNES


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """Three songs of 24 bars, and a file that is none."""
    folder = tmp_path_factory.mktemp("songs")
    (folder / "more").mkdir()
    for number in range(3):
        write_song(band(PPQ, 24, seed=10 * number), folder / ("more" if number == 2 else "") / f"song {number}.MID")
    (folder / "broken.mid").write_bytes(b"MThd and no more")
    (folder / "notes.txt").write_text("no music")
    return folder_sources(folder)


def test_files_of_one_part_of_the_split(files: Path) -> None:
    for part in range(3):
        expected = [tune for tune in TUNES if part_of(tune.lower()) == part]
        found = [source for source in held_out_sources(RECIPE, files, part) if "Tune" in source.path.stem]
        assert sorted(source.path.stem for source in found) == sorted(f"Player_{tune}" for tune in expected)
    assert {source.group for source in held_out_sources(RECIPE, files, TRAIN)} == {"combo", "solos"}


def test_tunes_that_a_recipe_names_are_tested_on(files: Path) -> None:
    named = next(tune for tune in TUNES if part_of(tune.lower()) == TRAIN)
    recipe = replace(RECIPE, test_tunes=(named.lower(),))
    assert f"Player_{named}" not in {source.path.stem for source in held_out_sources(recipe, files, TRAIN)}
    assert f"Player_{named}" in {
        source.path.stem for part in (1, 2) for source in held_out_sources(recipe, files, part)
    }


def test_lead_sheets_are_no_songs(tmp_path: Path) -> None:
    (tmp_path / "combo").mkdir()
    (tmp_path / "combo" / "A_Tune.mxl").write_bytes(b"")
    write_song(band(), tmp_path / "combo" / "B_Tune.mid")
    found = [source.path.name for part in range(3) for source in held_out_sources(RECIPE, tmp_path, part)]
    assert found == ["B_Tune.mid"]


def test_of_a_set_without_a_share_only_the_first_line_counts(files: Path) -> None:
    sources = {source.group: source for source in held_out_sources(RECIPE, files, TRAIN)}
    assert sources["solos"].first_line_only
    assert not sources["combo"].first_line_only
    assert {found.role for found in make_tasks([sources["solos"]], (1,), 2)} == {"melody"}


def test_a_set_with_shares_by_track_gives_all_its_lines(files: Path) -> None:
    (first, *_) = RECIPE.sets
    tracks = replace(first, share=0.0, first_track_share=None, track_shares={"Bass": 0.5})
    sources = held_out_sources(replace(RECIPE, sets=(tracks,)), files, TRAIN)
    assert sources and not any(source.first_line_only for source in sources)


def test_all_midi_files_of_a_folder(songs: list[Source]) -> None:
    assert [source.path.name for source in songs] == ["broken.mid", "song 2.MID", "song 0.MID", "song 1.MID"]


def test_roles() -> None:
    song = band()
    assert [role_of(track, PPQ) for track in song.tracks] == ["melody", "bass", "drums"]
    chords = notes_of(*((at, 1, pitch) for at in range(4) for pitch in (60, 64, 67)))
    strummed = notes_of(*((at + number / 12, 1, 60 + 4 * number) for at in range(4) for number in range(3)))
    low = notes_of(*((at, 1, 36) for at in range(4)))
    assert [role_of(Track("", notes), PPQ) for notes in (chords, strummed, low)] == ["comping", "comping", "bass"]
    assert not is_chordal(notes_of((0, 1.1, 60), (1, 1.1, 62), (2, 1, 64)), PPQ)  # legato is no chord
    assert not is_chordal(notes_of(), PPQ)


def line(*bars: int) -> Song:
    """A song of one line with so many notes in each bar."""
    rows = [(4 * bar + note / 8, 0.1, 60 + note) for bar, count in enumerate(bars) for note in range(count)]
    return Song(PPQ, (Track("", notes_of(*rows)),))


def test_gaps_lie_where_there_is_music_inside_and_around() -> None:
    enough = FEWEST_AROUND
    assert possible_gaps(line(enough, 2, enough), 0, 1, True).tolist() == [[BAR, 2 * BAR]]
    assert not len(possible_gaps(line(enough, 1, enough), 0, 1, True))
    assert not len(possible_gaps(line(enough - 1, 2, enough), 0, 1, True))
    assert not len(possible_gaps(line(enough, 2, enough - 1), 0, 1, True))
    assert [BAR, 2 * BAR] in possible_gaps(line(enough, 2, enough - 1), 0, 1, False).tolist()
    assert not len(possible_gaps(line(enough, 2, 1, enough), 0, 2, True))
    assert possible_gaps(line(enough, 4, 0, enough), 0, 2, True).tolist() == [[BAR, 3 * BAR]]
    assert not len(possible_gaps(line(3), 0, 8, True))


def test_tasks_of_every_length_and_role(songs: list[Source]) -> None:
    tasks = make_tasks(songs, each=2)
    counts = Counter((found.bars, found.role) for found in tasks)
    assert counts == {(bars, role): 2 for bars in GAP_BARS for role in ROLES if role != "comping"}
    for found in tasks:
        request = found.request
        assert request.end - request.start == found.bars * BAR
        assert request.start % BAR == 0
        assert len(found.removed) >= 2 * found.bars
        assert len(request.before.starting_in(request.start, request.end)) == 0
        assert len(found.past.notes) >= FEWEST_AROUND
        assert len(found.future.notes) >= FEWEST_AROUND


def test_removed_notes_are_those_of_the_song(songs: list[Source]) -> None:
    original = {f"song {number}": band(PPQ, 24, seed=10 * number) for number in range(3)}
    for found in make_tasks(songs, (2,), 3):
        track = {"melody": SAX, "bass": BASS, "drums": DRUMS}[found.role]
        notes = original[found.song].tracks[track].notes
        assert found.request.target == track
        assert found.removed == notes.starting_in(found.request.start, found.request.end)
        assert found.drums == (found.role == "drums")


def test_the_same_tasks_for_the_same_seed(songs: list[Source]) -> None:
    def asked(seed: int) -> list[tuple[str, int, str]]:
        return [(t.song, t.request.start, t.request.context_hash) for t in make_tasks(songs, each=2, seed=seed)]

    assert asked(1) == asked(1)
    assert asked(1) != asked(2)


def test_every_song_comes_once_before_one_comes_again(songs: list[Source]) -> None:
    tasks = [found for found in make_tasks(songs, (1,), 5) if found.role == "melody"]
    assert {found.song for found in tasks[:3]} == {"song 0", "song 1", "song 2"}
    assert len({(found.song, found.request.start) for found in tasks}) == len(tasks) == 5


def test_a_song_with_one_possible_gap_gives_one_task(tmp_path: Path) -> None:
    write_song(line(FEWEST_AROUND, 2, FEWEST_AROUND), tmp_path / "short.mid")
    assert len(make_tasks(folder_sources(tmp_path), (1,), 5)) == 1


def test_songs_and_random_seeds_vary(songs: list[Source]) -> None:
    first = {bars: make_tasks(songs, (bars,), 1)[0].song for bars in GAP_BARS}
    assert len(set(first.values())) > 1
    assert [found.request.rng_seed for found in make_tasks(songs, (1,), 3)] == [0, 1, 2] * 3


def test_continuations_hear_nothing_behind_the_gap(songs: list[Source]) -> None:
    for found in make_tasks(songs, (4,), 2, "continuation"):
        assert found.request.kind == "continuation"
        assert not len(found.request.after)
        assert not len(found.future.notes)
        assert found.request.seed_start == found.past.bars[0]


def test_groups_take_turns(songs: list[Source]) -> None:
    many = [Source(Path(str(number)), "large") for number in range(20)]
    order = shuffled([*many, Source(Path("x"), "small")], 3)
    assert {source.group for source in order[:2]} == {"large", "small"}
    assert sorted(source.path for source in order) == sorted([*(source.path for source in many), Path("x")])
    assert order != shuffled([*many, Source(Path("x"), "small")], 4)


def test_context_is_eight_bars_on_each_side() -> None:
    found = task(first=11, bars=2)
    assert found.past.bars == tuple(range(2 * BAR, 11 * BAR, BAR))
    assert found.future.bars == tuple(range(12 * BAR, 21 * BAR, BAR))
    assert found.past.notes.start.min() >= 2 * BAR
    assert found.future.notes.end.max() <= 20 * BAR
    early = task(first=3)
    assert early.past.bar_count == 2


def test_a_fill_is_what_begins_in_the_gap() -> None:
    found = task(first=2, bars=1)
    notes = Notes.from_columns([BAR - 1, BAR, 2 * BAR], [5, 10 * BAR, 5], [60, 61, 62], [80] * 3, np.zeros(3))
    filled = found.filled(notes)
    assert filled.notes.pitch.tolist() == [61]
    assert filled.notes.last_end == 2 * BAR
