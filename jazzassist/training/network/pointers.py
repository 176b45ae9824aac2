"""Pointers to notes that were heard, and what they say for each class of the coming note's fields.

The heads of the fields choose among absolute keys, and learn for each key by itself what follows
from what. Beside them, two kinds of pointers look for the notes that matter: to the left where the
trunk felt as it does now (a copy mechanism; Vinyals et al. 2015, "Pointer networks", Merity et al.
2016, "Pointer sentinel mixture models"), and to the right among the notes that the gap leads to.
What they point at stands on the keyboard together with the chord and what others play, and a small
convolution along the keys, the same in every key, adds to the logits of the pitches (weights tied
along the keys as in Johnson 2017, "Generating polyphonic music using tied parallel networks").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jazzassist.neural.encoding import (
    ECHOED,
    HEADS,
    HEARD,
    INTERVAL,
    INTERVALS,
    NAMES,
    NO_PITCH,
    OTHERS,
    PITCHES,
    TARGETS,
)
from jazzassist.training.network.attention import Part, attend, parted

OCTAVE = 12
REACH, CHANNELS = 12, 24  # keys to either side that the convolution sees; its channels
# Columns of what is heard that tell pitch classes: others, their bass, chord, its bass; then the next quarter's.
CLASSES_HEARD = (0, 12, OTHERS, OTHERS + 12, HEARD, HEARD + OTHERS)


@dataclass(frozen=True)
class Hints:
    """What the pointers of steps point at, as shares of their attention; the rest of it points at nothing.

    `keys`: (..., 3 * HEADS, PITCHES), of pitches heard, of intervals heard put onto the note before, of pitches that
    follow; `fields`: (..., HEADS, classes of ECHOED side by side); `previous`: (...), the pitch of the note before.
    """

    keys: Tensor
    fields: Tensor
    previous: Tensor

    def flat(self) -> Hints:
        """Of (batch, steps) the steps one after another."""
        return Hints(self.keys.flatten(0, 1), self.fields.flatten(0, 1), self.previous.flatten(0, 1))

    def first_row(self) -> Hints:
        """Of (batch, steps) the steps of the first row."""
        return Hints(self.keys[0], self.fields[0], self.previous[0])

    def __getitem__(self, chosen: Tensor | tuple[slice, int]) -> Hints:
        return Hints(self.keys[chosen], self.fields[chosen], self.previous[chosen])


class Pointers(nn.Module):
    """Where the steps look for the note to come."""

    def __init__(self, hidden: int, right: int, size: int) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(hidden, size), nn.Linear(hidden, size)
        self.query_right, self.key_right = nn.Linear(hidden, size), nn.Linear(right, size)

    def forward(self, out: Tensor, previous: Tensor, answered: list[Part], after: Part | None) -> Hints:
        """What each of the outputs, (batch, steps, hidden), points at.

        `previous`: pitch of the note before each step, (batch, steps); `answered`: keys of earlier steps, with
        `answers_of` them as values; `after`: keys of the notes after the gap, if any, with `told_pitches` as values.
        """
        found = attend(parted(self.query(out), HEADS), answered, nothing=True)
        pitch, interval, fields = torch.split(found, [PITCHES, INTERVALS, sum(ECHOED)], -1)
        onto = torch.arange(PITCHES) - previous[..., None] + INTERVAL
        onto = torch.where((onto >= 0) & (onto < INTERVALS), onto, INTERVALS)
        interval = F.pad(interval, (0, 1)).gather(3, torch.cat([onto[:, None]] * HEADS, 1))
        right = torch.zeros_like(pitch)
        if after is not None:
            right = attend(parted(self.query_right(out), HEADS), [after], nothing=True)
        together = torch.cat([pitch, interval, right], 1).transpose(1, 2)
        return Hints(together, fields.transpose(1, 2), previous)

    def remember(self, out: Tensor) -> Tensor:
        """Keys of outputs, (batch, heads, steps, size)."""
        return parted(self.key(out), HEADS)

    def remember_right(self, notes: Tensor) -> Tensor:
        """Keys of the backward LSTM's outputs, (batch, heads, notes, size)."""
        return parted(self.key_right(notes), HEADS)


def answers_of(batch: dict[str, Tensor]) -> Tensor:
    """(batch, 1, steps, classes): of the note that each step led to, one-hot: pitch, interval to it, fields of ECHOED.

    Of a step that led to no note it is of no meaning.
    """
    return answers(batch["previous_pitch"], *(batch[name] for name in TARGETS))


def answers(before: Tensor, ahead: Tensor, sub: Tensor, pitch: Tensor, duration: Tensor, velocity: Tensor) -> Tensor:
    """The same of notes by their fields, (batch, steps), and the pitch of the note before each."""
    interval = pitch - before + INTERVAL
    known = (before != NO_PITCH) & (interval >= 0) & (interval < INTERVALS)
    told = [_one_hot(pitch, PITCHES), _one_hot(torch.where(known, interval, -1), INTERVALS)]
    pairs = zip((ahead, sub, duration, velocity), ECHOED, strict=True)
    return torch.cat([*told, *(_one_hot(values, classes) for values, classes in pairs)], -1)[:, None]


