"""Counting of preferences with confidence intervals. Damaged answers are refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jazzassist.cli import main
from jazzassist.training.config import ConfigError
from jazzassist.training.survey.make import KEY
from jazzassist.training.survey.read import as_json, count, sheets, wilson

PAIRS = [("a", "human", "ours"), ("b", "ours", "human"), ("c", "markov", "ours"), ("d", "human", "markov")]
KEY_OF = {
    "survey": "s1",
    "systems": ["human", "ours", "markov"],
    "pairs": [{"id": name, "left": left, "right": right} for name, left, right in PAIRS],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / KEY).write_text(json.dumps(KEY_OF))
    (tmp_path / "answers").mkdir()
    return tmp_path


def answered(listener: str, **choices: str) -> dict[str, Any]:
    rows = [{"pair": pair, "choice": choice, "plays": {"left": 1, "right": 1}} for pair, choice in choices.items()]
    return {"survey": "s1", "listener": listener, "training": "some", "answers": rows}


def write(folder: Path, name: str, found: object) -> Path:
    path = folder / "answers" / name
    path.write_text(found if isinstance(found, str) else json.dumps(found))
    return path


def test_choices_are_counted_for_whoever_was_there(folder: Path) -> None:
    write(folder, "1.json", answered("x", a="left", b="left", c="same", d="right"))
    write(folder, "2.txt", answered("y", a="left", b="right"))
    result = count(folder, [folder / "answers"])
    human_ours, human_markov, ours_markov = result.matches
    assert (human_ours.first_preferred, human_ours.second_preferred, human_ours.same) == (3, 1, 0)
    assert (ours_markov.first_preferred, ours_markov.second_preferred, ours_markov.same) == (0, 0, 1)
    assert (human_markov.first_preferred, human_markov.second_preferred) == (0, 1)
    assert human_ours.share == 0.75
    assert result.sides == {"left": 3, "right": 2, "same": 1}
    assert len(result.listeners) == 2
    assert result.refused == []


def test_wilson_intervals() -> None:
    """By the formula, and the values that Newcombe (1998, table I) gives for 81 of 263, 15 of 148 and 0 of 20."""
    for successes, trials, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)
    assert wilson(0, 0) == (0, 1)
    assert wilson(20, 20)[1] == 1


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        (answered("x", a="left") | {"survey": "s2"}, "is of another survey"),
        (answered("", a="left"), "lacks the listener"),
        ({"survey": "s1", "listener": "x", "answers": None}, "lacks the listener or the answers"),
        (answered("x", z="left"), "to a pair that is not"),
        (answered("x", a="both"), "to a pair that is not"),
        (answered("x") | {"answers": [7]}, "to a pair that is not"),
        (answered("x") | {"answers": [{"pair": ["a"], "choice": "left"}]}, "to a pair that is not"),
        (answered("x") | {"answers": [{"pair": "a", "choice": "left"}] * 2}, "answers a pair twice"),
        (answered("x"), "holds no answers"),
        (" " * (1 << 21), "is larger than"),
    ],
)
def test_damaged_answers_are_refused_and_the_others_counted(folder: Path, found: object, sentence: str) -> None:
    bad = write(folder, "bad.json", found)
    write(folder, "good.json", answered("y", a="right"))
    result = count(folder, [folder / "answers"])
    assert len(result.refused) == 1
    assert result.refused[0].startswith(str(bad))
    assert sentence in result.refused[0]
    assert result.matches[0].second_preferred == 1


def test_no_listener_counts_twice(folder: Path) -> None:
    write(folder, "1.json", answered("x", a="left"))
    write(folder, "2.json", answered("x", a="left", b="right"))
    result = count(folder, [folder / "answers", folder / "answers" / "1.json", folder / "none.json"])
    assert result.refused[0].endswith("2.json is of the same listener as 1.json.")
    assert "cannot be read" in result.refused[1]
    assert result.matches[0].decided == 1


def test_a_key_that_is_missing_or_is_none(folder: Path, tmp_path: Path) -> None:
    for text in ("{", "[]", "{}"):
        (folder / KEY).write_text(text)
        with pytest.raises(ConfigError, match="is not the key of a survey"):
            count(folder, [])
    (folder / KEY).unlink()
    with pytest.raises(ConfigError, match="the key of the survey, cannot be read"):
        count(folder, [])


def test_tables_and_json_say_the_same(folder: Path) -> None:
    write(folder, "1.json", answered("x", a="left", b="right", c="same"))
    result = count(folder, [folder / "answers"])
    preferences, sides, listeners = sheets(result)
    assert preferences.rows[0] == ("human : ours", "2", "0", "0", "100 %", "34 - 100 %")
    assert preferences.rows[1][4:] == ("-", "-")
    assert sides.rows[0] == ("left was chosen", "1")
    assert listeners.rows == (("all", "1"), ("training: some", "1"))
    told = json.loads(json.dumps(as_json(result)))
    assert told["matches"][0]["interval_95"] == pytest.approx([0.342, 1], abs=1e-3)
    assert told["matches"][1]["share_of_first"] is None


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(folder, "1.json", answered("x", a="left"))
    assert main(["survey", "read", str(folder), str(path)]) == 0
    assert "human : ours" in capsys.readouterr().out
    assert main(["survey", "read", str(folder), str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["listeners"] == 1
    write(folder, "1.json", "nonsense")
    assert main(["survey", "read", str(folder), str(path)]) == 3
    assert capsys.readouterr().err.startswith(f"jazzassist: {path} is not what the page writes")
