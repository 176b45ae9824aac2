"""Lead sheets in MusicXML -> a melody on the grid with its chords, by music21."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jazzassist.domain.chords import Chord
from jazzassist.neural.encoding import GRID, GridLine

VELOCITY = 80  # sheets say none
LEAD = 0  # the instrument class of a melody for any instrument: the piano's


@dataclass(frozen=True)
class LeadSheet:
    """A melody, and (onset, chord or None for none) and (onset, numerator, denominator) at grid positions."""

    melody: GridLine
    chords: list[tuple[int, Chord | None]]
    meters: list[tuple[int, int, int]]


def read_lead_sheet(path: Path) -> LeadSheet | str:
    """The lead sheet in a MusicXML file, or why there is none. Repeats are not played twice."""
    from music21 import converter
    from music21.exceptions21 import Music21Exception

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score: Any = converter.parse(path)
    except (Music21Exception, ValueError, OSError, KeyError, AttributeError) as error:
        return f"cannot be read: {type(error).__name__}"
    part = score.parts[0] if score.parts else score
    flat = part.flatten()
    rows = [_row(note) for note in flat.notes if note.isNote and note.duration.quarterLength > 0]
    if not rows:
        return "has no notes"
    return LeadSheet(_melody(_without_ties(flat, rows)), _chords(flat), _meters(part, flat))


def _row(note: Any) -> tuple[int, int, int, bool]:
    goes_on = note.tie is not None and note.tie.type in ("stop", "continue")
    onset, length = round(note.offset * GRID), round(note.duration.quarterLength * GRID)
    return onset, max(1, length), int(note.pitch.midi), goes_on


def _without_ties(flat: Any, rows: list[tuple[int, int, int, bool]]) -> list[tuple[int, int, int]]:
    joined: list[tuple[int, int, int]] = []
    for onset, length, pitch, goes_on in sorted(rows):
        if goes_on and joined and joined[-1][2] == pitch:
            joined[-1] = (joined[-1][0], onset + length - joined[-1][0], pitch)
        else:
            joined.append((onset, length, pitch))
    return joined


def _melody(rows: list[tuple[int, int, int]]) -> GridLine:
    """The top voice: of notes that begin together the highest."""
    top = {onset: (length, pitch) for onset, length, pitch in sorted(rows)}
    onset = np.array(sorted(top), np.int64)
    length = np.array([top[at][0] for at in onset.tolist()], np.int64)
    pitch = np.array([top[at][1] for at in onset.tolist()], np.int64)
    return GridLine(onset, length, pitch, np.full(len(onset), VELOCITY, np.int64), LEAD)


def _chords(flat: Any) -> list[tuple[int, Chord | None]]:
    found: dict[int, Chord | None] = {}
    for symbol in flat.getElementsByClass("ChordSymbol"):
        classes = frozenset(int(pitch.pitchClass) for pitch in symbol.pitches)
        bass = symbol.bass()
        chord = Chord(classes, int(bass.pitchClass)) if classes and bass is not None else None
        found[round(symbol.offset * GRID)] = chord
    return sorted(found.items(), key=lambda item: item[0])


def _meters(part: Any, flat: Any) -> list[tuple[int, int, int]]:
    """The time signatures; after a pick-up the first one again, since bars are counted from its end."""
    found = {round(m.offset * GRID): (m.numerator, m.denominator) for m in flat.getElementsByClass("TimeSignature")}
    first = found.setdefault(0, (4, 4))
    measures = list(part.getElementsByClass("Measure"))
    second = round(measures[1].offset * GRID) if len(measures) > 1 else 0
    if 0 < second < GRID * 4 * first[0] // first[1]:
        found.setdefault(second, first)
    return [(onset, *meter) for onset, meter in sorted(found.items())]
