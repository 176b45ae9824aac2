"""Writing all candidates in one batch: as each would be written alone, whoever is complete, and in how many calls."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.domain.song import Note, Notes, Song, Track
from jazzassist.domain.suggestion import Controls
from jazzassist.neural.asked import wishes_now
from jazzassist.neural.choices import Choices
from jazzassist.neural.encoding import END, FIELD_CLASSES, GRID, MIDDLE_C, QUARTERS_AHEAD, QUARTERS_HERE, rows_from
from jazzassist.neural.generation import Candidate, Writer, generate
from jazzassist.neural.inputs import Heard, Inputs
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import Scene, scene_of
from jazzassist.neural.state import State
from jazzassist.neural.stepper import Stepper
from jazzassist.neural.steps import Arrays, Previous, aim, context_columns, countdown
from jazzassist.neural.taken import Taken
from jazzassist.neural.written import ROOM, Written
from tests.neural.requests import band, bridge, continuation, never, no_progress, tiny_graphs

START, STOP = 8 * 480, 12 * 480


def scene(track: int = 0, controls: Controls | None = None, *, onward: bool = False, stop: int = STOP) -> Scene:
    request = (continuation if onward else bridge)(band(bars=24), track, START, stop)
    return scene_of(replace(request, controls=controls or Controls()))


def write(here: Scene, count: int, finished: Callable[[int, Candidate], None] | None = None) -> list[Candidate]:
    return generate(tiny_graphs(), here, count, taste(50), 3, no_progress, never, finished=finished)


class Opinions:
    """A stepper without a network: logits drawn for each row from what it has chosen, so that rows do not depend on
    each other."""

    def __init__(self, count: int, deaf: bool = False) -> None:
        self.count, self.deaf = count, deaf
        self.history: np.typing.NDArray[np.integer] = np.zeros(count, np.int64)
        self.out = np.zeros((count * (1 + deaf), 4), np.float32)

    def step(self, columns: Arrays) -> None:
        self.history = self.history * 31 % 1_000_003 + columns["previous_pitch"]
        pull = np.sin(np.arange(1, 5) * self.history[:, None])
        self.out = np.tile(pull, (1 + self.deaf, 1)).astype(np.float32)

    def logits(self, field: int) -> np.ndarray:
        classes = np.arange(1, FIELD_CLASSES[field] + 1)
        found = 2 * np.sin(classes * (1 + self.history[:, None] % 97) + field)
        return np.tile(found, (1 + self.deaf, 1)).astype(np.float32)

    def choose(self, field: int, value: np.ndarray, here: np.ndarray | None = None) -> None:
        self.history = self.history * 17 % 1_000_003 + value

    def left(self, candidates: list[int]) -> list[State]:
        return [State.first(tiny_graphs().sizes) for _ in candidates]

    def keep(self, candidates: list[int]) -> None:
        self.count, self.history = len(candidates), self.history[candidates]


def opinionated(here: Scene, count: int, seed: int = 0) -> Writer:
    """A writer that asks `Opinions` and remembers nothing."""
    writer = Writer(tiny_graphs(), here, count, taste(50), seed)
    writer.stepper = cast(Stepper, Opinions(count, writer.stepper.deaf))
    writer.memory, writer.returning = None, None
    return writer


def finish(writer: Writer) -> list[Candidate]:
    while not writer.write_note():
        pass
    return writer.candidates


@pytest.mark.parametrize("track", [0, 2])
def test_a_candidate_gets_the_same_notes_among_few_and_many(track: int) -> None:
    few, many = (finish(opinionated(scene(track), count)) for count in (3, 20))
    assert few == many[:3]
    assert len({len(candidate.onset) for candidate in many}) > 1
    assert len({tuple(candidate.pitch) for candidate in many}) > 5


def test_a_network_writes_the_same_notes_among_few_and_many() -> None:
    few, many = write(scene(), 4), write(scene(), 16)
    for first, second in zip(few, many, strict=False):
        assert (first.onset, first.pitch, first.velocity) == (second.onset, second.pitch, second.velocity)


def test_each_candidate_is_reported_once_as_soon_as_it_is_complete() -> None:
    reported: list[tuple[int, Candidate]] = []
    new = scene(controls=Controls(motifs="new"))  # the band plays quarters alone, and so would all candidates
    found = write(new, 8, lambda number, candidate: reported.append((number, candidate)))
    assert sorted(number for number, _ in reported) == list(range(8))
    assert all(found[number] == candidate and candidate.done for number, candidate in reported)
    lengths = [len(candidate.onset) for _, candidate in reported]
    assert lengths == sorted(lengths) and lengths[0] < lengths[-1]


def test_the_first_is_reported_while_others_go_on() -> None:
    class Enough(Exception):
        pass

    def stop(number: int, candidate: Candidate) -> None:
        raise Enough

    writer = opinionated(scene(), 8)
    while not writer.write_note():
        if len(writer.written) < 8:
            with pytest.raises(Enough):
                writer.report(stop)
            break
    assert 0 < len(writer.written) < 8


def test_candidates_that_never_end_are_reported_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jazzassist.neural.generation.MOST_NOTES", 2)
    reported: list[int] = []
    found = write(scene(), 5, lambda number, candidate: reported.append(number))
    assert sorted(reported) == list(range(5))
    assert [len(candidate.onset) for candidate in found] == [2] * 5
    assert not any(candidate.done for candidate in found)


def test_cancelling_is_asked_before_every_note() -> None:
    for after in (0, 1, 4):
        asked = iter(range(100))
        shares: list[float] = []
        cancelled = partial(lambda asked, after: next(asked) >= after, asked, after)
        assert generate(tiny_graphs(), scene(), 4, taste(50), 3, shares.append, cancelled) == []
        assert (next(asked), len(shares)) == (after + 1, after)


def test_lines_grow_beyond_the_first_room() -> None:
    written = Written(2, Previous(0))
    ones = np.ones(2, np.int64)
    for note in range(ROOM + 3):
        written.add([ones, 0 * ones, ones * (note % 128), ones, ones], ones * 80, np.full(2, 0.5, np.float32))
    (onset, length, pitch, velocity), nats = written.columns(1)
    assert onset == [GRID * (note + 1) for note in range(ROOM + 3)] and len(length) == len(velocity) == ROOM + 3
    assert pitch == [note % 128 for note in range(ROOM + 3)] and nats == [0.5] * (ROOM + 3)


def calls(work: Callable[[], object]) -> int:
    """How many functions are called in Python and from Python, ufuncs aside, which the interpreter does not count."""
    count = 0

    def note(frame: object, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("track", [0, 2])
def test_a_note_takes_no_more_calls_for_many_candidates(track: int) -> None:
    """Each row costs arithmetic and no Python."""
    made = []
    for count in (4, 64):
        writer = opinionated(scene(track, Controls(density=3.0, polyphony=2.0), stop=24 * 480), count)
        for _ in range(3):
            writer.write_note()
        before = len(writer.written)
        made.append(calls(writer.write_note))
        assert len(writer.written) == before  # none is complete: those that are must be taken out one by one
    assert made[1] < made[0] + 30, made


def plain_places(here: Scene, written: Written, steady: bool, row: int) -> set[int]:
    """The onsets a row may choose: the rule as it is said, position by position."""
    at, begun = int(written.previous["onset"][row]), written.notes > 0
    room = begun and written.at_once[row] < here.polyphony
    chord = room and written.previous["pitch"][row] < max(np.flatnonzero(here.pitches), default=-1)
    latest = here.end - 1 if begun else here.first_by
    found, kept = set(), set()
    for onset in range(at // GRID * GRID, (at // GRID + 16) * GRID):
        together = chord and onset == at
        if here.start <= onset <= latest and (not begun or together or onset - at >= here.apart):
            found.add(onset)
            if here.places is None or here.places[onset % GRID] > 0 or together:
                kept.add(onset)
    return kept if steady and (kept or begun) else found


def plain_ahead(here: Scene, written: Written, steady: bool, row: int) -> set[int]:
    at = int(written.previous["onset"][row])
    latest = min(here.end - 1, max(at, here.start) + here.most_rest)
    quarters = {onset // GRID - at // GRID for onset in plain_places(here, written, steady, row)}
    found = {quarter for quarter in quarters if quarter <= latest // GRID - at // GRID}
    may_end = written.notes > 0 and here.end - at <= here.most_rest + GRID
    return found | {END} if may_end or not found else found


def plain_pitches(here: Scene, written: Written, taken: Taken, row: int, onset: int) -> set[int]:
    allowed = set(np.flatnonzero(here.pitches).tolist())
    ticks = onset * here.request.ppq / GRID
    down = set(np.flatnonzero(taken.down(np.full(len(written), ticks), here.request.ppq)[row]).tolist())
    chord = written.notes > 0 and onset == written.previous["onset"][row]
    lowest = int(written.previous["pitch"][row]) + 1 if chord else 0
    above = {pitch for pitch in allowed - down if pitch >= lowest}
    return above or allowed - down or allowed


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([0, 1, 2]),
    st.sampled_from([None, 1.0, 2.0, 3.0]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_masks_are_those_of_the_plain_rule(
    track: int, polyphony: float | None, steady: bool, onward: bool, seed: int
) -> None:
    """For every candidate, note after note, also when some have left."""
    here = scene(track, Controls(polyphony=polyphony), onward=onward)
    random = np.random.default_rng(seed)
    here = replace(here, taken=held_keys(random, here, 5) if seed % 2 else here.taken)
    writer = opinionated(here, 5, seed)
    choices = Choices(here, int(writer.written.previous["onset"][0]), steady)
    for _ in range(12):
        written = writer.written
        ahead, quarter = choices.ahead(written), random.integers(0, 16, len(written))
        onset = written.previous["onset"] + GRID * random.integers(0, 2, len(written))
        sub, pitch = choices.sub(written, quarter), choices.pitch(written, writer.taken, onset)
        for row, at in enumerate(written.previous["onset"].tolist()):
            assert set(np.flatnonzero(ahead[row]).tolist()) == plain_ahead(here, written, steady, row)
            first = (at // GRID + int(quarter[row])) * GRID
            assert {first + place for place in np.flatnonzero(sub[row]).tolist()} == {
                onset for onset in plain_places(here, written, steady, row) if first <= onset < first + GRID
            }
            expected = plain_pitches(here, written, writer.taken, row, int(onset[row]))
            assert set(np.flatnonzero(pitch[row]).tolist()) == expected
        if writer.write_note():
            break


def held_keys(random: np.random.Generator, here: Scene, count: int) -> Taken:
    """Keys that are down in the gap, others for each candidate."""
    notes = here.request.before
    each = []
    for _ in range(count):
        some = notes.select(random.random(len(notes)) < 0.5)
        length = np.full(len(some), 960)
        each.append(some.changed(start=some.start + START, duration=length))
    return Taken.of(each)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("controls", [Controls(), Controls(density=3.0, register=70.0, polyphony=2.0)])
def test_inputs_that_are_looked_up_are_those_that_are_worked_out(own: bool, controls: Controls) -> None:
    """Anywhere in the gap, also where each candidate hears something else, and where some have left."""
    here, random = scene(controls=controls), np.random.default_rng(1)
    if own:
        heard = np.stack([here.around.heard * factor for factor in (1, 2, 3, 4, 5, 6)])
        here = replace(here, around=replace(here.around, heard=heard))
    first = here.start - 30
    written, inputs = Written(6, Previous(first)), Inputs(here, first)
    for number in range(20):
        if number == 10:
            written.keep(np.array([1, 2, 5]))
        count = len(written)
        around = here.around.of_rows(written.rows.tolist())
        found, previous = inputs.at(written), written.previous
        start, end = np.full(count, here.start), np.full(count, here.end)
        left = end - np.maximum(previous["onset"], start)
        expected = context_columns(previous, around) | countdown(previous["onset"], start, end)
        expected |= {"counting": np.ones(count, np.int64)} | aim(previous["pitch"], here.target)
        expected |= wishes_now(here, np.full(count, written.notes), written.onsets, left)
        assert not found.pop("extra").any()  # nothing is given, and the song names no tempo
        assert set(found) == set(expected)
        for name, column in expected.items():
            assert np.array_equal(found[name], column), name
        onset = random.integers(first, here.end, count)
        quarter = onset // GRID - around.first_quarter
        assert np.array_equal(inputs.here(onset, written), rows_from(around.heard, quarter, QUARTERS_HERE))
        values = [onset // GRID - previous["onset"] // GRID, onset % GRID, *random.integers(0, 16, (3, count))]
        written.previous = {name: column.copy() for name, column in previous.items()}
        written.add(values, np.full(count, 80), np.zeros(count, np.float32))
        written.previous["onset"] = np.minimum(onset, here.end - 1)


def test_nothing_is_heard_outside_the_table() -> None:
    here = scene()
    short = replace(here, around=replace(here.around, heard=here.around.heard[:12], first_quarter=-3))
    for first in (0, here.start // GRID):
        heard, quarter = Heard(short, first), np.arange(first, here.end // GRID + 1)
        rows = np.arange(len(quarter))
        expected = rows_from(short.around.heard, quarter + 3, QUARTERS_AHEAD)
        assert np.array_equal(heard.ahead(quarter, rows), expected)
        assert expected[0].any() and not expected[-1].any()


@pytest.mark.parametrize(("given", "expected"), [(None, "1"), ("3", "3")])
def test_products_of_matrices_take_one_thread_unless_another_number_is_given(given: str | None, expected: str) -> None:
    """Already before numpy is imported, which reads it once."""
    code = "import sys, jazzassist, os; print('numpy' in sys.modules, os.environ['OPENBLAS_NUM_THREADS'])"
    rest = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    environment = rest | ({} if given is None else {"OPENBLAS_NUM_THREADS": given})
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", expected]


def test_the_share_of_low_notes_that_is_asked_for_comes() -> None:
    shares = []
    for share in (0.0, 0.3, 0.7, 1.0):
        here = scene(0, Controls(left_hand=share))
        found = generate(tiny_graphs(), here, 8, taste(50), 2, lambda done: None, lambda: False)
        pitches = np.concatenate([candidate.pitch for candidate in found])
        shares.append(float((pitches < MIDDLE_C).mean()))
    assert shares == sorted(shares)
    assert shares == pytest.approx([0.0, 0.3, 0.7, 1.0], abs=0.15)


def test_numbers_that_are_asked_for_come_before_what_the_song_does() -> None:
    loop = Song(480, (Track("Loop", Notes.of([Note(at * 240, 200, 60 + at % 4) for at in range(16 * 8)])),))
    plain = scene_of(bridge(loop, 0, 8 * 1920, 12 * 1920))
    asked = replace(plain, request=replace(plain.request, controls=Controls(density=1.0)))
    writers = [Writer(tiny_graphs(), here, 2, taste(50), 1) for here in (plain, asked)]
    assert writers[0].returning is not None
    assert writers[1].returning is None
