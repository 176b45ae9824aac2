"""How good bridges are on music as people play it: likelihood, similarity and traits, beside simple rivals."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Progress, Suggester
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony.analysis import chords_of
from jazzassist.neural.encoding import FIELDS
from jazzassist.neural.scene import scene_of
from jazzassist.training.arranging.rules import Harmony
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.likelihood import RIGHT, bits, remembered
from jazzassist.training.evaluation.real_bits import gap_of, on_grid, rival_bits
from jazzassist.training.evaluation.real_songs import RealSong
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.evaluation.rivals import OURS, REAL, WRITERS, first_suggestion
from jazzassist.training.evaluation.scores import scores_of
from jazzassist.training.evaluation.suite import Outcome
from jazzassist.training.evaluation.tasks import Source, Task, make_tasks
from jazzassist.training.evaluation.traits import traits_of
from jazzassist.training.network.network import Network

BARS = 4
GAPS = 10  # of each set and role, for suggestions
MORE_FOR_BITS = 3  # times as many gaps for bits, which cost less time
SIMILARITIES = {
    "chroma similarity": "chroma similarity, removed",
    "groove similarity": "groove similarity, removed",
    "duration overlap": "duration, removed",
    "inter-onset overlap": "inter-onset, removed",
}
NETWORK, MEMORY = "ours", "ours, with the memory of the seed"
BITS_LEGEND = (
    "bits per note of the real notes in {gaps} gaps of {bars} bars, all that is around them heard. A rival predicts "
    "each field of the next note by what it wrote, mixed with the frequencies around the gap in the share that is "
    "best for these gaps"
)
TRAITS_LEGEND = (
    "means over {gaps} gaps of {bars} bars; similarities are to the removed bars. Roots and chords: by the symbols of "
    "the set where it has them, otherwise estimated from the whole song with the real bars"
)


@dataclass(frozen=True)
class Case:
    """A task of the group `name`, with the chords that are true of its song."""

    name: str
    task: Task
    harmony: Harmony


def cases(songs: Sequence[RealSong], each: int, bars: int = BARS) -> list[Case]:
    """Up to `each` gaps for every role of every set."""
    found: list[Case] = []
    for group in dict.fromkeys(song.group for song in songs):
        members = [song for song in songs if song.group == group]
        chords = {song.path.stem: song.chords for song in members}
        sources = [Source(song.path, group, song=song.song) for song in members]
        for task in make_tasks(sources, (bars,), each):
            name = f"{group}, {task.role}" if group else task.role
            found.append(Case(name, task, _harmony(task, chords[task.song])))
    if not found:
        raise ConfigError("No file there has a line with enough notes around a gap.")
    return found


def _harmony(task: Task, chords: tuple[tuple[int, str], ...]) -> Harmony:
    """The known chords, or those of the song with its real bars."""
    request = task.request
    known = chords or request.chords
    if known:
        return Harmony(known)
    lines = [line.notes for line in request.lines if not line.is_drums]
    lines += [] if task.drums else [task.removed]
    spans = chords_of(lines, request.ppq, MeterMap(request.ppq, request.meters))
    return Harmony(tuple((span.start, span.symbol) for span in spans))


def score_played(
    network: Network,
    suggester: Suggester,
    songs: Sequence[RealSong],
    gaps: int = GAPS,
    progress: Progress = lambda share: None,
) -> Outcome:
    """Bits per note on 3 times `gaps` gaps for each set and role, suggestions and rivals on `gaps` of them."""
    chosen = cases(songs, gaps * MORE_FOR_BITS)
    names = list(dict.fromkeys(case.name for case in chosen))
    figures: dict[str, dict[str, dict[str, dict[str, float]]]] = {"bits": {}, "traits": {}}
    sheets: list[Sheet] = []
    for number, name in enumerate(names):
        members = [case for case in chosen if case.name == name]
        asked = members[:gaps]
        found = bits_of(network, [case.task for case in members])
        figures["bits"][name] = found
        sheets.append(_bits_sheet(name, found, len(members)))
        tell = lambda share, number=number: progress((number + share) / len(names))  # noqa: E731
        rows = means(asked, suggester, tell)
        figures["traits"][name] = rows
        sheets.append(_traits_sheet(name, rows, len(asked)))
    return Outcome(figures, (_all_bits(figures["bits"]), *sheets))


def bits_of(network: Network, tasks: Sequence[Task]) -> dict[str, dict[str, float]]:
    """Bits per note by field, of the network and of each rival."""
    doubtful = network.config.extras > 0
    pairs = [(task, gap) for task in tasks if (gap := gap_of(task, doubtful)) is not None]
    gaps = [gap for _, gap in pairs]
    if not gaps:
        return {}
    found = {NETWORK: bits(network, gaps, RIGHT).per_note(), MEMORY: remembered(network, gaps).per_note()}
    for name, write in WRITERS.items():
        fills = [on_grid(task, write(task), scene_of(task.request)) for task, _ in pairs]
        found[name] = rival_bits(gaps, fills)
    return found


def means(asked: Sequence[Case], suggester: Suggester, progress: Progress) -> dict[str, dict[str, float]]:
    """For each writer the mean of each figure over the gaps in which it is defined; NaN where it never is."""
    rows: dict[str, list[dict[str, float]]] = {}
    for number, case in enumerate(asked):
        fills = {REAL: case.task.removed, OURS: first_suggestion(suggester, case.task.request)}
        fills |= {name: write(case.task) for name, write in WRITERS.items()}
        for name, notes in fills.items():
            rows.setdefault(name, []).append(_figures(case, notes))
        progress((number + 1) / len(asked))
    return {name: _means(found) for name, found in rows.items()}


def _figures(case: Case, notes: Notes) -> dict[str, float]:
    scores = scores_of(case.task, notes)
    alike = {name: scores[source] for name, source in SIMILARITIES.items()}
    return alike | traits_of(case.task, notes, case.harmony)


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where a figure is never defined its mean is NaN
        return {name: round(float(np.nanmean([row[name] for row in rows])), 4) for name in rows[0]}


def _traits_sheet(name: str, rows: dict[str, dict[str, float]], gaps: int) -> Sheet:
    """A line for each figure that is defined for the real bars, a column for each writer."""
    lines: list[tuple[Cell, ...]] = [
        (figure, *(rows[writer][figure] for writer in rows))
        for figure in rows[REAL]
        if not all(math.isnan(found[figure]) for found in rows.values())
    ]
    legend = TRAITS_LEGEND.format(gaps=gaps, bars=BARS)
    return Sheet(f"Played music: {name}", ("", *rows), tuple(lines), legend)


def _bits_sheet(name: str, rows: dict[str, dict[str, float]], gaps: int) -> Sheet:
    """A line for each predictor, a column for each field."""
    lines: list[tuple[Cell, ...]] = [(writer, *found.values()) for writer, found in rows.items()]
    legend = BITS_LEGEND.format(gaps=gaps, bars=BARS)
    return Sheet(f"Played music: bits per note, {name}", ("", *FIELDS, "total"), tuple(lines), legend)


def _all_bits(found: dict[str, dict[str, dict[str, float]]]) -> Sheet:
    """The totals: a line for each set and role, a column for each predictor."""
    writers = list(dict.fromkeys(writer for rows in found.values() for writer in rows))
    lines: Iterable[tuple[Cell, ...]] = (
        (name, *(rows[writer]["total"] if writer in rows else math.nan for writer in writers))
        for name, rows in found.items()
    )
    return Sheet("Played music: bits per note", ("", *writers), tuple(lines))
