"""What a candidate lacks that the seed has: bass roots, a left hand, dynamics, register, chord tones, motifs.

Each feature is a penalty: 0 where the candidate does as the seed does or where it cannot be told, 1 or so where it
does not at all. WEIGHTS says how many nats each costs; `jazzassist ranking` fits such weights on validation tunes and
measures them on test tunes. The weights below are older. They were fitted with jazz-7, before form had a say in what
is written, on 224 gaps of four bars from both parts, half of them played. The candidate ranked first comes no nearer
to the removed bars by them (+0.006 and -0.003, each on the half that was not fitted, ± 0.004), and no further, but
lacks a third less of the seed's roots and motifs and a sixth less of its dynamics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jazzassist.domain.chords import Chord, parse_chord
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import MotifWish, SuggestionRequest
from jazzassist.domain.timing import MeterMap

WEIGHTS: dict[str, float] = {
    "roots": 1.4,
    "left hand": 1.1,
    "dynamics": 0.1,
    "register": 0.2,
    "chord tones": 0.4,
    "motifs": 3.0,
}
# Nats for a suggestion whose bars are wholly unlike, or like, earlier ones, where that is wished or not.
WISHED = 8.0
SEED_BARS, EARLIER_BARS = 8, 32
VARIED = 0.5  # how like earlier bars the notes of a varied one may be
FEWEST = 8  # notes of the seed from which its manner can be told
NEAR = 6  # what begins within a quarter divided by this of a beat is on it
LOW = 55  # G3: a left hand plays below it
ROOTED, LOW_SHARE = 0.3, 0.1  # the shares of bars with roots, and of low notes, from which on a seed has them
EVEN = 2.0  # standard deviation below which velocities are all one
MOST = 2.0  # doublings of a deviation at most

Bar = frozenset[tuple[int, int]]  # places in sixths of a quarter, and pitches


@dataclass(frozen=True)
class Manner:
    """What a request for one line says of its seed, the same for all candidates.

    `seed`: the notes of the last bars before the gap; `starts`: the bar lines in them; `inside`: those in the gap;
    `earlier`: bars of the line before the gap, by their bar lines. The others are the seed's own features.
    """

    request: SuggestionRequest
    bars: MeterMap
    chords: _Chords
    seed: Notes
    starts: list[int]
    inside: list[int]
    earlier: list[tuple[int, Bar]]
    motifs: float = 0.0
    left_hand: float = 0.0
    roots: float | None = None
    in_chord: float | None = None

    @staticmethod
    def of(request: SuggestionRequest) -> Manner:
        """The manner of the seed of a request for one line."""
        bars = MeterMap(request.ppq, request.meters)
        seed, starts, inside = _seed(request, bars)
        first = bars.bar_start(max(1, bars.bar_at(request.start) - EARLIER_BARS))
        lines = [tick for tick in bars.bars(first, request.start) if tick < request.start]
        earlier = [(at, bar_of(request.before, at, _next(bars, at), request.ppq)) for at in lines]
        found = Manner(request, bars, _Chords.of(request), seed, starts, inside, earlier)
        if len(seed) < FEWEST:
            return found
        return replace(
            found,
            motifs=found.likeness(seed, starts),
            left_hand=_left_hand(seed, starts[0], request.start, request.ppq),
            roots=found.chords.roots(seed, starts),
            in_chord=found.chords.inside(seed),
        )

    def likeness(self, notes: Notes, starts: Sequence[int], rhythm: bool = False) -> float:
        """The mean over some bars of the F1 with the most similar bar of the line before each and the gap.

        Of their notes, or of the `rhythm` alone.
        """
        earlier = [(at, rhythm_of(bar)) for at, bar in self.earlier] if rhythm else self.earlier
        found = [bar_of(notes, start, _next(self.bars, start), self.request.ppq) for start in starts]
        found = [rhythm_of(bar) for bar in found] if rhythm else found
        best = [
            max((f1(bar, other) for at, other in earlier if at < start), default=0.0)
            for start, bar in zip(starts, found, strict=True)
        ]
        return sum(best) / len(best)


def cost(notes: Notes, manner: Manner) -> float:
    """What a candidate's features cost in nats; only the motifs that are wished where other wishes ask for another
    manner than the seed's.
    """
    controls = manner.request.controls
    if not len(notes):
        return 0.0
    found = 0.0 if controls.motifs is None else WISHED * _unlike_wish(notes, manner, controls.motifs)
    if controls.has_wishes:
        return found
    counted = set(WEIGHTS) if controls.motifs is None else set(WEIGHTS) - {"motifs"}
    return found + sum(WEIGHTS[name] * each for name, each in penalties(notes, manner).items() if name in counted)


def _unlike_wish(notes: Notes, manner: Manner, wish: MotifWish) -> float:
    """0 to 1: how far notes are from repeating earlier bars, from having only their rhythm, or from being new."""
    alike = manner.likeness(notes, manner.inside)
    if wish == "repeat":
        return 1 - alike
    rhythm = manner.likeness(notes, manner.inside, rhythm=True)
    return (alike + rhythm) / 2 if wish == "new" else (1 - rhythm + max(0.0, alike - VARIED)) / (2 - VARIED)


def penalties(notes: Notes, manner: Manner) -> dict[str, float]:
    """The features of notes for the gap of a request for one line, by the names of WEIGHTS."""
    request, seed, inside = manner.request, manner.seed, manner.inside
    found = dict.fromkeys(WEIGHTS, 0.0)
    if len(seed) < FEWEST or not len(notes):
        return found
    found["dynamics"] = _apart(seed.velocity.std(), notes.velocity.std(), EVEN)
    found["motifs"] = max(0.0, manner.motifs - manner.likeness(notes, inside))
    if request.is_for_drums:
        return found
    found["register"] = _apart(seed.pitch.std(), notes.pitch.std(), 1.0)
    if float((seed.pitch < LOW).mean()) >= LOW_SHARE:
        found["left hand"] = abs(manner.left_hand - _left_hand(notes, request.start, request.end, request.ppq))
        found["roots"] = _missing(manner.roots, manner.chords.roots(notes, inside), ROOTED)
    found["chord tones"] = _missing(manner.in_chord, manner.chords.inside(notes), 0.0)
    return found


@dataclass(frozen=True)
class _Chords:
    """The chords of a request. `ticks`: where each begins; `tones`: (chords + 1, 12), none before the first."""

    ticks: npt.NDArray[np.int64]
    found: list[tuple[Chord | None, Chord | None]]
    tones: npt.NDArray[np.bool_]
    near: float

    @staticmethod
    def of(request: SuggestionRequest) -> _Chords:
        """Of each the chord and its root alone; None where the symbol cannot be read."""
        symbols = ["", *(symbol for _, symbol in request.chords)]
        found = [(parse_chord(symbol), parse_chord(symbol.split("/")[0])) for symbol in symbols]
        tones = np.zeros((len(found), 12), np.bool_)
        for row, (chord, _) in enumerate(found):
            tones[row, sorted(chord.pitch_classes) if chord is not None else []] = True
        ticks = np.array([at for at, _ in request.chords], np.int64)
        return _Chords(ticks, found, tones, request.ppq / NEAR)

    def roots(self, notes: Notes, bars: Sequence[int]) -> float | None:
        """The share of bars with a chord whose first beat has its root or bass as the lowest note; None without any."""
        hits = []
        for tick, row in zip(bars, self._rows(np.array(bars)), strict=True):
            chord, root = self.found[row]
            if chord is not None and root is not None:
                here = notes.pitch[np.abs(notes.start - tick) <= self.near]
                hits.append(len(here) > 0 and int(here.min()) % 12 in (root.bass, chord.bass))
        return sum(hits) / len(hits) if hits else None

    def inside(self, notes: Notes) -> float | None:
        """The share of notes that belong to the chord in force; None where none is known."""
        rows = self._rows(notes.start)
        known = self.tones[rows].any(1)
        if not known.any():
            return None
        return float(self.tones[rows, notes.pitch % 12][known].mean())

    def _rows(self, ticks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Which chord is in force at each tick, or a little after it."""
        return np.asarray(np.searchsorted(self.ticks, ticks + self.near, side="right"), np.int64)


