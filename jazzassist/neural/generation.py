"""Writing into a gap, note by note, all candidates in one batch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from jazzassist.domain.suggestion import Cancelled, Progress
from jazzassist.neural.batches import tensors
from jazzassist.neural.encoding import (
    AHEAD_CLASSES,
    DRUMS,
    DURATIONS,
    END,
    GRID,
    MOST_AHEAD,
    QUARTERS_HERE,
    UNKNOWN,
    WISHES,
    Ints,
    rows_from,
)
from jazzassist.neural.fields import Batch
from jazzassist.neural.guard import Guard
from jazzassist.neural.hearing import Before, hear_after, hear_before
from jazzassist.neural.network import Network
from jazzassist.neural.sampling import Taste, allow, draw, guided, min_p, top_p
from jazzassist.neural.scene import Scene, wishes_now
from jazzassist.neural.steps import AIMS, aim, context_columns, countdown

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


@torch.no_grad()
def generate(
    network: Network,
    scene: Scene,
    count: int,
    taste: Taste,
    rng_seed: int,
    progress: Progress,
    cancelled: Cancelled,
    before: Before | None = None,
) -> list[Candidate]:
    """`count` candidates for the scene's gap; [] when cancelled. `before`: what `hear_before` found, where known."""
    writer = Writer(network, scene, count, taste, rng_seed, before)
    for _ in range(MOST_NOTES):
        if cancelled():
            return []
        if writer.write_note():
            break
        progress(writer.share)
    return writer.candidates


