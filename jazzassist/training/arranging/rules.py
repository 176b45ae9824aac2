"""The rules of the arranger: the chord at each tick, walking bass lines, and voicings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from jazzassist.domain.chords import Chord, parse_chord

OCTAVE = 12
BASS_LOW, BASS_HIGH = 28, 55  # E1, the lowest string, to G3


@dataclass(frozen=True)
class Harmony:
    """Chords over time. `marks`: (tick, symbol), sorted; each is valid until the next."""

    marks: tuple[tuple[int, str], ...]

    @cached_property
    def _ticks(self) -> list[int]:
        return [tick for tick, _ in self.marks]

    def symbol_at(self, tick: float) -> str | None:
        """Return the symbol at `tick`, None before the first."""
        place = bisect_right(self._ticks, tick) - 1
        return self.marks[place][1] if place >= 0 else None

    def chord_at(self, tick: float) -> Chord | None:
        """Return the chord at `tick`, None if there is none or it cannot be parsed."""
        symbol = self.symbol_at(tick)
        return None if symbol is None else parse_chord(symbol)

    def root_at(self, tick: float) -> int | None:
        """Return the pitch class of the root at `tick`."""
        symbol = self.symbol_at(tick)
        return None if symbol is None else root_of(symbol)

    def changes(self, start: int, end: int) -> list[int]:
        """Return the ticks in [start, end) at which the chord changes."""
        found = []
        for place, (tick, symbol) in enumerate(self.marks):
            another = place == 0 or self.marks[place - 1][1] != symbol
            if start <= tick < end and another and parse_chord(symbol) is not None:
                found.append(tick)
        return found


def root_of(symbol: str) -> int | None:
    """Return the pitch class of a chord's root, whatever its bass; None for no chord."""
    chord = parse_chord(symbol.split("/")[0])
    return None if chord is None else chord.bass


def nearest(classes: Iterable[int], pitch: int) -> int:
    """Return the pitch nearest to `pitch` that has one of the pitch classes; the lower of two equally near ones."""
    found = [pitch + (kind - pitch + OCTAVE // 2) % OCTAVE - OCTAVE // 2 for kind in classes]
    return min(found, key=lambda other: (abs(other - pitch), other), default=pitch)


def into_range(pitch: int, low: int, high: int) -> int:
    """Return the pitch transposed by octaves into [low, high], if the range contains it."""
    while pitch < low:
        pitch += OCTAVE
    while pitch > high and pitch - OCTAVE >= low:
        pitch -= OCTAVE
    return pitch


def walking_bass(
    harmony: Harmony, beats: Sequence[int], bar_starts: Sequence[int], around: int, low: int, high: int
) -> list[tuple[int, int]]:
    """Yield (tick, pitch) for each beat with a chord.

    Roots at the start of bars and chords, then chord tones, with an approach note before a new root.
    `around`: the pitch near which the line begins. The line stays in [low, high].
    """
    found: list[tuple[int, int]] = []
    pitch, way, bars = around, 1, set(bar_starts)
    for place, tick in enumerate(beats):
        root, chord = harmony.root_at(tick), harmony.chord_at(tick)
        if root is None or chord is None:
            continue
        later = harmony.root_at(beats[place + 1]) if place + 1 < len(beats) else None
        if tick in bars or not found or harmony.symbol_at(tick) != harmony.symbol_at(found[-1][0]):
            pitch = into_range(nearest([root], pitch), low, high)
        elif later is not None and later != root:
            pitch = into_range(nearest([later], pitch) - way, low, high)
        else:
            if not low + 4 <= pitch <= high - 4:
                way = 1 if pitch < low + 4 else -1
            pitch = into_range(_next_tone(chord, pitch, way), low, high)
        found.append((tick, pitch))
    return found


def _next_tone(chord: Chord, pitch: int, way: int) -> int:
    """Return the next chord tone in a direction."""
    steps = range(1, OCTAVE + 1)
    return next(pitch + way * step for step in steps if (pitch + way * step) % OCTAVE in chord.pitch_classes)


def voiced(chord: Chord, pitches: Sequence[int]) -> list[int]:
    """Return different chord tones near some pitches, lowest first; fewer if the chord has too few tones there."""
    found: list[int] = []
    for pitch in sorted(pitches):
        free = [tone for tone in range(pitch - 6, pitch + 7) if tone % OCTAVE in chord.pitch_classes]
        free = [tone for tone in free if tone not in found and 0 <= tone <= 127]
        if free:
            found.append(min(free, key=lambda tone: (abs(tone - pitch), tone)))
    return sorted(found)
