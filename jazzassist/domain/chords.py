"""Chord symbols as composers write them ("Bbm7b5", "F#-79b", "C/E") -> what sounds in them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

NO_CHORD = ("NC", "N.C.")
_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFTS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "-": 0}
_ROOT = re.compile(r"([A-G])([#♯b♭]?)")
_BASS = re.compile(r"/([A-G])([#♯b♭]?)$")
# The triad or seventh chord that a symbol begins with, longest spelling first: name, semitones above the root.
_QUALITIES: tuple[tuple[str, tuple[int, ...]], ...] = tuple(
    sorted(
        [
            *((name, (0, 3, 6, 10)) for name in ("m7b5", "-7b5", "min7b5", "mi7b5", "ø7", "ø", "h7", "h")),
            *((name, (0, 3, 6, 9)) for name in ("dim7", "o7", "°7")),
            *((name, (0, 3, 6)) for name in ("dim", "o", "°")),
            *((name, (0, 3, 7, 11)) for name in ("mM7", "m(maj7)", "mMaj7", "mmaj7", "-j7", "minmaj7", "-M7", "-maj7")),
            *((name, (0, 3, 7, 9)) for name in ("m6", "-6", "min6", "mi6")),
            *((name, (0, 3, 7, 10)) for name in ("m7", "-7", "min7", "mi7", "Mi7", "Min7")),
            *((name, (0, 3, 7, 10, 2)) for name in ("m9", "-9", "min9", "mi9")),
            *((name, (0, 3, 7, 10, 2, 5)) for name in ("m11", "-11", "min11")),
            *((name, (0, 3, 7, 10, 2, 9)) for name in ("m13", "-13", "min13")),
            *((name, (0, 3, 7)) for name in ("m", "-", "min", "mi")),
            *((name, (0, 4, 7, 11)) for name in ("maj7", "Maj7", "M7", "j7", "ma7", "Δ7", "Δ", "^7", "^")),
            *((name, (0, 4, 7, 11, 2)) for name in ("maj9", "Maj9", "M9", "j9", "ma9", "Δ9")),
            *((name, (0, 4, 7, 11, 2, 9)) for name in ("maj13", "Maj13", "M13")),
            *((name, (0, 4, 7)) for name in ("maj", "Maj", "M", "ma", "")),
            *((name, (0, 4, 8, 10)) for name in ("+7", "aug7", "7+", "7#5")),
            *((name, (0, 4, 8, 11)) for name in ("+j7", "+M7", "augmaj7")),
            *((name, (0, 4, 8)) for name in ("+", "aug")),
            *((name, (0, 5, 7, 10)) for name in ("sus7", "7sus4", "7sus", "sus47")),
            *((name, (0, 5, 7, 10, 2)) for name in ("9sus4", "9sus")),
            *((name, (0, 5, 7)) for name in ("sus4", "sus")),
            ("sus2", (0, 2, 7)),
            ("5", (0, 7)),
            *((name, (0, 4, 7, 9, 2)) for name in ("69", "6/9", "6add9")),
            ("6", (0, 4, 7, 9)),
            ("7alt", (0, 4, 10, 1, 3, 8)),
            ("alt", (0, 4, 10, 1, 3, 8)),
            ("7", (0, 4, 7, 10)),
            ("9", (0, 4, 7, 10, 2)),
            ("11", (0, 4, 7, 10, 2, 5)),
            ("13", (0, 4, 7, 10, 2, 9)),
            ("add9", (0, 4, 7, 2)),
        ],
        key=lambda pair: -len(pair[0]),
    )
)
# Tensions behind it, in either spelling of the accidental: "b9" and "9b".
_TENSION = re.compile(r"\(?,?(?:add)?(?:([b#♭♯+-]?)(13|11|10|9|7|6|5|4)([b#♭♯]?))\)?")
_DEGREES = {"4": 5, "5": 7, "6": 9, "7": 10, "9": 2, "10": 4, "11": 5, "13": 9}


@dataclass(frozen=True)
class Chord:
    """What sounds: pitch classes (0 is C) and the pitch class of the bass."""

    pitch_classes: frozenset[int]
    bass: int


def parse_chord(text: str) -> Chord | None:
    """The chord that a symbol names; None for NO_CHORD and for what is no chord symbol.

    Reads the usual spellings of lead sheets and those of the Weimar Jazz Database ("Ebj7911#", "G-7").
    """
    text = text.strip()
    root = _ROOT.match(text)
    if root is None:
        return None
    base, rest = _class(root.group(1), root.group(2)), text[root.end() :]
    slash = _BASS.search(rest)
    bass = base if slash is None else _class(slash.group(1), slash.group(2))
    quality = rest if slash is None else rest[: slash.start()]
    sounding = _sounding(quality.replace(" ", ""))
    if sounding is None:
        return None
    return Chord(frozenset((base + step) % 12 for step in sounding) | {bass}, bass)


def chord_marks(marks: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
    """The (tick, text) that are chord symbols or "NC"; () where the texts are something else.

    Section names ("A1", "Bridge") often stand in the same events, and "A" alone is both: so texts
    count as chords only where at least half of them can be read and one says more than its root.
    """
    read = [(tick, text.strip(), parse_chord(text)) for tick, text in marks]
    found = [(tick, text, chord) for tick, text, chord in read if chord is not None or text in NO_CHORD]
    telling = any(chord is not None and _ROOT.fullmatch(text) is None for _, text, chord in found)
    return tuple((tick, text) for tick, text, _ in found) if telling and 2 * len(found) >= len(read) else ()


def _class(letter: str, accidental: str) -> int:
    return (_NATURALS[letter] + _SHIFTS.get(accidental, 0)) % 12


def _sounding(quality: str) -> set[int] | None:
    for name, steps in _QUALITIES:
        if quality.startswith(name):
            tensions = _tensions(quality[len(name) :])
            if tensions is not None:
                return _joined(set(steps), tensions)
    return None


def _tensions(text: str) -> list[tuple[str, int]] | None:
    """(degree, semitones) of each tension; None when the text holds anything else."""
    found, at = [], 0
    while at < len(text):
        match = _TENSION.match(text, at)
        if match is None or match.end() == at:
            return None
        before, degree, after = match.groups()
        # "79b13" means 7, b9, 13: an accidental belongs to the degree that it touches first.
        shift = {"b": -1, "♭": -1, "-": -1, "#": 1, "♯": 1, "+": 1}.get(before or after, 0)
        found.append((degree, (_DEGREES[degree] + shift) % 12))
        at = match.end()
    return found


def _joined(steps: set[int], tensions: list[tuple[str, int]]) -> set[int]:
    for degree, step in tensions:
        if degree == "5":
            steps.discard(7)
        steps.add(step)
    return steps
