"""The corpus as tokens: the same lines for all networks, with the same split by tune as for ours.

Only pitched lines are used. Each data set of the recipe contributes lines in a fixed random order up to MOST_NOTES
notes, so that no large set dominates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.progress import track

from jazzassist.domain.timing import MeterMap
from jazzassist.literature.notation import END, SHEET_BARS, Sound, bar_length, essential, sheet, sounds_of
from jazzassist.literature.systems import Kind
from jazzassist.literature.words import PITCHES, Vocabulary, name_of, top_notes, words_of
from jazzassist.neural.encoding import DRUMS, GRID, GridLine, Ints
from jazzassist.training.arrays import COUNT, INSTRUMENT, ROLE, TRAIN, VALIDATION
from jazzassist.training.config import ConfigError, Recipe
from jazzassist.training.dataset import Dataset
from jazzassist.training.literature.layers import IGNORED

MOST_NOTES = {TRAIN: 250_000, VALIDATION: 8_000}  # per data set
ORDER = 0  # random seed of the order of lines


@dataclass(frozen=True)
class Tune:
    """One line of a song: its role in the corpus, its notes and the meter."""

    role: str
    line: GridLine
    meters: MeterMap


@dataclass(frozen=True)
class Tokens:
    """Concatenated lines of tokens. `values`: all tokens. `first`: start indices of the lines, then the end."""

    values: npt.NDArray[np.int16]
    first: Ints

    def windows(self, random: np.random.Generator, count: int, length: int) -> Ints:
        """Return random windows, (count, length), of lines sampled by length; padded with IGNORED."""
        sizes = np.diff(self.first)
        lines = random.choice(len(sizes), count, p=sizes / sizes.sum())
        room = np.maximum(1, sizes[lines] - length + 1)
        low = self.first[lines] + (random.random(count) * room).astype(np.int64)
        at = low[:, None] + np.arange(length)
        inside = at < self.first[lines + 1][:, None]
        return np.where(inside, self.values[np.minimum(at, len(self.values) - 1)], IGNORED).astype(np.int64)


def tunes(corpus: Path, recipe: Recipe, part: int, most: int | None = None) -> list[Tune]:
    """Return the pitched lines of a part of the corpus, up to `most` notes per set. Raises ConfigError if none."""
    if not (corpus / "table.npy").exists():
        raise ConfigError(f"{corpus} contains no corpus; build it with `jazzassist corpus build`.")
    data = Dataset(corpus, recipe)
    rows = data.lines(part)
    rows = rows[rows[:, INSTRUMENT] != DRUMS]
    rows = rows[np.random.default_rng(ORDER).permutation(len(rows))]
    limit = MOST_NOTES.get(part, np.inf) if most is None else most
    kept = np.zeros(len(rows), np.bool_)
    for role in np.unique(rows[:, ROLE]):
        here = rows[:, ROLE] == role
        kept[here] = np.cumsum(rows[here, COUNT]) - rows[here, COUNT] < limit
    if not kept.any():
        raise ConfigError(f"{corpus} contains no pitched line in that part of the split.")
    return [_tune(data, row) for row in rows[kept]]


def _tune(data: Dataset, row: Ints) -> Tune:
    line, _, around = data.stretch(row, 0, int(row[COUNT]))
    return Tune(data.roles[int(row[ROLE])], line, around.meters)


SPELLINGS: dict[Kind, Callable[[Tune], list[str]]] = {
    "words": lambda tune: words_of(tune.line),
    "top notes": lambda tune: top_notes(tune.line),
    "text": lambda tune: [character for text in sheets(tune, raw=False) for character in text],
    "raw text": lambda tune: [character for text in sheets(tune, raw=True) for character in text],
}


def sheets(tune: Tune, raw: bool) -> Iterator[str]:
    """Yield the line in sheets of SHEET_BARS bars from its first onset, each with END: whole if `raw`, or essential."""
    meter = meter_at(tune.meters, int(tune.line.onset[0]))
    most = SHEET_BARS * bar_length(meter)
    sounds: list[Sound] = []
    length = 0
    for sound in sounds_of(tune.line):
        if length + sound.length > most and sounds:
            yield (sheet(sounds, meter) if raw else essential(sounds)) + END
            sounds, length = [], 0
        sounds.append(sound)
        length += sound.length
    if sounds:
        yield (sheet(sounds, meter) if raw else essential(sounds)) + END


def meter_at(meters: MeterMap, onset: int) -> tuple[int, int]:
    """Return the time signature at a grid position."""
    before = [(num, den) for tick, num, den in meters.changes if tick <= onset]
    num, den = before[-1] if before else (4, 4)
    return (num, den) if GRID * 4 * num % den == 0 and den in (2, 4, 8, 16) else (4, 4)


def vocabulary_of(kind: Kind, lines: list[list[str]]) -> Vocabulary:
    """Return the vocabulary of training lines: the most frequent words, all characters, or all 128 top notes."""
    if kind == "words":
        return Vocabulary.of(word for line in lines for word in line)
    if kind == "top notes":
        return Vocabulary(tuple(name_of(pitch) for pitch in range(PITCHES)))
    return Vocabulary(tuple(sorted({character for line in lines for character in line})))


def spelled(kind: Kind, found: list[Tune], about: str) -> list[list[str]]:
    """Return the lines as tokens of a kind, with a progress bar."""
    return [SPELLINGS[kind](tune) for tune in track(found, f"Spelling the {about} lines", transient=True)]


def encoded(vocabulary: Vocabulary, lines: list[list[str]]) -> Tokens:
    """Return lines as numbers. Characters that do not occur in the training lines are skipped."""
    numbers = vocabulary.numbers
    whole = "other" in numbers or len(vocabulary) == PITCHES
    kept = lines if whole else [[token for token in line if token in numbers] for line in lines]
    rows = [vocabulary.encode(line).astype(np.int16) for line in kept]
    return Tokens(np.concatenate(rows), np.cumsum([0, *map(len, rows)]))
