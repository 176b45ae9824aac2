"""Results as text: columns for the terminal or Markdown for a card, each with the command that makes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jazzassist.training.evaluation.bridges import TASKS, TOLERANCE, Table, goals
from jazzassist.training.evaluation.collapse import CHECKS
from jazzassist.training.evaluation.controls import MOTIFS, ChordTones, Obeyed
from jazzassist.training.evaluation.rivals import REAL

BEHIND, PERHAPS = "*", "~"
LEGEND = (
    f"{BEHIND} ours is further from the real bars than the nearest rival; "
    f"{PERHAPS} so, but by less than the standard error over the choice of tasks"
)
ROLES_LEGEND = (
    "varied: 5 pitches and 3 durations in every 4 bars; or as the seed: or as many as the seed itself has; "
    "not stuck: no note of one pitch and duration more than 4 times in a row, or than in the seed; "
    "entropy: of pitch classes (drums: of the kit) within 35 % of the seed's; whole: as the seed and not stuck"
)
RUNS_LEGEND = "longest run of notes shared with the training set, in any key; verbatim: more than 12 notes"
WISHES_LEGEND = (
    "rho: Spearman's rank correlation of what was wished and what came; then the mean of what came for each setting "
    "(notes per quarter; semitones from the seed's mean pitch; notes that begin together; for networks that take these "
    "wishes, the share of notes below middle C and the standard deviation of velocity)"
)
CHORDS_LEGEND = "melodies alone with their chord symbols; the others are the same chords a tritone away"
MOTIFS_LEGEND = (
    "rho: Spearman's rank correlation of new, vary, repeat and the likeness that came; then the mean likeness for "
    "each: F1 with the most similar bar of the 32 before the gap"
)
RUN_FIGURES = ("mean", "median", "longest", "verbatim")
Cell = str | float
Rows = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """One table: a title, a header, rows of cells, and a sentence on how to read it."""

    title: str
    header: tuple[str, ...]
    rows: Rows
    legend: str = ""


def bridge_sheet(title: str, rows: Table, noise: dict[str, float] | None = None) -> Sheet:
    """A line for each metric, a column for each rival, a mark where ours is not between them and the real bars."""
    behind, noise = goals(rows), noise or {}
    lines: list[tuple[Cell, ...]] = []
    for metric in rows[REAL]:
        values = [rows[rival].get(metric, math.nan) for rival in rows]
        if not all(map(math.isnan, values)):
            lines.append((metric, *values, _mark(metric, behind, noise)))
    return Sheet(title, ("metric", *rows, ""), tuple(lines), LEGEND)


def collapse_sheet(shares: dict[str, dict[str, float]]) -> Sheet:
    """A line for each role and its real bars, a column for each check."""
    lines: list[tuple[Cell, ...]] = []
    for role, found in shares.items():
        lines.append((role, str(int(found["suggestions"])), *(_percent(found[name]) for name in CHECKS)))
        real = (_percent(found[f"real, {name}"]) for name in CHECKS)
        lines.append((f"{role}, the real bars", str(int(found["seeds"])), *real))
    return Sheet("Collapse", ("", "number", *CHECKS), tuple(lines), ROLES_LEGEND)


def copying_sheet(runs: dict[str, dict[str, float]]) -> Sheet:
    """A line for each role and its real bars, a column for each figure."""
    lines: list[tuple[Cell, ...]] = []
    for role, found in runs.items():
        for name, prefix in ((role, ""), (f"{role}, the real bars", "real, ")):
            mean, median, longest, verbatim = (found[prefix + figure] for figure in RUN_FIGURES)
            lines.append((name, f"{mean:.1f}", f"{median:.0f}", f"{longest:.0f}", _percent(verbatim)))
    return Sheet("Shared with the training set", ("", *RUN_FIGURES), tuple(lines), RUNS_LEGEND)


def likelihood_sheet(rows: dict[str, dict[str, float]]) -> Sheet:
    """A line for each task, a column for each field: bits per note, from nats."""
    fields = list(next(iter(rows.values())))
    lines: Rows = tuple((task, *(found[field] / math.log(2) for field in fields)) for task, found in rows.items())
    return Sheet("Bits per note", ("", *fields), lines, "held-out tunes; in a gap only its own notes count")


def wish_sheets(found: Sequence[Obeyed], chords: ChordTones) -> tuple[Sheet, Sheet]:
    """How wishes are obeyed, and how many notes on strong beats are chord tones."""
    lines: Rows = tuple((item.wish, str(item.count), item.rho, *item.means) for item in found)
    wishes = Sheet("Wishes", ("", "number", "rho", "lowest", "low", "middle", "high", "highest"), lines, WISHES_LEGEND)
    shares = (
        ("human, of the real chords", chords.human),
        ("ours, of the real chords", chords.ours),
        ("ours that knew no chords, of the real chords", chords.ours_without_chords),
        ("ours that was given others, of those", chords.moved),
        ("ours that was given the real ones, of the others", chords.moved_but_not_given),
    )
    tones = tuple((name, _percent(share)) for name, share in shares)
    return wishes, Sheet("Chord tones on strong beats", ("", "share"), tones, CHORDS_LEGEND)


def motif_sheet(found: Sequence[Obeyed]) -> Sheet:
    """How the wish for motifs is obeyed."""
    lines: Rows = tuple((item.wish, str(item.count), item.rho, *item.means) for item in found)
    return Sheet("Wishes for motifs", ("", "number", "rho", *MOTIFS), lines, MOTIFS_LEGEND)


def as_text(sheets: Sequence[Sheet], command: str) -> str:
    """The tables in columns, under the command line that makes them."""
    return "\n\n".join([f"$ {command}", *map(_columns, sheets)]) + "\n"


def as_markdown(sheets: Sequence[Sheet], command: str) -> str:
    """The tables as Markdown, under the command line that makes them."""
    return "\n\n".join([f"Made by `{command}`.", *map(_markdown, sheets)]) + "\n"


def _columns(sheet: Sheet) -> str:
    rows = [sheet.header, *(tuple(map(_words, row)) for row in sheet.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(sheet.header))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([sheet.title, *lines, *([sheet.legend] if sheet.legend else [])])


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(word.rjust(width) for word, width in others)]).rstrip()


def _markdown(sheet: Sheet) -> str:
    ruler = ["---", *["---:"] * (len(sheet.header) - 1)]
    rows = [sheet.header, tuple(ruler), *(tuple(map(_words, row)) for row in sheet.rows)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    legend = "\n\n" + sheet.legend.replace(BEHIND, "\\" + BEHIND) if sheet.legend else ""
    return f"**{sheet.title}**\n\n{table}{legend}"


def _words(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return "-" if math.isnan(cell) else f"{cell:.3f}"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"


def _mark(metric: str, behind: dict[str, float], noise: dict[str, float]) -> str:
    if metric == TASKS or behind.get(metric, 0.0) <= TOLERANCE:
        return ""
    return PERHAPS if behind[metric] < noise.get(metric, 0.0) else BEHIND
