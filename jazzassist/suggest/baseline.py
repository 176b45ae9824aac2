"""A suggester without a network: a Markov chain of the request's own notes. For tests, and the score to beat."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from jazzassist.domain.room import around_given, beside, is_single_voice, pitch_range
from jazzassist.domain.song import Note, Notes
from jazzassist.domain.suggestion import (
    Cancelled,
    Complete,
    NothingToSuggest,
    Part,
    Progress,
    Receipt,
    Suggestion,
    SuggestionRequest,
    landing_of,
)

NAME = "markov"
ORDER = 2
REGISTER = 5  # semitones beyond the seed's lowest and highest pitch
SEAM_NOTES = 4
UNSEEN = 0.02  # probability of a step that was never heard after such steps
FEWEST_CANDIDATES = 8


class Step(NamedTuple):
    """From one note to the next: ticks between their starts, semitones (a pitch for drums), duration, velocity."""

    ahead: int
    pitch: int
    duration: int
    velocity: int


@dataclass
class Chain:
    """How often each step followed each run of up to ORDER steps (only their rhythm and pitch count)."""

    drums: bool
    counts: dict[tuple[tuple[int, int], ...], Counter[Step]] = field(default_factory=lambda: defaultdict(Counter))

    def learn(self, notes: Notes) -> None:
        """Counts the steps of a line."""
        steps = self.steps(list(notes))
        for at in range(len(steps)):
            self.add(steps[max(0, at - ORDER) : at + 1])

    def add(self, steps: list[Step]) -> None:
        """Counts the last of some steps, after those before it."""
        at = len(steps) - 1
        for length in range(min(ORDER, at) + 1):
            self.counts[_run(steps[at - length : at])][steps[-1]] += 1

    def steps(self, notes: list[Note]) -> list[Step]:
        """The steps between the notes, one fewer than these."""
        return [self._step(before, note) for before, note in itertools.pairwise(notes)]

    def followers(self, steps: list[Step]) -> Counter[Step]:
        """What followed the longest known end of `steps`."""
        for length in range(min(ORDER, len(steps)), -1, -1):
            found = self.counts.get(_run(steps[len(steps) - length :]))
            if found:
                return found
        return Counter()

    def chance(self, steps: list[Step], step: Step) -> float:
        """The probability of the rhythm and the pitch of `step` after `steps`, never zero."""
        found = self.followers(steps)
        alike = sum(count for other, count in found.items() if other[:2] == step[:2])
        return max(UNSEEN, alike / max(1, found.total()))

    def _step(self, before: Note, note: Note) -> Step:
        pitch = note.pitch if self.drums else note.pitch - before.pitch
        return Step(note.start - before.start, pitch, note.duration, note.velocity)


class MarkovSuggester:
    """Writes on in the manner of the notes around the gap. Exact length, the same notes for the same request."""

    name = NAME

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """Unranked candidates, twice as many as asked for and at least 8; none when cancelled.

        Each line is written by itself: a chain does not hear the others.
        """
        return self.stream(request, progress, cancelled, lambda suggestion: None)

    def stream(
        self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled, complete: Complete
    ) -> list[Suggestion]:
        """As `suggest`. `complete` gets each candidate when it is written: they come one after another."""
        contexts = [_Context.of(alone, number, cancelled) for number, alone in enumerate(request.each())]
        total = max(FEWEST_CANDIDATES, 2 * request.alternatives)
        found: list[Suggestion] = []
        for index in range(total):
            parts = tuple(context.part(index) for context in contexts)
            if cancelled():
                return []
            found.append(Suggestion(parts, Receipt.of(NAME, request, index)))
            complete(found[-1])
            progress((index + 1) / total)
        return found


@dataclass
class _Context:
    """A request for one line alone, which of the targets that is, and the chain learnt from it."""

    request: SuggestionRequest
    number: int
    cancelled: Cancelled
    chain: Chain
    before: list[Note]
    after: list[Note]
    low: int
    high: int
    chord: int

    @staticmethod
    def of(request: SuggestionRequest, number: int, cancelled: Cancelled) -> _Context:
        """NothingToSuggest when the target's line has no note."""
        line, before, after = request.lines[request.target], list(request.before), list(request.after)
        if not before and not after:
            raise NothingToSuggest(f"track {request.target + 1} has no note to start from")
        chain = Chain(line.is_drums)
        chain.learn(request.before)
        chain.learn(request.given)
        chain.learn(request.after)
        pitches = [note.pitch for note in before + after]
        chord = max(Counter(note.start for note in before + after).values())
        lowest, highest = pitch_range(request)
        low, high = max(lowest, min(pitches) - REGISTER), min(highest, max(pitches) + REGISTER)
        return _Context(request, number, cancelled, chain, before, after, low, high, chord)

    def part(self, index: int) -> Part:
        """One way to fill the gap, by its own random numbers."""
        request = self.request
        own = (self.number,) if self.number else ()
        written, chances = self._write(np.random.default_rng((request.rng_seed, index, *own)))
        notes = Notes.of(note._replace(duration=min(note.duration, request.end - note.start)) for note in written)
        if len(request.given):
            notes = beside(notes, request.given, request.ppq)
            notes = around_given(notes, request.given) if is_single_voice(request) else notes
        scores = {
            "likelihood": float(np.mean(np.log(chances))),
            "density": (len(notes) + len(request.given)) * request.ppq / (request.end - request.start),
            "seed_density": self._seed_density(),
            "pitches": float(len(set(notes.pitch.tolist()))),
        }
        seam = self._seam(written)
        if seam is not None:
            scores["seam"] = seam
        return Part(request.target, notes, scores, landing_of(notes, request, seam))

    def _write(self, rng: np.random.Generator) -> tuple[list[Note], list[float]]:
        """Notes that begin in the gap, at least one, and the probability of each; no further ones when cancelled."""
        first = self.before[-1] if self.before else self.after[int(rng.integers(len(self.after)))]
        steps = self.chain.steps(self.before[-ORDER - 1 :])
        written: list[Note] = []
        chances: list[float] = []
        note = first._replace(start=min(first.start, self.request.start))
        together = self.chord  # notes so far that began with this one: the first in the gap begins anew
        while True:
            step = self._draw(steps, rng)
            before, note = note, self._next(note, step, bool(written), together < self.chord)
            if note.start >= self.request.end or (written and self.cancelled()):
                return written, chances
            together = together + 1 if note.start == before.start else 1
            steps = [*steps, step][-ORDER:]
            chances.append(self.chain.chance(steps[:-1], step))
            if all((note.start, note.pitch) != (other.start, other.pitch) for other in written[-self.chord :]):
                written.append(note)

    def _draw(self, steps: list[Step], rng: np.random.Generator) -> Step:
        """A step that may follow. The more adventurous, the more evenly the steps are drawn."""
        found = self.chain.followers(steps)
        if not found:
            only = (self.before or self.after)[0]
            pitch = only.pitch if self.chain.drums else 0
            return Step(max(1, self.request.ppq), pitch, max(1, only.duration), only.velocity)
        options = sorted(found)
        evenness = 0.25 + 1.5 * self.request.controls.adventurous / 100
        weights = np.array([found[option] for option in options], np.float64) ** (1 / evenness)
        return options[int(rng.choice(len(options), p=weights / weights.sum()))]

    def _next(self, before: Note, step: Step, begun: bool, may_join: bool) -> Note:
        """The note after `before`: in the gap or behind it, in register, no chord larger than the seed's."""
        ahead = step.ahead
        if ahead == 0 and not may_join:
            ahead = max(1, self.request.ppq // 2)
        start = before.start + ahead
        if not begun and not self.request.start <= start < self.request.end:
            start = self.request.start
        pitch = step.pitch if self.chain.drums else before.pitch + step.pitch
        if not self.low <= pitch <= self.high:
            pitch = min(max(before.pitch - step.pitch, self.low), self.high)
        channel = self.request.lines[self.request.target].channel
        return Note(start, max(1, step.duration), pitch, step.velocity, channel)

    def _seam(self, written: list[Note]) -> float | None:
        """Nats per note that the chain gives to the first notes after the gap."""
        if not self.after or not written:
            return None
        line = [*written[-ORDER - 1 :], *self.after[:SEAM_NOTES]]
        steps = self.chain.steps(line)
        first = len(line) - len(self.after[:SEAM_NOTES]) - 1
        return -float(np.mean([math.log(self.chain.chance(steps[:at], steps[at])) for at in range(first, len(steps))]))

    def _seed_density(self) -> float:
        """Notes per quarter over the stretches in which the seed plays."""
        sides = [side for side in (self.before, self.after) if len(side) > 1]
        found = [len(side) * self.request.ppq / (side[-1].start - side[0].start + self.request.ppq) for side in sides]
        return sum(found) / len(found) if found else 0.0


def _run(steps: list[Step]) -> tuple[tuple[int, int], ...]:
    return tuple((step.ahead, step.pitch) for step in steps)
