"""The checkpoint that comes with the program: it hears both sides and the other tracks, and does not collapse."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from jazzassist import paths
from jazzassist.domain.song import Song
from jazzassist.domain.suggestion import Controls
from jazzassist.neural.checkpoint import WEIGHTS
from jazzassist.neural.generation import Writer
from jazzassist.neural.sampling import softmax, taste
from jazzassist.neural.scene import scene_of
from jazzassist.neural.suggester import LstmSuggester
from tests.neural.requests import band, bridge, continuation, never, no_progress

START, END = 15 * 480, 16 * 480  # one quarter, in which what follows matters most


@pytest.fixture(scope="module")
def suggester() -> LstmSuggester:
    return LstmSuggester(paths.default_checkpoint())


def chances(suggester: LstmSuggester, request_song: Song, *, deaf: bool = False, onward: bool = False) -> np.ndarray:
    """The chances of the pitch of the first note in the gap, at its first position."""
    scene = scene_of((continuation if onward else bridge)(request_song, 0, START, END))
    writer = Writer(suggester.graphs, scene, 1, taste(50), 0)
    stepper, written = writer.stepper, writer.written
    stepper.step(writer.inputs.at(written))
    ahead, sub = np.array([START // 480 - int(written.previous["onset"][0]) // 24]), np.array([0])
    stepper.choose(0, ahead)
    stepper.choose(1, sub, writer.inputs.here(written.onset(ahead, sub), written))
    return np.asarray(softmax(stepper.logits(2))[int(deaf)])  # a bridge's second row hears nothing of what follows


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """Total variation: 0 for the same chances, 1 for none in common."""
    return float(np.abs(first - second).sum() / 2)


def with_right_side(song: Song, semitones: int) -> Song:
    """The song with the sax after the gap moved."""
    sax = song.tracks[0]
    pitch = np.where(sax.notes.start >= END, sax.notes.pitch + semitones, sax.notes.pitch)
    return song.with_track(0, replace(sax, notes=sax.notes.changed(pitch=pitch)))


def test_right_side_changes_the_chances(suggester: LstmSuggester) -> None:
    songs = [band(seed=50 * number) for number in range(5)]
    changes = [distance(chances(suggester, song), chances(suggester, with_right_side(song, 7))) for song in songs]
    assert min(changes) > 0.005
    assert np.mean(changes) > 0.02


def test_without_its_right_side_a_bridge_is_a_continuation(suggester: LstmSuggester) -> None:
    song = band()
    deaf, onward = chances(suggester, song, deaf=True), chances(suggester, song, onward=True)
    assert distance(deaf, onward) < 1e-5  # a bridge is stepped in two rows, and so rounded otherwise
    assert distance(chances(suggester, song), onward) > 0.01


def test_other_tracks_change_the_chances(suggester: LstmSuggester) -> None:
    song = band()
    bass = song.tracks[1]
    moved = song.with_track(1, replace(bass, notes=bass.notes.changed(pitch=bass.notes.pitch + 6)))
    assert distance(chances(suggester, song), chances(suggester, moved)) > 0.02


def test_suggestions_do_not_collapse(suggester: LstmSuggester) -> None:
    """Over four seeds and two temperaments: several pitches in every bridge of 8 quarters, and none stuck."""
    for number in range(4):
        song = band(bars=12, seed=100 * number)
        request = replace(bridge(song, 0, 8 * 480, END, rng_seed=number), controls=Controls(25 + 50 * (number % 2)))
        for suggestion in suggester.suggest(request, no_progress, never):
            pitches = suggestion.notes.pitch.tolist()
            assert len(set(pitches)) >= min(3, len(pitches))
            assert max(len(list(run)) for _, run in groupby(pitches)) <= 6


def test_checkpoint_is_small_enough_to_carry() -> None:
    assert (paths.default_checkpoint() / WEIGHTS).stat().st_size < 32_000_000
