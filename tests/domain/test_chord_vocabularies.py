"""Whole vocabularies of chord symbols, by program or notation, with their tones in semitones above the root."""

from __future__ import annotations

import pytest

from jazzassist.domain.chords import Chord, chord_marks, is_no_chord, looks_like_chord, parse_chord
from jazzassist.domain.song import Event, Song, Track
from jazzassist.neural.encoding import GRID, chords

ROOTS = {"C": 0, "F#": 6, "Bb": 10, "A♭": 8, "E": 4}

# Semitones above the root, and the spellings of that quality; "." stands for an empty quality.
LEAD_SHEETS = (
    ("0 4 7", ". M maj"),
    ("0 3 7", "- m min mi"),
    ("0 4 7 10", "7"),
    ("0 3 7 10", "-7 m7 min7 mi7 Mi7 Min7"),
    ("0 4 7 11", "maj7 j7 M7 ma7 Δ Δ7 ^ ^7 Maj7"),
    ("0 4 7 9", "6"),
    ("0 2 4 7 10", "9"),
    ("0 2 4 7 9 10", "13 7913"),
    ("0 1 4 7 10", "7b9 79b 7(b9) 7-9"),
    ("0 3 4 7 10", "7#9 79#"),
    ("0 4 6 7 10", "7#11 711# 7(#11)"),
    ("0 4 6 10", "7b5 7-5"),
    ("0 4 8 10", "7#5 +7 aug7 7+"),
    ("0 3 6 10", "m7b5 ø ø7 h h7 -7b5 mi7b5 m7-5"),
    ("0 3 6", "o dim"),
    ("0 3 6 9", "o7 dim7"),
    ("0 4 8", "+ aug"),
    ("0 5 7", "sus sus4"),
    ("0 2 7", "sus2"),
    ("0 5 7 10", "7sus4 7sus sus7 sus47"),
    ("0 2 5 7 10", "9sus4 9sus"),
    ("0 3 7 9", "m6 -6"),
    ("0 2 3 7 10", "m9 -9 -79"),
    ("0 2 3 5 7 10", "m11 -7911"),
    ("0 2 3 7 9 10", "m13"),
    ("0 2 4 7 11", "maj9 j9 M9 Δ9 j79"),
    ("0 2 4 7 9 11", "maj13"),
    ("0 2 4 7 9", "69 6/9 6add9"),
    ("0 2 4 7", "add9"),
    ("0 2 3 7", "madd9"),
    ("0 3 7 11", "m(maj7) mM7 mMaj7 -j7 minmaj7 -M7"),
    ("0 4 8 11", "+j7 +M7 maj7#5"),
    ("0 1 3 4 8 10", "7alt alt"),
    ("0 2 4 6 7 10", "7911# 9#11"),
    ("0 2 4 7 8 10", "7913b"),
    ("0 2 4 6 7 11", "j7911#"),
    ("0 1 3 7 10", "-79b"),
    ("0 1 4 7 9 10", "79b13"),
    ("0 3 4 7 9 10", "79#13"),
    ("0 1 4 6 7 10", "79b11#"),
    ("0 4 7 8 10", "7b13"),
    ("0 2 4 6 10", "9b5"),
    ("0 2 4 8 10", "9#5"),
    ("0 2 4 6 7 9 10", "13#11"),
    ("0 4 6 7 11", "maj7#11"),
    ("0 4 6 11", "maj7b5"),
    ("0 3 5 7 10", "m7add11"),
    ("0 7", "5"),
    ("0 2 3 7 9", "-69"),
    ("0 2 4 6 7 9", "69#11"),
    ("0 2 4 5 7 10", "11"),
)
IMPRO_VISOR = (
    ("0 4 7", ". M Major major"),
    ("0 2 4 7", "2 add2 add9 Madd9"),
    ("0 2 7", "sus2 Msus2 add9no3"),
    ("0 5 7", "sus sus4 Msus4"),
    ("0 2 5 7", "sus24 sus4add9"),
    ("0 7", "5"),
    ("0 4 7 9", "6 M6"),
    ("0 2 4 7 9", "69 M69"),
    ("0 4 6 7 9", "6#11 M6#11"),
    ("0 2 4 6 7 9", "69#11 M69#11"),
    ("0 4 7 11", "M7"),
    ("0 2 4 7 11", "M9"),
    ("0 2 4 7 9 11", "M13"),
    ("0 4 6 7 11", "M7#11"),
    ("0 2 4 6 7 11", "M9#11"),
    ("0 2 4 6 7 9 11", "M13#11"),
    ("0 3 4 6 7 11", "M7#9#11"),
    ("0 4 6 11", "M7b5"),
    ("0 4 8 11", "M7#5 M7+ +M7"),
    ("0 4 7 8 11", "M7b6"),
    ("0 4 8", "+ aug M#5 augmented"),
    ("0 4 6", "Mb5"),
    ("0 3 7", "m - minor"),
    ("0 3 7 8", "mb6"),
    ("0 3 8", "m#5 m+"),
    ("0 3 7 9", "m6"),
    ("0 2 3 7 9", "m69"),
    ("0 3 7 10", "m7 minor7"),
    ("0 3 8 10", "m7#5"),
    ("0 2 3 7 10", "m9"),
    ("0 2 3 8 10", "m9#5"),
    ("0 2 3 6 10", "m9b5 h9"),
    ("0 2 3 5 7 10", "m11"),
    ("0 2 3 5 6 10", "m11b5"),
    ("0 2 3 7 9 10", "m13"),
    ("0 2 3 7", "madd9"),
    ("0 3 7 11", "mM7"),
    ("0 3 7 8 11", "mM7b6"),
    ("0 2 3 7 11", "mM9"),
    ("0 3 6 10", "m7b5 h7 half-diminished"),
    ("0 3 6", "o dim"),
    ("0 3 6 9", "o7 dim7"),
    ("0 3 6 11", "oM7"),
    ("0 4 7 10", "7"),
    ("0 4 6 10", "7b5"),
    ("0 4 8 10", "7#5 7+ +7 aug7"),
    ("0 1 4 7 10", "7b9"),
    ("0 3 4 7 10", "7#9"),
    ("0 4 6 7 10", "7#11"),
    ("0 4 7 8 10", "7b13 7b6"),
    ("0 1 4 6 10", "7b5b9 7b9b5"),
    ("0 3 4 6 10", "7b5#9 7#9b5"),
    ("0 1 4 8 10", "7#5b9 7b9#5 7+b9"),
    ("0 3 4 8 10", "7#5#9 7#9#5 7+#9"),
    ("0 1 4 6 7 10", "7b9#11"),
    ("0 3 4 6 7 10", "7#9#11"),
    ("0 1 4 7 8 10", "7b9b13"),
    ("0 3 4 7 8 10", "7#9b13"),
    ("0 1 3 4 7 10", "7b9#9 7#9b9"),
    ("0 4 6 7 8 10", "7#11b13"),
    ("0 1 4 6 7 8 10", "7b9#11b13 7b9b13#11"),
    ("0 1 3 4 8 10", "7alt alt"),
    ("0 5 7 10", "7sus 7sus4"),
    ("0 1 5 7 10", "7sus4b9 7susb9 7b9sus4 7b9sus"),
    ("0 1 5 7 8 10", "7sus4b9b13 7b9b13sus4"),
    ("0 5 7 8 10", "7sus4b13 7b13sus"),
    ("0 4 10", "7no5"),
    ("0 2 4 7 10", "9"),
    ("0 2 5 7 10", "9sus 9sus4"),
    ("0 2 4 10", "9no5"),
    ("0 2 4 6 7 8 10", "9#11b13"),
    ("0 2 4 7 8 10", "9b13"),
    ("0 2 4 5 7 10", "11"),
    ("0 1 4 5 7 10", "11b9"),
    ("0 2 4 7 9 10", "13"),
    ("0 2 4 6 9 10", "13b5"),
    ("0 1 4 7 9 10", "13b9"),
    ("0 3 4 7 9 10", "13#9"),
    ("0 2 4 6 7 9 10", "13#11"),
    ("0 3 4 6 7 9 10", "13#9#11"),
    ("0 2 5 7 9 10", "13sus 13sus4"),
)
IREAL_PRO = (
    ("0 7", "5"),
    ("0 2 4 7", "2 add9"),
    ("0 4 8", "+"),
    ("0 3 6", "o"),
    ("0 3 6 10", "h h7 -7b5"),
    ("0 5 7", "sus"),
    ("0 4 7 11", "^ ^7"),
    ("0 3 7", "-"),
    ("0 3 7 10", "-7"),
    ("0 4 7 10", "7"),
    ("0 5 7 10", "7sus"),
    ("0 3 6 9", "o7"),
    ("0 2 4 7 11", "^9"),
    ("0 2 4 7 9 11", "^13"),
    ("0 4 7 9", "6"),
    ("0 2 4 7 9", "69"),
    ("0 4 6 7 11", "^7#11"),
    ("0 2 4 6 7 11", "^9#11"),
    ("0 4 8 11", "^7#5"),
    ("0 3 7 9", "-6"),
    ("0 2 3 7 9", "-69"),
    ("0 3 7 11", "-^7"),
    ("0 2 3 7 11", "-^9"),
    ("0 2 3 7 10", "-9"),
    ("0 2 3 5 7 10", "-11"),
    ("0 2 3 6 10", "h9"),
    ("0 3 7 8", "-b6"),
    ("0 3 8", "-#5"),
    ("0 2 4 7 10", "9"),
    ("0 1 4 7 10", "7b9"),
    ("0 3 4 7 10", "7#9"),
    ("0 4 6 7 10", "7#11"),
    ("0 4 6 10", "7b5"),
    ("0 4 8 10", "7#5"),
    ("0 2 4 6 7 10", "9#11"),
    ("0 2 4 6 10", "9b5"),
    ("0 2 4 8 10", "9#5"),
    ("0 4 7 8 10", "7b13"),
    ("0 3 4 8 10", "7#9#5"),
    ("0 3 4 6 10", "7#9b5"),
    ("0 3 4 6 7 10", "7#9#11"),
    ("0 1 4 6 7 10", "7b9#11"),
    ("0 1 4 6 10", "7b9b5"),
    ("0 1 4 8 10", "7b9#5"),
    ("0 1 3 4 7 10", "7b9#9"),
    ("0 1 4 7 8 10", "7b9b13"),
    ("0 1 3 4 8 10", "7alt"),
    ("0 2 4 7 9 10", "13"),
    ("0 2 4 6 7 9 10", "13#11"),
    ("0 1 4 7 9 10", "13b9"),
    ("0 3 4 7 9 10", "13#9"),
    ("0 1 5 7 10", "7b9sus"),
    ("0 4 5 7 10", "7susadd3"),
    ("0 2 5 7 10", "9sus"),
    ("0 2 5 7 9 10", "13sus"),
    ("0 5 7 8 10", "7b13sus"),
    ("0 2 4 5 7 10", "11"),
)
# The values of MusicXML's <kind>, and the texts that notation programs give it.
MUSIC_XML = (
    ("0 4 8", "augmented aug +"),
    ("0 4 8 10", "augmented-seventh aug7 +7 7(#5)"),
    ("0 3 6", "diminished dim dim. ° º"),
    ("0 3 6 9", "diminished-seventh dim7 °7"),
    ("0 4 7 10", "dominant 7 dom7 (7)"),
    ("0 2 4 5 7 10", "dominant-11th 11"),
    ("0 2 4 7 9 10", "dominant-13th 13"),
    ("0 2 4 7 10", "dominant-ninth 9"),
    ("0 2 6 8", "French"),
    ("0 3 6 8", "German"),
    ("0 6 8", "Italian"),
    ("1 5 8", "Neapolitan"),
    ("0 3 6 10", "half-diminished ø ø7 Ø7 m7b5 mi7(b5) MI7(b5) min7(♭5) hdim7"),
    ("0 4 7", "major maj Maj. MA M ma"),
    ("0 2 4 5 7 11", "major-11th maj11 Maj11 MA11"),
    ("0 2 4 7 9 11", "major-13th maj13 MA13 △13"),
    ("0 3 7 11", "major-minor m(maj7) mi(ma7) MI(MA7) min(maj7) mMaj7 -Δ7 m△"),
    ("0 2 4 7 11", "major-ninth maj9 MA9 ma9 ∆9"),
    ("0 4 7 11", "major-seventh maj7 Maj7 MAJ7 MA7 ma7 △ △7 Δ ∆7 7M"),
    ("0 4 7 9", "major-sixth 6 maj6 M6"),
    ("0 3 7", "minor m min mi MI MIN - −"),
    ("0 2 3 5 7 10", "minor-11th m11 min11 mi11 -11"),
    ("0 2 3 7 9 10", "minor-13th m13 mi13 −13"),
    ("0 2 3 7 10", "minor-ninth m9 MI9 –9"),
    ("0 3 7 10", "minor-seventh m7 min7 MI7 mi.7"),
    ("0 3 7 9", "minor-sixth m6 min6"),
    ("0", "pedal"),
    ("0 7", "power 5"),
    ("0 5 7", "suspended-fourth sus4 sus suspended4 SUS4"),
    ("0 2 7", "suspended-second sus2"),
    ("0 3 6 10", "Tristan"),
    ("0 2 4 7 9", "6/9 6(9) 6add9"),
    ("0 2 3 7 9", "m6/9 mi6/9 -6/9"),
    ("0 1 4 6 7 10", "7(b9,#11) 7(♭9♯11) 7[b9/#11] 7b9#11"),
    ("0 2 4 6 7 9", "6/9#11 6/9(#11)"),
    ("0 4 7 8 10", "7(b13) 7/b13"),
    ("0 2 4 7 10", "7/9 7(9)"),
    ("0 4 7 9 10", "7/13"),
    ("0 1 3 4 8 10", "7alt. alt. 7(alt) 7altered"),
    ("0 7 10", "7(no3) 7(omit3) 7(no3rd) 7omit3"),
)
HARTE = (
    ("0 4 7", ". :maj"),
    ("0 3 7", ":min"),
    ("0 3 6", ":dim"),
    ("0 4 8", ":aug"),
    ("0 4 7 11", ":maj7 :maj(7)"),
    ("0 3 7 10", ":min7 :min(b7)"),
    ("0 4 7 10", ":7 :maj(b7)"),
    ("0 3 6 9", ":dim7 :dim(bb7)"),
    ("0 3 6 10", ":hdim7 :dim(b7)"),
    ("0 3 7 11", ":minmaj7"),
    ("0 4 7 9", ":maj6 :6"),
    ("0 3 7 9", ":min6"),
    ("0 2 4 7 10", ":9"),
    ("0 2 4 7 11", ":maj9 :maj7(9)"),
    ("0 2 3 7 10", ":min9"),
    ("0 2 4 5 7 10", ":11"),
    ("0 2 4 7 9 10", ":13"),
    ("0 2 7", ":sus2"),
    ("0 5 7", ":sus4"),
    ("0 2 5 7 10", ":sus4(b7,9)"),
    ("0 2 4 7 9", ":maj6(9)"),
    ("0 1 4 7 10", ":7(b9)"),
    ("0 3 4 7 10", ":7(#9)"),
    ("0 7 10", ":7(*3)"),
    ("0 7", ":5 :(1,5) :maj(*3)"),
    ("0", ":1 :(1)"),
    ("0 3 7", ":(b3,5)"),
    ("0 2 4 6 7 10", ":9(#11)"),
)


