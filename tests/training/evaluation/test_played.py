"""Played music: likelihood beside rivals, similarity, traits, and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Notes
from jazzassist.midi.files import write_song
from jazzassist.neural.encoding import FIELDS, GRID, GridLine, Ints
from jazzassist.neural.scene import scene_of
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.commands import main
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.arranger import arranged
from jazzassist.training.evaluation.context_copy import copied, copied_from_context
from jazzassist.training.evaluation.played import MEMORY, NETWORK, cases, score_played
from jazzassist.training.evaluation.real_bits import gap_of, on_grid, rival_bits
from jazzassist.training.evaluation.real_songs import RealSong
from jazzassist.training.evaluation.rivals import ARRANGER, CONTEXT, COPIED, OURS, REAL
from jazzassist.training.evaluation.tasks import Task
from tests.neural.requests import band, save_whole, tiny_network
from tests.training.evaluation.songs import BASS, DRUMS, PPQ, SAX, notes_of, task


def with_line(asked: Task, notes: Notes, target: int = SAX) -> Task:
    """The task with other notes in a line, those of the gap removed."""
    lines = list(asked.request.lines)
    kept = notes.select((notes.start < asked.request.start) | (notes.start >= asked.request.end))
    lines[target] = replace(lines[target], notes=kept if target == asked.request.target else notes)
    request = replace(asked.request, lines=tuple(lines))
    removed = asked.removed
    if target == asked.request.target:
        removed = notes.starting_in(asked.request.start, asked.request.end)
    return replace(asked, request=request, removed=removed)


def late(notes: Notes, seed: int = 3) -> Notes:
    """The notes as a player might time them."""
    by = np.random.default_rng(seed).integers(-30, 60, len(notes))
    return notes.changed(start=np.maximum(0, notes.start + by))


def columns(*values: list[int]) -> tuple[Ints, Ints, Ints, Ints]:
    """The columns of a line: onset, length, pitch, velocity."""
    onset, length, pitch, velocity = (np.array(column, np.int64) for column in values)
    return onset, length, pitch, velocity


def test_a_gap_on_the_grid_holds_the_real_notes_between_what_the_suggester_hears() -> None:
    asked = task()
    played = with_line(asked, late(asked.request.before.joined(asked.removed).joined(asked.request.after)))
    gap = gap_of(played)
    assert gap is not None
    assert len(gap.notes) == len(played.removed)
    assert (gap.notes.onset >= gap.start).all() and (gap.notes.onset < gap.end).all()
    assert (np.diff(gap.line.onset) >= 0).all()
    assert gap.notes.pitch.tolist() == played.removed.pitch.tolist()


def test_a_note_that_is_played_early_stays_in_the_gap_it_was_taken_from() -> None:
    asked = task()
    start = asked.request.end / PPQ
    notes = notes_of(*((at / 2, 0.4, 60 + at % 5) for at in range(48)), (start - 0.01, 0.2, 72))
    gap = gap_of(with_line(asked, notes))
    assert gap is not None
    assert gap.notes.pitch[-1] == 72 and gap.notes.onset[-1] == gap.end - 1


def test_a_rival_that_writes_the_real_bars_costs_least() -> None:
    tasks = [task(song=number) for number in range(3)]
    gaps = [gap for asked in tasks if (gap := gap_of(asked)) is not None]
    real = [on_grid(asked, asked.removed, scene_of(asked.request)) for asked in tasks]
    nothing = [GridLine(*columns([], [], [], []), line.instrument) for line in real]
    by_real, by_none = rival_bits(gaps, real), rival_bits(gaps, nothing)
    assert list(by_real) == [*FIELDS, "total"]
    assert all(by_real[name] <= by_none[name] for name in FIELDS)
    assert by_real["total"] < by_none["total"] - 4
    assert by_real["total"] == pytest.approx(sum(by_real[name] for name in FIELDS), abs=1e-3)


def test_no_rival_costs_more_than_the_frequencies_around_the_gap() -> None:
    asked = task()
    gap = gap_of(asked)
    assert gap is not None
    wrong = GridLine(*columns([gap.end - 1], [1], [127], [1]), gap.line.instrument)
    nothing = GridLine(*columns([], [], [], []), gap.line.instrument)
    assert rival_bits([gap], [wrong])["total"] <= rival_bits([gap], [nothing])["total"] + 1e-3


def test_context_is_copied_from_where_the_other_tracks_play_the_same() -> None:
    """The line repeats every five bars with the chords of the others, which no copy of the bars before finds."""
    asked = task(bars=1)
    quarters = range(24 * 4)
    tune = notes_of(*((at, 0.9, 60 + (at // 4) % 5 * 2 + at % 2) for at in quarters))
    roots = notes_of(*((at, 0.9, 40 + (at // 4) % 5) for at in quarters))
    asked = with_line(with_line(asked, tune), roots, BASS)
    assert copied_from_context(asked).pitch.tolist() == asked.removed.pitch.tolist()
    assert copied_from_context(asked).start.tolist() == asked.removed.start.tolist()


def test_nothing_is_copied_out_of_the_gap_itself() -> None:
    for bars in (1, 2, 8):
        asked = task(bars=bars)
        found = copied_from_context(asked)
        assert len(found)
        assert (found.start >= asked.request.start).all() and (found.end <= asked.request.end).all()


CHORDS = [(48, 60, 64, 67), (45, 60, 64, 69), (50, 62, 65, 69), (43, 59, 62, 67)]  # C, A minor, D minor, G


def with_band(asked: Task) -> Task:
    """The task in a song whose piano plays whole bars of CHORDS, and whose bass walks over them."""
    piano = notes_of(*((4 * bar, 4, pitch) for bar in range(24) for pitch in CHORDS[bar % 4]))
    roots = [36, 33, 38, 31]
    walk = notes_of(*((at, 0.9, roots[at // 4 % 4] + (0, 4, 7, 5)[at % 4]) for at in range(96)))
    return with_line(with_line(asked, walk, BASS), piano, SAX)


def test_the_arranger_walks_from_root_to_root() -> None:
    found = arranged(with_band(task(BASS, "bass", bars=4)))
    assert len(found) == 16
    assert (found.pitch[::4] % 12).tolist() == [0, 9, 2, 7]
    assert (np.abs(np.diff(found.pitch)) <= 12).all()
    assert abs(int(found.pitch[3]) - int(found.pitch[4])) == 1  # leads by a semitone


def test_the_arranger_puts_comping_on_the_chords() -> None:
    found = arranged(with_band(task(SAX, "comping", bars=4)))
    assert len(found) == 16
    for bar, note in enumerate(found.select(np.arange(0, 16, 4))):
        assert note.pitch % 12 == CHORDS[bar][0] % 12  # the lowest note of each bar
    inside = [note.pitch % 12 in {pitch % 12 for pitch in CHORDS[at // 4]} for at, note in enumerate(found)]
    assert np.mean(inside) > 0.8


def test_the_arranger_copies_drums() -> None:
    drums = task(DRUMS, "drums")
    assert arranged(drums) == copied(drums)
    assert len(arranged(drums))


def test_from_songs_to_tables() -> None:
    songs = [RealSong("band", Path(f"{number}.mid"), band(PPQ, 24, seed=number)) for number in range(2)]
    told: list[float] = []
    found = score_played(tiny_network(), MarkovSuggester(), songs, 1, told.append)
    assert told[-1] == 1
    figures = json.loads(json.dumps(found.figures))
    assert set(figures["bits"]) == {"band, melody", "band, bass", "band, drums"}
    assert list(figures["bits"]["band, bass"]) == [NETWORK, MEMORY, COPIED, CONTEXT, ARRANGER]
    assert list(figures["traits"]["band, bass"]) == [REAL, OURS, COPIED, CONTEXT, ARRANGER]
    assert figures["traits"]["band, bass"][REAL]["chroma similarity"] == pytest.approx(1)
    assert found.sheets[0].title == "Played music: bits per note"


def test_true_chords_are_for_judging_alone() -> None:
    song = RealSong("band", Path("0.mid"), band(PPQ, 24), ((0, "C7"), (16 * PPQ, "F7")))
    for case in cases([song], 1):
        assert case.harmony.marks == song.chords
        assert case.task.request.chords == ()


def test_songs_without_a_gap_are_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="enough notes around a gap"):
        score_played(tiny_network(), MarkovSuggester(), [RealSong("", Path("0.mid"), band(PPQ, 2))])


def test_the_command_scores_a_folder_and_says_what_is_strange_about_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_whole(tiny_network(), tmp_path / "checkpoint", "tiny")
    (tmp_path / "songs").mkdir()
    write_song(band(PPQ, 24), tmp_path / "songs" / "one.mid")
    words = ["evaluate", str(tmp_path / "checkpoint"), "--on", str(tmp_path / "songs"), "--played", "--gaps", "1"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "Played music: bits per note" in told and "Bits per note" not in told
    assert "How this folder compares with the training music" in told
    assert "--gaps 1 --played" in told
    assert main([*words, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["played"]) == {"bits", "traits", "strangeness"}


def test_held_out_music_needs_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_whole(tiny_network(), tmp_path / "checkpoint", "tiny")
    assert main(["evaluate", str(tmp_path / "checkpoint"), "--played"]) == 3
    assert "after --data" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "checkpoint"), "--played", "--data", str(tmp_path)]) == 3
    assert "holds none of the sets of played music" in capsys.readouterr().err
    assert GRID == 24