class Writer:
    """The batch of candidates while it is being written. Its rows are those that are not done: `writing`."""

    def __init__(
        self, network: Network, scene: Scene, count: int, taste: Taste, rng_seed: int, before: Before | None = None
    ) -> None:
        self.network, self.scene, self.taste, self.around = network, scene, taste, scene.around
        self.generator = torch.Generator().manual_seed(rng_seed)
        self.candidates = [Candidate() for _ in range(count)]
        self.writing = list(self.candidates)
        self.guards = [Guard.for_seed(scene.seed) for _ in range(count)]
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
        # Where something is wished or follows, every candidate is a second time a row of the batch that hears neither.
        rows = 2 * count if scene.request.controls.has_wishes or scene.is_bridge else count
        self.state = state.expand(rows)
        self.drums = torch.full((rows,), scene.instrument == DRUMS)
        self.following = hear_after(network, scene).expand(rows)
        if rows > count:
            self.following = self.following.deaf_from(count, network.right_none)

    @property
    def share(self) -> float:
        """How far the slowest candidate has come through the gap, 0 to 1."""
        waiting = [candidate.onset[-1] if candidate.onset else self.scene.start for candidate in self.writing]
        span = self.scene.end - self.scene.start
        return (min(waiting, default=self.scene.end) - self.scene.start) / span

    def write_note(self) -> bool:
        """Adds one note to every candidate that goes on; True when none does."""
        count = len(self.writing)
        outlook, self.state = self.network.step(self._inputs(), self.following, self.state)
        state, here = outlook.first, None
        recalled = None if self.memory is None else self.memory.weights(outlook.out[:count])
        heat = torch.tensor([[guard.heat] for guard in self.guards])
        nats = torch.zeros(count)
        values: list[Tensor] = []
        for number in range(5):
            logits = guided(self.network.fields.logits(number, state, self.drums, outlook.hints, here), count)
            if self.memory is not None and recalled is not None:
                logits = self.memory.mixed(number, logits, recalled)
            value, cost = self._choose(number, logits, values, heat)
            nats += cost
            values.append(value)
            if number < 4:
                here = self._each(self._heard_here(values)) if number == 1 else here
                state = self.network.fields.choose(number, self._each(value), state, self.drums, here)
        self._add([value.numpy() for value in values], nats.numpy())
        self._rest_of([row for row, candidate in enumerate(self.writing) if not candidate.done])
        return not self.writing

    def _rest_of(self, rows: list[int]) -> None:
        """Goes on with some of the rows alone: those that are done cost nothing more."""
        count = len(self.writing)
        if len(rows) == count:
            return
        in_batch = rows + [count + row for row in rows if len(self.drums) > count]
        self.writing, self.guards = [self.writing[row] for row in rows], [self.guards[row] for row in rows]
        self.previous = {name: column[rows] for name, column in self.previous.items()}
        self.around, self.state = self.around.of_rows(rows), self.state.of_rows(in_batch)
        self.drums, self.following = self.drums[in_batch], self.following.of_rows(in_batch)

    def _inputs(self) -> Batch:
        count = len(self.writing)
        arrays = dict(context_columns(self.previous, self.around))
        start, end = np.full(count, self.scene.start), np.full(count, self.scene.end)
        arrays |= countdown(self.previous["onset"], start, end)
        arrays["counting"] = np.ones(count, np.int64)
        arrays |= aim(self.previous["pitch"], self.scene.target)
        written = np.array([len(candidate.onset) for candidate in self.writing])
        onsets = np.array([len(set(candidate.onset)) for candidate in self.writing])
        arrays |= wishes_now(self.scene, written, onsets, end - np.maximum(self.previous["onset"], start))
        batch = {name: self._each(tensor)[:, None] for name, tensor in tensors(arrays).items()}
        for name in WISHES:
            batch[name][count:] = UNKNOWN
        for name in AIMS:
            batch[name][count:] = 0
        batch["instrument"] = torch.full((len(self.drums),), self.scene.instrument)
        return batch

    def _each(self, rows: Tensor) -> Tensor:
        """Rows of the candidates as rows of the batch."""
        return torch.cat([rows, rows]) if len(self.drums) > len(self.writing) else rows

    def _choose(self, number: int, logits: Tensor, values: list[Tensor], heat: Tensor) -> tuple[Tensor, Tensor]:
        """(values of a field, their cost in nats under the network itself) for all candidates."""
        chances = logits.log_softmax(-1)
        if number < 3:
            masks = (self._ahead_allowed, self._sub_allowed, self._pitch_allowed)
            logits = allow(logits, masks[number](values))
        if number < 2:
            logits = logits + self._towards_polyphony(values)
        if number == 1:
            logits = logits - self.taste.caution * torch.from_numpy(self.scene.strangeness)
        share = self.taste.top_p
        if number == 2:
            for row, guard in enumerate(self.guards):
                guard.discourage(logits[row])
            if self.scene.instrument != DRUMS:  # the rare pieces of a kit are what fills are made of
                logits, share = min_p(logits, self.taste.min_p), self.taste.pitch_top_p
        logits = top_p(logits, share)
        temperature = self.taste.temperatures[number] * (heat if number == 2 else 1.0)
        value = draw(logits, temperature, self.generator)
        return value, -chances.gather(-1, value[:, None])[:, 0]

    def _towards_polyphony(self, values: list[Tensor]) -> Tensor:
        """(candidates, classes): nats for another note at the onset of the one before, towards the wished polyphony.

        Added to the quarters ahead, or, where those are chosen, to the positions in the quarter.
        """
        found = np.zeros((len(self.writing), GRID if values else AHEAD_CLASSES), np.float32)
        wished = self.scene.request.controls.polyphony
        for row, candidate in enumerate(self.writing if wished is not None else []):
            missing = float(np.clip((wished or 0) * len(set(candidate.onset)) - len(candidate.onset), -2, 2))
            if not values and missing > 0:
                found[row, 0] = THICKENING * missing
            elif values and candidate.onset and int(values[0][row]) == 0:
                found[row, candidate.onset[-1] % GRID] = THICKENING * missing
        return torch.from_numpy(found)

    def _ahead_allowed(self, values: list[Tensor]) -> Tensor:
        """Quarters ahead that reach into the gap and stay in it, after no too long silence; END where the music may."""
        allowed = np.zeros((len(self.writing), AHEAD_CLASSES), np.bool_)
        for row, candidate in enumerate(self.writing):
            at = int(self.previous["onset"][row])
            first = max(0, self.scene.start // GRID - at // GRID)
            if first == 0 and not self._room_in_quarter(row):
                first = 1
            latest = min(self.scene.end - 1, max(at, self.scene.start) + self.scene.most_rest)
            last = min(MOST_AHEAD, latest // GRID - at // GRID)
            allowed[row, first : last + 1] = True
            allowed[row, END] = last < first or self._may_end(candidate, at)
        return torch.from_numpy(allowed)

    def _may_end(self, candidate: Candidate, at: int) -> bool:
        """When something was written and no silence would follow that is too long."""
        return bool(candidate.onset) and self.scene.end - at <= self.scene.most_rest + GRID

    def _room_in_quarter(self, row: int) -> bool:
        at = int(self.previous["onset"][row])
        later = at % GRID < GRID - 1 and at + 1 < self.scene.end
        return later or self._chord_room(row)

    def _chord_room(self, row: int) -> bool:
        """Whether another note may begin at the very onset of the one before."""
        candidate = self.writing[row]
        if not candidate.onset or candidate.onset.count(candidate.onset[-1]) >= self.scene.polyphony:
            return False
        return bool(self.scene.pitches[candidate.pitch[-1] + 1 :].any())

    def _sub_allowed(self, values: list[Tensor]) -> Tensor:
        """Positions in the chosen quarter that lie in the gap and not before the note before."""
        ahead = values[0].numpy()
        quarter = self.previous["onset"] // GRID + np.minimum(ahead, MOST_AHEAD)
        onset = quarter[:, None] * GRID + np.arange(GRID)
        allowed = (onset >= self.scene.start) & (onset < self.scene.end)
        for row in range(len(onset)):
            at = int(self.previous["onset"][row])
            first = at if self._chord_room(row) else at + 1
            if not self.writing[row].onset:
                first = self.scene.start
            allowed[row] &= onset[row] >= first
        return torch.from_numpy(allowed)

    def _onsets(self, values: list[Tensor]) -> Ints:
        ahead = np.minimum(values[0].numpy(), MOST_AHEAD)
        onsets: Ints = (self.previous["onset"] // GRID + ahead) * GRID + values[1].numpy()
        return onsets

    def _pitch_allowed(self, values: list[Tensor]) -> Tensor:
        """The seed's register; above the note before in a chord; no key that is still down from before the gap."""
        onset = self._onsets(values)
        allowed = np.tile(self.scene.pitches, (len(onset), 1))
        ticks = self.scene.request.ppq / GRID
        for row, candidate in enumerate(self.writing):
            if candidate.onset and onset[row] == candidate.onset[-1]:
                allowed[row, : candidate.pitch[-1] + 1] = False
            for pitch, end in self.scene.held:
                allowed[row, pitch] &= onset[row] * ticks >= end
        return torch.from_numpy(allowed)

    def _heard_here(self, values: list[Tensor]) -> Tensor:
        quarter = self._onsets(values) // GRID - self.around.first_quarter
        return torch.from_numpy(rows_from(self.around.heard, quarter, QUARTERS_HERE))

    def _add(self, values: list[Ints], nats: npt.NDArray[np.float32]) -> None:
        ahead, sub, pitch, duration, velocity = values
        onset = (self.previous["onset"] // GRID + np.minimum(ahead, MOST_AHEAD)) * GRID + sub
        within = torch.randint(0, 8, (len(onset),), generator=self.generator).numpy()
        loud = np.clip(velocity * 8 + within, *self.scene.loudness)
        for row, candidate in enumerate(self.writing):
            if ahead[row] == END:
                candidate.done = True
                continue
            candidate.onset.append(int(onset[row]))
            candidate.length.append(int(DURATIONS[duration[row]]))
            candidate.pitch.append(int(pitch[row]))
            candidate.velocity.append(int(loud[row]))
            candidate.nats.append(float(nats[row]))
            if self.scene.instrument != DRUMS:
                self.guards[row].heard(int(ahead[row]), int(sub[row]), int(pitch[row]))
            for name, value in zip(
                ("onset", "pitch", "duration", "velocity", "ahead"),
                (onset, pitch, duration, loud // 8, ahead),
                strict=True,
            ):
                self.previous[name][row] = value[row]
