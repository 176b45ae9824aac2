"""Where systems that write music down differently can be compared: the pitch of the next note, given the past.

Each gives a probability to all 128 pitches for every note of held-out single lines, from the notes before
it; the true one's is what counts, in bits, and whether it was the likeliest. All are asked under one
condition: that a single note comes next. So of a softmax over words the single notes' share is scaled to 1
(a note that the vocabulary lacks gets its part of `other`), of characters the products along each pitch's
spelling up to the digit of its length. Two systems have time as well. agarwal2018 has written rests
before the note, so it knows when it begins. Ours predicts the onset before the pitch: in one row its
pitch is the mean over the onsets that it holds possible, so that it knows no more than the others, in
another it is told the true onset, the chords and the other lines, as in the app.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from jazzassist.domain.song import Note
from jazzassist.literature.notation import essential, pitch_text, sounds_of
from jazzassist.literature.words import OTHER, PITCHES, top_notes, words_of
from jazzassist.neural.encoding import DRUMS, GRID, HEARD, PITCH, QUARTERS_HERE, Floats, GridLine
from jazzassist.neural.steps import Arrays, Previous, Surroundings, step_arrays
from jazzassist.suggest.baseline import UNSEEN, Chain, Step
from jazzassist.training.evaluation.windows import windows
from jazzassist.training.literature.checkpoint import Loaded
from jazzassist.training.literature.layers import State
from jazzassist.training.network.batches import stacked
from jazzassist.training.network.fields import Outlook
from jazzassist.training.network.network import Network

SCORED_FROM = 10  # the notes of a line that no system is asked for
CONTEXT = 0.5  # of a window, at least, is heard before a note that is scored
MOST_AHEAD = 4  # quarters: the onsets over which ours is averaged
MOST_MARKS = 4  # of octave in a spelled pitch
DIGITS = "123456789"
Nodes = dict[str, tuple[Tensor, Tensor, State]]  # of a spelling: log chances of what follows, its own, state
Chances = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SoloLine:
    """A held-out line of single notes, and what else was to be heard: bars, other lines, chords."""

    line: GridLine
    around: Surroundings


class Predictor(Protocol):
    """What can be scored."""

    def chances(self, solo: SoloLine) -> Chances:
        """(notes, PITCHES): the probabilities of each note's pitch; rows before SCORED_FROM do not count."""
        ...


@dataclass(frozen=True)
class Score:
    """Over all notes: how many, bits for each, the share whose likeliest pitch was the true one."""

    notes: int
    bits: float
    accuracy: float


def score(predictor: Predictor, solos: Sequence[SoloLine]) -> Score:
    """The mean over all notes of the lines from SCORED_FROM on."""
    bits, hits = [], []
    for solo in solos:
        rows, true = predictor.chances(solo)[SCORED_FROM:], solo.line.pitch[SCORED_FROM:]
        chance = rows[np.arange(len(rows)), true]
        bits.append(-np.log2(np.maximum(chance, 1e-12)))
        hits.append(rows.argmax(1) == true)
    flat = np.concatenate(bits)
    return Score(len(flat), float(flat.mean()), float(np.concatenate(hits).mean()))


@dataclass(frozen=True)
class OfWords:
    """A network whose tokens are words or top notes: one token a note."""

    loaded: Loaded

    @torch.no_grad()
    def chances(self, solo: SoloLine) -> Chances:
        """See Predictor."""
        network, vocabulary = self.loaded.network, self.loaded.vocabulary
        words = (words_of if network.kind == "words" else top_notes)(solo.line)
        tokens = torch.from_numpy(vocabulary.encode(words))
        found = np.full((len(tokens), PITCHES), 1 / PITCHES)
        for window in windows(len(tokens), network.window + 1, int(CONTEXT * network.window)):
            if window.high - window.low > 1:
                logits = network(tokens[None, window.low : window.high - 1])[0]
                rows = _of_single_notes(logits.double().softmax(-1).numpy(), self.loaded)
                first = max(window.scored, window.low + 1)
                found[first : window.high] = rows[first - window.low - 1 :]
        return found


