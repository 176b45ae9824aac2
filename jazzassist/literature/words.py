"""Notes and chords as words, and words as integers: the encoding of Rokvic 2021, section III B.

Notes that begin together form one word. A single note is its name with octave ("E-4"), in music21's spelling; a chord
is its pitch classes in normal order, joined by dots ("0.4.7"). The encoding loses all rhythm (onsets, lengths,
rests), all velocities, and the voicing and register of chords: all C major chords are the same word, in any octave,
inversion or doubling.

The paper mentions about 1200 words and a network for 674, without explaining the difference. Here the most frequent
words of the training tunes are kept, and `OTHER` stands for all others.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from jazzassist.neural.encoding import GridLine, Ints

OTHER = "other"
VOCABULARY = 674  # words including OTHER, as in the paper's network
PITCHES = 128
CHORD_OCTAVE = 60  # pitch classes are placed from middle C on, as in music21
_NAMES = ("C", "C#", "D", "E-", "E", "F", "F#", "G", "G#", "A", "B-", "B")
_CLASSES = {name: number for number, name in enumerate(_NAMES)}


@dataclass(frozen=True)
class Vocabulary:
    """Words by number, in alphabetical order (the paper does not specify the order)."""

    entries: tuple[str, ...]

    @staticmethod
    def of(words: Iterable[str], size: int = VOCABULARY) -> Vocabulary:
        """Return the vocabulary of the `size - 1` most frequent words and OTHER."""
        counted = sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))
        return Vocabulary(tuple(sorted([word for word, _ in counted[: size - 1]] + [OTHER])))

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The numbers by word."""
        return {word: number for number, word in enumerate(self.entries)}

    def encode(self, words: Iterable[str]) -> Ints:
        """Return the numbers of words, (words,); OTHER for unknown words. Raises KeyError if there is no OTHER."""
        numbers = self.numbers
        known = (numbers[word] if word in numbers else numbers[OTHER] for word in words)
        return np.fromiter(known, np.int64)

    @cached_property
    def single(self) -> Ints:
        """(PITCHES,): the number of the word of each single note, -1 if it is not in the vocabulary."""
        names = [name_of(pitch) for pitch in range(PITCHES)]
        meant = [pitches_of(name) == [pitch] for pitch, name in enumerate(names)]
        return np.array([self.numbers.get(name, -1) if m else -1 for name, m in zip(names, meant, strict=True)])


def name_of(pitch: int) -> str:
    """Return the name with octave of a MIDI pitch, in music21's spelling.

    Two names are ambiguous: "E-1" and "B-1" are read as flats of octave 1. E and B of octave -1, which no instrument
    plays, are therefore lost.
    """
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


@lru_cache(maxsize=100_000)
def word_of(pitches: tuple[int, ...]) -> str:
    """Return the word of pitches that begin together."""
    if len(set(pitches)) == 1:
        return name_of(pitches[0])
    return ".".join(map(str, normal_order({pitch % 12 for pitch in pitches})))


def normal_order(classes: set[int]) -> list[int]:
    """Return pitch classes in Forte's normal order, as in music21.

    This is the rotation with the smallest span, and among those the one with the smallest first intervals.
    """
    ordered = sorted(classes)
    rotations = (ordered[at:] + ordered[:at] for at in range(len(ordered)))
    return min(rotations, key=_width)


def _width(rotation: list[int]) -> tuple[int, list[int]]:
    intervals = [(number - rotation[0]) % 12 for number in rotation]
    return intervals[-1], intervals


def pitches_of(word: str) -> list[int]:
    """Return the MIDI pitches of a word: that of a note, those of a chord from CHORD_OCTAVE on, none for OTHER."""
    if word == OTHER:
        return []
    if word[0].isdigit():
        return [CHORD_OCTAVE + int(number) for number in word.split(".")]
    name = word.rstrip("-0123456789")
    rest = word[len(name) :]
    flat = rest.startswith("-") and name + "-" in _CLASSES
    name, octave = (name + "-", rest[1:]) if flat else (name, rest)
    return [_CLASSES[name] + 12 * (int(octave) + 1)]


def onset_groups(line: GridLine) -> Iterator[tuple[int, ...]]:
    """Yield the pitches of each onset of a line, lowest first."""
    pitch = line.pitch.tolist()
    edges = [0, *(np.flatnonzero(np.diff(line.onset)) + 1).tolist(), len(pitch)]
    for low, high in itertools.pairwise(edges):
        if high > low:
            yield tuple(pitch[low:high])


def words_of(line: GridLine) -> list[str]:
    """Return the words of a line, one per onset."""
    return [word_of(group) for group in onset_groups(line)]


def top_notes(line: GridLine) -> list[str]:
    """Return the name of the highest note of each onset."""
    return [name_of(group[-1]) for group in onset_groups(line)]
