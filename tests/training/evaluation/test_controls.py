"""Wishes and chords: a suggester that obeys is told from one that does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import (
    Cancelled,
    Controls,
    Part,
    Progress,
    Receipt,
    Suggestion,
    SuggestionRequest,
    landing_of,
)
from jazzassist.neural.encoding import EXTRAS
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.config import read_recipe
from jazzassist.training.evaluation.controls import (
    DYNAMICS,
    LEFT_HANDS,
    chord_tones,
    motifs_obeyed,
    obeyed,
    spearman,
    takes_whole_wishes,
)
from jazzassist.training.evaluation.tasks import Task
from tests.neural.requests import band, bridge

BAR = 4 * 480


class Servant:
    """Writes what is wished, or always the same; chord roots where chords are given and it listens."""

    def __init__(self, obedient: bool) -> None:
        self.obedient = obedient

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        notes = self._notes(request) if self.obedient else Notes.of([(request.start, 100, 61, 80, 0)])
        part = Part(request.target, notes, {}, landing_of(notes, request))
        return [Suggestion((part,), Receipt.of("test", request, 0))]

    def _notes(self, request: SuggestionRequest) -> Notes:
        controls, length = request.controls, request.end - request.start
        count = round((controls.density or 1) * length / 480)
        voices = round(controls.polyphony or 1)
        pitch = round(controls.register or 60) if not request.chords else (60 if request.chords[0][1][0] == "C" else 66)
        start = request.start + np.arange(count) * length // count
        rows = [(int(at), 20, pitch + 7 * voice, 80, 0) for at in start for voice in range(voices)]
        return Notes.of(rows)


def task(role: str, chords: tuple[tuple[int, str], ...] = ()) -> Task:
    request = replace(bridge(band(), 0, 4 * BAR, 6 * BAR), chords=chords)
    removed = Notes.of([(4 * BAR, 100, 60, 80, 0), (5 * BAR, 100, 61, 80, 0), (5 * BAR + 500, 100, 61, 80, 0)])
    return Task("song", role, 2, request, removed)  # type: ignore[arg-type]


def test_rank_correlation() -> None:
    assert spearman([1, 2, 3, 4], [10, 20, 30, 400]) == pytest.approx(1)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    assert spearman([1, 1, 2, 2], [1, 2, 1, 2]) == pytest.approx(0)
    assert spearman([1, 2, 3], [5, 5, 5]) == 0


def test_who_obeys_is_told_from_who_does_not() -> None:
    tasks = [task("melody"), task("comping")]
    for found in obeyed(Servant(True), tasks):
        assert found.rho > 0.95, found.wish
    assert all(found.rho == 0 for found in obeyed(Servant(False), tasks))


class Pianist:
    """Writes as many low notes, and as uneven velocities, as are wished; or, if not `obedient`, always the same."""

    def __init__(self, obedient: bool) -> None:
        self.obedient = obedient

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        controls = request.controls if self.obedient else Controls()
        low, reach = round(8 * (controls.left_hand or 0)), round(controls.dynamics or 0)
        rows = [
            (request.start + at * 240, 100, 48 if at < low else 72, 64 + (reach if at % 2 else -reach), 0)
            for at in range(8)
        ]
        notes = Notes.of(rows)
        part = Part(request.target, notes, {}, landing_of(notes, request))
        return [Suggestion((part,), Receipt.of("test", request, 0))]


@pytest.mark.parametrize("obedient", [True, False])
def test_left_hand_and_dynamics_are_measured_by_what_is_written(obedient: bool) -> None:
    found = {item.wish: item for item in obeyed(Pianist(obedient), [task("comping"), task("melody")], whole=True)}
    hand, dynamics = found["left hand"], found["dynamics"]
    assert (hand.count, dynamics.count) == (5, 10)  # melodies have no left hand
    assert hand.means == (LEFT_HANDS if obedient else (0.0,) * 5)
    assert dynamics.means == pytest.approx(DYNAMICS if obedient else (0.0,) * 5)
    assert (hand.rho, dynamics.rho) == pytest.approx((1, 1) if obedient else (0, 0))


def test_wishes_that_a_network_does_not_take_are_not_shown() -> None:
    assert [item.wish for item in obeyed(Servant(True), [task("comping")])] == ["density", "register", "polyphony"]
    taken = {extras: takes_whole_wishes(NetworkConfig(extras=extras)) for extras in (0, 9, len(EXTRAS))}
    assert taken == {0: False, 9: False, len(EXTRAS): True}
    assert takes_whole_wishes(read_recipe(Path("jazz-8")).network)


def test_means_by_setting_grow() -> None:
    found = obeyed(Servant(True), [task("melody")])[0]
    assert found.wish == "density"
    assert list(found.means) == sorted(found.means)
    assert found.count == 5


def test_chord_tones_on_strong_beats() -> None:
    """C7 in the gap: one of the two human notes on strong beats is a chord tone; a weak one does not count."""
    found = chord_tones(Servant(True), [task("melody", ((0, "C7"),))])
    assert found.notes == 2
    assert found.human == 0.5
    assert found.ours == 1
    assert found.moved == 1  # Gb7 was given, Gb came
    assert found.moved_but_not_given == 0
    assert chord_tones(Servant(True), [task("melody")]).notes == 0


class Copyist:
    """Repeats the bars before, or their rhythm, or writes others, as is wished."""

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        length, wish = request.end - request.start, request.controls.motifs
        notes = request.before.starting_in(request.start - length, request.start).shifted(length)
        if wish == "vary":
            notes = notes.changed(pitch=notes.pitch + 30)
        elif wish == "new":
            notes = notes.changed(start=notes.start + 160, pitch=notes.pitch + 30)
        part = Part(request.target, notes, {}, landing_of(notes, request))
        return [Suggestion((part,), Receipt.of("test", request, 0))]


def test_motifs_are_obeyed_by_whoever_repeats_varies_and_renews() -> None:
    notes, rhythm = motifs_obeyed(Copyist(), [task("melody")])
    assert notes.rho > 0.8 and notes.count == 3
    assert notes.means[0] < notes.means[2] == pytest.approx(1)
    assert rhythm.means[0] < rhythm.means[1] == pytest.approx(1)
    same, _ = motifs_obeyed(Servant(False), [task("melody")])
    assert same.rho == 0
