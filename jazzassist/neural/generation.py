"""Writing into a gap, note by note, all candidates in one batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jazzassist.domain.suggestion import Cancelled, Progress
from jazzassist.neural.choices import Choices
from jazzassist.neural.encoding import AHEAD_CLASSES, DRUMS, FIELDS, GRID, MIDDLE_C, PITCH, Floats, Ints
from jazzassist.neural.graphs import Runner
from jazzassist.neural.guard import Guard, Limits
from jazzassist.neural.habits import Habits
from jazzassist.neural.hearing import Before, hear_after, hear_before
from jazzassist.neural.inputs import Inputs
from jazzassist.neural.places import balance
from jazzassist.neural.returning import Returning
from jazzassist.neural.sampling import Draws, Taste, allow, guided, min_p, pick, softmax, top_p
from jazzassist.neural.scene import Scene
from jazzassist.neural.state import State
from jazzassist.neural.stepper import Stepper
from jazzassist.neural.steps import Previous
from jazzassist.neural.written import Written

AHEAD, SUB = 0, 1  # indices of fields
DRAWS = len(FIELDS) + 1  # for each note: the fields, and the velocity within its level
THICKENING = 2.0  # nats for each note that chords lack, or have too many, against the polyphony that is wished
LED = 8.0  # nats by which low pitches are led towards their wished share against others, at most
CATCHING_UP = 0.25  # of the notes that are missing, for each note
MOST_NOTES = 1200  # in one suggestion: nothing playable is denser than this in the longest gap asked for
LEAST_LIKELY = np.float32(1e-30)  # so that no note costs infinitely many nats
WAIT_QUARTERS = 8  # a rest before the gap is heard as at most this long


class Left(NamedTuple):
    """The end of a candidate: its last note, and the state of the network after all notes before that one.

    Of the row that knows nothing of what follows.
    """

    last: Previous
    state: State


@dataclass
class Candidate:
    """Notes on the grid, and the cost of each in nats. `done`: whether it is complete.

    `left`: what a complete one leaves behind where music follows.
    """

    onset: list[int] = field(default_factory=list)
    length: list[int] = field(default_factory=list)
    pitch: list[int] = field(default_factory=list)
    velocity: list[int] = field(default_factory=list)
    nats: list[float] = field(default_factory=list)
    done: bool = False
    left: Left | None = field(default=None, compare=False, repr=False)

    @property
    def fields(self) -> npt.NDArray[np.int64]:
        """(n, 3): length, pitch, velocity."""
        return np.array([self.length, self.pitch, self.velocity], np.int64).T.reshape(-1, 3)


Finished = Callable[[int, Candidate], None]


def generate(
    graphs: Runner,
    scene: Scene,
    count: int,
    taste: Taste,
    rng_seed: int,
    progress: Progress,
    cancelled: Cancelled,
    before: Before | None = None,
    finished: Finished | None = None,
) -> list[Candidate]:
    """`count` candidates for the scene's gap; [] when cancelled, which is asked before every note.

    `before`: what `hear_before` returned, where known. `finished` is called once for each candidate, with its number,
    as soon as it is complete, while the others go on.
    """
    writer = Writer(graphs, scene, count, taste, rng_seed, before)
    for _ in range(MOST_NOTES):
        if cancelled():
            return []
        writer.write_note()
        writer.report(finished or _nothing)
        if not len(writer.written):
            break
        progress(writer.share)
    writer.report(finished or _nothing, at_last=True)
    return writer.candidates


def towards_low(chances: Floats, share: float, written: Written) -> Floats:
    """(candidates, pitches): chances under which the wished share of the notes comes to lie below middle C.

    The total chance of low pitches is set to that share, more where the notes so far have less than it. It is changed
    by LED nats at most, so nothing is written that the network finds impossible.
    """
    low = chances[:, :MIDDLE_C].sum(1)
    total = chances.sum(1)
    missing = share * written.notes - written.low
    aim = np.clip(share + CATCHING_UP * missing, 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        nats = np.log(aim * (total - low)) - np.log((1 - aim) * low)
    led = np.exp(np.clip(np.nan_to_num(nats, nan=0.0), -LED, LED) / 2)[:, None].astype(np.float32)
    return np.concatenate([chances[:, :MIDDLE_C] * led, chances[:, MIDDLE_C:] / led], 1)


class Writer:
    """The batch of candidates while it is being written. Those that are complete leave it."""

    def __init__(
        self,
        graphs: Runner,
        scene: Scene,
        count: int,
        taste: Taste,
        rng_seed: int,
        before: Before | None = None,
    ) -> None:
        self.scene, self.taste, self.taken, self.count = scene, taste, scene.taken, count
        before = before or hear_before(graphs, scene)
        self.memory = before.memory if scene.request.controls.motifs in (None, "repeat") else None
        # A long rest before the gap is heard as a shorter one: onsets ahead are counted up to 15 quarters.
        onset = max(before.last.onset, (scene.start // GRID - WAIT_QUARTERS) * GRID)
        self.written = Written(count, replace(before.last, onset=onset))
        self.returning = Returning.of(scene, before.memory, count, onset)
        self.inputs = Inputs(scene, onset)
        self.choices = Choices(scene, onset, taste.is_steady)
        self.habits = Habits(scene, taste.caution)
        self.draws = Draws(rng_seed, count, DRAWS)
        limits = Limits.of(scene.seed, moves=scene.wished_register is not None)
        self.guard = None if scene.instrument == DRUMS else Guard(limits, count)
        # Where something is wished or follows, each candidate is compared with what it would be without.
        compared = scene.request.controls.has_wishes or scene.is_bridge or len(scene.given) > 0
        following = hear_after(graphs, scene)
        self.stepper = Stepper(graphs, before.state, following, scene.instrument, count, compared)
        self._reported: set[int] = set()
        self._left: dict[int, Left] = {}

    @property
    def share(self) -> float:
        """How far the slowest candidate has come through the gap, 0 to 1."""
        span = self.scene.end - self.scene.start
        reached = int(self.written.previous["onset"].min(initial=self.scene.end)) - self.scene.start
        return min(max(reached, 0), span) / span

    @property
    def candidates(self) -> list[Candidate]:
        """All candidates as far as they are written, by their numbers."""
        going = set(self.written.rows.tolist())
        return [self._candidate(number, number not in going) for number in range(self.count)]

    def report(self, finished: Finished, at_last: bool = False) -> None:
        """Calls `finished` for the candidates that have become complete; `at_last`: for those that go on as well."""
        going = set() if at_last else set(self.written.rows.tolist())
        complete = sorted(set(range(self.count)) - going - self._reported)
        self._reported.update(complete)
        for number in complete:
            finished(number, self._candidate(number, not at_last))

    def write_note(self) -> bool:
        """Adds one note to every candidate that goes on; True when none does."""
        written, stepper = self.written, self.stepper
        stepper.step(self.inputs.at(written))
        recalled = None if self.memory is None else self.memory.weights(stepper.out[: len(written)])
        draws = self.draws.of(written.rows)
        values: list[Ints] = []
        likely = np.empty((len(FIELDS), len(written)), np.float32)
        for number in range(len(FIELDS)):
            chances = softmax(guided(stepper.logits(number), len(written)))
            if self.memory is not None and recalled is not None:
                chances = self.memory.mixed(number, chances, recalled)
            if self.returning is not None:
                chances = self.returning.mixed(number, chances, values)
            value = self._choose(number, chances, values, draws[number])
            if self.returning is not None:
                self.returning.learn(number, value)
            likely[number] = chances[np.arange(len(value)), value]
            if number > PITCH and self.choices.given is not None:
                value, likely[number] = self._as_given(number, value, values, likely[number])
            values.append(value)
            if number < len(FIELDS) - 1:
                here = self.inputs.here(written.onset(*values), written) if number == SUB else None
                stepper.choose(number, value, here)
        self._add(values, draws[-1], -np.log(np.maximum(likely, LEAST_LIKELY)).sum(0))
        return not len(written)

    def _as_given(self, number: int, value: Ints, values: list[Ints], likely: Floats) -> tuple[Ints, Floats]:
        """The classes of a duration or velocity, and their chances: given notes have their own, at no cost."""
        assert self.choices.given is not None
        given = self.choices.given
        forced = given.forced(self.written, self.written.onset(*values[: SUB + 1]), values[PITCH])
        return given.value(number, value, self.written, forced), np.where(forced, np.float32(1), likely)

    def _choose(self, number: int, chances: Floats, values: list[Ints], at: npt.NDArray[np.float64]) -> Ints:
        """(candidates,): the classes of a field that lie at the random numbers `at`."""
        share, temperature = self.taste.top_p, self.taste.temperatures[number]
        if number == PITCH:
            allowed = self.choices.pitch(self.written, self.taken, self.written.onset(*values))
            chances = self.habits.pitch(allow(chances, allowed), self.written, self.written.onset(*values))
            wished = self.scene.request.controls.left_hand
            if wished is not None and self.guard is not None:
                chances = towards_low(chances, wished, self.written)
            return self._choose_pitch(chances, allowed, at)
        if number == AHEAD:
            chances = self.habits.ahead(allow(chances, self.choices.ahead(self.written)), self.written)
        elif number == SUB:
            chances = allow(chances, self.choices.sub(self.written, values[AHEAD]))
            chances = self.habits.sub(chances, self.written, values[AHEAD])
            if self.taste.caution:
                chances = chances * np.exp(self.taste.caution * self._towards_places())
        polyphony = self.scene.request.controls.polyphony
        if number in (AHEAD, SUB) and polyphony is not None:
            chances = chances * np.exp(self._towards(polyphony, values))
        return pick(top_p(chances, share), temperature, at)

    def _choose_pitch(self, chances: Floats, allowed: npt.NDArray[np.bool_], at: npt.NDArray[np.float64]) -> Ints:
        """Pitches other than a kit's are chosen with more care: its rare pieces are what fills are made of."""
        taste, guard = self.taste, self.guard
        chances = allow(chances, allowed)
        if guard is None:
            return pick(top_p(chances, taste.top_p), taste.pitch, at)
        penalties = guard.penalties()
        if penalties is not None:
            chances = chances * np.exp(-penalties)
        chances = top_p(min_p(chances, taste.min_p), taste.pitch_top_p)
        return pick(chances, taste.pitch * guard.heat, at)

    def _towards_places(self) -> Floats:
        """(candidates or 1, GRID): nats for each position of the quarter, towards those of the seed.

        Against those that it never uses; and where it keeps to a few, towards its shares of them.
        """
        shares = self.scene.places
        if shares is None:
            return -self.scene.strangeness[None]
        return balance(shares, self.written.places) - self.scene.strangeness

    def _towards(self, polyphony: float, values: list[Ints]) -> Floats:
        """(candidates, classes): nats for another note at the onset of the one before, towards the wished polyphony.

        Added to the quarters ahead, or, where those are chosen, to the positions in the quarter.
        """
        written = self.written
        missing = np.clip(polyphony * written.onsets - written.notes, -2, 2)
        found = np.zeros((len(written), GRID if values else AHEAD_CLASSES), np.float32)
        if values:
            rows = np.flatnonzero(values[AHEAD] == 0) if written.begun else np.zeros(0, np.int64)
            found[rows, written.previous["onset"][rows] % GRID] = THICKENING * missing[rows]
        else:
            found[:, 0] = THICKENING * np.maximum(missing, 0)
        return found

    def _add(self, values: list[Ints], at: npt.NDArray[np.float64], nats: Floats) -> None:
        """Adds the notes of these classes; `at`: random numbers for their velocities within the level."""
        ahead, sub, pitch, _, level = values
        softest, loudest = self.scene.loudness
        velocity = np.minimum(np.maximum(level * 8 + (at * 8).astype(np.int64), softest), loudest)
        last = self.written.previous
        ends = self.written.add(values, velocity, nats)
        if self.returning is not None:
            self.returning.add(self.written.previous["onset"], values)
        if self.guard is not None:
            self.guard.heard(ahead, sub, pitch)
        if ends.any():
            if self.scene.is_bridge:
                self._leave(np.flatnonzero(ends), last)
            self._keep(np.flatnonzero(~ends))

    def _leave(self, rows: Ints, last: dict[str, Ints]) -> None:
        """Notes what rows that end leave behind; `last`: the last note of each row by the names of its fields."""
        for row, state in zip(rows.tolist(), self.stepper.left(rows.tolist()), strict=True):
            note = Previous(**{name: int(column[row]) for name, column in last.items()})
            self._left[int(self.written.rows[row])] = Left(note, state)

    def _keep(self, rows: Ints) -> None:
        """Goes on with some of the rows alone, so that those that are complete cost nothing more."""
        self.written.keep(rows)
        self.taken = self.taken.of_rows(rows.tolist())
        if self.guard is not None:
            self.guard.keep(rows)
        if self.returning is not None:
            self.returning.keep(rows)
        if len(rows):
            self.stepper.keep(rows.tolist())

    def _candidate(self, number: int, done: bool) -> Candidate:
        (onset, length, pitch, velocity), nats = self.written.columns(number)
        return Candidate(onset, length, pitch, velocity, nats, done, self._left.get(number))


def _nothing(number: int, candidate: Candidate) -> None:
    """Takes a complete candidate where nobody waits for it."""
