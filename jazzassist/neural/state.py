"""What the trunk carries from step to step, and what it hears of the notes after a gap, as the graphs take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from jazzassist.neural.encoding import CLASSES, HEADS, Floats, Ints
from jazzassist.neural.graphs import Values
from jazzassist.neural.sizes import NetworkConfig

NEVER = 1 << 40  # the age of a step that there never was
EARLIER = ("keys", "values", "pointed", "answers")


@dataclass(frozen=True)
class State:
    """What a line leaves behind, for all rows that go on from it, or for each of them: the arrays of the graphs.

    `hidden`, `cell`: (layers, rows, hidden); `keys`, `values`, `pointed`, `answers`: (rows, heads, steps, size), of
    each step; `age`: (steps,), how many steps ago each was, 1 for the last; or (rows, 1, 1, steps), for each row.
    """

    hidden: Floats
    cell: Floats
    keys: Floats
    values: Floats
    pointed: Floats
    answers: Floats
    age: Ints

    @staticmethod
    def first(sizes: NetworkConfig) -> State:
        """Before any step of one line."""
        layers = np.zeros((sizes.layers, 1, sizes.hidden), np.float32)
        # One step that there never was: the runtime does not add up over none.
        keys = np.zeros((1, 1, 1, sizes.recall), np.float32)
        pointed = np.zeros((1, HEADS, 1, max(sizes.pointers // HEADS, 1)), np.float32)
        answers = np.zeros((1, 1, 1, CLASSES), np.float32)
        return State(layers, layers, keys, keys, pointed, answers, np.array([NEVER]))

    def __len__(self) -> int:
        return int(self.hidden.shape[1])

    def feeds(self) -> dict[str, Values]:
        """By the names of the graphs' inputs."""
        return vars(self)

    @property
    def ages(self) -> Ints:
        """(rows, 1, 1, steps): how many steps ago each was, for each row."""
        return np.broadcast_to(self.age, (len(self), 1, 1, self.age.shape[-1]))

    @staticmethod
    def of(states: Sequence[State]) -> State:
        """The states of several rows, with so many steps as the longest: what a row lacks it NEVER had."""
        most = max(len(state.age) for state in states)
        layers = {name: np.concatenate([getattr(state, name) for state in states], 1) for name in ("hidden", "cell")}
        earlier = {name: _filled([getattr(state, name) for state in states], most) for name in EARLIER}
        ages = [np.pad(state.age, (0, most - len(state.age)), constant_values=NEVER) for state in states]
        return State(**layers, **earlier, age=np.stack(ages)[:, None, None])

    def repeated(self, times: int) -> State:
        """All rows again and again, one time after another."""
        if times == 1:
            return self
        layers = {name: np.tile(getattr(self, name), (1, times, 1)) for name in ("hidden", "cell")}
        return replace(self, **layers, **{name: np.tile(getattr(self, name), (times, 1, 1, 1)) for name in EARLIER})

    def behind(self, before: State) -> State:
        """The state of steps that went on from those of `before`, with all of them to attend to."""
        joined = {name: np.concatenate([getattr(before, name), getattr(self, name)], 2) for name in EARLIER}
        age = np.concatenate([before.age + len(self.age), self.age])
        return replace(self, **joined, age=age)

    def of_rows(self, rows: list[int]) -> State:
        """The state of some of the rows."""
        layers = {name: getattr(self, name)[:, rows] for name in ("hidden", "cell")}
        return replace(self, **layers, **{name: getattr(self, name)[rows] for name in EARLIER})


def _filled(parts: Sequence[Floats], steps: int) -> Floats:
    """(rows, heads, steps, size): one part after another, each with zeros behind."""
    _, heads, _, size = parts[0].shape
    found = np.zeros((sum(map(len, parts)), heads, steps, size), np.float32)
    row = 0
    for part in parts:
        found[row : row + len(part), :, : part.shape[2]] = part
        row += len(part)
    return found


@dataclass(frozen=True)
class Following:
    """What follows a gap: arrays of the graph "after". `heard`: whether anything follows.

    `right`: (1, right), what is heard in every step; `nothing`: the same where nothing is known; `notes`: what is
    attended to, by the names of the graphs' inputs.
    """

    right: Floats
    nothing: Floats
    notes: dict[str, Values]
    heard: bool

    @property
    def unheard(self) -> Following:
        """The same for rows that hear nothing of it."""
        return replace(self, right=self.nothing, heard=False)