def named(table: tuple[tuple[str, str], ...]) -> list[tuple[str, set[int]]]:
    """(quality, semitones above the root) of a table."""
    return [
        (name.removeprefix("."), {int(step) for step in steps.split()})
        for steps, names in table
        for name in names.split()
    ]


VOCABULARIES = {
    "lead sheets": LEAD_SHEETS,
    "Impro-Visor": IMPRO_VISOR,
    "iReal Pro": IREAL_PRO,
    "MusicXML": MUSIC_XML,
    "Harte": HARTE,
}


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_quality_of_a_vocabulary_is_read_on_every_root(vocabulary: str) -> None:
    for quality, steps in named(VOCABULARIES[vocabulary]):
        for root, pitch in ROOTS.items():
            chord = parse_chord(root + quality)
            bass = pitch if 0 in steps else (pitch + min(steps)) % 12
            expected = Chord(frozenset((pitch + step) % 12 for step in steps), bass)
            assert chord == expected, root + quality


@pytest.mark.parametrize("vocabulary", ["lead sheets", "Impro-Visor", "iReal Pro", "MusicXML"])
def test_every_quality_can_have_another_bass(vocabulary: str) -> None:
    for quality, steps in named(VOCABULARIES[vocabulary]):
        for spelling, bass in (("/E", 4), ("/Gb", 6), ("/B♭", 10), (" / D", 2)):
            chord = parse_chord("C" + quality + spelling)
            assert chord is not None, quality + spelling
            assert chord.bass == bass
            assert chord.pitch_classes == steps | {bass}, quality + spelling


