"""What a seed does at certain places of the bar again and again is likely there, and nothing impossible becomes so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.domain.suggestion import Controls, Line, bridge_request
from jazzassist.neural.encoding import GRID
from jazzassist.neural.habits import PEDAL_HAT, habits_of, raised
from jazzassist.neural.scene import Scene, scene_of

Q = 480
BAR = 4 * Q
ROOTS = (0, 9, 2, 7)  # C, Am, Dm, G
SYMBOLS = ("C", "Am", "Dm7", "G7")

number = st.floats(0, 1, width=32)


@given(st.lists(st.tuples(number, number, number), min_size=1, max_size=5), st.floats(0, 0.97), st.floats(0, 4))
def test_chances_are_raised_to_the_share_and_never_lowered(
    rows: list[tuple[float, ...]], share: float, most: float
) -> None:
    chances, wanted = np.array(rows, np.float32), np.tile([True, False, False], (len(rows), 1))
    found = raised(chances, wanted, np.full(len(rows), share), most)
    assert (found[:, 1:] == chances[:, 1:]).all()
    assert (found[:, 0] >= chances[:, 0]).all()
    assert ((found[:, 0] == 0) == (chances[:, 0] == 0)).all()
    assert (found[:, 0] <= np.exp(most) * chances[:, 0] * 1.0001).all()
    reached = found[:, 0] / np.maximum(found.sum(-1), 1e-30)
    before = chances[:, 0] / np.maximum(chances.sum(-1), 1e-30)
    assert (reached <= np.maximum(share, before) + 1e-4).all()


def scene(line: Track, gap: tuple[int, int] = (8, 12), symbols: bool = True) -> Scene:
    marks = [Event(bar * BAR, b"\xff\x06" + SYMBOLS[bar % 4].encode()) for bar in range(16)] if symbols else []
    song = Song(Q, (line, Track("Chords", events=tuple(marks), end=16 * BAR)))
    return scene_of(bridge_request(song, Gap((0,), gap[0] * BAR, gap[1] * BAR), Controls()))


def bass(steps: tuple[int, ...], octave: int = 36) -> Track:
    """Four quarters in each bar, so many semitones above the root."""
    rows = [
        (
            bar * BAR + beat * Q,
            Q - 40,
            octave + ROOTS[bar % 4] + steps[(bar + beat) % len(steps)] * (beat > 0 or octave > 50),
            90,
            0,
        )
        for bar in range(16)
        for beat in range(4)
    ]
    return Track("Bass", Notes.of(rows), channel=0, program=32)


def kit(hats: tuple[int, ...]) -> Track:
    rows = [(beat * Q, 60, 51, 90, 9) for beat in range(64)]
    rows += [(bar * BAR + beat * Q, 60, PEDAL_HAT, 70, 9) for bar in range(16) for beat in hats]
    return Track("Drums", Notes.of(rows), channel=9)


def test_a_bass_that_plays_the_roots_on_one_has_that_habit() -> None:
    (habit,) = habits_of(scene(bass((4, 7, 10, 11))))
    assert habit.places.tolist() == [bar * 4 * GRID for bar in range(8, 12)]
    assert [set(np.flatnonzero(row) % 12) for row in habit.wanted] == [{root} for root in ROOTS]
    assert habit.right > 0.9
    assert habit.present > 0.9
    assert habit.lowest


def test_without_chords_or_roots_or_low_notes_there_is_none() -> None:
    assert habits_of(scene(bass((4, 7, 10, 11)), symbols=False)) == []
    line = bass((4, 7, 10, 11))
    away = line.notes.changed(pitch=line.notes.pitch + 1)
    assert habits_of(scene(Track("Bass", away, program=32))) == []
    high = line.notes.changed(pitch=line.notes.pitch + 36)
    assert habits_of(scene(Track("Flute", high, program=73))) == []


def test_estimated_chords_count_where_another_line_plays_them() -> None:
    asked = scene(bass((4, 7, 10, 11)))
    guessed = replace(asked, request=replace(asked.request, confidences=(0.9,) * len(asked.request.chords)))
    assert habits_of(guessed) == []
    rows = [(bar * BAR, 2 * Q, 60 + ROOTS[bar % 4] + step, 70, 1) for bar in range(10) for step in (0, 4, 7)]
    lines = (guessed.request.lines[0], Line("Piano", 0, 1, Notes.of(rows)))
    (habit,) = habits_of(replace(guessed, request=replace(guessed.request, lines=lines)))
    assert habit.places.tolist() == [bar * 4 * GRID for bar in (8, 9)]


def test_a_hat_on_two_and_four_is_a_habit_and_one_elsewhere_is_none() -> None:
    (habit,) = habits_of(scene(kit((1, 3))))
    assert habit.places.tolist() == [bar * 4 * GRID + beat * GRID for bar in range(8, 12) for beat in (1, 3)]
    assert set(np.flatnonzero(habit.wanted.any(0))) == {PEDAL_HAT}
    assert habits_of(scene(kit((0, 2)))) == []
    assert habits_of(scene(kit(()))) == []
