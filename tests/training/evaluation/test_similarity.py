"""The metrics, on music whose values can be worked out by hand, and against the packages that define them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.song import Notes, Song, Track
from jazzassist.midi.files import write_song
from jazzassist.training.evaluation.similarity import (
    HISTOGRAMS,
    MOST_DOUBLINGS,
    chroma_similarity,
    density_doublings,
    density_ratio,
    duration_histogram,
    entropy,
    groove_similarity,
    grooving_similarity,
    histogram_overlap,
    inter_onset_histogram,
    interval_histogram,
    overlapped_area,
    pitch_class_entropy,
    pitch_class_histogram,
    pitch_histogram,
    set_distances,
)
from jazzassist.training.evaluation.stretch import Stretch
from tests.training.evaluation.songs import PPQ, notes_of, stretch

MELODY = ((0, 1, 60), (1, 0.5, 64), (1.5, 0.5, 67), (2, 2, 72), (4, 1, 62), (5, 1, 65), (6.5, 1, 69))
OTHER = ((0, 0.5, 60), (0.75, 1, 63), (2, 1, 68), (3, 1, 72), (4.25, 1, 62), (6, 1.5, 69))

bars = st.lists(
    st.tuples(st.integers(0, 31).map(lambda place: place / 4), st.sampled_from([0.25, 0.5, 1.0]), st.integers(30, 90)),
    min_size=1,
    max_size=24,
)


def test_chroma_knows_no_octaves_and_no_order() -> None:
    first = stretch((0, 1, 60), (1, 1, 64))
    assert chroma_similarity(first, stretch((2, 1, 76), (3, 1, 48))) == pytest.approx(1)
    assert chroma_similarity(first, stretch((0, 1, 61), (1, 1, 65))) == 0
    assert chroma_similarity(first, stretch((0, 1, 60), (1, 1, 65))) == pytest.approx(0.5)


def test_groove_knows_no_pitches() -> None:
    first = stretch((0, 1, 60), (1, 1, 64))
    assert groove_similarity(first, stretch((0, 2, 30), (1, 1, 31))) == pytest.approx(1)
    assert groove_similarity(first, stretch((0.5, 1, 60), (1.5, 1, 64))) == 0


def test_each_bar_is_held_against_its_nearest() -> None:
    two = stretch((0, 1, 60), (4, 1, 61), bars=2)
    assert chroma_similarity(two, stretch((0, 1, 61), (4, 1, 60), bars=2)) == pytest.approx(1)
    assert chroma_similarity(two, stretch((0, 1, 60))) == pytest.approx(0.5)


def test_an_empty_bar_is_one_in_which_all_is_equal() -> None:
    assert chroma_similarity(stretch(), stretch((0, 1, 60))) == pytest.approx(1 / math.sqrt(12))
    assert groove_similarity(stretch(), stretch()) == pytest.approx(1)


def test_drums_have_a_groove_but_no_chroma() -> None:
    kit = stretch((0, 1, 36), (1, 1, 38), drums=True)
    assert math.isnan(chroma_similarity(kit, kit))
    assert groove_similarity(kit, kit) == pytest.approx(1)
    assert math.isnan(pitch_class_entropy(kit, 1))
    assert not pitch_class_histogram(kit).any()
    assert not interval_histogram(kit).any()
    assert pitch_histogram(kit).nonzero()[0].tolist() == [36, 38]


def test_density() -> None:
    four, two = stretch(*((at, 1, 60) for at in range(4))), stretch((0, 1, 60), (4, 1, 60), bars=2)
    assert density_ratio(four, two) == pytest.approx(4)
    assert density_doublings(four, two) == density_doublings(two, four) == pytest.approx(2)
    assert density_doublings(stretch(), two) == MOST_DOUBLINGS
    assert math.isnan(density_ratio(four, stretch()))


def test_histograms() -> None:
    found = stretch((0, 1, 60), (0, 1, 64), (1, 0.34, 66), (1.33, 2, 40), (3.33, 0.5, 41))
    assert pitch_class_histogram(found).nonzero()[0].tolist() == [0, 4, 5, 6]
    steps = interval_histogram(found)
    assert {at - 12: steps[at] for at in steps.nonzero()[0].tolist()} == {2: 1, -12: 1, 1: 1}
    assert duration_histogram(found).nonzero()[0].tolist() == [1, 3, 6, 9]  # triplet, 8th, quarter, half
    assert inter_onset_histogram(found).nonzero()[0].tolist() == [1, 6, 9]
    assert duration_histogram(found).sum() == 5


def test_overlap_of_histograms() -> None:
    first = np.array([1.0, 1, 0, 2])
    assert histogram_overlap(first, 3 * first) == pytest.approx(1)
    assert histogram_overlap(first, np.array([0.0, 0, 5, 0])) == 0
    assert histogram_overlap(first, np.array([0.0, 1, 0, 1])) == pytest.approx(0.75)
    assert math.isnan(histogram_overlap(first, np.zeros(4)))


def test_entropy_in_bits() -> None:
    assert entropy(np.array([2.0, 2, 2, 2, 0])) == pytest.approx(2)
    assert entropy(np.array([0.0, 7])) == 0
    assert math.isnan(entropy(np.zeros(12)))


def test_pitch_class_entropy_is_a_mean_over_windows_with_notes() -> None:
    found = stretch((0, 1, 60), (4, 1, 60), (5, 1, 61), bars=3)
    assert pitch_class_entropy(found, 1) == pytest.approx((0 + 1) / 2)  # the last bar is empty
    whole = -(2 / 3 * math.log2(2 / 3) + 1 / 3 * math.log2(1 / 3))
    assert pitch_class_entropy(found, 2) == pytest.approx((whole + 1) / 2)
    assert pitch_class_entropy(found, 9) == pytest.approx(whole)  # no more bars than there are
    assert math.isnan(pitch_class_entropy(stretch(), 1))


def test_grooving_similarity_counts_the_positions_on_which_bars_agree() -> None:
    found = stretch((0, 1, 60), (1, 1, 60), (4, 1, 62), bars=2)
    assert grooving_similarity(found) == pytest.approx(1 - 1 / 64)
    assert math.isnan(grooving_similarity(stretch((0, 1, 60))))
    three = stretch((0, 1, 60), (4, 1, 60), (8, 1, 60), (9, 1, 60), bars=3)
    assert grooving_similarity(three) == pytest.approx((1 + 63 / 64 + 63 / 64) / 3)


def test_overlapped_area() -> None:
    random = np.random.default_rng(0)
    first, near, far = random.normal(0, 1, 500), random.normal(0, 1, 500), random.normal(50, 1, 500)
    assert overlapped_area(first, near) > 0.9
    assert overlapped_area(first, random.normal(1, 1, 500)) == pytest.approx(0.62, abs=0.08)  # 2 * Phi(-1/2)
    assert overlapped_area(first, far) < 1e-6
    assert math.isnan(overlapped_area(np.ones(5), first))
    assert math.isnan(overlapped_area(np.ones(1), first))


def test_distances_between_sets_leave_out_a_row_and_itself() -> None:
    rows = np.array([[1.0, 0], [0, 2], [0, 0]])
    assert set_distances(rows, rows).tolist() == pytest.approx([math.sqrt(2)] * 2)  # the empty one is left out
    assert set_distances(rows, np.array([[1.0, 0], [1, 0], [1, 0]])).tolist() == pytest.approx([0, 0, 2**0.5, 2**0.5])


Rows = list[tuple[float, float, int]]


@given(bars, bars)
def test_metrics_stay_in_their_ranges(
    first: list[tuple[float, float, int]], second: list[tuple[float, float, int]]
) -> None:
    one, two = stretch(*first, bars=2), stretch(*second, bars=2)
    for metric in (chroma_similarity, groove_similarity):
        assert 0 <= metric(one, two) <= 1 + 1e-9
        assert metric(one, one) == pytest.approx(1)
    for histogram in HISTOGRAMS.values():
        shared = histogram_overlap(histogram(one), histogram(two))
        assert math.isnan(shared) or 0 <= shared <= 1 + 1e-9
    assert 0 <= pitch_class_entropy(one, 1) <= math.log2(12) + 1e-9
    assert 0 <= grooving_similarity(one) <= 1
    assert density_doublings(one, two) == pytest.approx(density_doublings(two, one))


@given(bars, st.integers(-12, 12))
def test_transposing_changes_no_rhythm_and_no_intervals(rows: list[tuple[float, float, int]], semitones: int) -> None:
    one = stretch(*rows, bars=2)
    two = stretch(*((start, length, pitch + semitones) for start, length, pitch in rows), bars=2)
    assert groove_similarity(one, two) == pytest.approx(1)
    assert interval_histogram(one).tolist() == interval_histogram(two).tolist()
    assert pitch_class_entropy(one, 2) == pytest.approx(pitch_class_entropy(two, 2))


def written(notes: Notes, path: Path) -> Path:
    write_song(Song(PPQ, (Track("line", notes),)), path)
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Stretch, Stretch, Path, Path]:
    """Two melodies of two bars, and their files."""
    files = [written(notes_of(*rows), tmp_path / f"{name}.mid") for name, rows in (("a", MELODY), ("b", OTHER))]
    return stretch(*MELODY, bars=2), stretch(*OTHER, bars=2), files[0], files[1]


def test_similarities_are_those_of_smg_metrics(pair: tuple[Stretch, Stretch, Path, Path]) -> None:
    theirs = pytest.importorskip("smg_metrics.similarity").compute_all(pair[2], pair[3])
    assert chroma_similarity(*pair[:2]) == pytest.approx(theirs.sim_chr)
    assert groove_similarity(*pair[:2]) == pytest.approx(theirs.sim_grv)


def test_pitch_overlap_and_entropies_are_those_of_smg_metrics(pair: tuple[Stretch, Stretch, Path, Path]) -> None:
    overlap = pytest.importorskip("smg_metrics.distribution").compute_all(pair[2], pair[3]).pd
    assert histogram_overlap(pitch_histogram(pair[0]), pitch_histogram(pair[1])) == pytest.approx(overlap)
    harmony = pytest.importorskip("smg_metrics.harmony")
    assert pitch_class_entropy(pair[0], 2) == pytest.approx(harmony.pitch_class_entropy(pair[2]))
    rhythm = pytest.importorskip("smg_metrics.rhythm")
    assert grooving_similarity(pair[0]) == pytest.approx(rhythm.grooving_pattern_similarity(pair[2]))


@pytest.mark.parametrize("shift", [0.0, 0.7, 3.0])
def test_overlapped_area_is_that_of_mgeval(shift: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    integrate = pytest.importorskip("scipy.integrate")
    random = np.random.default_rng(1)
    first, second = random.gamma(2, 1, 60), random.gamma(3, 1, 40) + shift
    one: Callable[[float], np.typing.NDArray[np.float64]] = stats.gaussian_kde(first)
    two: Callable[[float], np.typing.NDArray[np.float64]] = stats.gaussian_kde(second)
    low, high = min(first.min(), second.min()), max(first.max(), second.max())
    expected = integrate.quad(lambda x: float(min(one(x).item(), two(x).item())), low, high)[0]
    assert overlapped_area(first, second) == pytest.approx(expected, abs=1e-3)
