"""Training of the chord model: symbols to states, songs to examples, and a trained model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Event, Song, Track
from jazzassist.harmony.model import ChordModel
from jazzassist.harmony.qualities import QUALITIES
from jazzassist.midi.files import write_song
from jazzassist.training.arrays import TRAIN
from jazzassist.training.chord_command import decoded, scores
from jazzassist.training.chord_data import UNKNOWN_CHORD, Example, examples, state_of, states_of
from jazzassist.training.chord_training import fit, save_model, transitions
from jazzassist.training.config import CorpusSet
from tests.harmony.songs import BAR, TUNE, comping
from tests.training.tiny_corpus import RECIPE

KINDS = [suffix for suffix, _ in QUALITIES]


@pytest.mark.parametrize(
    ("symbol", "root", "kind"),
    [
        ("C", 0, ""), ("Bb6", 10, ""), ("F#m", 6, "m"), ("Ebmaj7", 3, "maj7"), ("G7b9", 7, "7"), ("A-7", 9, "m7"),
        ("Bm7b5", 11, "m7b5"), ("Do7", 2, "dim7"), ("Ab+", 8, "aug"), ("D7sus4", 2, "7sus4"), ("C/E", 0, ""),
    ],
)  # fmt: skip
def test_symbols_are_states(symbol: str, root: int, kind: str) -> None:
    assert state_of(symbol) == root * len(KINDS) + KINDS.index(kind)


@pytest.mark.parametrize("symbol", ["NC", "N", "Verse", "", "C5"])
def test_what_is_no_chord_of_a_known_kind_has_no_state(symbol: str) -> None:
    assert state_of(symbol) == UNKNOWN_CHORD


def test_a_chord_lasts_to_the_next_and_begins_with_the_nearest_quarter() -> None:
    found = states_of([(0, "C"), (2 * 24 - 4, "F"), (3 * 24 + 13, "NC")], 6)
    assert found.tolist() == [state_of("C")] * 2 + [state_of("F")] * 2 + [UNKNOWN_CHORD] * 2


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    """Hearings of eight songs in eight keys."""
    folder = tmp_path_factory.mktemp("songs")
    (folder / "tunes").mkdir()
    marks = tuple(Event(bar * BAR, b"\xff\x06" + symbol.encode()) for bar, symbol in enumerate(TUNE * 2))
    for number in range(8):
        bass, piano = comping(TUNE * 2)
        tracks = (Track("", events=marks), Track("Piano", piano), Track("Bass", bass, channel=1, program=32))
        write_song(Song(480, tracks), folder / "tunes" / f"tune{number}.mid")
    recipe = replace(RECIPE, sets=(CorpusSet("tunes", "tunes", "own", share=1.0),))
    return list(examples(recipe, folder, TRAIN, 3, seed=0))


def test_songs_are_heard_whole_and_in_parts(songs: list[Example]) -> None:
    assert [song.heard for song in songs[:3]] == ["all", "melody", "accompaniment"]
    whole = songs[0]
    assert whole.view.shape == (len(whole.states), 12, 12)
    assert whole.beats[:8].tolist() == [0, 1, 2, 3] * 2
    assert whole.states[4] == state_of("G7")


def test_changes_are_counted_where_they_happen(songs: list[Example]) -> None:
    moves, changes = transitions(songs)
    assert changes[4, 0] > 0.5 > changes[4, 2]
    minor_seventh, seventh = KINDS.index("m7"), KINDS.index("7")
    assert moves[minor_seventh].argmax() == 5 * len(KINDS) + seventh  # ii-V: up a fourth


def test_a_model_that_is_trained_and_saved_names_the_chords(songs: list[Example], tmp_path: Path) -> None:
    network = fit(songs, {"tunes": 1.0}, updates=60)
    save_model(network, songs, tmp_path / "weights.safetensors")
    model = ChordModel.load(tmp_path / "weights.safetensors")
    whole = [song for song in songs if song.heard == "all"]
    assert np.mean(decoded(model, whole[0]) == whole[0].states) > 0.8
    (row,) = scores(model, whole).rows
    assert row[0] == "tunes, all" and float(str(row[2]).removesuffix(" %")) > 80
