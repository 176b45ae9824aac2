"""A seed that costs the network more than nearly all held-out ones is noticed, said, and leaned on."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.familiar import NOTE, UNFAMILIAR, note_on
from jazzassist.domain.suggestion import SuggestionRequest
from jazzassist.neural.checkpoint import CheckpointError
from jazzassist.neural.encoding import FIELD_CLASSES, TARGETS
from jazzassist.neural.familiarity import FEWEST, FILE, FIRST, LEAN, cost, is_unfamiliar, leaning, read_limits
from jazzassist.neural.hearing import hear_before
from jazzassist.neural.scene import scene_of
from jazzassist.neural.suggester import LstmSuggester
from tests.neural.requests import band, bridge, save_whole, tiny_graphs, tiny_network

BAR = 1920


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_whole(tiny_network(), tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def request_() -> SuggestionRequest:
    return bridge(band(480, 16), 0, 8 * BAR, 10 * BAR)


def suggester_with(checkpoint: Path, tmp_path: Path, limit: float) -> LstmSuggester:
    """With one limit for lines of every role."""
    folder = tmp_path / f"limit {limit}"
    folder.mkdir()
    for path in checkpoint.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    limits = dict.fromkeys(("melody", "bass", "comping", "drums"), limit)
    (folder / FILE).write_text(json.dumps(limits))
    return LstmSuggester(folder)


def test_the_cost_is_that_of_all_fields_after_the_first_notes() -> None:
    steps = FEWEST + 3
    logits = [np.zeros((steps, classes), np.float32) for classes in FIELD_CLASSES]
    targets = {name: np.zeros(steps, np.int64) for name in TARGETS}
    even = sum(math.log(classes) for classes in FIELD_CLASSES)
    assert cost(logits, targets) == pytest.approx(even)
    logits[2][:FIRST] = np.eye(FIELD_CLASSES[2])[0] * 50  # what the first notes cost does not matter
    assert cost(logits, targets) == pytest.approx(even)
    logits[2][FIRST:] = np.eye(FIELD_CLASSES[2])[0] * 50
    assert cost(logits, targets) == pytest.approx(even - math.log(FIELD_CLASSES[2]))
    short = [field[: FEWEST - 1] for field in logits]
    assert cost(short, targets) is None


def test_a_seed_above_its_limit_is_said_in_one_sentence(
    checkpoint: Path, tmp_path: Path, request_: SuggestionRequest
) -> None:
    for limit, note in ((0.1, NOTE), (1000.0, "")):
        found = suggester_with(checkpoint, tmp_path, limit).suggest(request_, lambda share: None, lambda: False)
        assert note_on(found) == note
        assert all((UNFAMILIAR in part.scores) == bool(note) for one in found for part in one.parts)


def test_a_checkpoint_without_limits_says_nothing(checkpoint: Path, request_: SuggestionRequest) -> None:
    found = LstmSuggester(checkpoint).suggest(request_, lambda share: None, lambda: False)
    assert found and note_on(found) == ""
    assert note_on([]) == ""


def test_suggestions_lean_on_an_unfamiliar_seed(checkpoint: Path, tmp_path: Path, request_: SuggestionRequest) -> None:
    scene = scene_of(request_)
    usual = suggester_with(checkpoint, tmp_path, 1000.0)._hear_before(scene)
    strange = suggester_with(checkpoint, tmp_path, 0.1)._hear_before(scene)
    assert usual.memory is not None and strange.memory is not None
    for field, share in usual.memory.shares.items():
        assert strange.memory.shares[field] == pytest.approx(share + LEAN * (1 - share))


def test_without_a_memory_there_is_nothing_to_lean_on() -> None:
    assert leaning(None) is None


def test_a_seed_of_few_notes_is_never_unfamiliar(request_: SuggestionRequest) -> None:
    scene = scene_of(request_)
    assert not is_unfamiliar(None, scene.before, {"melody": 0.0, "bass": 0.0, "comping": 0.0})
    assert hear_before(tiny_graphs(), scene).nats is not None


@pytest.mark.parametrize("text", ["{", "[1]", '{"melody": "much"}', '{"melody": NaN}', '{"melody": null}'])
def test_damaged_limits_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CheckpointError, match=FILE):
        read_limits(tmp_path)
    assert read_limits(tmp_path / "none") == {}