def told_pitches(pitch: Tensor) -> Tensor:
    """(batch, 1, notes, PITCHES): the pitches of notes, (batch, notes), one-hot."""
    return _one_hot(pitch, PITCHES)[:, None]


class KeyLogits(nn.Module):
    """What the hints add to the logits of the fields; nothing at first, so that a trained network can go on."""

    def __init__(self, decoder: int) -> None:
        super().__init__()
        width = 2 * REACH + 1
        self.near = nn.Conv1d(3 * HEADS + 1 + len(CLASSES_HEARD), CHANNELS, width, padding=REACH)
        self.gates = nn.Linear(decoder, CHANNELS)
        self.far = nn.Conv1d(CHANNELS, 1, width, padding=REACH, bias=False)
        self.kit = nn.Linear(decoder, 2 * HEADS)
        self.echo = nn.ModuleDict({name: nn.Linear(decoder, HEADS) for name in NAMES})
        nn.init.ones_(self.gates.bias)
        for part in (self.far, self.kit, *self.echo.values()):
            for parameter in part.parameters():
                nn.init.zeros_(parameter)

    def of_pitch(self, state: Tensor, drums: Tensor | bool, hints: Hints, here: Tensor) -> Tensor:
        """(rows, PITCHES) to add, given the decoder's state and what is heard at the note's onset."""
        if isinstance(drums, bool):
            return self._of_kit(state, hints.keys) if drums else self._of_keys(state, hints, here)
        if bool(drums.all()):
            return self._of_kit(state, hints.keys)
        if not bool(drums.any()):
            return self._of_keys(state, hints, here)
        keys, kit = (~drums).nonzero()[:, 0], drums.nonzero()[:, 0]
        pitched = self._of_keys(state[keys], hints[keys], here[keys])
        struck = self._of_kit(state[kit], hints.keys[kit]).to(pitched.dtype)
        found = pitched.new_zeros(len(drums), PITCHES)
        return found.index_copy(0, keys, pitched).index_copy(0, kit, struck)

    def of_field(self, name: str, state: Tensor, hints: Hints) -> Tensor:
        """(rows, classes) to add to the logits of one of NAMES."""
        first, place = sum(ECHOED[: NAMES.index(name)]), NAMES.index(name)
        fields = hints.fields[..., first : first + ECHOED[place]]
        gates = cast(Tensor, self.echo[name](state))
        return (gates[..., None] * fields).sum(-2)

    def _of_keys(self, state: Tensor, hints: Hints, here: Tensor) -> Tensor:
        seen = torch.cat([hints.keys, _one_hot(hints.previous, PITCHES)[:, None].to(hints.keys.dtype)], 1)
        kinds = 3 * HEADS + 1
        keys, classes = self.near.weight[:, :kinds], self.near.weight[:, kinds:]
        near = F.conv1d(seen, keys, self.near.bias, padding=REACH)
        near = torch.relu(near + each_octave(here, classes).to(near.dtype)) * self.gates(state)[..., None]
        return sum_of_taps(self.far.weight[0].T, near)

    def _of_kit(self, state: Tensor, keys: Tensor) -> Tensor:
        pitches = torch.cat([keys[:, :HEADS], keys[:, 2 * HEADS :]], 1)
        return (cast(Tensor, self.kit(state))[..., None] * pitches).sum(-2)


def sum_of_taps(far: Tensor, near: Tensor) -> Tensor:
    """(rows, PITCHES): the convolution of `near`, (rows, channels, PITCHES), by one kernel, (taps, channels).

    Each tap of each key, then the sum along the diagonals: a tenth of the time of torch's own convolution.
    """
    taps = F.pad(far @ near, (REACH, REACH))
    count, width = int(taps.shape[1]), int(taps.shape[2])
    # In rows that are longer by one, what lies on a diagonal stands in one column.
    slanted = F.pad(taps.view(-1, count * width), (0, count)).view(-1, count, width + 1)
    return slanted[..., :PITCHES].sum(1)


def each_octave(here: Tensor, weights: Tensor) -> Tensor:
    """(rows, channels, PITCHES): the convolution of pitch classes that stand in every octave, by `weights`, a tap each.

    Once for the twelve, since all octaves are alike. `here`: what is heard at an onset, (rows, quarters * HEARD).
    """
    channels, kinds, taps = weights.shape
    # Taps an octave apart see the same.
    folded = F.pad(weights, (0, -taps % OCTAVE)).view(channels, kinds, -1, OCTAVE).sum(-2)
    turns = (torch.arange(OCTAVE)[None] - torch.arange(OCTAVE)[:, None] + REACH) % OCTAVE  # from each class to each
    matrix = folded[..., turns].permute(1, 3, 0, 2).reshape(kinds * OCTAVE, channels * OCTAVE)
    heard = here[:, [first + place for first in CLASSES_HEARD for place in range(OCTAVE)]].to(matrix.dtype)
    found = (heard @ matrix).view(-1, channels, OCTAVE)
    return found.repeat(1, 1, -(-PITCHES // OCTAVE))[..., :PITCHES]


def _one_hot(values: Tensor, classes: int) -> Tensor:
    """(..., classes) of 0 and 1; zeros for what is no class."""
    return (values[..., None] == torch.arange(classes)).float()
