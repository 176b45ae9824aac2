"""Perplexities on solos: which solos, what is heard, and what the figures are made of."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.domain.song import Event
from jazzassist.midi.files import write_song
from jazzassist.neural.encoding import FIELD_CLASSES, GRID, OTHERS
from jazzassist.training.config import ConfigError, CorpusSet, Recipe
from jazzassist.training.evaluation import wjazzd as module
from jazzassist.training.evaluation.report import as_text
from jazzassist.training.evaluation.windows import windows
from jazzassist.training.evaluation.wjazzd import CONTEXT, Solo, held_out_solos, perplexities, wjazzd
from jazzassist.training.network.network import Network
from tests.neural.requests import band
from tests.training.tiny_corpus import SIZES

PART = CorpusSet("wjazzd", "solos", "own", share=0.0, first_track_share=0.1, tune_from="after-performer", unless_in="x")
RECIPE = Recipe("tiny", test_tunes=("tune3", "tune4"), network=SIZES, sets=(PART,))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five solos with chords; the last two by name are those that the public split tests on."""
    monkeypatch.setattr(module, "PUBLIC", 2)
    (tmp_path / "solos").mkdir()
    (tmp_path / "x").mkdir()
    for number, name in enumerate(("A_Tune0", "B_Tune3-1", "C_Tune1", "D_Tune4", "Z_Tune3-2")):
        song = band(bars=16, seed=10 * number)
        first, *rest = song.tracks
        marks = (*first.events, Event(0, b"\xff\x06Dm7"), Event(4 * song.ppq, b"\xff\x06G7"))
        song = replace(song, tracks=(replace(first, events=marks), *rest))
        write_song(song, tmp_path / "solos" / f"{name}.mid")
        (tmp_path / "x" / f"{name}.mid").touch()  # arranged elsewhere: its solo counts all the same
    return tmp_path


@pytest.fixture
def network() -> Network:
    torch.manual_seed(3)
    return Network(SIZES).eval()


def test_all_takes_of_held_out_tunes_are_tested_on(folder: Path) -> None:
    solos = held_out_solos(RECIPE, folder)
    assert [(solo.name, solo.public) for solo in solos] == [
        ("B_Tune3-1", False),
        ("D_Tune4", True),
        ("Z_Tune3-2", True),
    ]
    assert all(solo.chords.any() and len(solo.line) > 40 for solo in solos)


def test_a_public_solo_that_may_have_been_trained_on_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="may have been trained on"):
        held_out_solos(replace(RECIPE, test_tunes=("tune3",)), folder)
    with pytest.raises(ConfigError, match="holds no solos"):
        held_out_solos(RECIPE, folder / "x")
    with pytest.raises(ConfigError, match="holds no solos"):
        held_out_solos(replace(RECIPE, sets=()), folder)


def test_a_solo_is_heard_alone_with_or_without_its_chords(folder: Path) -> None:
    solo = held_out_solos(RECIPE, folder)[0]
    window = windows(len(solo.line), 40, CONTEXT)[0]
    for chords in (True, False):
        row = solo.arrays(window, chords)
        heard = row["heard_here"].reshape(len(row["slot"]), 2, -1)
        assert not heard[..., :OTHERS].any()
        assert heard[..., OTHERS:].any() == chords
        assert not row["counting"].any()


def test_windows_go_on_from_the_notes_before(folder: Path) -> None:
    solo = held_out_solos(RECIPE, folder)[0]
    later = windows(len(solo.line), 50, 40)[1]
    assert (later.low, later.scored) == (10, 50)
    row = solo.arrays(later, True)
    assert row["previous_pitch"][0] == solo.line.pitch[9]
    assert row["previous_sub"][0] == solo.line.onset[9] % GRID
    assert row["target_pitch"][row["asked"] == 1].tolist() == solo.line.pitch[later.scored : later.high].tolist()


def test_every_note_counts_once_in_windows(folder: Path, network: Network) -> None:
    solos = held_out_solos(RECIPE, folder)
    found = perplexities(network, solos, True, 68)  # windows of which the solos need several
    assert any(len(solo.line) > 68 for solo in solos)
    assert found["notes"] == sum(len(solo.line) for solo in solos)
    whole = perplexities(network, solos, True, 1000)
    assert found["pitch"] == pytest.approx(whole["pitch"], rel=0.02)
    assert found["notes"] == whole["notes"]


def test_a_network_that_knows_nothing_is_as_perplexed_as_it_has_classes(folder: Path, network: Network) -> None:
    with torch.no_grad():
        for head in network.fields.heads:
            assert isinstance(head, torch.nn.Linear)
            head.weight.zero_()
            head.bias.zero_()
            if head is network.fields.heads[2]:
                head.bias[62] = 1e-4
    solos = held_out_solos(RECIPE, folder)
    found = perplexities(network, solos, False, 160)
    ahead, sub, pitch, duration, _ = FIELD_CLASSES
    expected = (pitch, ahead * sub, duration, ahead * sub * duration, ahead * sub * duration * pitch)
    assert list(found.values())[:5] == pytest.approx(expected, rel=1e-3)
    played = np.concatenate([solo.line.pitch for solo in solos])
    assert found["pitch accuracy"] == pytest.approx(np.mean(played == 62), abs=1e-4)
    first = np.concatenate(
        [np.diff(solo.line.onset // GRID, prepend=solo.line.onset[0] // (4 * GRID) * 4) for solo in solos]
    )
    place = np.concatenate([solo.line.onset % GRID for solo in solos])
    assert found["onset accuracy"] == pytest.approx(np.mean((first == 0) & (place == 0)), abs=1e-4)


def test_rows_and_table(folder: Path, network: Network) -> None:
    outcome = wjazzd(network, RECIPE, folder)
    names = ["the public split's last 2", "all held-out solos"]
    assert list(outcome.figures) == [f"{name}, {with_} chords" for name in names for with_ in ("without", "with")]
    assert [found["solos"] for found in outcome.figures.values()] == [2, 2, 3, 3]
    without, with_chords = (outcome.figures[f"{names[0]}, {one} chords"]["pitch"] for one in ("without", "with"))
    assert without != with_chords
    text = as_text(outcome.sheets, "command")
    assert "12.30" in text and "11.01" in text and "44.70" in text
    assert f"{without:.2f}" in text
    assert all(math.isfinite(value) for found in outcome.figures.values() for value in found.values())
    assert isinstance(held_out_solos(RECIPE, folder)[0], Solo)
