"""Tables as text."""

from __future__ import annotations

import math

from jazzassist.training.evaluation.bridges import TASKS
from jazzassist.training.evaluation.collapse import CHECKS
from jazzassist.training.evaluation.report import (
    BEHIND,
    PERHAPS,
    RUN_FIGURES,
    Sheet,
    as_markdown,
    as_text,
    bridge_sheet,
    collapse_sheet,
    copying_sheet,
)
from jazzassist.training.evaluation.rivals import MARKOV, OURS, REAL

SHEET = Sheet("Title", ("name", "value"), (("long name", 1.5), ("x", math.nan)), "How to read it *")


def test_columns_under_the_command() -> None:
    assert as_text([SHEET], "jazzassist evaluate x").splitlines() == [
        "$ jazzassist evaluate x",
        "",
        "Title",
        "name       value",
        "long name  1.500",
        "x              -",
        "How to read it *",
    ]


def test_markdown_under_the_command() -> None:
    assert as_markdown([SHEET], "jazzassist evaluate x").splitlines() == [
        "Made by `jazzassist evaluate x`.",
        "",
        "**Title**",
        "",
        "| name | value |",
        "| --- | ---: |",
        "| long name | 1.500 |",
        "| x | - |",
        "",
        "How to read it \\*",
    ]


def test_rows_in_which_ours_is_behind_are_marked() -> None:
    rows = {
        REAL: {TASKS: 4, "good": 1.0, "bad": 1.0, "unsure": 1.0, "none": math.nan},
        OURS: {TASKS: 4, "good": 0.9, "bad": 0.5, "unsure": 0.5, "none": math.nan},
        MARKOV: {TASKS: 4, "good": 0.8, "bad": 0.8, "unsure": 0.8, "none": math.nan},
    }
    sheet = bridge_sheet("Bridges", rows, {"bad": 0.1, "unsure": 0.4})
    assert [(row[0], row[-1]) for row in sheet.rows] == [
        (TASKS, ""), ("good", ""), ("bad", BEHIND), ("unsure", PERHAPS),
    ]  # fmt: skip
    assert sheet.header == ("metric", REAL, OURS, MARKOV, "")
    assert {row[-1] for row in bridge_sheet("Bridges", rows).rows} == {"", BEHIND}


def test_collapse_beside_the_real_bars() -> None:
    shares = {"all": {"seeds": 5, "suggestions": 50, **dict.fromkeys(CHECKS, 0.5)}}
    shares["all"] |= {f"real, {name}": 1.0 for name in CHECKS}
    rows = collapse_sheet(shares).rows
    assert rows[0] == ("all", "50", *["50.0 %"] * len(CHECKS))
    assert rows[1] == ("all, the real bars", "5", *["100.0 %"] * len(CHECKS))


def test_shared_runs_beside_the_real_bars() -> None:
    found = dict(zip(RUN_FIGURES, (7.25, 6, 14, 0.01), strict=True))
    rows = copying_sheet({"bass": {**found, **{f"real, {name}": math.nan for name in found}}}).rows
    assert rows[0] == ("bass", "7.2", "6", "14", "1.0 %")
    assert rows[1][-1] == "-"
