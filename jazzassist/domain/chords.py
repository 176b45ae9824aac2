"""Chord symbols as composers write them ("Bbm7b5", "F#-79b", "C△7/E", "C:maj6(9)") -> what sounds in them. Pure.

Understood are the spellings of lead sheets, Impro-Visor, iReal Pro, the kinds of MusicXML, Harte's syntax and the
Weimar Jazz Database. Letters are English: B is B natural and Bb is B flat. The German H is read as B natural too,
since no English symbol begins with it; a German B would be heard as B natural and has to be written Bb.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jazzassist.domain.chord_words import KINDS, LONGEST, QUALITIES, UNKNOWN_KINDS, plain_signs, reduced

_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "H": 11}
_SHIFTS = {"#": 1, "+": 1, "b": -1, "-": -1}
# "Bbb5" is B flat with a flat fifth, "Bbbm7" stands on B double flat.
_ROOT = re.compile(r"([A-H])(##(?!\d)|bb(?!\d|$)|[#b]?)")
_BASS = re.compile(r"\s*/\s*([A-H])(##|bb|[#b]?)$")
_INVERSION = re.compile(r"/(b?3|5|b?7)$")
_HARTE_INVERSION = re.compile(r"/([#b]*)(1[0-3]|[1-9])$")
_NO_CHORD = re.compile(r"n\.?\s?c\.?|n|no\s?chord|tacet", re.IGNORECASE)
_SECTION = re.compile(r"[A-H]\s?\(?[1-4]\)?'*")  # "A2" is more often a part of a form than a chord
_SECTIONS_ONLY = re.compile(r"[A-H]\s?\(?[13]\)?'*")  # no chord is written like that
_SHAPE = re.compile(r"[A-H](?:##|bb|[#b])?(?:[mM^oh+~&!@*(),/-]|\d|[#b](?=\d)|(?<=\d)[#b]|/[A-H][#b]?)+")
_BEGINNING = re.compile(r"[A-H][#b]?[mM^oh+~(-]*(?:6|7|9|11|13)(?!\d)")
_DEGREES = {"1": 0, "2": 2, "3": 4, "4": 5, "5": 7, "6": 9, "7": 10, "8": 0, "9": 2, "10": 4, "11": 5, "12": 7, "13": 9}
_FAMILIES = {"1": {0}, "3": {3, 4}, "5": {6, 7, 8}, "7": {9, 10, 11}, "9": {1, 2, 3}, "11": {5, 6}, "13": {8, 9}}
_SEPARATORS = re.compile(r"[(),/]+")
_SUSPENDED = re.compile(r"~(24|42|4|2)?")
_OMITTED = re.compile(r"!(13|11|9|7|5|3)|\*[#b]*(13|11|9|7|5|3|1)")
_MAJOR_SEVENTH = re.compile(r"&?[M^]7?")
_SHARP_FIFTH = re.compile(r"\+(?!\d)")
_ALTERED = re.compile(r"&(##|bb|[b#+-]?)(13|11|10|9|7|6|5|4|3|2)|(##|bb|[b#+-])(13|11|10|9|7|6|5|4|3|2)")
# An accidental may also follow: "79b13" is 7, b9, 13. After a sign or a bracket it belongs to the next degree.
_NATURAL = re.compile(r"7|(?:(?<=\d)(?:13|11|10|9|6|5|4|2)[b#]?)|(?:13|11|10|9|6|5|4|2)(?:[b#](?!\d))?")
_HARTE_DEGREE = re.compile(r"([b#]*)(1[0-3]|[1-9])")


@dataclass(frozen=True)
class Chord:
    """What sounds: pitch classes (0 is C) and the pitch class of the bass."""

    pitch_classes: frozenset[int]
    bass: int


@lru_cache(4096)  # a song has the same symbols again and again
def parse_chord(text: str) -> Chord | None:
    """The chord that a symbol names. None for "NC" and its variants, and for text that cannot be read as a chord."""
    text = plain_signs(text.strip())
    root = _ROOT.match(text)
    if root is None:
        return None
    base, rest = _class(root.group(1), root.group(2)), text[root.end() :]
    in_harte = rest.startswith(":")
    rest, bass = _without_bass(rest.removeprefix(":"), base, in_harte)
    sounding = _sounding(rest, in_harte)
    if sounding is None:
        return None
    if bass == base and 0 not in sounding:  # the Neapolitan, which is named by its tonic
        bass = (base + min(sounding)) % 12
    return Chord(frozenset((base + step) % 12 for step in sounding) | {bass}, bass)


def is_no_chord(text: str) -> bool:
    """Whether a text says that no chord sounds: "NC", "N.C.", "N"."""
    return _NO_CHORD.fullmatch(text.strip()) is not None


def looks_like_chord(text: str) -> bool:
    """Whether a text that cannot be read is meant as a chord symbol, so that the chord before it is over.

    "C7sus%", "D/F7" and Harte's "X" are; "Verse", "A1", "D.C." and "E-Gitarre" are not.
    """
    text = plain_signs(text.strip())
    if text == "X" or is_no_chord(text):
        return True
    root = _ROOT.match(text)
    if root is None or _SECTION.fullmatch(text):
        return False
    if text[root.end() :].strip(" :").lower() in UNKNOWN_KINDS:
        return True
    short = text[: root.end()] + reduced(text[root.end() :].removeprefix(":"))
    return _SHAPE.fullmatch(short) is not None or _BEGINNING.match(short) is not None


def chord_marks(marks: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
    """The (tick, text) that are chord symbols, "NC" or unreadable chords; () where the texts are something else.

    Section names ("A1", "Bridge") often stand in the same events, and "A" alone is both: so texts
    count as chords only where at least half of them can be read and one says more than its root.
    """
    texts = [(tick, text.strip()) for tick, text in marks]
    known = [(tick, text, _is_readable(text, texts)) for tick, text in texts]
    found = sum(readable for _, _, readable in known)
    telling = any(
        readable and not is_no_chord(text) and not _SECTION.fullmatch(text) and not _is_root(text)
        for _, text, readable in known
    )
    if not telling or 2 * found < len(texts):
        return ()
    return tuple((tick, text) for tick, text, readable in known if readable or looks_like_chord(text))


def _is_readable(text: str, among: Sequence[tuple[int, str]]) -> bool:
    if _SECTION.fullmatch(text) and any(_SECTIONS_ONLY.fullmatch(other) for _, other in among):
        return False
    return is_no_chord(text) or parse_chord(text) is not None


def _is_root(text: str) -> bool:
    return _ROOT.fullmatch(plain_signs(text)) is not None


def _class(letter: str, accidentals: str) -> int:
    return (_NATURALS[letter] + sum(_SHIFTS[sign] for sign in accidentals)) % 12


def _without_bass(rest: str, base: int, in_harte: bool) -> tuple[str, int]:
    """The symbol without what follows a slash, and the pitch class of its bass: a note, or an interval above the root.

    "6/9" and "7/9" have no bass: ninths, elevenths, thirteenths and sixths are tones of the chord there.
    """
    if slash := _BASS.search(rest):
        return rest[: slash.start()], _class(slash.group(1), slash.group(2))
    if in_harte and (degree := _HARTE_INVERSION.search(rest)):
        return rest[: degree.start()], (base + _harte_step(degree)) % 12
    if not in_harte and (degree := _INVERSION.search(rest)):
        return rest[: degree.start()], (base + {"3": 4, "b3": 3, "5": 7, "7": 11, "b7": 10}[degree.group(1)]) % 12
    return rest, base


def _sounding(quality: str, in_harte: bool) -> set[int] | None:
    """Semitones above the root; None where the quality cannot be read."""
    kind = re.sub(r"[\s-]+", " ", quality).strip().lower()
    if kind in KINDS:
        return set(KINDS[kind])
    return _in_harte(reduced(quality)) if in_harte else _in_lead_sheet(reduced(quality))


def _in_lead_sheet(text: str) -> set[int] | None:
    """Of a reduced quality: the longest beginning in QUALITIES, and what changes it."""
    for length in range(min(LONGEST, len(text)), -1, -1):
        steps = QUALITIES.get(text[:length])
        if steps is not None and (found := _with_tensions(set(steps), text, length)) is not None:
            return found
    return None


def _in_harte(text: str) -> set[int] | None:
    """Of Harte's syntax: a shorthand, and degrees in brackets in which 7 is the major seventh."""
    shorthand, bracket, degrees = text.partition("(")
    if shorthand == "1":
        steps: set[int] | None = {0}
    elif not shorthand:
        steps = {0} if bracket else {0, 4, 7}
    else:
        steps = _in_lead_sheet(shorthand)
    if steps is None or (bracket and not degrees.endswith(")")):
        return None
    for entry in degrees.removesuffix(")").split(",") if bracket else ():
        degree = _HARTE_DEGREE.fullmatch(entry.removeprefix("*"))
        if degree is None:
            return None
        steps = steps - {_harte_step(degree)} if entry.startswith("*") else steps | {_harte_step(degree)}
    return steps


