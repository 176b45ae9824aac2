"""A line as text in ABC notation, what of it is essential, and how the rest is put back (for Agarwal et al. 2018).

music21 reads ABC but does not write it, so a sheet is written here; a test has music21 read it. A sheet
is a header and bars:

    X:1
    T:solo
    M:4/4
    L:1/48
    K:C
    C6 ^d6 z12 [Ceg]24 | ...

A length counts twelfths of a quarter note, which holds 32nds roughly and sixteenths and triplets
exactly; it is always written, so that a pitch ends where a digit begins. Notes last until they end or
the next onset begins, whichever is first, so a line is one voice of notes, chords and rests.

Essential are pitches and lengths alone. The header, bar lines, ties over them, spaces and line breaks
follow from lengths and metre, so the preprocessing takes them out and the reconstruction puts them back.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jazzassist.neural.encoding import GRID, GridLine

UNIT = GRID // 12  # grid positions of a length of 1
QUARTER = 12
LONGEST = 8 * QUARTER  # a longer note or rest is written as this long
BARS_IN_LINE = 4
SHEET_BARS = 8
END = "$"  # ends a sheet, raw or essential
_LETTERS = ("C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B")
_CLASSES = {letter: number for number, letter in enumerate(_LETTERS) if len(letter) == 1}
_PITCH = r"\^?[A-G],*|\^?[a-g]'*"
_TOKEN = re.compile(rf"(?:\[((?:{_PITCH})+)\]|({_PITCH})|(z))([1-9]\d*)(-?)")
_ONE = re.compile(_PITCH)
_HEADER = re.compile(r"X:1\nT:[\w -]+\nM:(\d+)/(\d+)\nL:1/48\nK:C\n")


@dataclass(frozen=True)
class Sound:
    """Notes that begin together, or none for a rest; the length in twelfths of a quarter; whether tied to the next."""

    pitches: tuple[int, ...]
    length: int
    tied: bool = False


def pitch_text(pitch: int) -> str:
    """A MIDI pitch in ABC, with sharps: 60 is "C", 72 "c", 48 "C,"."""
    letter, octave = _LETTERS[pitch % 12], pitch // 12 - 5
    return letter.lower() + "'" * (octave - 1) if octave > 0 else letter + "," * -octave


def pitch_of(text: str) -> int:
    """The MIDI pitch of what `pitch_text` writes; above 127 for what no MIDI note has."""
    letter = text.strip("^,'")
    octaves = letter.islower() + text.count("'") - text.count(",")
    return 60 + _CLASSES[letter.upper()] + text.count("^") + 12 * octaves


def sounds_of(line: GridLine) -> list[Sound]:
    """The line as one voice from its first onset on."""
    onset = np.round(line.onset / UNIT).astype(np.int64)
    end = np.maximum(onset + 1, np.round((line.onset + line.length) / UNIT).astype(np.int64))
    edges = [0, *(np.flatnonzero(np.diff(onset)) + 1).tolist(), len(onset)]
    found: list[Sound] = []
    for at, (low, high) in enumerate(itertools.pairwise(edges)):
        if high == low:
            continue
        start, last = int(onset[low]), int(end[low:high].max())
        following = int(onset[high]) if at + 2 < len(edges) else last
        stop = following if following - last < 3 else last  # a breath of less than a sixteenth is no rest
        pitches = tuple(sorted(set(line.pitch[low:high].tolist())))
        found.append(Sound(pitches, min(LONGEST, min(stop, following) - start)))
        if following > stop:
            found.append(Sound((), min(LONGEST, following - stop)))
    return found


def essential(sounds: list[Sound]) -> str:
    """Pitches and lengths, nothing else; ties are joined."""
    return "".join(map(_text, _joined(sounds)))


def sheet(sounds: list[Sound], meter: tuple[int, int], title: str = "solo") -> str:
    """A whole sheet, its last bar filled with a rest: the reconstruction of what is not essential."""
    numerator, denominator = meter
    lines = [f"X:1\nT:{title}\nM:{numerator}/{denominator}\nL:1/48\nK:C\n"]
    bars = list(_bars(_joined(sounds), bar_length(meter)))
    for at, bar in enumerate(bars):
        ends = at == len(bars) - 1 or at % BARS_IN_LINE == BARS_IN_LINE - 1
        lines.append(" ".join(map(_text, bar)) + (" |\n" if ends else " | "))
    return "".join(lines)


def bar_length(meter: tuple[int, int]) -> int:
    """Twelfths of a quarter in a bar."""
    return QUARTER * 4 * meter[0] // meter[1]


def read_essential(text: str) -> list[Sound] | None:
    """The sounds of an essential text, or None where a token of it is none."""
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        sound = _sound(token) if token else None
        if token is None or sound is None or sound.tied:
            return None
        found.append(sound)
        at = token.end()
    return found or None


def read_sheet(text: str) -> list[Sound] | None:
    """The sounds of a well-formed sheet: the whole header, every token one, every bar full. None for any other text."""
    header = _HEADER.match(text)
    if header is None or int(header[2]) not in (2, 4, 8, 16) or not text.endswith("|\n"):
        return None
    wanted = bar_length((int(header[1]), int(header[2])))
    found: list[Sound] = []
    for bar in re.split(r" \| | \|\n", text[header.end() :])[:-1]:
        tokens = [_TOKEN.fullmatch(word) for word in bar.split(" ")]
        sounds = [_sound(token) for token in tokens if token]
        if len(sounds) != len(tokens) or sum(sound.length for sound in sounds if sound) != wanted:
            return None
        found += [sound for sound in sounds if sound]
    return _joined(found) or None


def readable(text: str) -> list[Sound]:
    """The sounds of an essential text, whatever is none left out."""
    found = (_sound(token) for token in _TOKEN.finditer(text))
    return [sound for sound in found if sound]


def _sound(token: re.Match[str]) -> Sound | None:
    """None where a pitch is no MIDI note."""
    chord, single, _, length, tied = token.groups()
    pitches = tuple(pitch_of(text) for text in _ONE.findall(chord or single or ""))
    fits = all(0 <= pitch < 128 for pitch in pitches) and int(length) <= LONGEST and bool(pitches or not tied)
    return Sound(pitches, int(length), bool(tied)) if fits else None


def _text(sound: Sound) -> str:
    names = [pitch_text(pitch) for pitch in sound.pitches]
    what = f"[{''.join(names)}]" if len(names) > 1 else names[0] if names else "z"
    return f"{what}{sound.length}{'-' if sound.tied else ''}"


def _joined(sounds: list[Sound]) -> list[Sound]:
    """Tied notes as one."""
    found: list[Sound] = []
    for sound in sounds:
        if found and found[-1].tied and found[-1].pitches == sound.pitches:
            found[-1] = Sound(sound.pitches, found[-1].length + sound.length, sound.tied)
        else:
            found.append(sound)
    return [Sound(sound.pitches, sound.length) for sound in found]


def _bars(sounds: list[Sound], length: int) -> Iterator[list[Sound]]:
    """The sounds in full bars, tied over bar lines."""
    bar: list[Sound] = []
    room = length
    for sound in sounds:
        left = sound.length
        while left:
            here = min(left, room)
            left, room = left - here, room - here
            bar.append(Sound(sound.pitches, here, bool(left and sound.pitches)))
            if not room:
                yield bar
                bar, room = [], length
    if bar:
        yield [*bar, Sound((), room)]