def _seed(request: SuggestionRequest, bars: MeterMap) -> tuple[Notes, list[int], list[int]]:
    """The last SEED_BARS before the gap, the bar lines in them, and those in the gap."""
    first = bars.bar_start(max(1, bars.bar_at(request.start) - SEED_BARS))
    starts = [tick for tick in bars.bars(first, request.start) if first <= tick < request.start]
    inside = [tick for tick in bars.bars(request.start, request.end) if tick >= request.start]
    return request.before.starting_in(first, request.start), starts or [first], inside or [request.start]


def _next(bars: MeterMap, tick: int) -> int:
    """Where the bar that begins at a tick ends."""
    return bars.bar_start(bars.bar_at(tick) + 1)


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


def bar_of(notes: Notes, start: int, end: int, ppq: int) -> Bar:
    """Return the places and pitches of the notes that begin in a bar, in ticks [start, end)."""
    kept = notes.starting_in(start, end)
    places = np.round((kept.start - start) * (NEAR / ppq)).astype(int).tolist()
    return frozenset(zip(places, kept.pitch.tolist(), strict=True))


def rhythm_of(bar: Bar) -> Bar:
    """The places of a bar alone."""
    return frozenset((place, 0) for place, _ in bar)


def f1(first: Bar, second: Bar) -> float:
    """Return the F1 of two bars; 0 if one is empty."""
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0
