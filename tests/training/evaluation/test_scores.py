"""The metrics of a fill within its task."""

from __future__ import annotations

import math

import pytest

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Notes, Song, Track
from jazzassist.domain.suggestion import Controls, bridge_request
from jazzassist.training.evaluation.scores import EMPTY_FILL, PAIRED, scores_of, usual_inter_onset
from jazzassist.training.evaluation.similarity import HISTOGRAMS, pitch_class_entropy
from jazzassist.training.evaluation.tasks import Task
from tests.training.evaluation.songs import BAR, DRUMS, PPQ, notes_of, task

BEFORE = ((0, 1, 60), (1, 1, 64), (2, 1, 62), (3, 1, 60))
AFTER = ((8, 1, 72), (9, 1, 71), (10, 1, 69), (11, 1, 67))


def small(*rows: tuple[float, float, int]) -> tuple[Task, Notes]:
    """One bar to be bridged between quarters, and a fill of it."""
    removed = notes_of((4, 1, 62), (5, 1, 64))
    song = Song(PPQ, (Track("", notes_of(*BEFORE, *AFTER).joined(removed)),))
    return Task("s", "melody", 1, bridge_request(song, Gap((0,), BAR, 2 * BAR), Controls()), removed), notes_of(*rows)


def test_the_real_bars_are_like_themselves() -> None:
    asked = task()
    found = scores_of(asked, asked.removed)
    assert found["density ratio, removed"] == 1
    assert found["density, doublings off, removed"] == 0
    for metric in ("chroma similarity", "groove similarity", *HISTOGRAMS):
        assert found[f"{metric}, removed"] == pytest.approx(1), metric
    assert found[EMPTY_FILL] == 0


def test_seams_by_hand() -> None:
    found = scores_of(*small((4.5, 1, 50), (4.5, 1, 65), (7, 1, 70)))
    assert found["interval in, semitones"] == 5  # 60 up to the top of the chord
    assert found["interval out, semitones"] == 2
    assert found["inter-onset in, doublings off"] == pytest.approx(math.log2(1.5))
    assert found["inter-onset out, doublings off"] == 0


def test_usual_inter_onset_does_not_count_the_gap() -> None:
    sides = notes_of((0, 1, 60), (1, 1, 60)), notes_of((8, 1, 60), (10, 1, 60))
    assert usual_inter_onset(*sides) == 1.5 * PPQ
    assert math.isnan(usual_inter_onset(notes_of((0, 1, 60)), EMPTY))


def test_references_are_what_they_are_called() -> None:
    found = scores_of(*small(*((start + 4, 1, pitch) for start, _, pitch in BEFORE)))
    assert found["chroma similarity, past"] == pytest.approx(1)
    assert found["pitch, past"] == pytest.approx(1)
    assert found["pitch, future"] == 0
    assert found["density ratio, removed"] == 2
    assert found["H1 difference, past"] == found["H4 difference, past"] == pytest.approx(0)


def test_differences_to_the_context() -> None:
    asked = task(bars=4)
    found = scores_of(asked, asked.removed)
    fill = asked.filled(asked.removed)
    expected = abs(pitch_class_entropy(fill, 4) - pitch_class_entropy(asked.future, 4))
    assert found["H4 difference, future"] == pytest.approx(expected)
    assert found["GS difference, past"] >= 0
    one_bar = task(bars=1)
    short = scores_of(one_bar, one_bar.removed)
    assert math.isnan(short["GS difference, past"])
    assert short["H4 difference, past"] == short["H1 difference, past"] > 0  # in windows of one bar, on both sides
    assert scores_of(*small((4, 1, 60)))["H4 difference, past"] == pytest.approx(1.5)  # in windows of one bar


def test_an_empty_fill() -> None:
    found = scores_of(small()[0], EMPTY)
    assert found[EMPTY_FILL] == 1
    assert found["density ratio, past"] == 0
    assert math.isnan(found["interval in, semitones"])
    assert math.isnan(found["pitch, removed"])


def test_drums_have_no_intervals_but_a_seam_in_time() -> None:
    asked = task(DRUMS, "drums")
    found = scores_of(asked, asked.removed)
    assert math.isnan(found["interval in, semitones"])
    assert math.isnan(found["chroma similarity, past"])
    assert found["inter-onset in, doublings off"] >= 0
    assert found["pitch, removed"] == pytest.approx(1)


def test_the_same_metrics_for_every_fill() -> None:
    asked = task()
    assert list(scores_of(asked, asked.removed)) == list(scores_of(asked, EMPTY))
    assert all(f"{name}, past" in scores_of(asked, EMPTY) for name in PAIRED)
