"""Notes and their fields on the grid."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.chords import parse_chord
from jazzassist.domain.song import Notes
from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import (
    DRUMS,
    DURATIONS,
    END,
    GRID,
    HEARD,
    UNKNOWN,
    WISHES,
    GridLine,
    bar_numbers,
    chords,
    density_class,
    duration_class,
    grid_meters,
    instrument_class,
    others,
    place_in_bar,
    polyphony_class,
    register_class,
    right_fields,
    rows_from,
    wishes_left,
)
from jazzassist.neural.steps import Previous, Span, Surroundings, Target, step_arrays

SILENCE = np.zeros((1, HEARD), np.float32)
rows = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(1, 400), st.integers(0, 127), st.integers(1, 127)),
    min_size=1,
    max_size=40,
)


def line_of(rows: list[tuple[int, int, int, int]], instrument: int = 0) -> GridLine:
    return GridLine.of(Notes.of([(*row, 0) for row in rows]), GRID, instrument)


@given(rows)
def test_fields_give_back_the_line(rows: list[tuple[int, int, int, int]]) -> None:
    line = line_of(rows)
    first = int(line.onset[0]) // GRID * GRID
    arrays = step_arrays(line, Previous(first), Surroundings(MeterMap(GRID), SILENCE), [])
    onset = first
    for index in range(len(line)):
        ahead, sub = int(arrays["target_ahead"][index]), int(arrays["target_sub"][index])
        onset = (onset // GRID + ahead) * GRID + sub
        if ahead < 15:
            assert onset == line.onset[index]
        onset = int(line.onset[index])
    assert arrays["target_pitch"].tolist() == line.pitch.tolist()
    assert (arrays["target_velocity"] == line.velocity // 8).all()
    assert (arrays["previous_pitch"][1:] == line.pitch[:-1]).all()


@given(rows)
def test_grid_line_is_sorted_without_doubles(rows: list[tuple[int, int, int, int]]) -> None:
    line = line_of(rows)
    pairs = list(zip(line.onset.tolist(), line.pitch.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert set(pairs) == {(start, pitch) for start, _, pitch, _ in rows}


@given(st.integers(1, 400))
def test_duration_class_is_the_nearest_length(length: int) -> None:
    chosen = DURATIONS[int(duration_class(length))]
    assert abs(int(chosen) - length) == np.abs(DURATIONS - length).min()


@given(st.integers(1, 2000), st.integers(0, 100_000))
def test_notes_lie_at_most_half_a_position_off(ppq: int, start: int) -> None:
    line = GridLine.of(Notes.of([(start, 5, 60, 80, 0)]), ppq, 0)
    assert abs(int(line.onset[0]) * ppq / GRID - start) <= ppq / GRID / 2 + 1e-9


def test_others_are_heard_by_pitch_class_bass_drums_and_onset() -> None:
    chord = line_of([(0, 48, 48, 90), (0, 24, 64, 90), (24, 12, 67, 90)])
    kit = line_of([(0, 2, 36, 90), (12, 2, 42, 90)], DRUMS)
    table = others([chord, kit], 4)
    assert table[0, [0, 4]].tolist() == [1, 1]
    assert table[0, 7] == 0
    assert table[1, 0] == 1
    assert table[1, 4] == 0
    assert table[1, 7] == 0.5
    assert table[0, 12:24].argmax() == 0
    assert table[2, 12:24].sum() == 0
    assert np.allclose(table[0, 24], 0.2)
    assert table[1, 24] == 0
    assert np.flatnonzero(table[0, 25:]).tolist() == [0, 6, 9]
    assert np.flatnonzero(table[1, 25:]).tolist() == [0]


def test_a_chord_lasts_to_the_next() -> None:
    table = chords([(0, parse_chord("Dm7")), (2 * GRID + 3, parse_chord("G7/B")), (4 * GRID, None)], 6)
    assert np.flatnonzero(table[1]).tolist() == [0, 2, 5, 9, 12 + 2, 24]
    assert np.flatnonzero(table[2]).tolist() == [2, 5, 7, 11, 12 + 11, 24]
    assert not table[4:].any()


def played(onset: list[int], pitch: list[int], instrument: int = 0) -> GridLine:
    columns = (np.array(onset), np.full(len(onset), 6), np.array(pitch), np.full(len(onset), 80))
    return GridLine(*columns, instrument)


def test_wishes_grow_with_what_they_measure() -> None:
    thin, thick = played([0, 24], [40, 42]), played([0, 0, 0, 24, 24, 24], [70, 72, 76, 70, 72, 76])
    few, many = (wishes_left(line, np.full(len(line) + 1, 4 * GRID)) for line in (thin, thick))
    for name in WISHES:
        assert few[name][0] < many[name][0], name


def test_wishes_are_of_what_is_still_to_be_written() -> None:
    """A chord of three and then a single line an octave higher: before each note what it and the rest are like."""
    line = played([0, 0, 0, 24, 48, 72], [50, 54, 57, 72, 74, 76])
    left = np.array([96, 96, 96, 96, 72, 48, 24])
    found = wishes_left(line, left)
    assert found["density"].tolist() == density_class([6, 5, 4, 3, 2, 1, 0], left / GRID).tolist()
    assert found["polyphony"].tolist() == [*polyphony_class([6 / 4, 5 / 4, 4 / 4, 1, 1, 1]).tolist(), UNKNOWN]
    means = [383 / 6, 333 / 5, 279 / 4, 222 / 3, 75, 76]
    assert found["register"].tolist() == [*register_class(means).tolist(), UNKNOWN]


def test_drums_have_no_register() -> None:
    assert wishes_left(played([0], [38], DRUMS), np.array([24, 24]))["register"].tolist() == [UNKNOWN] * 2


def test_outside_the_song_is_silence() -> None:
    table = np.ones((3, 25), np.float32)
    found = rows_from(table, np.array([-1, 2, 9]), 2).reshape(3, 2, 25)
    assert found[:, :, 0].tolist() == [[0, 1], [1, 0], [0, 0]]


def test_place_in_bar_follows_the_meters() -> None:
    meters = grid_meters(((0, 3, 4), (3 * 480, 7, 8)), 480)
    quarter, length = place_in_bar(meters, np.array([0, 2 * GRID, 3 * GRID, 3 * GRID + 7 * 12]))
    assert quarter.tolist() == [0, 2, 0, 0]
    assert length.tolist() == [6, 6, 7, 7 + 24]


def test_bars_are_numbered_through_all_meters() -> None:
    """Also through a bar that a change of meter cuts short."""
    meters = MeterMap(GRID, ((0, 4, 4), (9 * GRID, 3, 4), (15 * GRID, 4, 4)))
    onset = np.array([0, 4 * GRID - 1, 4 * GRID, 8 * GRID, 9 * GRID, 12 * GRID, 15 * GRID, 27 * GRID])
    assert bar_numbers(meters, onset).tolist() == [meters.bar_at(int(at)) - 1 for at in onset]


def test_instrument_classes_tell_families_and_drums_apart() -> None:
    assert instrument_class(66, False) == instrument_class(64, False) != instrument_class(56, False)
    assert instrument_class(0, True) == DRUMS


def test_end_stands_after_the_last_note_of_the_gap_and_counts_down() -> None:
    line = line_of([(i * GRID, 12, 60 + i, 80) for i in range(8)])
    span = Span(2 * GRID, 4 * GRID, 2, 4, 0, Target(64, 65, 0))
    arrays = step_arrays(line, Previous(0), Surroundings(MeterMap(GRID), SILENCE), [span])
    assert arrays["target_ahead"].tolist() == [0, 1, 1, 1, END, 1, 1, 1, 1]
    assert arrays["counting"].tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0]
    assert arrays["target_pitch"][4] == -1
    assert arrays["left_quarters"][2:5].tolist() == [3, 3, 2]
    assert arrays["interval"][2:5].tolist() == [28, 27, 26]
    assert arrays["interval_next"][2:5].tolist() == [29, 28, 27]
    assert arrays["wait_after"].tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0]
    assert arrays["slot"].tolist() == [3, 3, 0, 0, 0, 3, 3, 3, 3]


def test_right_fields_begin_at_the_end_of_the_gap() -> None:
    line = line_of([(i * GRID + 6, 12, 60 + i, 80) for i in range(8)])
    fields = right_fields(line, 4 * GRID, 3)
    assert fields[:, 2].tolist() == [64, 65, 66]
    assert fields[:, 0].tolist() == [0, 1, 2]
    assert fields[:, 1].tolist() == [6, 6, 6]