@pytest.mark.parametrize(
    ("symbol", "bass"),
    [
        ("C:maj/3", 4), ("C:min/b3", 3), ("C:7/b7", 10), ("C:maj/5", 7), ("C/3", 4), ("Am7/b7", 7), ("C:maj/9", 2),
        ("D:sus4(b7,9)/2", 4), ("F#:min7/5", 1), ("C:maj/7", 11), ("C/b7", 10),
    ],
)  # fmt: skip
def test_inversions_by_degree(symbol: str, bass: int) -> None:
    chord = parse_chord(symbol)
    assert chord is not None
    assert chord.bass == bass


@pytest.mark.parametrize(
    ("symbol", "root", "steps"),
    [
        ("C major", 0, {0, 4, 7}),
        ("C Major 7", 0, {0, 4, 7, 11}),
        ("Eb minor seventh", 3, {0, 3, 7, 10}),
        ("F# half diminished", 6, {0, 3, 6, 10}),
        ("B♭ dominant 7", 10, {0, 4, 7, 10}),
        ("G 7 b9 b13", 7, {0, 1, 4, 7, 8, 10}),
        ("H7", 11, {0, 4, 7, 10}),
        ("Hm7", 11, {0, 3, 7, 10}),
        ("B7", 11, {0, 4, 7, 10}),
        ("Bbbm7", 9, {0, 3, 7, 10}),
        ("F##m7", 7, {0, 3, 7, 10}),
        ("Cb5", 11, {0, 7}),
        ("C+5", 0, {0, 4, 8}),
        ("C7+9", 0, {0, 3, 4, 7, 10}),
        ("C7+5", 0, {0, 4, 8, 10}),
        ("C7(#9,b13)", 0, {0, 3, 4, 7, 8, 10}),
        ("C♯m7♭5", 1, {0, 3, 6, 10}),
    ],
)
def test_words_german_letters_and_doubled_accidentals(symbol: str, root: int, steps: set[int]) -> None:
    assert parse_chord(symbol) == Chord(frozenset((root + step) % 12 for step in steps), root)


