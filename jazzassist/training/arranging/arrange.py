"""Arrangement of chord charts as songs for piano, bass and drums, in a random style for each version."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jazzassist.domain.chords import parse_chord
from jazzassist.domain.song import DRUM_CHANNEL, Event, Note, Notes, Song, Track
from jazzassist.training.arranging.charts import Chart
from jazzassist.training.arranging.rules import (
    BASS_HIGH,
    BASS_LOW,
    OCTAVE,
    Harmony,
    into_range,
    nearest,
    root_of,
    voiced,
    walking_bass,
)
from jazzassist.training.arranging.styles import STYLES, Hits, Style

PPQ = 480
BARS = 48  # approximate length of a version: short charts are repeated
PIANO, BASS = range(2)  # channels
PIANO_PROGRAMS, BASS_PROGRAMS = (0, 0, 0, 0, 4, 26, 11), (32, 32, 32, 33)  # piano, electric piano, guitar, vibraphone
RIGHT, RIGHT_RANGE = (62, 66, 70, 74), (57, 82)  # initial voicing and range of the right hand
LEFT, LEFT_RANGE = (50, 56), (46, 62)  # initial voicing and range of the left hand with a bass
LOWEST, HIGHEST = 33, 48  # range of the roots of the left hand without a bass
TOUCH = 9.0  # standard deviation of velocities
ACCENT = 7  # additional velocity on the beat
FASTEST, SLOWEST = 300.0, 60.0  # tempi with the least and the most swing
SWING = (0.55, 0.68)


@dataclass(frozen=True)
class Band:
    """The style, swing and random numbers of one version."""

    style: Style
    swing: float
    random: np.random.Generator

    def tick(self, place: float) -> int:
        """Convert a position in quarters from the song's start to ticks, with swung eighths."""
        whole, within = divmod(place, 1.0)
        if self.style.swing:
            within = 2 * self.swing * within if within < 0.5 else self.swing + 2 * (1 - self.swing) * (within - 0.5)
        return round((whole + within) * PPQ)

    def pick(self, bars: tuple[Hits, ...]) -> Hits:
        """Choose one of some bars."""
        return bars[int(self.random.integers(len(bars)))]

    def touch(self, velocity: float, place: float = 0.5) -> int:
        """Return a random velocity around `velocity`, louder on the beat."""
        accent = ACCENT if place % 1 == 0 else 0
        return int(np.clip(round(velocity + accent + self.random.normal(0, TOUCH)), 1, 127))