def _harte_step(degree: re.Match[str]) -> int:
    natural = 11 if degree.group(2) == "7" else _DEGREES[degree.group(2)]
    return (natural + sum(_SHIFTS[sign] for sign in degree.group(1))) % 12


def _with_tensions(steps: set[int], text: str, at: int) -> set[int] | None:
    """The steps with the alterations in `text` from index `at` on applied. None if any of them is unknown."""
    first = frozenset(steps)
    while at < len(text):
        for pattern, change in _CHANGES:
            match = pattern.match(text, at)
            if match is not None and match.end() > at:
                steps, at = change(steps, first, match), match.end()
                break
        else:
            return None
    return steps


def _suspend(steps: set[int], first: frozenset[int], match: re.Match[str]) -> set[int]:
    return (steps - ({3, 4} & first)) | {"2": {2}, "24": {2, 5}, "42": {2, 5}}.get(match.group(1) or "", {5})


def _omit(steps: set[int], first: frozenset[int], match: re.Match[str]) -> set[int]:
    return steps - _FAMILIES[match.group(1) or match.group(2)]


def _alter(steps: set[int], first: frozenset[int], match: re.Match[str]) -> set[int]:
    """With an altered tone, which takes the place of one that the chord's own number implied: "13b9" has no 9."""
    signs, degree = (match.group(1), match.group(2)) if match.group(2) else (match.group(3), match.group(4))
    return _with_degree(steps, first, degree, sum(_SHIFTS[sign] for sign in signs))


def _extend(steps: set[int], first: frozenset[int], match: re.Match[str]) -> set[int]:
    return _with_degree(steps, first, match.group().rstrip("b#"), _SHIFTS.get(match.group()[-1], 0))


def _with_degree(steps: set[int], first: frozenset[int], degree: str, shift: int) -> set[int]:
    if degree == "7":
        return steps | {11 if shift > 0 else 10}
    if degree == "5" or (shift and degree in ("9", "11", "13") and first & {10, 11}):
        steps = steps - ({_DEGREES[degree]} & first)
    return steps | {(_DEGREES[degree] + shift) % 12}


_CHANGES = (
    (_SEPARATORS, lambda steps, first, match: steps),
    (_SUSPENDED, _suspend),
    (_OMITTED, _omit),
    (_MAJOR_SEVENTH, lambda steps, first, match: steps | {11}),
    (_ALTERED, _alter),
    (_NATURAL, _extend),
    (_SHARP_FIFTH, lambda steps, first, match: (steps - {7}) | {8}),
)
