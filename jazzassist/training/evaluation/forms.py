"""Whether long gaps have form: how alike their bars are in rhythm, and at which distance bars come back."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Progress, Suggester
from jazzassist.suggest.features import Bar, bar_of, f1, rhythm_of
from jazzassist.training.evaluation.real_songs import RealSong
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.evaluation.rivals import OURS, REAL, first_suggestion
from jazzassist.training.evaluation.suite import Outcome
from jazzassist.training.evaluation.tasks import Source, Task, make_tasks

LENGTHS = (8, 16, 32)
FURTHEST = 16  # bars between a bar and the one it comes back to
ALIKE, TIE = 0.3, 0.05  # the F1 from which on a bar comes back; how much less alike a bar as good may be
LEGEND = (
    "means over {gaps} gaps. Rhythm: F1 of the places of onsets, over all pairs of bars in the gap, and the standard "
    "deviation over them. At the phrase distance: the share of the gap's bars to whose best match among the {furthest} "
    "bars before the bar at the distance at which the song's own bars most often come back is as like; comes back: the "
    "share whose best match has an F1 of notes of {alike} or more"
)
FIGURES = ("rhythm of bars, alike", "spread of that", "comes back", "at the phrase distance")


@dataclass(frozen=True)
class Line:
    """The bars of a line with a gap of bars [low, high)."""

    bars: tuple[Bar, ...]
    low: int
    high: int

    @staticmethod
    def of(task: Task, notes: Notes) -> Line:
        """A task's line with notes in its gap."""
        request = task.request
        line = request.before.joined(task.filled(notes).notes).joined(request.after)
        first = int(request.before.start[0]) if len(request.before) else request.start
        starts = task.meters.bars(0, max(line.last_end, request.end))
        starts = [tick for tick in starts if tick >= first - request.ppq]
        ends = [*starts[1:], task.meters.bar_start(task.meters.bar_at(starts[-1]) + 1)]
        bars = tuple(bar_of(line, *span, request.ppq) for span in zip(starts, ends, strict=True))
        inside = [at for at, tick in enumerate(starts) if request.start <= tick < request.end]
        return Line(bars, inside[0], inside[-1] + 1) if inside else Line(bars, 0, 0)

    def distances(self, bar: int) -> dict[int, float]:
        """How alike the bars at each distance before a bar are."""
        return {back: f1(self.bars[bar], self.bars[bar - back]) for back in range(1, min(bar, FURTHEST) + 1)}

    def phrase(self) -> int | None:
        """The distance at which the bars outside the gap most often come back; of several as usual the nearest."""
        found = Counter[int]()
        for bar in range(len(self.bars)):
            away = {
                back: value for back, value in self.distances(bar).items() if not self.low <= bar - back < self.high
            }
            if self.bars[bar] and not self.low <= bar < self.high and max(away.values(), default=0) >= ALIKE:
                found.update(back for back, value in away.items() if value >= max(away.values()) - TIE)
        return max(found, key=lambda back: (found[back], -back)) if found else None


def figures_of(line: Line, phrase: int | None) -> dict[str, float]:
    """FIGURES of a line's gap; NaN where one has no meaning. `phrase`: the song's own distance."""
    inside = line.bars[line.low : line.high]
    pairs = [f1(rhythm_of(one), rhythm_of(other)) for one, other in combinations(inside, 2) if one and other]
    back = [line.distances(bar) for bar in range(line.low, line.high) if line.bars[bar]]
    best = [max(found.values(), default=0.0) for found in back]
    hits = [
        found.get(phrase, 0.0) >= max(ALIKE, most - TIE)
        for found, most in zip(back, best, strict=True)
        if phrase is not None
    ]
    values = (_mean(pairs), float(np.std(pairs)) if pairs else math.nan, _mean([most >= ALIKE for most in best]))
    return dict(zip(FIGURES, (*values, _mean(hits)), strict=True))


def score_forms(
    suggester: Suggester, songs: Sequence[RealSong], each: int, progress: Progress = lambda share: None
) -> Outcome:
    """FIGURES of real bars and suggestions, for up to `each` gaps of every length and role of every set."""
    figures: dict[str, dict[str, dict[str, float]]] = {}
    sheets: list[Sheet] = []
    sources: dict[str, list[Source]] = {}
    for song in songs:
        sources.setdefault(song.group, []).append(Source(song.path, song.group, song=song.song))
    asked = [(group, bars) for group in sources for bars in LENGTHS]
    for number, (group, bars) in enumerate(asked):
        tasks = make_tasks(sources[group], (bars,), each)
        if tasks:
            name = f"{group + ', ' if group else ''}{bars} bars"
            figures[name] = rows = compared(suggester, tasks)
            sheets.append(_sheet(name, rows, len(tasks)))
        progress((number + 1) / len(asked))
    return Outcome(figures, tuple(sheets))


def compared(suggester: Suggester, tasks: Sequence[Task]) -> dict[str, dict[str, float]]:
    """The means of FIGURES for the real bars and for first suggestions."""
    rows: dict[str, list[dict[str, float]]] = {REAL: [], OURS: []}
    for task in tasks:
        real = Line.of(task, task.removed)
        phrase = real.phrase()
        rows[REAL].append(figures_of(real, phrase))
        rows[OURS].append(figures_of(Line.of(task, first_suggestion(suggester, task.request)), phrase))
    return {
        name: {figure: _mean([row[figure] for row in found if not math.isnan(row[figure])]) for figure in FIGURES}
        for name, found in rows.items()
    }


def _sheet(name: str, rows: dict[str, dict[str, float]], gaps: int) -> Sheet:
    lines: list[tuple[Cell, ...]] = [(writer, *(found[figure] for figure in FIGURES)) for writer, found in rows.items()]
    legend = LEGEND.format(gaps=gaps, furthest=FURTHEST, alike=ALIKE)
    return Sheet(f"Form: {name}", ("", *FIGURES), tuple(lines), legend)


def _mean(values: Sequence[float] | npt.NDArray[np.float64]) -> float:
    return round(float(np.mean(values)), 4) if len(values) else math.nan