def arranged_chart(chart: Chart, name: str, version: int = 0) -> Song:
    """Return a chart as a song. The same name and version always give the same song.

    Version 0 keeps the chart's meter if there is a style for it; other versions may have any style.
    """
    random = np.random.default_rng([zlib.crc32(name.encode()), version])
    fitting = [style for style in STYLES if style.quarters == chart.meter[0]] or list(STYLES)
    styles = fitting if version == 0 else STYLES
    style = styles[int(random.integers(len(styles)))]
    tempo = float(random.uniform(*style.tempo))
    share = np.clip((tempo - SLOWEST) / (FASTEST - SLOWEST), 0, 1)
    band = Band(style, float(SWING[1] - share * (SWING[1] - SWING[0]) + random.uniform(-0.02, 0.02)), random)
    bars = [
        chart.bars[at % len(chart.bars)]
        for at in range(max(len(chart.bars), BARS // len(chart.bars) * len(chart.bars)))
    ]
    marks = _marks(bars, style.quarters)
    tracks = [Track("", events=tuple(_events(marks, style.quarters, tempo)))]
    programs = PIANO_PROGRAMS if style.drums else PIANO_PROGRAMS[:1]  # solo styles are for piano
    tracks.append(_track("Piano", int(random.choice(programs)), PIANO, _piano(band, marks, len(bars))))
    if style.bass != ():
        tracks.append(_track("Bass", int(random.choice(BASS_PROGRAMS)), BASS, _bass(band, marks, len(bars))))
    if style.drums:
        tracks.append(_track("Drums", 0, DRUM_CHANNEL, _drums(band, len(bars))))
    return Song(PPQ, tuple(tracks))


def _marks(bars: list[tuple[tuple[float, str], ...]], quarters: int) -> Harmony:
    """Return the chords, rounded to quarters, in ticks."""
    found: dict[int, str] = {}
    for number, bar in enumerate(bars):
        for place, symbol in bar:
            found[(number * quarters + min(quarters - 1, round(place * quarters))) * PPQ] = symbol
    return Harmony(tuple(sorted(found.items())))


def _events(harmony: Harmony, quarters: int, tempo: float) -> Iterator[Event]:
    yield Event(0, bytes([0xFF, 0x58, quarters, 2, 24, 8]))
    yield Event(0, bytes([0xFF, 0x51, *round(6e7 / tempo).to_bytes(3, "big")]))
    for tick, symbol in harmony.marks:
        yield Event(tick, b"\xff\x06" + symbol.encode())


def _track(name: str, program: int, channel: int, notes: Iterator[Note]) -> Track:
    found = Notes.of(note._replace(channel=channel) for note in notes)
    return Track(name, found, channel=channel, program=program, end=found.last_end)


def _piano(band: Band, harmony: Harmony, bars: int) -> Iterator[Note]:
    """Yield the notes of both hands: voice-led chords in the right; shells, or roots without a bass, in the left."""
    right, left = list(RIGHT), list(LEFT)
    for bar in range(bars):
        for place, length in band.pick(band.style.comping):
            at = bar * band.style.quarters + place
            chord = parse_chord(harmony.symbol_at((at + 0.5) * PPQ) or "")  # an offbeat anticipates the next chord
            if chord is None:
                continue
            right = voiced(chord, _kept(right, RIGHT, RIGHT_RANGE)) or right
            left = voiced(chord, _kept(left, LEFT, LEFT_RANGE)) or left
            both = right if band.style.left else [*left, *right]
            yield from _struck(band, at, length, sorted(set(both)), 68)
        if band.style.left:
            yield from _left_hand(band, harmony, bar)


def _kept(pitches: list[int], home: tuple[int, ...], within: tuple[int, int]) -> list[int]:
    """Return the last voicing, or the initial one if it has left its range or lost notes."""
    inside = len(pitches) == len(home) and within[0] <= min(pitches) and max(pitches) <= within[1]
    return pitches if inside else list(home)


def _left_hand(band: Band, harmony: Harmony, bar: int) -> Iterator[Note]:
    """Yield a left hand without a bass: low roots on strong beats and chord changes; tenths, fifths, chords between."""
    hits = band.pick(band.style.left)
    broken = len(hits) > band.style.quarters
    for number, (place, length) in enumerate(hits):
        at = bar * band.style.quarters + place
        symbol = harmony.symbol_at(at * PPQ) or ""
        chord, root = parse_chord(symbol), root_of(symbol)
        if chord is None or root is None:
            continue
        low = into_range(nearest([chord.bass], (LOWEST + HIGHEST) // 2), LOWEST, HIGHEST)
        strong = place in (0.0, 2.0) if not broken else place == 0
        if strong:
            pitches = [low]
        elif broken:
            pitches = voiced(chord, [low + 7 + 5 * (number % 4)])
        else:
            pitches = voiced(chord, (52, 57, 60))
        yield from _struck(band, at, length, pitches, 62)


def _struck(band: Band, at: float, length: float, pitches: list[int], velocity: int) -> Iterator[Note]:
    start, end, loud = band.tick(at), band.tick(at + length), band.touch(velocity, at)
    for pitch in pitches:
        yield Note(start, max(1, end - start), pitch, int(np.clip(loud + band.random.normal(0, 3), 1, 127)))


def _bass(band: Band, harmony: Harmony, bars: int) -> Iterator[Note]:
    quarters = band.style.quarters
    if band.style.bass is None:
        beats = [at * PPQ for at in range(bars * quarters)]
        line = walking_bass(harmony, beats, beats[::quarters], 40, BASS_LOW, BASS_HIGH)
        for tick, pitch in line:
            yield Note(tick, round(PPQ * band.random.uniform(0.8, 0.98)), pitch, band.touch(78, tick / PPQ))
        return
    for bar in range(bars):
        for number, (place, length) in enumerate(band.pick(band.style.bass)):
            at = bar * quarters + place
            symbol = harmony.symbol_at((at + 0.1) * PPQ) or ""
            chord, root = parse_chord(symbol), root_of(symbol)
            if chord is None or root is None:
                continue
            low = into_range(nearest([chord.bass], 38), BASS_LOW, BASS_HIGH - OCTAVE)
            begins = number == 0 or harmony.symbol_at((at - 0.5) * PPQ) != symbol
            fifth = nearest(chord.pitch_classes - {chord.bass}, low + 7)
            pitch = low if begins or number % 2 == 0 else into_range(fifth, BASS_LOW, BASS_HIGH)
            yield from _struck(band, at, length, [pitch], 78)


def _drums(band: Band, bars: int) -> Iterator[Note]:
    kits = band.style.drums
    for bar in range(bars):
        kit = kits[0] if band.random.random() < 0.4 else kits[int(band.random.integers(len(kits)))]
        for place, key, velocity in kit:
            at = bar * band.style.quarters + place
            yield Note(band.tick(at), PPQ // 8, key, band.touch(velocity, at))
