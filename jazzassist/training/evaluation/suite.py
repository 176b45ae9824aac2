"""The whole evaluation of suggestions, from files to tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jazzassist.domain.suggestion import Progress, Suggester
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation import bridges, collapse, copying
from jazzassist.training.evaluation.report import Sheet, bridge_sheet, collapse_sheet, copying_sheet
from jazzassist.training.evaluation.tasks import GAP_BARS, ROLES, Source, Task, make_tasks

COLLAPSE_BARS = 8


@dataclass(frozen=True)
class Extent:
    """How much is asked: bridges for each gap length and role; seeds, and suggestions for each of them."""

    bridges: int = 10
    seeds: int = collapse.SEEDS
    each: int = collapse.EACH


@dataclass(frozen=True)
class Outcome:
    """The figures, as an object for JSON, and the same as tables."""

    figures: dict[str, Any]
    sheets: tuple[Sheet, ...]


def score_bridges(
    suggester: Suggester, sources: list[Source], each: int = 10, progress: Progress = lambda share: None
) -> Outcome:
    """Bridges and their rivals on up to `each` gaps for every length and role; ConfigError where no file has one."""
    judged = bridges.judge(_some(make_tasks(sources, GAP_BARS, each)), suggester, progress)
    tables, noise = bridges.tables(judged), bridges.noise(judged)
    sheets = [
        bridge_sheet(f"Bridges, {name}", rows, noise if name == bridges.EVERYTHING else None)
        for name, rows in tables.items()
    ]
    misses = {name: bridges.misses(rows) for name, rows in tables.items()}
    return Outcome({"tables": tables, "misses": misses, "noise": noise}, tuple(sheets))


def score_originality(
    suggester: Suggester,
    sources: list[Source],
    corpus: Path | None,
    extent: Extent,
    progress: Progress = lambda share: None,
) -> Outcome:
    """Collapse and, where a built corpus is given, copying: of the same suggestions.

    Continuations and bridges of 8 bars by turns, of every role as many.
    """
    answered = collapse.ask(_some(seed_tasks(sources, extent.seeds)), suggester, extent.each, progress)
    shares = collapse.shares(answered)
    figures: dict[str, Any] = {"collapse": shares}
    sheets = [collapse_sheet(shares)]
    if corpus is not None:
        figures["copying"] = copying.shared_runs(answered, copying.training_runs(corpus))
        sheets.append(copying_sheet(figures["copying"]))
    return Outcome(figures, tuple(sheets))


def seed_tasks(sources: list[Source], count: int) -> list[Task]:
    """Up to `count` tasks of 8 bars: roles in turn, in each role continuations and bridges in turn."""
    each = -(-count // (2 * len(ROLES)))
    kinds = [make_tasks(sources, (COLLAPSE_BARS,), each, kind) for kind in ("continuation", "bridge")]
    by_role = [[[task for task in tasks if task.role == role] for tasks in kinds] for role in ROLES]
    found: list[Task] = []
    for turn in range(each):
        for kind in range(2):
            found += [role[kind][turn] for role in by_role if turn < len(role[kind])]
    return found[:count]


def _some(tasks: list[Task]) -> list[Task]:
    if not tasks:
        raise ConfigError("No file there has a line with enough notes around a gap.")
    return tasks
