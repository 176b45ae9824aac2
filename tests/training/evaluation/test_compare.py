"""The comparison: chances of the next pitch that are chances, tails, and a table that says who wins."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.domain.timing import MeterMap
from jazzassist.literature.words import OTHER, PITCHES, Vocabulary, name_of
from jazzassist.neural.encoding import GRID, HEARD, GridLine
from jazzassist.neural.steps import Surroundings
from jazzassist.paths import models
from jazzassist.training.config import read_recipe
from jazzassist.training.evaluation.common_ground import (
    SCORED_FROM,
    OfMarkov,
    OfOurs,
    OfText,
    OfWords,
    Predictor,
    SoloLine,
    score,
)
from jazzassist.training.evaluation.compare import SHIPPED_RECIPE, Extent, compare, literature, request_from, sheet
from jazzassist.training.evaluation.tails import Tail, Tails, stuck_notes
from jazzassist.training.literature import systems
from jazzassist.training.literature.checkpoint import Loaded, save
from tests.neural.requests import save_whole, tiny_network
from tests.training.tiny_corpus import RECIPE

NAMES = tuple(sorted(name_of(pitch) for pitch in range(40, 90)))
WORDS = Vocabulary(("0.4.7", *NAMES, OTHER))
CHARACTERS = Vocabulary(tuple(sorted("[]^,'z0123456789ABCDEFGabcdefg")))
TOPS = Vocabulary(tuple(name_of(pitch) for pitch in range(PITCHES)))


def solo(count: int = 130, seed: int = 0) -> SoloLine:
    """A line of single notes with rests."""
    random = np.random.default_rng(seed)
    onset = np.cumsum(random.integers(4, 40, count))
    pitch = 52 + np.abs(np.cumsum(random.integers(-4, 5, count))) % 30
    line = GridLine(onset, random.integers(3, 14, count), pitch, np.full(count, 80), 8)
    quarters = int(onset[-1]) // GRID + 12
    return SoloLine(line, Surroundings(MeterMap(GRID, ((0, 4, 4),)), np.zeros((quarters, HEARD), np.float32)))


def loaded(system: str, vocabulary: Vocabulary) -> Loaded:
    torch.manual_seed(5)
    return Loaded(system, systems.build(system, vocabulary=len(vocabulary), units=8).eval(), vocabulary)


PREDICTORS: dict[str, Predictor] = {
    "rokvic2021": OfWords(loaded("rokvic2021", WORDS)),
    "jiang2019": OfWords(loaded("jiang2019", TOPS)),
    "agarwal2018": OfText(loaded("agarwal2018", CHARACTERS)),
    "ours": OfOurs(tiny_network(), 40, told=False),
    "ours, told": OfOurs(tiny_network(), 40, told=True),
    "markov": OfMarkov(),
}


@pytest.mark.parametrize("name", PREDICTORS)
def test_every_system_gives_chances_that_sum_to_one(name: str) -> None:
    rows = PREDICTORS[name].chances(solo())
    assert rows.shape == (130, PITCHES) and (rows >= 0).all()
    assert rows.sum(1) == pytest.approx(np.ones(130), abs=1e-5)
    # At each note that counts there is an opinion, so no system is scored by a uniform guess.
    assert (rows[SCORED_FROM:].max(1) > 1.05 / PITCHES).all()


@pytest.mark.parametrize("name", PREDICTORS)
def test_no_system_knows_a_pitch_before_it_comes(name: str) -> None:
    whole = solo()
    at = 70
    pitch = whole.line.pitch.copy()
    pitch[at:] = 41
    line = GridLine(whole.line.onset, whole.line.length, pitch, whole.line.velocity, 8)
    first, second = (
        PREDICTORS[name].chances(one)[SCORED_FROM : at + 1] for one in (whole, SoloLine(line, whole.around))
    )
    if name == "agarwal2018":  # another spelling moves the windows of the text
        first, second = first[at - SCORED_FROM - 5 :], second[at - SCORED_FROM - 5 :]
    assert second == pytest.approx(first, abs=1e-2 if name == "agarwal2018" else 1e-5)


def test_ours_without_the_onset_is_the_mean_over_onsets() -> None:
    """Checked against the sum over every onset, done by hand for one note."""
    network, one = tiny_network(loudness=3.0), solo(20)
    told = OfOurs(network, 40, told=True)
    whole = OfOurs(network, 40, told=False).chances(one)[12]
    previous, total = int(one.line.onset[11]), np.zeros(PITCHES)
    weights = 0.0
    for ahead in range(4):
        for sub in range(GRID):
            onset = (previous // GRID + ahead) * GRID + sub
            if onset > previous:
                moved = one.line.onset[:13].copy()
                moved[12] = onset
                chance, row = _onset_and_pitch(network, told, _moved(one, moved), ahead, sub)
                total, weights = total + chance * row, weights + chance
    assert whole == pytest.approx(total / weights, abs=1e-4)


def _moved(one: SoloLine, onset: np.ndarray) -> SoloLine:
    part = one.line.part(0, 13)
    return SoloLine(GridLine(onset, part.length, part.pitch, part.velocity, 8), one.around)


def _onset_and_pitch(
    network: torch.nn.Module, told: OfOurs, one: SoloLine, ahead: int, sub: int
) -> tuple[float, np.ndarray]:
    from jazzassist.training.network.batches import stacked

    with torch.no_grad():
        logits = network(stacked([told._arrays(one, 0, 13)], 12))
    chances = [field[12].double().softmax(-1) for field in logits]
    return float(chances[0][ahead] * chances[1][sub]), chances[2].numpy()


def test_a_score_is_the_bits_and_the_share_of_right_guesses() -> None:
    class Sure:
        def chances(self, one: SoloLine) -> np.ndarray:
            rows = np.full((len(one.line), PITCHES), 0.5 / (PITCHES - 1))
            rows[np.arange(len(rows)), one.line.pitch] = 0.5
            rows[::2] = 1 / PITCHES
            return rows

    found = score(Sure(), [solo(30)])
    assert found.notes == 20 and found.bits == pytest.approx((1 + 7) / 2) and found.accuracy >= 0.5


def test_words_that_the_vocabulary_lacks_share_the_chance_of_other() -> None:
    few = Vocabulary(("C4", "D4", OTHER))
    rows = OfWords(loaded("mangal2019", few)).chances(solo())
    assert (rows[20] > 0).all() and rows[20].sum() == pytest.approx(1)


def test_the_chain_learns_a_line_that_repeats() -> None:
    onset, pitch = np.arange(60) * 12, np.tile([60, 62, 65], 20)
    line = GridLine(onset, np.full(60, 12), pitch, np.full(60, 80), 0)
    assert score(OfMarkov(), [SoloLine(line, solo().around)]).bits < 0.1


@pytest.mark.parametrize(
    ("pitches", "stuck"),
    [([60] * 32, 32), ([60, 62] * 16, 32), ([61, 62, 63] + [60] * 5, 5), ([60, 60, 60], 0), (list(range(32)), 0)],
)
def test_a_tail_is_stuck_as_far_back_as_it_repeats(pitches: list[int], stuck: int) -> None:
    assert stuck_notes(pitches) == stuck


def test_tails_are_means_and_collapse_is_all_of_it() -> None:
    still, moving = Tail.of(list(range(60, 92)), [60] * 40), Tail.of([60] * 32, list(range(60, 92)))
    assert still.has_collapsed and still.pitches == 1 and still.entropy < -3
    found = Tails.of([still, moving])
    assert (found.count, found.collapsed, found.stuck, found.pitches) == (2, 0.5, 0.5, 16.5)
    assert math.isnan(Tails.of([]).stuck)


def test_seeds_are_the_same_for_all_and_end_before_the_gap() -> None:
    lines = [solo(seed=number) for number in range(3)]
    first, again, other = (request_from(lines, number) for number in (0, 0, 1))
    assert first == again and first != other
    assert first.before.start.max() < first.start and first.end - first.start == 16 * 4 * GRID


def test_the_table_marks_the_best_of_a_column_whoever_it_is() -> None:
    names = (
        "accuracy",
        "bits",
        "collapsed",
        "stuck",
        "pitches",
        "entropy",
        "seconds",
        "parameters",
        "minutes",
        "notes",
        "count",
    )
    ours = dict.fromkeys((*names, "likeliest, collapsed", "likeliest, stuck", "likeliest, pitches"), 1.0)
    found = sheet({"ours": ours, "theirs": ours | {"bits": 0.5, "accuracy": 0.25, "likeliest, stuck": math.nan}})
    assert found.rows[0][1:3] == ("100.0 %*", "1.00") and found.rows[1][1:3] == ("25.0 %", "0.50*")
    assert found.rows[1][8] == "-"
    assert found.rows[0][3] == found.rows[1][3] == "100.0 %"  # alike, so nobody wins


def test_all_are_compared_on_a_corpus_with_one_call(corpus: Path, tmp_path: Path) -> None:
    save_whole(tiny_network(), tmp_path / "ours", "tiny")
    for system, vocabulary in (("rokvic2021", WORDS), ("agarwal2018", CHARACTERS), ("jiang2019", TOPS)):
        save(loaded(system, vocabulary), tmp_path / system)
    said: list[str] = []
    found = compare(tmp_path / "ours", RECIPE, corpus, tmp_path, Extent(150, 2, 0.0), said.append)
    rows = found.figures["compare"]
    assert said[0] == "training mangal2019"
    assert list(rows) == [
        "tiny",
        "tiny (b)",
        "Markov chain",
        "rokvic2021",
        "mangal2019",
        "agarwal2018 (a)",
        "jiang2019",
    ]
    assert all(row["bits"] > 0 for row in rows.values()) and rows["rokvic2021"]["count"] == 2
    assert len(found.sheets[0].rows) == 7


def test_the_networks_of_the_papers_are_their_runs_or_for_the_shipped_recipe_those_shipped(
    corpus: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    recipe = read_recipe(Path(SHIPPED_RECIPE))
    shipped = literature("rokvic2021", recipe, corpus, tmp_path, 0.0, said.append)
    assert shipped == models() / "rokvic2021"
    assert not said
    trained = literature("rokvic2021", RECIPE, corpus, tmp_path, 0.0, said.append)
    assert trained == tmp_path / "rokvic2021"
    assert said == ["training rokvic2021"]
    assert literature("rokvic2021", recipe, corpus, tmp_path, 0.0, said.append) == trained
    assert len(said) == 1
