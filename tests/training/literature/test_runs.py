"""Training on a corpus, tracks made from its held-out songs, figures, the table of well-formed sheets."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.literature.notation import END, read_sheet
from jazzassist.literature.words import OTHER, Vocabulary
from jazzassist.literature.writing import Manner
from jazzassist.midi.files import read_song
from jazzassist.training.arrays import TEST, TRAIN, VALIDATION
from jazzassist.training.commands import main
from jazzassist.training.config import ConfigError
from jazzassist.training.figures import read_log
from jazzassist.training.literature.checkpoint import Loaded, load
from jazzassist.training.literature.data import SPELLINGS, Tokens, encoded, sheets, tunes, vocabulary_of
from jazzassist.training.literature.generate import PPQ, generated, song_of, write_tracks
from jazzassist.training.literature.layers import IGNORED
from jazzassist.training.literature.pictures import Tracks, draw
from jazzassist.training.literature.run import LiteratureRun, Material, Settings
from jazzassist.training.literature.wellformed import is_well_formed, table
from tests.training.tiny_corpus import RECIPE

SETTINGS = Settings(minutes=1, epochs=2, batch=8, held_out=8, sheets=4, units=8)


def material(system: str, corpus: Path) -> Material:
    return Material.of(system, corpus, RECIPE)


def seconds(step: float = 0.0) -> itertools.count:  # type: ignore[type-arg]
    """A clock that advances by `step` on every call."""
    return itertools.count(0.0, step)


def run_in(folder: Path, system: str, corpus: Path, settings: Settings = SETTINGS, step: float = 0.0) -> LiteratureRun:
    ticks = seconds(step)
    return LiteratureRun(system, material(system, corpus), folder, settings, lambda: next(ticks))


def test_pitched_lines_alone_and_no_tune_on_two_sides(corpus: Path) -> None:
    sides = [tunes(corpus, RECIPE, part) for part in (TRAIN, VALIDATION, TEST)]
    assert all(tune.line.instrument != 13 for side in sides for tune in side)
    music = [{tune.line.pitch.tobytes() for tune in side} for side in sides]
    assert all(music) and not music[0] & music[1] and not music[0] & music[2] and not music[1] & music[2]


def test_a_large_set_is_cut_and_the_same_lines_are_kept_each_time(corpus: Path) -> None:
    whole, some, again = (tunes(corpus, RECIPE, TRAIN, most) for most in (None, 300, 300))
    assert 0 < len(some) < len(whole)
    assert [tune.line.pitch.tolist() for tune in some] == [tune.line.pitch.tolist() for tune in again]


def test_without_a_corpus_training_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="corpus build"):
        tunes(tmp_path, RECIPE, TRAIN)


def test_windows_stay_in_their_line() -> None:
    tokens = encoded(Vocabulary(("a", "b", OTHER)), [["a"] * 9, ["b"] * 4])
    found = tokens.windows(np.random.default_rng(0), 200, 6)
    assert {tuple(row) for row in found.tolist()} == {(0,) * 6, (1, 1, 1, 1, IGNORED, IGNORED)}
    assert isinstance(tokens, Tokens) and tokens.first.tolist() == [0, 9, 13]


def test_sheets_of_the_corpus_are_well_formed_in_both_forms(corpus: Path) -> None:
    for tune in tunes(corpus, RECIPE, VALIDATION):
        assert all(read_sheet(text.removesuffix(END)) for text in sheets(tune, raw=True))
        assert all(is_well_formed(text, True) for text in sheets(tune, raw=False))


def test_a_sheet_without_an_end_or_with_a_fault_is_not_well_formed() -> None:
    assert not is_well_formed("C6", True) and not is_well_formed("C6x$", True) and is_well_formed("C6$", True)
    assert not is_well_formed("C6$", False)


@pytest.mark.parametrize("system", ["rokvic2021", "agarwal2018-raw", "jiang2019"])
def test_a_run_learns_and_leaves_a_checkpoint_and_a_log(system: str, corpus: Path, tmp_path: Path) -> None:
    run = run_in(tmp_path, system, corpus)
    run.train()
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    held = [entry["held_out"][run.network.kind]["total"] for entry in log if "held_out" in entry]
    assert len(held) == 2 and held[1] < held[0]
    assert all(("well_formed" in entry) == system.startswith("agarwal") for entry in log if "held_out" in entry)
    assert read_log(tmp_path / "log.jsonl").held_out
    loaded = load(tmp_path)
    assert loaded.name == system and loaded.trained["epochs"] == 2


def test_a_run_that_was_cut_off_goes_on_to_the_same_weights(corpus: Path, tmp_path: Path) -> None:
    straight = run_in(tmp_path / "straight", "mangal2019", corpus)
    straight.train()
    first = run_in(tmp_path / "cut", "mangal2019", corpus, Settings(**{**vars(SETTINGS), "minutes": 0.05}), step=1.0)
    first.train()
    assert 0 < first.place.updates < straight.place.updates and not first.place.done
    second = run_in(tmp_path / "cut", "mangal2019", corpus)
    assert second.resume()
    second.train()
    assert second.place.updates == straight.place.updates
    for name, weight in straight.network.state_dict().items():
        assert torch.equal(weight, second.network.state_dict()[name]), name


def test_it_ends_when_the_held_out_loss_rises_and_keeps_the_best(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nats = iter([3.0, 2.0, 2.5, 2.6, 1.0])
    monkeypatch.setattr("jazzassist.training.literature.run.held_out_nats", lambda *_: next(nats))
    settings = {**vars(SETTINGS), "epochs": 9}
    run = run_in(tmp_path, "mangal2019", corpus, Settings(**{**settings, "patience": 2}))
    run.train()
    assert run.place.done and run.place.epoch == 4 and run.place.best_epoch == 2
    assert load(tmp_path).trained["epochs"] == 2
    again, patient = (
        run_in(tmp_path, "mangal2019", corpus, Settings(**{**settings, "patience": patience})) for patience in (2, 3)
    )
    assert again.resume() and patient.resume()
    assert again.place.done and not patient.place.done  # more patience: training continues


def test_a_state_of_another_vocabulary_is_not_taken_up(corpus: Path, tmp_path: Path) -> None:
    run_in(tmp_path, "mangal2019", corpus).keep()
    other = material("mangal2019", corpus)
    changed = Material(Vocabulary((*other.vocabulary.entries[:-1], "z")), other.training, other.held_out)
    assert not LiteratureRun("mangal2019", changed, tmp_path, SETTINGS).resume()


def trained(system: str, corpus: Path) -> Loaded:
    """A network with random weights for the words of the corpus."""
    kind_lines = [SPELLINGS["words" if system != "agarwal2018" else "text"](tune) for tune in tunes(corpus, RECIPE, 0)]
    vocabulary = vocabulary_of("words" if system != "agarwal2018" else "text", kind_lines)
    torch.manual_seed(0)
    from jazzassist.training.literature.systems import build

    return Loaded(system, build(system, vocabulary=len(vocabulary), units=8).eval(), vocabulary)


def test_a_track_is_words_after_a_held_out_seed_at_an_offset_that_grows(corpus: Path, tmp_path: Path) -> None:
    loaded, held_out = trained("rokvic2021", corpus), tunes(corpus, RECIPE, TEST)
    tracks = generated(loaded, held_out, 2, Manner(likeliest=True), 12)
    spelled = [" ".join(SPELLINGS["words"](tune)) for tune in held_out]
    assert all(any(" ".join(track.seed) in line for line in spelled) for track in tracks)
    assert [len(track.seed) for track in tracks] == [100, 100] and tracks[0].seed != tracks[1].seed
    paths = write_tracks(loaded, tracks, tmp_path)
    notes = read_song(paths[1]).song.tracks[0].notes
    assert sorted(set(notes.start.tolist())) == list(range(0, 12 * PPQ // 2, PPQ // 2))


def test_a_track_of_notation_is_what_can_be_read_of_it(corpus: Path) -> None:
    loaded = trained("agarwal2018", corpus)
    track = generated(loaded, tunes(corpus, RECIPE, TEST), 1, Manner(), 60)[0]
    assert END not in track.words and len(track.words) == 60
    assert len(song_of(loaded, track, with_seed=True).tracks[0].notes) > len(song_of(loaded, track).tracks[0].notes)


def test_the_figures_are_drawn_as_png_and_svg(tmp_path: Path) -> None:
    row = Tracks("mine", [["C4", "0.4.7", "C4"], ["D4"], []], [[60, 67, 60], [62], []])
    paths = draw([row, row], tmp_path)
    assert sorted(path.suffix for path in paths) == [".png", ".svg"] and all(path.stat().st_size for path in paths)


def test_the_table_of_well_formed_sheets_goes_by_epoch(tmp_path: Path) -> None:
    for name, shares in (("a", [0.5, 0.75]), ("b", [0.0])):
        entries = [{"epoch": number + 1, "well_formed": share} for number, share in enumerate(shares)]
        (tmp_path / name).mkdir()
        lines = [json.dumps(entry) for entry in [*entries, {"epoch": 2.4, "well_formed": 1}, {"loss": 1}]]
        (tmp_path / name / "log.jsonl").write_text("\n".join(lines))
    lines = table(tmp_path / "a", tmp_path / "b").splitlines()[1:]
    assert [line.split() for line in lines] == [["1", "50.0", "%", "0.0", "%"], ["2", "75.0", "%", "-"]]


def test_the_command_prints_a_networks_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["literature", "table", "rokvic2021", "--vocabulary", "674"]) == 0
    assert "Total params: 1,555,874" in capsys.readouterr().out


def test_a_missing_run_is_told_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["literature", "notation", "--runs", str(tmp_path)]) == 3
    assert "jazzassist literature train agarwal2018" in capsys.readouterr().err
