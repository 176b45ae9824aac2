"""Parser for chord symbols ("Bbm7b5", "F#-79b", "C△7/E", "C:maj6(9)"): returns the pitch classes that sound.

Supported spellings: lead sheets, Impro-Visor, iReal Pro, the <kind> values of MusicXML, Harte's syntax and the
Weimar Jazz Database. Letters are English: B is B natural and Bb is B flat. The German H is accepted as B natural,
because no English symbol begins with it. A German B (B flat) is not supported: it is read as B natural.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jazzassist.domain.chord_words import KINDS, LONGEST, QUALITIES, UNKNOWN_KINDS, plain_signs, reduced

_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "H": 11}
_SHIFTS = {"#": 1, "+": 1, "b": -1, "-": -1}
# "Bbb5" is B flat with a flat fifth; "Bbbm7" has the root B double flat.
_ROOT = re.compile(r"([A-H])(##(?!\d)|bb(?!\d|$)|[#b]?)")
_BASS = re.compile(r"\s*/\s*([A-H])(##|bb|[#b]?)$")
_INVERSION = re.compile(r"/(b?3|5|b?7)$")
_HARTE_INVERSION = re.compile(r"/([#b]*)(1[0-3]|[1-9])$")
_NO_CHORD = re.compile(r"n\.?\s?c\.?|n|no\s?chord|tacet", re.IGNORECASE)
_SECTION = re.compile(r"[A-H]\s?\(?[1-4]\)?'*")  # "A2" is more often a section name than a chord
_SECTIONS_ONLY = re.compile(r"[A-H]\s?\(?[13]\)?'*")  # never chord symbols
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
# An accidental may follow its degree: "79b13" is 7, b9, 13. After a sign or a bracket it belongs to the next degree.
_NATURAL = re.compile(r"7|(?:(?<=\d)(?:13|11|10|9|6|5|4|2)[b#]?)|(?:13|11|10|9|6|5|4|2)(?:[b#](?!\d))?")
_HARTE_DEGREE = re.compile(r"([b#]*)(1[0-3]|[1-9])")


@dataclass(frozen=True)
class Chord:
    """The pitch classes (0-11, 0 is C) of a chord, and the pitch class of its bass note."""

    pitch_classes: frozenset[int]
    bass: int


@lru_cache(4096)  # songs repeat their symbols
def parse_chord(text: str) -> Chord | None:
    """Parse a chord symbol. Returns None for "NC" and its variants, and for text that is not a chord symbol."""
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
    if bass == base and 0 not in sounding:  # the Neapolitan chord, which is named by its tonic
        bass = (base + min(sounding)) % 12
    return Chord(frozenset((base + step) % 12 for step in sounding) | {bass}, bass)


def is_no_chord(text: str) -> bool:
    """Return True if a text means "no chord": "NC", "N.C.", "N"."""
    return _NO_CHORD.fullmatch(text.strip()) is not None


def looks_like_chord(text: str) -> bool:
    """Return True if a text that cannot be parsed is probably a chord symbol; it then ends the preceding chord.

    True for "C7sus%", "D/F7" and Harte's "X"; False for "Verse", "A1", "D.C." and "E-Gitarre".
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
    """Return those (tick, text) that are chord symbols, "NC" or unreadable chords; () if the texts are not chords.

    Section names ("A1", "Bridge") are often stored in the same events, and "A" alone can be either. The
    texts therefore count as chords only if at least half of them can be parsed and one is more than a root.
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
    """Split off the bass. Returns the symbol before the slash, and the pitch class of the bass (0-11).

    The bass is a note name or an interval above the root. "6/9" and "7/9" have no bass: the number after the
    slash is a chord tone.
    """
    if slash := _BASS.search(rest):
        return rest[: slash.start()], _class(slash.group(1), slash.group(2))
    if in_harte and (degree := _HARTE_INVERSION.search(rest)):
        return rest[: degree.start()], (base + _harte_step(degree)) % 12
    if not in_harte and (degree := _INVERSION.search(rest)):
        return rest[: degree.start()], (base + {"3": 4, "b3": 3, "5": 7, "7": 11, "b7": 10}[degree.group(1)]) % 12
    return rest, base


def _sounding(quality: str, in_harte: bool) -> set[int] | None:
    """Return the chord tones of a quality in semitones above the root, or None if it cannot be parsed."""
    kind = re.sub(r"[\s-]+", " ", quality).strip().lower()
    if kind in KINDS:
        return set(KINDS[kind])
    return _in_harte(reduced(quality)) if in_harte else _in_lead_sheet(reduced(quality))


def _in_lead_sheet(text: str) -> set[int] | None:
    """Parse a normalised quality: the longest prefix found in QUALITIES, then its alterations."""
    for length in range(min(LONGEST, len(text)), -1, -1):
        steps = QUALITIES.get(text[:length])
        if steps is not None and (found := _with_tensions(set(steps), text, length)) is not None:
            return found
    return None


def _in_harte(text: str) -> set[int] | None:
    """Parse Harte's syntax: a shorthand, then degrees in brackets, where 7 is the major seventh."""
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
    """Return the steps with the alterations in `text[at:]` applied, or None if any of them is unknown."""
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
    """Add an altered tone. It replaces the natural tone that the chord's number implies: "13b9" has no 9."""
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
