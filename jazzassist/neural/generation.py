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
    right_fields,
    rows_from,
)
from jazzassist.neural.guard import Guard
from jazzassist.neural.memory import Memory
from jazzassist.neural.network import Batch, Network, State
from jazzassist.neural.sampling import Taste, allow, draw, guided, min_p, top_p
from jazzassist.neural.scene import Scene, wishes_now
from jazzassist.neural.steps import Previous, aim, context_columns, countdown, step_arrays

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
    network: Network, scene: Scene, count: int, taste: Taste, rng_seed: int, progress: Progress, cancelled: Cancelled
) -> list[Candidate]:
    """`count` candidates for the scene's gap; [] when cancelled."""
    writer = Writer(network, scene, count, taste, rng_seed)
    for _ in range(MOST_NOTES):
        if cancelled():
            return []
        if writer.write_note():
            break
        progress(writer.share)
    return writer.candidates


def hear_before(network: Network, scene: Scene) -> tuple[Previous, State, Memory | None]:
    """The last note before the gap, the trunk's state when all notes but that one have been stepped, and the memory."""
    line, first = scene.before, Previous(_first_onset(scene))
    if not len(line):
        return Previous(scene.start), network.first_state(1), None
    # One row for all candidates, or one for each where they hear different things.
    rows = [step_arrays(line, first, around, []) for around in scene.around.each(scene.around.tables)]
    arrays, heard = rows[0], [tensors(row) for row in rows]
    batch = {name: torch.stack([row[name] for row in heard]) for name in heard[0]}
    batch["instrument"] = torch.full((len(rows),), scene.instrument)
    onset = int(line.onset[-1])
    ahead = int(arrays["target_ahead"][-1])
    duration, velocity = int(arrays["target_duration"][-1]), int(line.velocity[-1]) // 8
    last = Previous(onset, int(line.pitch[-1]), duration, velocity, ahead)
    reading = network.read(batch)
    return last, reading.state, Memory.of(reading, batch)


def _first_onset(scene: Scene) -> int:
    return int(scene.before.onset[0]) // (4 * GRID) * 4 * GRID if len(scene.before) else scene.start


def hear_after(network: Network, scene: Scene) -> Tensor:
    """(1, right): the right context of the gap; the learned "nothing known" where nothing follows."""
    most = network.config.right_notes
    fields = right_fields(scene.after, scene.end, most)
    padded = np.zeros((1, 1, most, 6), np.int64)
    padded[0, 0, : len(fields)] = fields
    drums = torch.tensor([scene.instrument == DRUMS])
    heard = network.right_context(torch.from_numpy(padded), torch.tensor([[len(fields)]]), drums)
    return heard[:, 0 if len(fields) else 1]


