"""Quarters of known chords to learn from: views of what sounds, with the state of the chord."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jazzassist.domain.chords import parse_chord
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony.features import Floats, inputs, sounding
from jazzassist.harmony.qualities import QUALITIES, quality_of
from jazzassist.neural.encoding import DRUMS, GRID, GridLine, Ints
from jazzassist.training.arrays import TEST, TRAIN, VALIDATION
from jazzassist.training.config import CorpusSet, Recipe
from jazzassist.training.corpus import files_of, part_of, tune_of
from jazzassist.training.file_lines import FileParts, read_parts

UNKNOWN_CHORD = -1
JITTER = 0.06  # largest standard deviation of onsets in quarters, as in played music
_ROOT = re.compile(r"([A-G])([#♯b♭]?)")
_CLASSES = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))


@dataclass(frozen=True)
class Example:
    """One hearing of a song: `view` (quarters, groups, 12), `states` and `beats` (the quarter in the bar) of each."""

    set_name: str
    heard: str
    view: Floats
    states: Ints
    beats: Ints
    bars: Ints  # quarters in the bar


def state_of(symbol: str) -> int:
    """Root times kinds plus kind; UNKNOWN_CHORD for no chord, or one of another kind."""
    root, chord = _ROOT.match(symbol), parse_chord(symbol)
    if root is None or chord is None:
        return UNKNOWN_CHORD
    base = (_CLASSES[root[1]] + {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(root[2], 0)) % 12
    # The bass of a slash chord is not part of its kind.
    steps = {(pitch - base) % 12 for pitch in (parse_chord(symbol.split("/")[0]) or chord).pitch_classes}
    quality = quality_of(steps)
    return UNKNOWN_CHORD if quality is None else base * len(QUALITIES) + quality


def states_of(marks: Sequence[tuple[int, str]], quarters: int) -> Ints:
    """(quarters,): the state of each quarter, whose first half decides."""
    found = np.full(quarters, UNKNOWN_CHORD, np.int64)
    for index, (onset, symbol) in enumerate(marks):
        first = max(0, (onset + GRID // 2) // GRID)
        last = (marks[index + 1][0] + GRID // 2) // GRID if index + 1 < len(marks) else quarters
        found[first:last] = state_of(symbol)
    return found


def examples(
    recipe: Recipe, data: Path, part: int, hearings: int, seed: int, limit: int | None = None
) -> Iterator[Example]:
    """Each song of a part of the split, heard in `hearings` ways: whole first, then with some lines only.

    `limit`: files of each set at most.
    """
    work = []
    for one in recipe.sets:
        paths = [path for path in files_of(one, data) if _side(one, path, recipe) == part]
        work += [(one, path, data, hearings, seed + number) for number, path in enumerate(paths[:limit])]
    with ProcessPoolExecutor() as pool:
        for found in pool.map(_examples_of, work, chunksize=8):
            yield from found


def _side(one: CorpusSet, path: Path, recipe: Recipe) -> int:
    side = part_of(tune_of(path, one.tune_from), recipe.test_tunes)
    return side if side in (VALIDATION, TEST) else TRAIN


def _examples_of(job: tuple[CorpusSet, Path, Path, int, int]) -> list[Example]:
    one, path, data, hearings, seed = job
    found = read_parts((one, path, data))
    if isinstance(found, str):
        return []
    states = states_of(found.marks, found.quarters)
    if (states == UNKNOWN_CHORD).all():
        return []
    random = np.random.default_rng(seed)
    beats, bars = _beats(found)
    return [
        Example(one.name, name, _view(random, lines, found.quarters), states, beats, bars)
        for name, lines in _hearings(random, one, found, hearings)
    ]


def _hearings(
    random: np.random.Generator, one: CorpusSet, found: FileParts, count: int
) -> Iterator[tuple[str, list[GridLine]]]:
    """The whole song, the first line alone, all but the first, then random choices of its lines."""
    lines = [part.line for part in found.parts if part.line.instrument != DRUMS]
    choices = [("all", lines), ("melody", lines[:1]), ("accompaniment", lines[1:])]
    while len(choices) < count:
        size = int(random.integers(1, len(lines) + 1)) if lines else 0
        choices.append(("some", [lines[at] for at in random.permutation(len(lines))[:size]]))
    yield from ((name, chosen) for name, chosen in choices[:count] if chosen)


def _view(random: np.random.Generator, lines: list[GridLine], quarters: int) -> Floats:
    """What the model sees of the lines, played a little off the grid."""
    onset = np.concatenate([line.onset for line in lines]) / GRID
    length = np.concatenate([line.length for line in lines]) / GRID
    pitch = np.concatenate([line.pitch for line in lines])
    late = random.normal(0, random.uniform(0, JITTER), len(onset))
    return inputs(*sounding(onset + late, onset + late + length, pitch, quarters)).astype(np.float16)


def _beats(found: FileParts) -> tuple[Ints, npt.NDArray[np.int64]]:
    meters = MeterMap(GRID, tuple(found.meters))
    beats, bars = np.zeros(found.quarters, np.int64), np.zeros(found.quarters, np.int64)
    for quarter in range(found.quarters):
        bar = meters.bar_at(quarter * GRID)
        start, end = meters.bar_start(bar), meters.bar_start(bar + 1)
        beats[quarter], bars[quarter] = (quarter * GRID - start) // GRID, round((end - start) / GRID)
    return beats, bars
