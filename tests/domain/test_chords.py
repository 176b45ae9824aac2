"""Chord symbols in the spellings that composers, lead sheets and databases use."""

from __future__ import annotations

import pytest

from jazzassist.domain.chords import chord_marks, parse_chord
from jazzassist.domain.song import Event, Song, Track


@pytest.mark.parametrize(
    ("symbol", "pitch_classes", "bass"),
    [
        ("C", {0, 4, 7}, 0),
        ("Am", {9, 0, 4}, 9),
        ("Dm7", {2, 5, 9, 0}, 2),
        ("D-7", {2, 5, 9, 0}, 2),
        ("Ebj7", {3, 7, 10, 2}, 3),
        ("Ebmaj7", {3, 7, 10, 2}, 3),
        ("F#7", {6, 10, 1, 4}, 6),
        ("Bm7b5", {11, 2, 5, 9}, 11),
        ("Co7", {0, 3, 6, 9}, 0),
        ("C/E", {0, 4, 7}, 4),
        ("Bb-7/Ab", {10, 1, 5, 8}, 8),
        ("C/D", {0, 4, 7, 2}, 2),
        ("A79b", {9, 1, 4, 7, 10}, 9),
        ("A7b9", {9, 1, 4, 7, 10}, 9),
        ("G7913", {7, 11, 2, 5, 9, 4}, 7),
        ("Ebj7911#", {3, 7, 10, 2, 5, 9}, 3),
        ("E7#9", {4, 8, 11, 2, 7}, 4),
        ("Fsus7", {5, 10, 0, 3}, 5),
        ("G+7", {7, 11, 3, 5}, 7),
        ("C69", {0, 4, 7, 9, 2}, 0),
        ("Cm(maj7)", {0, 3, 7, 11}, 0),
        ("Db13", {1, 5, 8, 11, 3, 10}, 1),
        ("Bb7#5", {10, 2, 6, 8}, 10),
    ],
)
def test_what_sounds_in_a_chord(symbol: str, pitch_classes: set[int], bass: int) -> None:
    chord = parse_chord(symbol)
    assert chord is not None
    assert chord.pitch_classes == pitch_classes
    assert chord.bass == bass


@pytest.mark.parametrize("text", ["", "NC", "N.C.", "Bridge", "Chorus", "Intro", "C7 oh my", "A1"])
def test_what_is_no_chord(text: str) -> None:
    assert parse_chord(text) is None


def test_chords_are_told_from_section_names() -> None:
    changes = ((0, "Dm7"), (480, "G7"), (960, "NC"))
    assert chord_marks(changes) == changes
    assert chord_marks(((0, "A"), (480, "B"), (960, "A"))) == ()
    assert chord_marks(((0, "A1"), (480, "A2"), (960, "Bridge"), (1440, "C"))) == ()
    assert chord_marks(((0, "Intro"), (10, "C6"), (20, "F7"))) == ((10, "C6"), (20, "F7"))


def test_a_song_has_its_chords_from_markers_or_else_from_texts() -> None:
    def song(kind: int) -> Song:
        return Song(
            480, (Track("One", events=(Event(0, bytes((255, kind)) + b"Dm7"), Event(9, bytes((255, kind)) + b"G7"))),)
        )

    assert song(6).chord_symbols == song(1).chord_symbols == ((0, "Dm7"), (9, "G7"))
    assert song(3).chord_symbols == ()