class Writer:
    """The batch of candidates while it is being written."""

    def __init__(self, network: Network, scene: Scene, count: int, taste: Taste, rng_seed: int) -> None:
        self.network, self.scene, self.taste = network, scene, taste
        self.generator = torch.Generator().manual_seed(rng_seed)
        self.candidates = [Candidate() for _ in range(count)]
        self.guards = [Guard.for_seed(scene.seed) for _ in range(count)]
        last, state, self.memory = hear_before(network, scene)
        # A long rest before the gap is heard as a shorter one: onsets ahead are counted up to 15 quarters.
        onset = max(last.onset, (scene.start // GRID - WAIT_QUARTERS) * GRID)
        self.previous = {
            "onset": np.full(count, onset),
            "pitch": np.full(count, last.pitch),
            "duration": np.full(count, last.duration),
            "velocity": np.full(count, last.velocity),
            "ahead": np.full(count, last.ahead),
        }
        # Where something is wished, every candidate is a second time a row of the batch that hears no wish.
        rows = 2 * count if scene.has_wishes else count
        self.state = state.expand(rows)
        self.drums = torch.full((rows,), scene.instrument == DRUMS)
        self.right = hear_after(network, scene).expand(rows, -1)

    @property
    def share(self) -> float:
        """How far the slowest candidate has come through the gap, 0 to 1."""
        waiting = [c.onset[-1] if c.onset else self.scene.start for c in self.candidates if not c.done]
        span = self.scene.end - self.scene.start
        return (min(waiting, default=self.scene.end) - self.scene.start) / span

    def write_note(self) -> bool:
        """Adds one note to every candidate that goes on; True when none does."""
        out, state, self.state = self.network.step(self._inputs(), self.right, self.state)
        recalled = None if self.memory is None else self.memory.weights(out[: len(self.candidates)])
        heat = torch.tensor([[guard.heat] for guard in self.guards])
        nats = torch.zeros(len(self.candidates))
        values: list[Tensor] = []
        for number in range(5):
            logits = guided(self.network.fields.logits(number, state, self.drums), len(self.candidates))
            if self.memory is not None and recalled is not None:
                logits = self.memory.mixed(number, logits, recalled)
            value, cost = self._choose(number, logits, values, heat)
            nats += cost
            values.append(value)
            if number < 4:
                here = self._each(self._heard_here(values)) if number == 1 else None
                state = self.network.fields.choose(number, self._each(value), state, self.drums, here)
        self._add([value.numpy() for value in values], nats.numpy())
        return all(candidate.done for candidate in self.candidates)

    def _inputs(self) -> Batch:
        count = len(self.candidates)
        arrays = dict(context_columns(self.previous, self.scene.around))
        start, end = np.full(count, self.scene.start), np.full(count, self.scene.end)
        arrays |= countdown(self.previous["onset"], start, end)
        arrays["counting"] = np.ones(count, np.int64)
        arrays |= aim(self.previous["pitch"], self.scene.target)
        written = np.array([len(candidate.onset) for candidate in self.candidates])
        onsets = np.array([len(set(candidate.onset)) for candidate in self.candidates])
        arrays |= wishes_now(self.scene, written, onsets, end - np.maximum(self.previous["onset"], start))
        batch = {name: self._each(tensor)[:, None] for name, tensor in tensors(arrays).items()}
        for name in WISHES:
            batch[name][count:] = UNKNOWN
        batch["instrument"] = torch.full((len(self.drums),), self.scene.instrument)
        return batch

    def _each(self, rows: Tensor) -> Tensor:
        """Rows of the candidates as rows of the batch."""
        return torch.cat([rows, rows]) if len(self.drums) > len(self.candidates) else rows

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
        if number == 2:
            for row, guard in enumerate(self.guards):
                guard.discourage(logits[row])
            if self.scene.instrument != DRUMS:  # the rare pieces of a kit are what fills are made of
                logits = min_p(logits, self.taste.min_p)
        logits = top_p(logits, self.taste.top_p)
        temperature = self.taste.temperatures[number] * (heat if number == 2 else 1.0)
        value = draw(logits, temperature, self.generator)
        return value, -chances.gather(-1, value[:, None])[:, 0]

    def _towards_polyphony(self, values: list[Tensor]) -> Tensor:
        """(candidates, classes): nats for another note at the onset of the one before, towards the wished polyphony.

        Added to the quarters ahead, or, where those are chosen, to the positions in the quarter.
        """
        found = np.zeros((len(self.candidates), GRID if values else AHEAD_CLASSES), np.float32)
        wished = self.scene.request.controls.polyphony
        for row, candidate in enumerate(self.candidates if wished is not None else []):
            missing = float(np.clip((wished or 0) * len(set(candidate.onset)) - len(candidate.onset), -2, 2))
            if not values and missing > 0:
                found[row, 0] = THICKENING * missing
            elif values and candidate.onset and int(values[0][row]) == 0:
                found[row, candidate.onset[-1] % GRID] = THICKENING * missing
        return torch.from_numpy(found)

    def _ahead_allowed(self, values: list[Tensor]) -> Tensor:
        """Quarters ahead that reach into the gap and stay in it; END where the music may end."""
        allowed = np.zeros((len(self.candidates), AHEAD_CLASSES), np.bool_)
        for row, candidate in enumerate(self.candidates):
            at = int(self.previous["onset"][row])
            first = max(0, self.scene.start // GRID - at // GRID)
            if first == 0 and not self._room_in_quarter(row):
                first = 1
            last = min(MOST_AHEAD, (self.scene.end - 1) // GRID - at // GRID)
            allowed[row, first : last + 1] = True
            allowed[row, END] = candidate.done or last < first or self._may_end(candidate, at)
            if candidate.done:
                allowed[row, :END] = False
        return torch.from_numpy(allowed)

    def _may_end(self, candidate: Candidate, at: int) -> bool:
        """When something was written and no longer silence would follow than the seed itself knows."""
        bar = 4 * GRID
        return bool(candidate.onset) and self.scene.end - at <= max(self.scene.longest_rest, bar) + GRID

    def _room_in_quarter(self, row: int) -> bool:
        at = int(self.previous["onset"][row])
        later = at % GRID < GRID - 1 and at + 1 < self.scene.end
        return later or self._chord_room(row)

    def _chord_room(self, row: int) -> bool:
        """Whether another note may begin at the very onset of the one before."""
        candidate = self.candidates[row]
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
            if not self.candidates[row].onset:
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
        for row, candidate in enumerate(self.candidates):
            if candidate.onset and onset[row] == candidate.onset[-1]:
                allowed[row, : candidate.pitch[-1] + 1] = False
            for pitch, end in self.scene.held:
                allowed[row, pitch] &= onset[row] * ticks >= end
        return torch.from_numpy(allowed)

    def _heard_here(self, values: list[Tensor]) -> Tensor:
        quarter = self._onsets(values) // GRID - self.scene.around.first_quarter
        return torch.from_numpy(rows_from(self.scene.around.heard, quarter, QUARTERS_HERE))

    def _add(self, values: list[Ints], nats: npt.NDArray[np.float32]) -> None:
        ahead, sub, pitch, duration, velocity = values
        onset = (self.previous["onset"] // GRID + np.minimum(ahead, MOST_AHEAD)) * GRID + sub
        within = torch.randint(0, 8, (len(onset),), generator=self.generator).numpy()
        loud = np.clip(velocity * 8 + within, *self.scene.loudness)
        for row, candidate in enumerate(self.candidates):
            if candidate.done:
                continue
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
