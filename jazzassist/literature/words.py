"""Notes and chords as words, words as integers: the encoding of the paper (Rokvic 2021, section III B).

Notes that begin together are one word. A single note is its name with octave ("E-4"), as music21 writes
it; a chord is its pitch classes in normal order, joined by dots ("0.4.7"). What this loses: all rhythm
(when a word begins, how long it lasts, rests), every velocity, and of chords the voicing and the register,
so that any C major chord in any octave, inversion or doubling is one and the same word.

The paper has about 1200 words and a network of 674, without a word on the rest. Here the most frequent
words of the training tunes are kept, and `OTHER` stands for each that is not.
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
VOCABULARY = 674  # words, OTHER among them, as many as the paper's network has
PITCHES = 128
CHORD_OCTAVE = 60  # pitch classes sound from middle C on, as music21 reads a number below 12
_NAMES = ("C", "C#", "D", "E-", "E", "F", "F#", "G", "G#", "A", "B-", "B")
_CLASSES = {name: number for number, name in enumerate(_NAMES)}


@dataclass(frozen=True)
class Vocabulary:
    """Words by number, in the order of the alphabet: the paper does not say in which."""

    entries: tuple[str, ...]

    @staticmethod
    def of(words: Iterable[str], size: int = VOCABULARY) -> Vocabulary:
        """The `size - 1` most frequent words and OTHER."""
        counted = sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))
        return Vocabulary(tuple(sorted([word for word, _ in counted[: size - 1]] + [OTHER])))

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.entries)}

    def encode(self, words: Iterable[str]) -> Ints:
        """(words,): their numbers; OTHER's for those that are not known, and KeyError where there is no OTHER."""
        numbers = self.numbers
        known = (numbers[word] if word in numbers else numbers[OTHER] for word in words)
        return np.fromiter(known, np.int64)

    @cached_property
    def single(self) -> Ints:
        """(PITCHES,): the number of the word of each single note, -1 where it has none."""
        names = [name_of(pitch) for pitch in range(PITCHES)]
        meant = [pitches_of(name) == [pitch] for pitch, name in enumerate(names)]
        return np.array([self.numbers.get(name, -1) if m else -1 for name, m in zip(names, meant, strict=True)])


def name_of(pitch: int) -> str:
    """The name with octave of a MIDI pitch, as music21 spells it.

    Two of its names mean two pitches: "E-1" and "B-1" are read as flats of octave 1, so that E and B of octave -1,
    which no instrument plays, are lost.
    """
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


@lru_cache(maxsize=100_000)
def word_of(pitches: tuple[int, ...]) -> str:
    """The word of pitches that begin together."""
    if len(set(pitches)) == 1:
        return name_of(pitches[0])
    return ".".join(map(str, normal_order({pitch % 12 for pitch in pitches})))


def normal_order(classes: set[int]) -> list[int]:
    """Pitch classes in Forte's normal order, as music21 has it.

    The rotation that spans least, then the one with the smallest intervals from its first on.
    """
    ordered = sorted(classes)
    rotations = (ordered[at:] + ordered[:at] for at in range(len(ordered)))
    return min(rotations, key=_width)


def _width(rotation: list[int]) -> tuple[int, list[int]]:
    intervals = [(number - rotation[0]) % 12 for number in rotation]
    return intervals[-1], intervals


def pitches_of(word: str) -> list[int]:
    """The MIDI pitches that a word sounds: a note's own, a chord's classes from CHORD_OCTAVE on, none of OTHER."""
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
    """The pitches of each onset of a line, lowest first."""
    pitch = line.pitch.tolist()
    edges = [0, *(np.flatnonzero(np.diff(line.onset)) + 1).tolist(), len(pitch)]
    for low, high in itertools.pairwise(edges):
        if high > low:
            yield tuple(pitch[low:high])


def words_of(line: GridLine) -> list[str]:
    """The words of a line, one for each onset."""
    return [word_of(group) for group in onset_groups(line)]


def top_notes(line: GridLine) -> list[str]:
    """The name of the highest note of each onset."""
    return [name_of(group[-1]) for group in onset_groups(line)]
