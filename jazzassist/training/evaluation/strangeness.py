"""Where a folder of songs lies outside what a network was trained on: tempo, timing, register, density; in words.

What was trained on is known as ranges in which 95 of 100 windows of the training lie. They are measured once, by
`jazzassist corpus ranges`, and kept next to the recipe.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import symusic

from jazzassist.domain.song import Song
from jazzassist.neural.encoding import DRUMS, GRID, GridLine, instrument_class
from jazzassist.neural.familiarity import role_of_line
from jazzassist.training.arrays import COUNT, FEWEST_NOTES, ROLE, TRAIN
from jazzassist.training.config import ConfigError, Recipe
from jazzassist.training.corpus import files_of
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.evaluation.similarity import entropy
from jazzassist.training.evaluation.tasks import role_of
from jazzassist.training.performance import Performer, perform

TEMPO, PLACES, REGISTER, DENSITY = "tempo", "timing", "register", "density"
UNITS = {
    TEMPO: "quarters a minute",
    PLACES: "places of a quarter in use",
    REGISTER: "as the median MIDI pitch",
    DENSITY: "notes a quarter",
}
MORE = {TEMPO: "faster", PLACES: "looser in time", REGISTER: "higher", DENSITY: "denser"}
LESS = {TEMPO: "slower", PLACES: "stricter in time", REGISTER: "lower", DENSITY: "sparser"}
PERCENT = (2.5, 97.5)
MANY = 0.2  # the share of lines outside a range from which on it is said
WINDOWS, FILES = 4000, 600
ENDING = ".ranges.json"
FOLDER = Path(__file__).parent.parent / "configs"
NOTES = 160  # of a line that are measured, from its middle: as many as a window has
ALL = "all"

Ranges = dict[str, dict[str, tuple[float, float]]]  # {role: {measure: (low, high)}}
LEGEND = "outside the range of 95 of 100 windows of the training; the ranges are those of the recipe {recipe}"


def measures_of(line: GridLine) -> dict[str, float]:
    """How many places of the quarter onsets use, the median pitch, and notes per quarter.

    Places are counted by 2 to the entropy of their frequencies: 2 for even eighths, 24 where the grid means nothing.
    """
    line = line.part(max(0, (len(line) - NOTES) // 2), max(0, (len(line) - NOTES) // 2) + NOTES)
    places = 2 ** entropy(np.bincount(np.unique(line.onset) % GRID, minlength=GRID).astype(np.float64))
    quarters = (int(line.onset[-1]) - int(line.onset[0])) / GRID + 1
    found = {PLACES: float(places), DENSITY: len(line) / quarters}
    return found if line.instrument == DRUMS else found | {REGISTER: float(np.median(line.pitch))}


def measured(data: Dataset, recipe: Recipe, folder: Path) -> Ranges:
    """The ranges of what a network trained by the recipe has met: windows of its corpus, and tempi of its files."""
    random = np.random.default_rng(0)
    values: dict[str, dict[str, list[float]]] = {}
    for _ in range(WINDOWS):
        row = data.choose_line(random, TRAIN)
        first = int(random.integers(0, max(1, int(row[COUNT]) - data.steps // 2)))
        line, before, _ = data.stretch(row, first, min(int(row[COUNT]), first + data.steps))
        exact = line.instrument != DRUMS and not data.played[int(row[ROLE])]
        if exact and random.random() < data.performed:
            line, _ = perform(random, line, before, Performer.drawn(random))
        for name, value in measures_of(line).items():
            values.setdefault(role_of_line(line), {}).setdefault(name, []).append(value)
    values[ALL] = {TEMPO: list(_tempi(recipe, folder, random))}
    return {role: {name: _range(found) for name, found in measures.items()} for role, measures in values.items()}


def _tempi(recipe: Recipe, folder: Path, random: np.random.Generator) -> Iterator[float]:
    """The tempi of FILES files of the sets, by their shares."""
    shares = {part.name: sum(part.role_shares.values()) + (part.first_track_share or 0) for part in recipe.sets}
    whole = sum(shares.values())
    for part in recipe.sets:
        paths = [path for path in files_of(part, folder) if path.suffix.lower() in (".mid", ".midi")]
        wanted = round(FILES * shares[part.name] / whole) if paths else 0
        for at in random.integers(len(paths), size=wanted).tolist():
            try:
                score: Any = symusic.Score(str(paths[at]))
            except (RuntimeError, ValueError, OSError):
                continue
            yield float(score.tempos[len(score.tempos) // 2].qpm) if len(score.tempos) else 120.0


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.percentile(values, PERCENT).tolist()
    return round(low, 2), round(high, 2)


def write_ranges(ranges: Ranges, path: Path) -> None:
    """The ranges as JSON."""
    path.write_text(json.dumps(ranges, indent=1) + "\n", encoding="utf-8")


@cache
def known_ranges(recipe: str) -> tuple[str, Ranges]:
    """The shipped ranges of a recipe, or of the newest recipe that has some; its name comes first."""
    paths = sorted(FOLDER.glob(f"*{ENDING}"))
    if not paths:
        raise ConfigError(f"{FOLDER} holds no ranges.")
    own = FOLDER / f"{recipe}{ENDING}"
    path = own if own.exists() else paths[-1]
    found = json.loads(path.read_text(encoding="utf-8"))
    ranges = {role: {name: (low, high) for name, (low, high) in kinds.items()} for role, kinds in found.items()}
    return path.name.removesuffix(ENDING), ranges


def strangeness(songs: Iterable[Song], ranges: Ranges) -> list[str]:
    """A sentence for each measure in which many lines of a role lie outside the ranges; one that says so if none do."""
    values: dict[tuple[str, str], list[float]] = {}
    for song in songs:
        for role, name, value in _values(song):
            values.setdefault((role, name), []).append(value)
    found = [
        sentence
        for (role, name), here in values.items()
        if name in ranges.get(role, {})
        for sentence in _sentences(role, name, here, ranges[role][name])
    ]
    return found or ["Tempo, timing, register and density are like those of the training music."]


def _values(song: Song) -> Iterator[tuple[str, str, float]]:
    tracks = [track for track in song.tracks if len(track.notes) >= FEWEST_NOTES]
    if tracks:
        yield ALL, TEMPO, song.tempo_map.bpm_at(song.last_note_end // 2)
    for track in tracks:
        line = GridLine.of(track.notes, song.ppq, instrument_class(track.program, track.is_drums))
        for name, value in measures_of(line).items():
            yield role_of(track, song.ppq), name, value


def _sentences(role: str, name: str, here: Sequence[float], known: tuple[float, float]) -> Iterator[str]:
    things = "songs" if role == ALL else f"lines of {role}"
    median = f"the median is {np.median(here):.3g} {UNITS[name]}, the training has {known[0]:.3g} to {known[1]:.3g}"
    for outside, words in (
        (sum(value > known[1] for value in here), MORE[name]),
        (sum(value < known[0] for value in here), LESS[name]),
    ):
        if outside >= MANY * len(here):
            yield f"{outside} of {len(here)} {things} are {words} than nearly all of the training music: {median}."


def strangeness_sheet(sentences: Sequence[str], recipe: str) -> Sheet:
    """A line for each sentence."""
    rows: tuple[tuple[Cell, ...], ...] = tuple((sentence,) for sentence in sentences)
    return Sheet("How this folder compares with the training music", ("",), rows, LEGEND.format(recipe=recipe))
