"""The guard against collapse: what it discourages, and that all candidates together are judged as each alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.neural.encoding import PITCHES, GridLine
from jazzassist.neural.guard import Guard, Limits, _longest_loop
from tests.neural.plain_guard import PlainGuard, loop_at_end
from tests.neural.test_encoding import line_of

WANDERING = line_of([(i * 12, 12, 60 + i * 5 % 13, 80) for i in range(40)])


def guard_of(seed: GridLine, moves: bool = False) -> Guard:
    """For one candidate."""
    return Guard(Limits.of(seed, moves), 1)


def hear(guard: Guard, pitch: int, ahead: int = 1, sub: int = 0) -> None:
    guard.heard(np.array([ahead]), np.array([sub]), np.array([pitch]))


def heard(guard: Guard, pitches: list[int]) -> np.ndarray:
    """What it adds to the logits of the next pitch after some."""
    for pitch in pitches:
        hear(guard, pitch)
    found = guard.penalties()
    return np.zeros(PITCHES) if found is None else -found[0]


def test_guard_cools_nothing_while_the_line_moves() -> None:
    guard = guard_of(line_of([(i * 12, 12, 60 + i % 7, 80) for i in range(40)]))
    for pitch in (60, 64, 67, 65, 62, 70, 69, 60):
        hear(guard, pitch)
    assert guard.heat == 1.0


def test_guard_heats_and_discourages_a_pitch_that_repeats() -> None:
    guard = guard_of(line_of([(i * 12, 12, 60 + i * 5 % 13, 80) for i in range(40)]))
    for _ in range(9):
        hear(guard, 64)
    logits = heard(guard, [])
    assert guard.heat > 1
    assert logits[64] < -1.5
    assert logits[65] == 0


def test_guard_lets_a_repeating_seed_repeat() -> None:
    guard = guard_of(line_of([(i * 12, 12, 64, 80) for i in range(40)]))
    for _ in range(9):
        hear(guard, 64, ahead=0)
    logits = heard(guard, [])
    assert guard.heat == 1.0
    assert logits[64] == 0


def test_a_figure_is_one_however_it_is_timed() -> None:
    """The same eighths again and again are stuck whether they stand on the grid or a little beside it."""
    random, pitches = np.random.default_rng(4), (60, 67, 62, 71, 64)
    off = random.integers(-1, 2, 40)
    heats = []
    for loose in (False, True):
        guard = guard_of(WANDERING)
        for at in range(40):
            hear(guard, pitches[at % 5], at % 2, 12 + int(off[at]) * loose)
        heats.append(float(guard.heat[0, 0]))
    assert heats[0] == heats[1] > 1.0


def test_a_seed_that_repeats_loosely_may_be_answered_so() -> None:
    random = np.random.default_rng(4)
    exact = [(at * 24 + 12, 12, (60, 67, 62, 71, 64)[at % 5], 80) for at in range(40)]
    off = random.integers(-1, 2, len(exact)).tolist()
    loose = [(onset + late, length, pitch, loud) for (onset, length, pitch, loud), late in zip(exact, off, strict=True)]
    assert Limits.of(line_of(loose)).figures == Limits.of(line_of(exact)).figures > 4


def test_guard_discourages_the_pitch_that_goes_on_with_a_loop() -> None:
    wandering = line_of([(i * 12, 12, 60 + i * 5 % 13, 80) for i in range(40)])
    loop = [66, 67, 64, 65]
    assert not heard(guard_of(wandering), loop * 3)[loop].any()
    first, later = (heard(guard_of(wandering), loop * times + [66])[67] for times in (5, 8))
    assert later < first < -1.5
    looping = line_of([(i * 12, 12, loop[i % 4], 80) for i in range(40)])
    assert heard(guard_of(looping), loop * 8 + [66])[67] == 0


def test_guard_lets_a_chord_come_again_as_often_as_a_note() -> None:
    """Of a seed that has each chord for a bar or longer."""
    chords = line_of([(i // 3 * 24, 24, 60 + 4 * (i % 3) + i // 24 * 5 % 7, 80) for i in range(96)])
    assert not heard(guard_of(chords), [60, 64, 68] * 8)[[60, 64, 68]].any()


def test_guard_counts_the_last_window_of_the_seed_too() -> None:
    """Its last 16 notes are two pitches, so two are enough."""
    seed = line_of([(i * 12, 12, 60 + i * 5 % 13 if i < 24 else 64 + i % 2, 80) for i in range(40)])
    assert Limits.of(seed).fewest == 2
    assert Limits.of(line_of([(i * 12, 12, 64 + i % 2, 80) for i in range(16)])).fewest == 2


def test_guard_leads_out_of_a_circle_of_few_pitches() -> None:
    """Also where they come in no loop; the seed has 13 in every window."""
    seed = line_of([(i * 12, 12, 60 + i * 5 % 13, 80) for i in range(40)])
    circle = [64, 65, 67, 65, 64, 67, 64, 65, 67, 67, 64, 65, 64, 67, 65]
    guard = guard_of(seed)
    assert not heard(guard_of(seed), circle[:8])[[64, 65, 67]].any()
    found = heard(guard, circle)
    assert (found[[64, 65, 67]] < -1).all()
    assert found[[62, 66, 69]].tolist() == [0, 0, 0]
    assert guard.heat > 1


def test_guard_leads_back_into_the_seeds_register() -> None:
    seed = line_of([(i * 12, 12, 40 + i * 5 % 13, 80) for i in range(40)])  # about 46
    far = [58, 60, 55, 62, 57, 59, 61, 56, 60, 54]
    above = heard(guard_of(seed), far)
    assert above[70] < above[60] < above[50] < -0.2
    assert above[45] == 0
    below = heard(guard_of(seed), [pitch - 28 for pitch in far])
    assert below[20] < below[30] < 0
    assert below[50] == 0
    assert not heard(guard_of(seed), [pitch - 12 for pitch in far]).any()
    assert not heard(guard_of(seed, moves=True), far).any()


LIMITS = st.builds(
    Limits,
    fewest=st.integers(1, 9),
    run=st.integers(3, 6),
    figures=st.integers(2, 30),
    loop=st.integers(8, 24),
    means=st.none() | st.tuples(st.floats(58, 62), st.floats(63, 68)),
)


def random_line(random: np.random.Generator, notes: int) -> np.ndarray:
    """(notes, 3): ahead, sub and pitch of a line that repeats figures, notes and loops now and then."""
    found: list[tuple[int, int, int]] = []
    width, middle = int(random.integers(1, 20)), int(random.integers(30, 90))
    even = random.random() < 0.5  # one rhythm, so that figures differ in their intervals alone
    while len(found) < notes:
        if found and random.random() < 0.5:
            length = int(random.integers(1, 10))
            found += found[-length:] * int(random.integers(1, 8))
        else:
            rhythm = (1, 0) if even else (int(random.integers(0, 3)), 6 * int(random.integers(0, 4)))
            found.append((*rhythm, middle))
            middle = int(np.clip(middle + random.integers(-width, width + 1), 0, 127))
    return np.array(found[:notes])


@settings(max_examples=60, deadline=None)
@given(LIMITS, st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 90))
def test_all_candidates_together_are_judged_as_each_alone(limits: Limits, seed: int, count: int, notes: int) -> None:
    """Also after some of them have left."""
    random = np.random.default_rng(seed)
    lines = np.stack([random_line(random, notes) for _ in range(count)])
    together, alone = Guard(limits, count), [PlainGuard(limits) for _ in range(count)]
    for number in range(notes):
        if number == notes // 2 and count > 2:
            together.keep(np.array([1, count - 1]))
            alone, lines = [alone[1], alone[-1]], lines[[1, count - 1]]
        together.heard(*lines[:, number].T)
        for guard, note in zip(alone, lines[:, number].tolist(), strict=True):
            guard.heard(*note)
        found = together.penalties()
        expected = np.stack([guard.penalties for guard in alone])
        assert together.heat[:, 0] == pytest.approx([guard.heat for guard in alone], rel=1e-6)
        assert together.objects[expected.any(1)].all()
        assert (np.zeros_like(expected) if found is None else found) == pytest.approx(expected, abs=1e-4)


def test_lines_of_that_test_are_judged_in_every_way() -> None:
    """It compares something: figures, runs, loops, few pitches and drifts all come up in them."""
    limits = Limits(fewest=5, run=3, figures=2, loop=10, means=(60.0, 66.0))
    seen = np.zeros(5, np.int64)
    for seed in range(30):
        guard = PlainGuard(limits)
        for note in random_line(np.random.default_rng(seed), 80).tolist():
            guard.heard(*note)
            loops = loop_at_end(guard.pitches)[1] > limits.loop
            seen += [guard.is_stuck, guard.last_run >= limits.run, loops, guard.is_narrow, guard.drift != 0]
    assert (seen > 20).all() and (seen < 2380).all()


@given(st.lists(st.integers(60, 62), max_size=60))
def test_longest_loop_is_that_at_the_end_of_some_part(pitches: list[int]) -> None:
    expected = max((loop_at_end(pitches[:end])[1] for end in range(2, len(pitches) + 1)), default=0)
    assert _longest_loop(pitches) == expected
