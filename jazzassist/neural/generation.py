"""Writing into a gap, note by note, all candidates in one batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from jazzassist.domain.suggestion import Cancelled, Progress
from jazzassist.neural.choices import Choices
from jazzassist.neural.encoding import (
    AHEAD_CLASSES,
    DRUMS,
    DURATIONS,
    END,
    GRID,
    MOST_AHEAD,
    QUARTERS_HERE,
    Floats,
    Ints,
    rows_from,
)
from jazzassist.neural.folding import FoldedNetwork
from jazzassist.neural.guard import Guard
from jazzassist.neural.hearing import Before, hear_after, hear_before
from jazzassist.neural.places import balance
from jazzassist.neural.sampling import Taste, allow, draw, guided, min_p, top_p
from jazzassist.neural.scene import Scene, wishes_now
from jazzassist.neural.stepping import Stepper
from jazzassist.neural.steps import Arrays, aim, context_columns, countdown

THICKENING = 2.0  # nats for each note that chords lack, or have too many, against the polyphony that is wished
MOST_NOTES = 1200  # in one suggestion: nothing playable is denser than this in the longest gap asked for
WAIT_QUARTERS = 8  # a rest before the gap is heard as at most this long


@dataclass
class Candidate:
    """What one row of the batch has written so far, on the grid, and how likely each note was in nats."""

    onset: list[int] = field(default_factory=list)
    length: list[int] = field(default_factory=list)
    pitch: list[int] = field(default_factory=list)
    velocity: list[int] = field(default_factory=list)
    nats: list[float] = field(default_factory=list)
    done: bool = False

    @property
    def fields(self) -> npt.NDArray[np.int64]:
        """(n, 3): length, pitch, velocity."""
        return np.array([self.length, self.pitch, self.velocity], np.int64).T.reshape(-1, 3)


def generate(
    folded: FoldedNetwork,
    scene: Scene,
    count: int,
    taste: Taste,
    rng_seed: int,
    progress: Progress,
    cancelled: Cancelled,
    before: Before | None = None,
    finished: Callable[[int, Candidate], None] | None = None,
) -> list[Candidate]:
    """`count` candidates for the scene's gap; [] when cancelled. `before`: what `hear_before` found, where known.

    `finished` is called with the row of each candidate and the candidate as soon as it has ended.
    """
    writer = Writer(folded, scene, count, taste, rng_seed, before, finished)
    for _ in range(MOST_NOTES):
        if cancelled():
            return []
        if writer.write_note():
            break
        progress(writer.share)
    return writer.candidates


class Writer:
    """The batch of candidates while it is being written. Its rows are those that are not done: `writing`."""

    @torch.inference_mode()
    def __init__(
        self,
        folded: FoldedNetwork,
        scene: Scene,
        count: int,
        taste: Taste,
        rng_seed: int,
        before: Before | None = None,
        finished: Callable[[int, Candidate], None] | None = None,
    ) -> None:
        network = folded.network
        self.finished = finished
        self.scene, self.taste, self.around, self.taken = scene, taste, scene.around, scene.taken
        self.generator = torch.Generator().manual_seed(rng_seed)
        self.candidates = [Candidate() for _ in range(count)]
        self.writing = list(self.candidates)
        guard = Guard.for_seed(scene.seed, moves=scene.wished_register is not None)
        self.guards = [guard.afresh() for _ in range(count)]
        last, state, self.memory = before or hear_before(network, scene)
        # A long rest before the gap is heard as a shorter one: onsets ahead are counted up to 15 quarters.
        onset = max(last.onset, (scene.start // GRID - WAIT_QUARTERS) * GRID)
        self.previous = {
            "onset": np.full(count, onset),
            "pitch": np.full(count, last.pitch),
            "duration": np.full(count, last.duration),
            "velocity": np.full(count, last.velocity),
            "ahead": np.full(count, last.ahead),
        }
        # Of each row: its notes, its onsets, and how many notes begin at the last of them.
        self.written = {name: np.zeros(count, np.int64) for name in ("notes", "onsets", "at_once")}
        self.written_on = np.zeros((count, GRID), np.float32)  # how many onsets on each position of the quarter
        self.choices = self._choices()
        # Where something is wished or follows, each candidate is compared with what it would be without.
        compared = scene.request.controls.has_wishes or scene.is_bridge
        self.stepper = Stepper(folded, state, hear_after(network, scene), scene.instrument, count, compared)

    def _choices(self) -> Choices:
        """What every candidate may choose for its next note."""
        return Choices(self.scene, self.previous, self.written, self.taken, self.taste.is_steady)

    @property
    def share(self) -> float:
        """How far the slowest candidate has come through the gap, 0 to 1."""
        span = self.scene.end - self.scene.start
        return float(np.clip(self.previous["onset"].min(initial=self.scene.end) - self.scene.start, 0, span)) / span

    @torch.inference_mode()
    def write_note(self) -> bool:
        """Adds one note to every candidate that goes on; True when none does."""
        count, stepper = len(self.writing), self.stepper
        stepper.step(self._inputs())
        recalled = None if self.memory is None else self.memory.weights(stepper.out[:count])
        heat = torch.tensor([[guard.heat] for guard in self.guards])
        nats = torch.zeros(count)
        values: list[Tensor] = []
        self.choices = self._choices()
        for number in range(5):
            logits = guided(stepper.logits(number), count)
            if self.memory is not None and recalled is not None:
                logits = self.memory.mixed(number, logits, recalled)
            value, cost = self._choose(number, logits, values, heat)
            nats += cost
            values.append(value)
            if number < 4:
                stepper.choose(number, value, self._heard_here(values) if number == 1 else None)
        self._add([value.numpy() for value in values], nats.tolist())
        self._rest_of([row for row, candidate in enumerate(self.writing) if not candidate.done])
        return not self.writing

    def _rest_of(self, rows: list[int]) -> None:
        """Goes on with some of the rows alone: those that are done cost nothing more."""
        if len(rows) == len(self.writing):
            return
        self.writing, self.guards = [self.writing[row] for row in rows], [self.guards[row] for row in rows]
        self.previous = {name: column[rows] for name, column in self.previous.items()}
        self.written = {name: column[rows] for name, column in self.written.items()}
        self.written_on = self.written_on[rows]
        self.around, self.taken = self.around.of_rows(rows), self.taken.of_rows(rows)
        if rows:
            self.stepper.keep(rows)

    def _inputs(self) -> Arrays:
        """What the step before the next note takes, by the names of `step_arrays`."""
        count, previous = len(self.writing), self.previous["onset"]
        start, end = np.full(count, self.scene.start), np.full(count, self.scene.end)
        arrays = dict(context_columns(self.previous, self.around))
        arrays |= countdown(previous, start, end)
        arrays["counting"] = np.ones(count, np.int64)
        arrays |= aim(self.previous["pitch"], self.scene.target)
        left = end - np.maximum(previous, start)
        return arrays | wishes_now(self.scene, self.written["notes"], self.written["onsets"], left)

    def _choose(self, number: int, logits: Tensor, values: list[Tensor], heat: Tensor) -> tuple[Tensor, Tensor]:
        """(values of a field, their cost in nats under the network itself) for all candidates."""
        chances = logits.log_softmax(-1)
        if number < 3:
            choices = self.choices
            logits = allow(logits, (choices.ahead, choices.sub, choices.pitch)[number](values))
        if number < 2 and self.scene.request.controls.polyphony is not None:
            logits = logits + torch.from_numpy(self._towards(self.scene.request.controls.polyphony, values))
        if number == 1:
            logits = logits + self.taste.caution * torch.from_numpy(self._towards_places())
        share = self.taste.top_p
        if number == 2:
            for row, guard in enumerate(self.guards):
                if guard.objects:
                    guard.discourage(logits[row])
            if self.scene.instrument != DRUMS:  # the rare pieces of a kit are what fills are made of
                logits, share = min_p(logits, self.taste.min_p), self.taste.pitch_top_p
        logits = top_p(logits, share)
        temperature = self.taste.temperatures[number] * (heat if number == 2 else 1.0)
        value = draw(logits, temperature, self.generator)
        return value, -chances.gather(-1, value[:, None])[:, 0]

    def _towards_places(self) -> Floats:
        """(candidates or 1, GRID): nats for each position of the quarter, towards those of the seed.

        Against those that it never uses; and where it keeps to a few, towards its shares of them.
        """
        shares = self.scene.places
        if shares is None:
            return -self.scene.strangeness[None]
        return balance(shares, self.written_on) - self.scene.strangeness

    def _towards(self, polyphony: float, values: list[Tensor]) -> Floats:
        """(candidates, classes): nats for another note at the onset of the one before, towards the wished polyphony.

        Added to the quarters ahead, or, where those are chosen, to the positions in the quarter.
        """
        missing = np.clip(polyphony * self.written["onsets"] - self.written["notes"], -2, 2)
        found = np.zeros((len(self.writing), GRID if values else AHEAD_CLASSES), np.float32)
        if values:
            rows = np.flatnonzero((self.written["notes"] > 0) & (values[0].numpy() == 0))
            found[rows, self.previous["onset"][rows] % GRID] = THICKENING * missing[rows]
        else:
            found[:, 0] = THICKENING * np.maximum(missing, 0)
        return found

    def _heard_here(self, values: list[Tensor]) -> Tensor:
        quarter = self.choices.onsets(values) // GRID - self.around.first_quarter
        return torch.from_numpy(rows_from(self.around.heard, quarter, QUARTERS_HERE))

    def _add(self, values: list[Ints], nats: list[float]) -> None:
        ahead, sub, pitch, duration, velocity = values
        onset = (self.previous["onset"] // GRID + np.minimum(ahead, MOST_AHEAD)) * GRID + sub
        within = torch.randint(0, 8, (len(onset),), generator=self.generator).numpy()
        loud = np.clip(velocity * 8 + within, *self.scene.loudness)
        columns = (ahead, sub, onset, DURATIONS[duration], pitch, loud)
        rows = zip(self.writing, self.guards, nats, *(column.tolist() for column in columns), strict=True)
        for candidate, guard, cost, quarters, place, at, length, key, force in rows:
            if quarters == END:
                candidate.done = True
                if self.finished is not None:
                    self.finished(next(row for row, one in enumerate(self.candidates) if one is candidate), candidate)
                continue
            candidate.onset.append(at)
            candidate.length.append(length)
            candidate.pitch.append(key)
            candidate.velocity.append(force)
            candidate.nats.append(cost)
            if self.scene.instrument != DRUMS:
                guard.heard(quarters, place, key)
        again = (self.written["notes"] > 0) & (onset == self.previous["onset"])
        self.written_on[np.flatnonzero(~again), (onset % GRID)[~again]] += 1
        self.written["notes"] += 1
        self.written["onsets"] += ~again
        self.written["at_once"] = np.where(again, self.written["at_once"] + 1, 1)
        names = ("onset", "pitch", "duration", "velocity", "ahead")
        # Rows that are done are not gone on with, so what stands there does not matter.
        self.previous = dict(zip(names, (onset, pitch, duration, loud // 8, ahead), strict=True))
