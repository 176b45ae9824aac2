"""Checking and counting of the listeners' answers: preferences with confidence intervals."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.survey.make import KEY

CHOICES = ("left", "same", "right")
MOST_BYTES = 1 << 20
NORMAL_95 = 1.959963984540054  # the two-sided 95 % point of the normal distribution
LEGEND = (
    "share: of the answers that prefer one of the two, with Wilson's 95 % interval; it assumes independent answers, "
    "which those of one listener are not entirely"
)


class Damaged(Exception):
    """An answers file cannot be counted. The message is the reason."""


@dataclass(frozen=True)
class Answers:
    """One listener's choices by pair, and their musical training as stated by them."""

    listener: str
    choices: dict[str, str]
    training: str = ""


@dataclass
class Match:
    """The answers for two systems compared with each other."""

    first: str
    second: str
    first_preferred: int = 0
    second_preferred: int = 0
    same: int = 0

    @property
    def decided(self) -> int:
        """The number of answers that prefer one of the two."""
        return self.first_preferred + self.second_preferred

    @property
    def share(self) -> float:
        """The share of the first among the decided answers, NaN if there are none."""
        return self.first_preferred / self.decided if self.decided else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % confidence interval of the share."""
        return wilson(self.first_preferred, self.decided)


@dataclass
class Result:
    """All counted answers. `sides`: how often left, same and right were chosen, whatever they were."""

    systems: list[str]
    matches: list[Match]
    listeners: list[Answers] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    sides: Counter[str] = field(default_factory=Counter)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share (E. B. Wilson, 1927); 0 to 1 without trials."""
    if not trials:
        return 0.0, 1.0
    share, square = successes / trials, NORMAL_95**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = NORMAL_95 / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def count(folder: Path, paths: list[Path]) -> Result:
    """Count the answers to the survey of `folder` in files and folders. Raises ConfigError if its key is missing."""
    key = read_key(folder)
    systems: list[str] = key["systems"]
    result = Result(systems, [Match(first, second) for first, second in combinations(systems, 2)])
    seen: dict[str, Path] = {}
    for path in _files(paths):
        try:
            answers = read_answers(path, key)
            if answers.listener in seen:
                raise Damaged(f"is of the same listener as {seen[answers.listener].name}")
        except Damaged as reason:
            result.refused.append(f"{path} {reason}.")
            continue
        seen[answers.listener] = path
        result.listeners.append(answers)
        _add(result, answers, key)
    return result


def read_key(folder: Path) -> dict[str, Any]:
    """Read the key of a survey. Raises ConfigError if the folder has none."""
    try:
        key: dict[str, Any] = json.loads((folder / KEY).read_text(encoding="utf-8"))
        if {"survey", "systems", "pairs"} <= key.keys():
            return key
    except OSError as error:
        raise ConfigError(f"{folder / KEY}, the key of the survey, cannot be read: {error.strerror}.") from error
    except (ValueError, AttributeError):
        pass
    raise ConfigError(f"{folder / KEY} is not the key of a survey.")


def read_answers(path: Path, key: dict[str, Any]) -> Answers:
    """Read one listener's answers. Raises Damaged if they are of another survey or invalid."""
    found = _object(path)
    if found.get("survey") != key["survey"]:
        raise Damaged("is of another survey")
    listener, rows = found.get("listener"), found.get("answers")
    if not isinstance(listener, str) or not listener or not isinstance(rows, list):
        raise Damaged("lacks the listener or the answers")
    pairs, choices = {pair["id"] for pair in key["pairs"]}, dict[str, str]()
    for row in rows:
        pair, choice = (row.get("pair"), row.get("choice")) if isinstance(row, dict) else (None, None)
        if not isinstance(pair, str) or pair not in pairs or choice not in CHOICES:
            raise Damaged("has an answer to a pair that is not in this survey")
        if pair in choices:
            raise Damaged("answers a pair twice")
        choices[pair] = choice
    if not choices:
        raise Damaged("holds no answers")
    training = found.get("training")
    return Answers(listener, choices, training if isinstance(training, str) else "")


def _object(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Damaged(f"is larger than {MOST_BYTES} bytes")
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Damaged(f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Damaged("is not what the page writes: it is not JSON") from error
    if not isinstance(found, dict):
        raise Damaged("is not what the page writes: it is not a JSON object")
    return found


def _files(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = path.iterdir() if path.is_dir() else []
        found += sorted(item for item in inside if item.suffix in (".json", ".txt")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def _add(result: Result, answers: Answers, key: dict[str, Any]) -> None:
    matches = {frozenset((match.first, match.second)): match for match in result.matches}
    pairs = {pair["id"]: pair for pair in key["pairs"]}
    for name, choice in answers.choices.items():
        pair = pairs[name]
        match = matches[frozenset((pair["left"], pair["right"]))]
        result.sides[choice] += 1
        if choice == "same":
            match.same += 1
        elif pair[choice] == match.first:
            match.first_preferred += 1
        else:
            match.second_preferred += 1


def sheets(result: Result) -> list[Sheet]:
    """Return the tables: preferences, sides and listeners."""
    rows: list[tuple[Cell, ...]] = []
    for match in result.matches:
        low, high = match.interval
        counts = (match.first_preferred, match.second_preferred, match.same)
        sure = f"{100 * low:.0f} - {100 * high:.0f} %" if match.decided else "-"
        rows.append((f"{match.first} : {match.second}", *map(str, counts), _percent(match.share), sure))
    header = ("first : second", "first", "second", "no difference", "share of first", "95 % interval")
    sides = tuple((f"{name} was chosen", str(result.sides[name])) for name in CHOICES)
    trained = Counter(answers.training or "not said" for answers in result.listeners)
    listeners: list[tuple[Cell, ...]] = [("all", str(len(result.listeners)))]
    listeners += [(f"training: {name}", str(number)) for name, number in sorted(trained.items())]
    return [
        Sheet("Preferences", header, tuple(rows), LEGEND),
        Sheet("Sides, whatever they were", ("", "answers"), sides, "an imbalance is a habit, not a preference"),
        Sheet("Listeners", ("", "number"), tuple(listeners)),
    ]


def as_json(result: Result) -> dict[str, Any]:
    """Return the result as one JSON object."""
    return {
        "listeners": len(result.listeners),
        "training": dict(Counter(answers.training or "not said" for answers in result.listeners)),
        "matches": [
            {
                "first": match.first,
                "second": match.second,
                "first_preferred": match.first_preferred,
                "second_preferred": match.second_preferred,
                "no_difference": match.same,
                "share_of_first": None if math.isnan(match.share) else match.share,
                "interval_95": list(match.interval),
            }
            for match in result.matches
        ],
        "sides": {name: result.sides[name] for name in CHOICES},
        "refused": result.refused,
    }


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.0f} %"
