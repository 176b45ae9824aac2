"""The vocabulary of chord symbols: normalised spellings of chord qualities, and the tones of each quality.

Every spelling is normalised first: `M` major, `^` major seventh, `m` minor, `o` diminished, `h` half-diminished,
`+` augmented, `~` suspended, `&` add, `!` omit, `@` altered.
"""

from __future__ import annotations

import re

_SIGNS = str.maketrans(
    {
        "♯": "#", "＃": "#", "♭": "b", "𝄪": "##", "𝄫": "bb",
        "Δ": "^", "∆": "^", "△": "^", "▵": "^", "𝚫": "^",
        "ø": "h", "Ø": "h", "⌀": "h", "∅": "h", "°": "o", "º": "o", "˚": "o", "○": "o",
        "−": "-", "–": "-", "‐": "-", "‑": "-", "＋": "+", "∕": "/", "⁄": "/",
        "[": "(", "]": ")",
        "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
    }
)  # fmt: skip
_FOREIGN = str.maketrans("~&!@", "????")  # reserved for the normalised spelling
_WORDS: tuple[tuple[str, str], ...] = (
    (r"half-?dim(?:inished)?|hdim", "h"),
    (r"diminished|dim", "o"),
    (r"augmented|aug", "+"),
    (r"dominant|dom", ""),
    (r"suspended|sus", "~"),
    (r"altered|alt", "@"),
    (r"added|add", "&"),
    (r"omit|no(?=\.?\d)", "!"),
    (r"minor|min|mi", "m"),
    (r"major|maj", "M"),
    (r"ma(?=[\d(),/#b+-]|$)", "M"),
    (r"(?<=\d)(?:th|rd|nd)", ""),
    (r"j(?=\d|$|\))", "M"),
)
_WORD = re.compile("|".join(f"({spelling})\\.?" for spelling, _ in _WORDS), re.IGNORECASE)


def plain_signs(text: str) -> str:
    """Return the text with musical signs in ASCII: `#`, `b`, `^` (triangle), `h` (slashed o), `o` (ring)."""
    return text.translate(_SIGNS)


def reduced(quality: str) -> str:
    """Return a chord quality in this module's normalised spelling, without spaces. Unknown words are unchanged."""
    text = re.sub(r"\s+", "", quality).translate(_FOREIGN)
    found = _WORD.sub(lambda match: _WORDS[(match.lastindex or 1) - 1][1], text).replace("6/9", "69")
    return "m" + found[1:] if found.startswith("-") else found


# The chord that a symbol begins with (triad, sixth, seventh or ninth): (normalised spelling, triad, seventh), in
# semitones above the root.
_SIXTHS = {"6": (9,), "69": (9, 2)}
_FIRST: tuple[tuple[str, tuple[int, ...], int], ...] = (
    ("", (0, 4, 7), 10),
    ("M", (0, 4, 7), 11),
    ("^", (0, 4, 7), 11),
    ("m", (0, 3, 7), 10),
    ("mM", (0, 3, 7), 11),
    ("m^", (0, 3, 7), 11),
    ("m(M", (0, 3, 7), 11),
    ("m(^", (0, 3, 7), 11),
    ("m/M", (0, 3, 7), 11),
    ("+", (0, 4, 8), 10),
    ("+M", (0, 4, 8), 11),
    ("+^", (0, 4, 8), 11),
    ("o", (0, 3, 6), 9),
    ("oM", (0, 3, 6), 11),
    ("o^", (0, 3, 6), 11),
    ("h", (0, 3, 6), 10),
)
_ABOVE = {"7": (), "9": (2,), "11": (2, 5), "13": (2, 9)}  # the tones above the seventh
ALTERED = (0, 4, 10, 1, 3, 8)


def _qualities() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {"5": (0, 7), "+5": (0, 4, 8), "@": ALTERED, "7@": ALTERED, "7(@": ALTERED}
    for name, triad, seventh in _FIRST:
        found |= {name + number: (*triad, seventh, *above) for number, above in _ABOVE.items()}
        found[name] = (*triad, seventh) if name[-1:] in ("^", "h") or (name[:1] == "m" and len(name) > 1) else triad
    for name, triad in (("", (0, 4, 7)), ("M", (0, 4, 7)), ("m", (0, 3, 7))):
        found |= {name + number: (*triad, *above) for number, above in _SIXTHS.items()}
    # "7M" is the same as "M7"; an augmented ninth is written "9#5", and "+9" is a triad with a ninth.
    found |= {f"{name}{number}M": found[f"{name}M{number}"] for name in ("", "m") for number in _ABOVE}
    return {name: steps for name, steps in found.items() if name not in ("+9", "+11", "+13")}


QUALITIES = _qualities()
LONGEST = max(map(len, QUALITIES))

# The values of <kind> in MusicXML, with hyphens replaced by spaces. The augmented sixth chords are built on the tonic.
KINDS: dict[str, tuple[int, ...]] = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "augmented": (0, 4, 8),
    "diminished": (0, 3, 6),
    "dominant": (0, 4, 7, 10),
    "major seventh": (0, 4, 7, 11),
    "minor seventh": (0, 3, 7, 10),
    "diminished seventh": (0, 3, 6, 9),
    "augmented seventh": (0, 4, 8, 10),
    "half diminished": (0, 3, 6, 10),
    "major minor": (0, 3, 7, 11),
    "major sixth": (0, 4, 7, 9),
    "minor sixth": (0, 3, 7, 9),
    "dominant ninth": (0, 4, 7, 10, 2),
    "major ninth": (0, 4, 7, 11, 2),
    "minor ninth": (0, 3, 7, 10, 2),
    "dominant 11th": (0, 4, 7, 10, 2, 5),
    "major 11th": (0, 4, 7, 11, 2, 5),
    "minor 11th": (0, 3, 7, 10, 2, 5),
    "dominant 13th": (0, 4, 7, 10, 2, 9),
    "major 13th": (0, 4, 7, 11, 2, 9),
    "minor 13th": (0, 3, 7, 10, 2, 9),
    "suspended second": (0, 2, 7),
    "suspended fourth": (0, 5, 7),
    "neapolitan": (1, 5, 8),
    "italian": (0, 6, 8),
    "french": (0, 2, 6, 8),
    "german": (0, 3, 6, 8),
    "pedal": (0,),
    "power": (0, 7),
    "tristan": (0, 6, 10, 3),
}
UNKNOWN_KINDS = ("other", "none")
