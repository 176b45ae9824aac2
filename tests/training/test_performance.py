"""Simulated performance: sorted, close to the written notes, and with the drawn amount of deviation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jazzassist.neural.encoding import GRID, GridLine
from jazzassist.neural.steps import Previous
from jazzassist.training.performance import Performer, perform

EXACT = Performer(None, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
BEFORE = Previous(88, 60, 3, 10, 1)


def eighths(count: int = 64, chord: int = 1) -> GridLine:
    """Eighth notes from quarter 4 on, `chord` notes each."""
    onset = np.repeat(4 * GRID + np.arange(count) * GRID // 2, chord)
    pitch = np.tile(60 + 4 * np.arange(chord), count)
    return GridLine(onset, np.full(len(onset), GRID // 2), pitch, np.full(len(onset), 80), 0)


@pytest.mark.parametrize("swing", [0.54, 2 / 3, 0.75])
def test_swing_moves_off_beats_and_nothing_else(swing: float) -> None:
    line, _ = perform(np.random.default_rng(0), eighths(), BEFORE, replace(EXACT, swing=swing))
    assert set((line.onset % GRID).tolist()) == {0, round(swing * GRID)}
    assert line.onset[::2].tolist() == eighths().onset[::2].tolist()


def test_line_that_swings_already_stays() -> None:
    shuffle = eighths()
    onset = np.where(shuffle.onset % GRID, shuffle.onset + GRID // 6, shuffle.onset)
    played, _ = perform(np.random.default_rng(0), replace(shuffle, onset=onset), BEFORE, replace(EXACT, swing=0.75))
    assert played.onset.tolist() == onset.tolist()


def test_shift_moves_all_and_the_note_before() -> None:
    line, before = perform(np.random.default_rng(0), eighths(), BEFORE, replace(EXACT, shift=-2.0))
    assert (line.onset - eighths().onset == -2).all()
    assert before == replace(BEFORE, onset=BEFORE.onset - 2)


def test_jitter_is_as_large_as_drawn_and_keeps_chords_together() -> None:
    written = eighths(2000, chord=3)
    line, _ = perform(np.random.default_rng(0), written, BEFORE, replace(EXACT, jitter=2.0))
    assert np.std(line.onset - written.onset) == pytest.approx(2.0, rel=0.1)
    assert (line.onset.reshape(-1, 3).std(1) == 0).all()


def test_rolled_chords_begin_with_their_lowest_note() -> None:
    line, _ = perform(np.random.default_rng(1), eighths(100, chord=4), BEFORE, replace(EXACT, roll=3.0))
    onset, pitch = line.onset.reshape(-1, 4), line.pitch.reshape(-1, 4)
    assert (np.diff(onset, axis=1) >= 0).all() and (np.diff(pitch, axis=1) > 0).all()
    assert np.ptp(onset, axis=1).min() > 0


def test_touch_spreads_velocities_and_leaves_what_is_spread_already() -> None:
    random = np.random.default_rng(0)
    flat, _ = perform(random, eighths(2000), BEFORE, replace(EXACT, spread=12.0))
    assert flat.velocity.std() == pytest.approx(12, rel=0.25)
    loud = replace(eighths(2000), velocity=random.integers(40, 120, 2000))
    same, _ = perform(random, loud, BEFORE, replace(EXACT, spread=12.0))
    assert same.velocity.tolist() == loud.velocity.tolist()


@pytest.mark.parametrize("seed", range(20))
def test_any_performance_is_a_line(seed: int) -> None:
    """Sorted, within range, at or after 0, no key twice at one place, and the note before it not after it."""
    random = np.random.default_rng(seed)
    written = eighths(64, chord=seed % 4 + 1)
    written = replace(written, onset=written.onset - 4 * GRID)
    line, before = perform(random, written, Previous(0, 60), Performer.drawn(random))
    places = list(zip(line.onset.tolist(), line.pitch.tolist(), strict=True))
    assert places == sorted(set(places)) and line.onset.min() >= 0
    assert line.length.min() >= 1 and line.velocity.min() >= 1 and line.velocity.max() <= 127
    assert before.onset <= line.onset[0]
