"""Words agree with music21: names of notes, pitch classes of chords in normal order."""

from __future__ import annotations

import numpy as np
import pytest

from jazzassist.literature.words import (
    OTHER,
    Vocabulary,
    name_of,
    normal_order,
    pitches_of,
    top_notes,
    word_of,
    words_of,
)
from jazzassist.neural.encoding import GridLine


def line(rows: list[tuple[int, int]]) -> GridLine:
    """A line of (onset, pitch), each 12 grid positions long."""
    onset, pitch = (np.array(column) for column in zip(*rows, strict=True))
    return GridLine(onset, np.full(len(rows), 12), pitch, np.full(len(rows), 80), 0)


def test_names_are_those_of_music21() -> None:
    pitch = pytest.importorskip("music21.pitch")
    assert [name_of(midi) for midi in range(128)] == [pitch.Pitch(midi=midi).nameWithOctave for midi in range(128)]


def test_normal_order_is_that_of_music21() -> None:
    chord = pytest.importorskip("music21.chord")
    random = np.random.default_rng(4)
    # Where Forte and Rahn differ, and forty chords at random.
    sets = [{0, 1, 5, 6, 8}, {7, 8, 0, 1, 3}, {0, 4, 8}, {0, 2, 4, 6, 8, 10}]
    sets += [set(random.choice(12, int(random.integers(1, 9)), replace=False).tolist()) for _ in range(40)]
    for classes in sets:
        assert normal_order(classes) == chord.Chord([60 + number for number in sorted(classes)]).normalOrder


def test_a_line_is_one_word_an_onset() -> None:
    notes = line([(0, 63), (12, 60), (12, 64), (12, 67), (24, 48), (24, 60)])
    assert words_of(notes) == ["E-4", "0.4.7", "0"]
    assert top_notes(notes) == ["E-4", "G4", "C4"]


def test_a_chord_loses_voicing_and_register() -> None:
    assert word_of((36, 52, 67)) == word_of((60, 64, 67, 72)) == "0.4.7"
    assert pitches_of("0.4.7") == [60, 64, 67]


def test_every_single_note_comes_back() -> None:
    lost = {4: [27], 11: [34]}  # E and B of octave -1 are written like E flat and B flat of octave 1
    assert [pitches_of(name_of(midi)) for midi in range(128)] == [lost.get(midi, [midi]) for midi in range(128)]
    assert pitches_of(OTHER) == []


def test_a_vocabulary_keeps_the_most_frequent_words_in_the_order_of_the_alphabet() -> None:
    vocabulary = Vocabulary.of(["C4", "C4", "0.4.7", "0.4.7", "A3", "A3", "B3"], size=4)
    assert vocabulary.entries == ("0.4.7", "A3", "C4", OTHER)
    assert vocabulary.encode(["B3", "C4"]).tolist() == [3, 2]
    assert vocabulary.single[60] == 2 and vocabulary.single[59] == -1


def test_without_other_an_unknown_word_is_an_error() -> None:
    with pytest.raises(KeyError):
        Vocabulary(("C4",)).encode(["D4"])
