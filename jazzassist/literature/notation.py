"""A line as text in ABC notation, its essential part, and the reconstruction of the rest (for Agarwal et al. 2018).

music21 reads ABC but does not write it, so sheets are written here; a test reads them with music21. A sheet
is a header and bars:

    X:1
    T:solo
    M:4/4
    L:1/48
    K:C
    C6 ^d6 z12 [Ceg]24 | ...

Lengths are in twelfths of a quarter note: sixteenths and triplets are exact, 32nds approximate. They are always
written, so that a pitch ends where a digit begins. Notes last until their end or the next onset, whichever is first,
so a line is one voice of notes, chords and rests.

The essential part is pitches and lengths. The header, bar lines, ties over them, spaces and line breaks follow from
lengths and meter: the preprocessing removes them and the reconstruction restores them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jazzassist.neural.encoding import GRID, GridLine

UNIT = GRID // 12  # grid positions per unit of length
QUARTER = 12
LONGEST = 8 * QUARTER  # maximum length of a note or rest; longer ones are shortened
BARS_IN_LINE = 4
SHEET_BARS = 8
END = "$"  # end of a sheet, raw or essential
_LETTERS = ("C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B")
_CLASSES = {letter: number for number, letter in enumerate(_LETTERS) if len(letter) == 1}
_PITCH = r"\^?[A-G],*|\^?[a-g]'*"
_TOKEN = re.compile(rf"(?:\[((?:{_PITCH})+)\]|({_PITCH})|(z))([1-9]\d*)(-?)")
_ONE = re.compile(_PITCH)
_HEADER = re.compile(r"X:1\nT:[\w -]+\nM:(\d+)/(\d+)\nL:1/48\nK:C\n")


@dataclass(frozen=True)
class Sound:
    """Notes that begin together (none: a rest), their length in twelfths of a quarter, whether tied to the next."""

    pitches: tuple[int, ...]
    length: int
    tied: bool = False


def pitch_text(pitch: int) -> str:
    """Return a MIDI pitch in ABC, with sharps: 60 is "C", 72 "c", 48 "C,"."""
    letter, octave = _LETTERS[pitch % 12], pitch // 12 - 5
    return letter.lower() + "'" * (octave - 1) if octave > 0 else letter + "," * -octave


def pitch_of(text: str) -> int:
    """Return the pitch of a text from `pitch_text`. It is above 127 if there is no such MIDI note."""
    letter = text.strip("^,'")
    octaves = letter.islower() + text.count("'") - text.count(",")
    return 60 + _CLASSES[letter.upper()] + text.count("^") + 12 * octaves


def sounds_of(line: GridLine) -> list[Sound]:
    """Return the line as one voice from its first onset."""
    onset = np.round(line.onset / UNIT).astype(np.int64)
    end = np.maximum(onset + 1, np.round((line.onset + line.length) / UNIT).astype(np.int64))
    edges = [0, *(np.flatnonzero(np.diff(onset)) + 1).tolist(), len(onset)]
    found: list[Sound] = []
    for at, (low, high) in enumerate(itertools.pairwise(edges)):
        if high == low:
            continue
        start, last = int(onset[low]), int(end[low:high].max())
        following = int(onset[high]) if at + 2 < len(edges) else last
        stop = following if following - last < 3 else last  # gaps shorter than a sixteenth are not rests
        pitches = tuple(sorted(set(line.pitch[low:high].tolist())))
        found.append(Sound(pitches, min(LONGEST, min(stop, following) - start)))
        if following > stop:
            found.append(Sound((), min(LONGEST, following - stop)))
    return found


def essential(sounds: list[Sound]) -> str:
    """Return the essential text: pitches and lengths only, with tied notes joined."""
    return "".join(map(_text, _joined(sounds)))


def sheet(sounds: list[Sound], meter: tuple[int, int], title: str = "solo") -> str:
    """Return a whole sheet, with its last bar filled by a rest (the reconstruction)."""
    numerator, denominator = meter
    lines = [f"X:1\nT:{title}\nM:{numerator}/{denominator}\nL:1/48\nK:C\n"]
    bars = list(_bars(_joined(sounds), bar_length(meter)))
    for at, bar in enumerate(bars):
        ends = at == len(bars) - 1 or at % BARS_IN_LINE == BARS_IN_LINE - 1
        lines.append(" ".join(map(_text, bar)) + (" |\n" if ends else " | "))
    return "".join(lines)


def bar_length(meter: tuple[int, int]) -> int:
    """Return the length of a bar in twelfths of a quarter."""
    return QUARTER * 4 * meter[0] // meter[1]


def read_essential(text: str) -> list[Sound] | None:
    """Parse an essential text. Return None if any token is invalid."""
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
    """Parse a well-formed sheet: a complete header, valid tokens, full bars. Return None for any other text."""
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
    """Parse an essential text, skipping invalid tokens."""
    found = (_sound(token) for token in _TOKEN.finditer(text))
    return [sound for sound in found if sound]


def _sound(token: re.Match[str]) -> Sound | None:
    """Return None if a pitch is not a MIDI note."""
    chord, single, _, length, tied = token.groups()
    pitches = tuple(pitch_of(text) for text in _ONE.findall(chord or single or ""))
    fits = all(0 <= pitch < 128 for pitch in pitches) and int(length) <= LONGEST and bool(pitches or not tied)
    return Sound(pitches, int(length), bool(tied)) if fits else None


def _text(sound: Sound) -> str:
    names = [pitch_text(pitch) for pitch in sound.pitches]
    what = f"[{''.join(names)}]" if len(names) > 1 else names[0] if names else "z"
    return f"{what}{sound.length}{'-' if sound.tied else ''}"


def _joined(sounds: list[Sound]) -> list[Sound]:
    """Return the sounds with tied notes joined."""
    found: list[Sound] = []
    for sound in sounds:
        if found and found[-1].tied and found[-1].pitches == sound.pitches:
            found[-1] = Sound(sound.pitches, found[-1].length + sound.length, sound.tied)
        else:
            found.append(sound)
    return [Sound(sound.pitches, sound.length) for sound in found]


def _bars(sounds: list[Sound], length: int) -> Iterator[list[Sound]]:
    """Yield the sounds of each full bar, tied over bar lines."""
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