def _of_single_notes(rows: Chances, loaded: Loaded) -> Chances:
    """(notes, PITCHES) from (notes, words), scaled to 1."""
    single = loaded.vocabulary.single
    known = single >= 0
    found = np.zeros((len(rows), PITCHES))
    found[:, known] = rows[:, single[known]]
    if not known.all() and OTHER in loaded.vocabulary.numbers:
        others = rows[:, loaded.vocabulary.numbers[OTHER]]
        found[:, ~known] = others[:, None] / PITCHES  # what else it stands for are chords, so this is generous enough
    return np.asarray(found / found.sum(1, keepdims=True), np.float64)


@dataclass(frozen=True)
class OfText:
    """A network whose tokens are the characters of the essential notation."""

    loaded: Loaded

    @torch.no_grad()
    def chances(self, solo: SoloLine) -> Chances:
        """See Predictor. The text is read in windows of the network's own."""
        sounds = sounds_of(solo.line)
        lengths = np.cumsum([0, *(len(essential([sound])) for sound in sounds)])
        starts = np.array([at for at, sound in zip(lengths[:-1], sounds, strict=True) if sound.pitches], np.int64)
        numbers = self.loaded.vocabulary.numbers
        tokens = torch.tensor([numbers.get(character, 0) for character in essential(sounds)])
        network = self.loaded.network
        found = np.full((len(starts), PITCHES), 1 / PITCHES)
        for window in windows(len(tokens), network.window, int(CONTEXT * network.window)):
            here = np.flatnonzero((starts >= max(window.scored, 1)) & (starts < window.high))
            if len(here) and window.low < starts[here[0]]:
                states = self._states(tokens[window.low : window.high], starts[here] - window.low)
                found[here] = self._spelled(*states)
        return found

    def _states(self, tokens: Tensor, starts: npt.NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """(logits, hidden, cell) with one row for each start: before the character there was read."""
        network = self.loaded.network
        logits, state = network.read(tokens[None, :1], network.start(1))
        kept = []
        wanted = set(starts.tolist())
        for at in range(1, len(tokens)):
            if at in wanted:
                kept.append((logits, state["hidden"], state["cell"]))
            logits, state = network.read(tokens[None, at : at + 1], state)
        return (
            torch.cat([row[0] for row in kept]),
            torch.cat([row[1] for row in kept]),
            torch.cat([row[2] for row in kept]),
        )

    def _spelled(self, logits: Tensor, hidden: Tensor, cell: Tensor) -> Chances:
        """(rows, PITCHES): the product along the spelling of each pitch, scaled to 1."""
        found = np.zeros((len(logits), PITCHES))
        so_far = torch.zeros(len(logits), dtype=torch.float64)
        nodes: Nodes = {"": (logits.double().log_softmax(-1), so_far, {"hidden": hidden, "cell": cell})}
        digits = [self.loaded.vocabulary.numbers[digit] for digit in DIGITS if digit in self.loaded.vocabulary.numbers]
        for pitch in range(PITCHES):
            text = pitch_text(pitch)
            if len(text.strip("^")) - 1 <= MOST_MARKS and self._reach(text, nodes):
                logs, so_far, _ = nodes[text]
                found[:, pitch] = (so_far + logs[:, digits].logsumexp(-1)).exp().numpy()
        return np.asarray((found + 1e-12) / (found + 1e-12).sum(1, keepdims=True), np.float64)

    def _reach(self, text: str, nodes: Nodes) -> bool:
        """Adds the nodes of a spelling that are not there yet; False where one of its characters is not known."""
        for end in range(1, len(text) + 1):
            if text[:end] in nodes:
                continue
            number = self.loaded.vocabulary.numbers.get(text[end - 1])
            if number is None:
                return False
            logs, so_far, state = nodes[text[: end - 1]]
            token = torch.full((len(logs), 1), number)
            logits, after = self.loaded.network.read(token, state)
            nodes[text[:end]] = (logits.double().log_softmax(-1), so_far + logs[:, number], after)
        return True


class OfMarkov:
    """The Markov chain of the app, learnt from the line itself up to each note."""

    def chances(self, solo: SoloLine) -> Chances:
        """See Predictor. UNSEEN is shared by all pitches, as the chain itself has it."""
        line = solo.line
        columns = (line.onset.tolist(), line.length.tolist(), line.pitch.tolist(), line.velocity.tolist())
        notes = [Note(*row) for row in zip(*columns, strict=True)]
        chain = Chain(drums=False)
        found = np.full((len(notes), PITCHES), 1 / PITCHES)
        steps = chain.steps(notes)
        for at in range(1, len(notes)):
            found[at] = self._after(chain, steps[: at - 1], notes[at - 1].pitch)
            chain.add(steps[:at])
        return found

    def _after(self, chain: Chain, steps: list[Step], pitch: int) -> Chances:
        counted = np.zeros(PITCHES)
        for step, count in chain.followers(steps).items():
            if 0 <= pitch + step.pitch < PITCHES:
                counted[pitch + step.pitch] += count
        shares = counted / counted.sum() if counted.any() else np.full(PITCHES, 1 / PITCHES)
        return np.asarray((1 - UNSEEN) * shares + UNSEEN / PITCHES, np.float64)


@dataclass(frozen=True)
class OfOurs:
    """Our network. `told`: the true onset, the chords and the other lines; otherwise its own line alone."""

    network: Network
    steps: int
    told: bool

    @torch.no_grad()
    def chances(self, solo: SoloLine) -> Chances:
        """See Predictor."""
        found = np.full((len(solo.line), PITCHES), 1 / PITCHES)
        for window in windows(len(solo.line), self.steps, int(CONTEXT * self.steps)):
            arrays = self._arrays(solo, window.low, window.high)
            batch = stacked([arrays], self.network.config.right_notes)
            if self.told:
                rows = self.network(batch)[PITCH].double().softmax(-1)
            else:
                outlook = self.network.outputs(batch).flat()
                drums = torch.full((len(outlook.out),), int(batch["instrument"][0]) == DRUMS)
                rows = self._without_onset(outlook, drums, batch["previous_sub"].flatten())
            found[window.scored : window.high] = rows.numpy()[window.scored - window.low :]
        return found

    def _arrays(self, solo: SoloLine, low: int, high: int) -> Arrays:
        line, around = solo.line, solo.around
        before = Previous(int(line.onset[0]) // (4 * GRID) * 4 * GRID)
        if low:
            last = step_arrays(line.part(low - 1, low), before, around, [])
            duration, velocity = int(last["target_duration"][0]), int(last["target_velocity"][0])
            before = Previous(int(line.onset[low - 1]), int(line.pitch[low - 1]), duration, velocity)
        heard: Floats = around.heard if self.told else np.zeros((1, HEARD), np.float32)
        cut = line.part(low, high)
        found = step_arrays(cut, before, Surroundings(around.meters, heard, around.first_quarter), [])
        return found | {"instrument": np.array(line.instrument, np.int64)}

    def _without_onset(self, outlook: Outlook, drums: Tensor, previous_sub: Tensor) -> Tensor:
        """(notes, PITCHES): the mean over the onsets after the note before, up to MOST_AHEAD quarters on."""
        fields, state, hints = self.network.fields, outlook.first, outlook.hints
        ahead_logs = fields.logits(0, state, drums, hints)[:, :MOST_AHEAD].double().log_softmax(-1)
        silence = torch.zeros(len(state), QUARTERS_HERE * HEARD)
        logs, pitches = [], []
        for ahead in range(MOST_AHEAD):
            inner = fields.choose(0, torch.full((len(state),), ahead), state, drums)
            sub_logs = fields.logits(1, inner, drums, hints).double().log_softmax(-1)
            for sub in range(GRID):
                at = fields.choose(1, torch.full((len(state),), sub), inner, drums, silence)
                later = torch.full((len(state),), ahead > 0) | (sub > previous_sub)
                logs.append((ahead_logs[:, ahead] + sub_logs[:, sub]).masked_fill(~later, -math.inf))
                pitches.append(F.softmax(fields.logits(PITCH, at, drums, hints, silence).double(), -1))
        shares = torch.stack(logs, 1).softmax(-1)
        return (shares[..., None] * torch.stack(pitches, 1)).sum(1)
