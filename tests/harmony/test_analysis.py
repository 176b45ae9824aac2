"""Chord recognition: correct chords at correct places, however the song is played."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from jazzassist.domain.chords import parse_chord
from jazzassist.domain.song import EMPTY, Notes
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony.analysis import NO_CHORD, ChordSpan, chords_of
from jazzassist.harmony.qualities import QUALITIES
from tests.harmony.songs import BAR, PPQ, TUNE, comping

FOUR = MeterMap(PPQ)


def share_of_roots(spans: tuple[ChordSpan, ...], symbols: tuple[str, ...], bar: int = BAR, shift: int = 0) -> float:
    """Return the share of bars with the correct root in the middle."""
    right = 0
    for number, symbol in enumerate(symbols):
        middle = number * bar + bar // 2
        found = next(span for span in spans if span.start <= middle < span.end)
        right += root_of(found.symbol) == (root_of(symbol) + shift) % 12
    return right / len(symbols)


def root_of(symbol: str) -> int:
    names = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    return (names[symbol[0]] + {"#": 1, "b": -1}.get(symbol[1:2], 0)) % 12


@pytest.mark.parametrize("shift", [0, 3, 6])
def test_roots_and_places_in_any_key(shift: int) -> None:
    spans = chords_of(comping(TUNE * 2, shift=shift), PPQ, FOUR)
    assert share_of_roots(spans, TUNE * 2, shift=shift) > 0.9
    assert all(span.start % PPQ == 0 for span in spans)


def test_spans_follow_each_other_and_their_symbols_can_be_read() -> None:
    spans = chords_of(comping(TUNE * 2), PPQ, FOUR)
    assert spans[0].start == 0 and spans[-1].end >= 2 * len(TUNE) * BAR
    assert all(first.end == second.start for first, second in pairwise(spans))
    assert all(first.symbol != second.symbol for first, second in pairwise(spans))
    assert all(parse_chord(span.symbol) is not None for span in spans)
    assert all(0 <= span.confidence <= 1 for span in spans)


def test_every_kind_has_a_symbol_that_is_read_as_it() -> None:
    for suffix, steps in QUALITIES:
        chord = parse_chord("C" + suffix)
        assert chord is not None and set(steps) <= chord.pitch_classes


@pytest.mark.parametrize("late", [-30, 40])
@pytest.mark.parametrize("ppq", [96, 480, 960])
def test_playing_off_the_grid_changes_nothing(late: int, ppq: int) -> None:
    lines = comping(TUNE * 2, late=late * ppq // 480 + ppq, ppq=ppq)  # one quarter in, so that nothing begins below 0
    lines = [notes.shifted(3 * ppq) for notes in lines]
    spans = chords_of(lines, ppq, MeterMap(ppq))
    moved = tuple(ChordSpan(s.start - 4 * ppq, s.end - 4 * ppq, s.symbol, s.confidence) for s in spans)
    assert share_of_roots(moved, TUNE * 2, 4 * ppq) > 0.9


def share_of_symbols(lines: list[Notes], first_bar: int) -> float:
    """The share of 16 bars from `first_bar` on that begin with the symbol that TUNE has."""
    spans = chords_of(lines, PPQ, FOUR)
    begins = [(first_bar + bar) * BAR + 1 for bar in range(len(TUNE))]
    found = [next(s.symbol for s in spans if s.start <= at < s.end) for at in begins]
    return sum(map(str.__eq__, found, TUNE)) / len(TUNE)


def test_repeats_say_what_one_place_leaves_out() -> None:
    """If a chorus only has sparse roots, its chords follow from the other choruses."""
    bass, chords = comping(TUNE * 4)
    sparse = bass.select((bass.start % BAR == 0) & (bass.start >= 16 * BAR) & (bass.start < 32 * BAR))
    rest = [notes.select((notes.start < 16 * BAR) | (notes.start >= 32 * BAR)) for notes in (bass, chords)]
    assert share_of_symbols([sparse, *rest], 16) > share_of_symbols([sparse], 16) + 0.2


def test_flats_in_flat_keys_and_sharps_in_sharp_ones() -> None:
    blues = ("F7", "Bb7", "F7", "F7", "Bb7", "Bb7", "F7", "D7", "Gm7", "C7", "F7", "C7")
    flat = {span.symbol for span in chords_of(comping(blues * 2), PPQ, FOUR)}
    assert any(symbol.startswith("Bb") for symbol in flat)
    sharp = {span.symbol for span in chords_of(comping(blues * 2, shift=11), PPQ, FOUR)}  # in E: A7 stands for Bb7
    assert not any("b" in symbol.removesuffix("m7b5")[:2] for symbol in sharp)


def test_silence_has_no_chord() -> None:
    early, late = comping(TUNE), [notes.shifted(24 * BAR) for notes in comping(TUNE)]
    spans = chords_of([*early, *late], PPQ, FOUR)
    (silent,) = [span for span in spans if span.symbol == NO_CHORD]
    assert silent.start >= 16 * BAR - PPQ and silent.end == 24 * BAR


def test_nothing_pitched_gives_nothing() -> None:
    assert chords_of([], PPQ, FOUR) == ()
    assert chords_of([EMPTY], PPQ, FOUR) == ()


@pytest.mark.parametrize("meter", [(3, 4), (5, 4), (7, 8), (1, 16)])
def test_any_meter_and_any_notes_give_spans(meter: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    rows = [
        (int(random.integers(0, 9600)), int(random.integers(1, 900)), int(random.integers(128)), 64, 0)
        for _ in range(80)
    ]
    spans = chords_of([Notes.of(rows)], PPQ, MeterMap(PPQ, ((0, *meter),)))
    assert spans[0].start <= min(row[0] for row in rows)
    assert sum(span.end - span.start for span in spans) == spans[-1].end - spans[0].start
