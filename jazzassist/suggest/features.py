"""What a candidate lacks that the seed has: bass roots, a left hand, dynamics, register, chord tones, motifs.

Each feature is a penalty: 0 where the candidate does as the seed does or where it cannot be told, 1 or so where it
does not at all. WEIGHTS says how many nats each costs; `jazzassist ranking` fits them on held-out gaps. They are
those of 224 gaps of four bars, half of them played. The candidate ranked first comes no nearer to the removed bars by
them (+0.006 and -0.003, each on the half that was not fitted, ± 0.004), and no further, but lacks a third less of
the seed's roots and motifs and a sixth less of its dynamics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from jazzassist.domain.chords import Chord, parse_chord
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import SuggestionRequest
from jazzassist.domain.timing import MeterMap

WEIGHTS: dict[str, float] = {
    "roots": 1.4,
    "left hand": 1.1,
    "dynamics": 0.1,
    "register": 0.2,
    "chord tones": 0.4,
    "motifs": 3.0,
}
SEED_BARS, EARLIER_BARS = 8, 32
FEWEST = 8  # notes of the seed from which its manner can be told
NEAR = 6  # what begins within a quarter divided by this of a beat is on it
LOW = 55  # G3: a left hand plays below it
ROOTED, LOW_SHARE = 0.3, 0.1  # the shares of bars with roots, and of low notes, from which on a seed has them
EVEN = 2.0  # standard deviation below which velocities are all one
MOST = 2.0  # doublings of a deviation at most

Bar = frozenset[tuple[int, int]]  # places in sixths of a quarter, and pitches


def cost(notes: Notes, request: SuggestionRequest) -> float:
    """What a candidate's features cost in nats; nothing where wishes ask for another manner than the seed's."""
    if request.controls.has_wishes or not len(notes):
        return 0.0
    return sum(WEIGHTS[name] * penalty for name, penalty in penalties(notes, request).items())


def penalties(notes: Notes, request: SuggestionRequest) -> dict[str, float]:
    """The features of notes for the gap of a request for one line, by the names of WEIGHTS."""
    bars = MeterMap(request.ppq, request.meters)
    seed, starts, inside = _seed(request, bars)
    found = dict.fromkeys(WEIGHTS, 0.0)
    if len(seed) < FEWEST or not len(notes):
        return found
    found["dynamics"] = _apart(seed.velocity.std(), notes.velocity.std(), EVEN)
    found["motifs"] = max(0.0, _motifs(seed, starts, request, bars) - _motifs(notes, inside, request, bars))
    if request.is_for_drums:
        return found
    found["register"] = _apart(seed.pitch.std(), notes.pitch.std(), 1.0)
    if float((seed.pitch < LOW).mean()) >= LOW_SHARE:
        before = _left_hand(seed, starts[0], request.start, request.ppq)
        found["left hand"] = abs(before - _left_hand(notes, request.start, request.end, request.ppq))
        found["roots"] = _missing(_roots(seed, starts, request), _roots(notes, inside, request), ROOTED)
    found["chord tones"] = _missing(_inside(seed, request), _inside(notes, request), 0.0)
    return found


def _seed(request: SuggestionRequest, bars: MeterMap) -> tuple[Notes, list[int], list[int]]:
    """The last SEED_BARS before the gap, the bar lines in them, and those in the gap."""
    first = bars.bar_start(max(1, bars.bar_at(request.start) - SEED_BARS))
    starts = [tick for tick in bars.bars(first, request.start) if first <= tick < request.start]
    inside = [tick for tick in bars.bars(request.start, request.end) if tick >= request.start]
    return request.before.starting_in(first, request.start), starts or [first], inside or [request.start]


def _apart(seed: float, found: float, least: float) -> float:
    """How often one deviation is twice the other, up to MOST; 0 where the seed has hardly any."""
    if seed < least:
        return 0.0
    return float(min(MOST, abs(math.log2(max(found, least / 2) / seed))))


def _missing(seed: float | None, found: float | None, least: float) -> float:
    """By how much a share lies below the seed's, where that is known and not below `least`."""
    return 0.0 if seed is None or found is None or seed < least else max(0.0, seed - found)


def _left_hand(notes: Notes, start: int, end: int, ppq: int) -> float:
    """The share of quarters in which a note below G3 sounds."""
    low = notes.select(notes.pitch < LOW)
    beats = np.arange(start, max(end, start + 1), ppq)[:, None]
    return float(((low.start < beats + ppq) & (low.end > beats)).any(1).mean())


def _roots(notes: Notes, bars: Sequence[int], request: SuggestionRequest) -> float | None:
    """The share of bars with a chord whose first beat has its root or bass as the lowest note; None without chords."""
    near, hits = request.ppq / NEAR, []
    for tick in bars:
        symbol = _symbol(request, tick + near)
        chord, root = parse_chord(symbol), parse_chord(symbol.split("/")[0])
        if chord is not None and root is not None:
            here = notes.pitch[np.abs(notes.start - tick) <= near]
            hits.append(len(here) > 0 and int(here.min()) % 12 in (root.bass, chord.bass))
    return sum(hits) / len(hits) if hits else None


def _inside(notes: Notes, request: SuggestionRequest) -> float | None:
    """The share of notes that belong to the chord in force; None where none is known."""
    chords: dict[str, Chord | None] = {}
    hits = []
    for start, pitch in zip(notes.start.tolist(), notes.pitch.tolist(), strict=True):
        symbol = _symbol(request, start + request.ppq / NEAR)
        chord = chords.setdefault(symbol, parse_chord(symbol))
        if chord is not None:
            hits.append(pitch % 12 in chord.pitch_classes)
    return sum(hits) / len(hits) if hits else None


def _symbol(request: SuggestionRequest, tick: float) -> str:
    """The chord symbol in force, "" before the first."""
    place = int(np.searchsorted([at for at, _ in request.chords], tick, side="right")) - 1
    return request.chords[place][1] if place >= 0 else ""


def _motifs(notes: Notes, starts: Sequence[int], request: SuggestionRequest, bars: MeterMap) -> float:
    """The mean over some bars of the note F1 with the most similar bar of the line before each, and before the gap."""
    ends = [bars.bar_start(bars.bar_at(start) + 1) for start in starts]
    found = [_bar(notes, start, end, request.ppq) for start, end in zip(starts, ends, strict=True)]
    first = bars.bar_start(max(1, bars.bar_at(request.start) - EARLIER_BARS))
    lines = [tick for tick in bars.bars(first, request.start) if tick < request.start]
    earlier = [(at, _bar(request.before, at, bars.bar_start(bars.bar_at(at) + 1), request.ppq)) for at in lines]
    best = [
        max((_f1(bar, other) for at, other in earlier if at < start), default=0.0)
        for start, bar in zip(starts, found, strict=True)
    ]
    return sum(best) / len(best)


def _bar(notes: Notes, start: int, end: int, ppq: int) -> Bar:
    kept = notes.starting_in(start, end)
    places = np.round((kept.start - start) * (NEAR / ppq)).astype(int).tolist()
    return frozenset(zip(places, kept.pitch.tolist(), strict=True))


def _f1(first: Bar, second: Bar) -> float:
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0