@pytest.mark.parametrize("text", ["NC", "N.C.", "N.C", "n.c.", "N", "No Chord", "tacet", "N. C."])
def test_no_chord(text: str) -> None:
    assert is_no_chord(text)
    assert parse_chord(text) is None


UNREADABLE = ("C7xyz", "Cmaj7foo", "D/F7", "X", "Cm7,F7", "Bb13%", "C other", "C none", "G7 oh my", "Dm7/G/C", "E7b")
ORDINARY = (
    "Verse", "Chorus", "Bridge", "Intro", "Coda", "Fine", "D.C.", "D.S. al Coda", "A1", "A2", "B'", "A section",
    "E-Gitarre", "Bass solo", "Fade", "Ending", "Head", "Break", "A (2x)", "Gsus!", "Ad lib.", "F-Teil", "Hello", "Bob",
    "Chord 1", "Half time", "As", "Band", "Dance", "Amen", "C & D", "A tempo", "Cold", "D minor section",
)  # fmt: skip


@pytest.mark.parametrize("text", UNREADABLE)
def test_unreadable_chord_looks_like_one(text: str) -> None:
    assert parse_chord(text) is None
    assert looks_like_chord(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_does_not_look_like_a_chord(text: str) -> None:
    assert not looks_like_chord(text)


def song_with(*texts: str) -> Song:
    """A song with a marker every whole note."""
    return Song(
        480,
        (Track("Marks", events=tuple(Event(1920 * at, b"\xff\x06" + text.encode()) for at, text in enumerate(texts))),),
    )


def known_at(song: Song) -> list[bool]:
    """Return for each bar whether its chord was parsed."""
    marks = [(tick * GRID // 480, parse_chord(text)) for tick, text in song.chord_symbols]
    return [bool(chords(marks, 16)[4 * bar, 24]) for bar in range(4)]


@pytest.mark.parametrize("text", [*UNREADABLE, "NC", "N"])
def test_chord_before_an_unreadable_one_is_over(text: str) -> None:
    assert known_at(song_with("Dm7", text, "G7", "C6")) == [True, False, True, True]


@pytest.mark.parametrize("text", ORDINARY)
def test_chord_before_an_ordinary_text_goes_on(text: str) -> None:
    assert known_at(song_with("Dm7", text, "G7", "C6")) in ([True] * 4,)


def test_parts_of_a_form_are_no_chords() -> None:
    assert chord_marks(((0, "A1"), (0, "Dm7"), (480, "A2"), (480, "G7"))) == ((0, "Dm7"), (480, "G7"))
    assert chord_marks(((0, "A2"), (480, "B2"), (960, "A4"))) == ()
    assert chord_marks(((0, "C2"), (480, "F2"), (960, "G7"))) == ((0, "C2"), (480, "F2"), (960, "G7"))
