"""Stepping from note to note: the trunk, and the fields of each note, of all candidates in one batch.

The rows of the batch are the candidates, and, where they are to be compared with what they would be if they heard
less (`sampling.guided`), the same candidates a second time: these rows hear neither what follows nor what is wished.
What stays the same at every step is read once: the notes on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jazzassist.neural.encoding import DRUMS, FIELDS, RECALLED, WISHES, Floats, Ints
from jazzassist.neural.graphs import Runner, Values
from jazzassist.neural.state import EARLIER, NEVER, Following, State
from jazzassist.neural.steps import AIMS, COLUMNS, OF_GAP, Arrays

ROOM = 16  # steps of its own for which a row gets room at once: what is empty is multiplied as well
UNSAID = [COLUMNS.index(name) for name in (*AIMS, *WISHES)]
PREVIOUS_PITCH = COLUMNS.index("previous_pitch")


class Stepper:
    """Rows that are stepped together, after what `before` holds and towards `following`.

    `before`: of one line, or of as many as there are candidates; `count`: candidates; `deaf`: whether each of them is
    there a second time. After a step `out`, (rows, hidden), is the trunk's output.
    """

    def __init__(
        self, graphs: Runner, before: State, following: Following, instrument: int, count: int, deaf: bool
    ) -> None:
        rows = count * (1 + deaf)
        self.graphs, self.count, self.deaf, self.drums = graphs, count, deaf, instrument == DRUMS
        self._instrument = np.array([instrument])
        # Rows that share what lies before are kept as one group.
        self._before = before if len(before) == 1 else before.repeated(rows // len(before))
        self._layers = {name: getattr(before.repeated(rows // len(before)), name) for name in ("hidden", "cell")}
        self._layers_before = self._layers
        self._hearing = np.arange(rows) < count if following.heard else np.zeros(rows, np.bool_)
        self._right = np.where((np.arange(rows) < count)[:, None], following.right, following.nothing)
        self._notes = following.notes
        self._own = _Own(before, rows)
        self._age = before.age
        self._last_pitch = np.zeros(rows, np.int64)
        self.out = self._state = self._logits = np.zeros((rows, 0), np.float32)
        self._hints: dict[str, Values] = {}

    def keep(self, candidates: Sequence[int]) -> None:
        """Goes on with some of the candidates alone."""
        rows = [*candidates, *(self.count + row for row in candidates)] if self.deaf else [*candidates]
        self.count = len(candidates)
        self._before = self._before if len(self._before) == 1 else self._before.of_rows(rows)
        self._layers = {name: part[:, rows] for name, part in self._layers.items()}
        self._hearing, self._right = self._hearing[rows], self._right[rows]
        self._last_pitch = self._last_pitch[rows]
        self._own.keep(rows)

    def step(self, columns: Arrays) -> None:
        """Takes the note before, and what is known when the next is chosen: `columns` as `step_arrays` names them."""
        classes = np.stack([columns[name] for name in COLUMNS], 1)
        heard, extra = np.asarray(columns["heard_ahead"], np.float32), columns["extra"]
        if self.deaf:
            unsaid, less = classes.copy(), extra.copy()
            unsaid[:, UNSAID] = less[:, OF_GAP] = 0
            classes, extra = np.concatenate([classes, unsaid]), np.concatenate([extra, less])
            heard = np.concatenate([heard, heard])
        feeds = self._before.feeds() | self._layers | self._own.feeds() | self._notes
        feeds |= {"age": self._age, "columns": classes, "heard_ahead": heard, "instrument": self._instrument}
        feeds |= {
            "extra": extra[:, : self.graphs.sizes.extras],
            "right": self._right,
            "hearing": self._hearing,
            "last_pitch": self._last_pitch,
        }
        found = self.graphs.run("step", feeds)
        self.out, self._state, self._logits = found["out"], found["next_state"], found["logits"]
        self._layers_before = self._layers
        self._layers = {"hidden": found["next_hidden"], "cell": found["next_cell"]}
        self._own.add(found)
        self._age = self._age + 1
        self._last_pitch = np.ascontiguousarray(classes[:, PREVIOUS_PITCH], np.int64)
        self._hints = {name: found[name] for name in ("hint_keys", "hint_fields") if name in found}

    def left(self, candidates: Sequence[int]) -> list[State]:
        """What each of some candidates leaves behind, as if the last step had not been taken; after a step.

        Of the rows that hear less, where there are any: these know nothing of what follows.
        """
        rows = [self.count * self.deaf + row for row in candidates]
        before = self._before.repeated(len(rows)) if len(self._before) == 1 else self._before.of_rows(rows)
        layers = {name: part[:, rows] for name, part in self._layers_before.items()}
        own, age = self._own.before_last(rows)
        joined = {name: np.concatenate([getattr(before, name), own[name]], 2) for name in EARLIER}
        state = State(**layers, **joined, age=np.concatenate([self._age - 1, age]))
        return [state.of_rows([row]) for row in range(len(rows))]

    def logits(self, field: int) -> Floats:
        """(rows, classes) of the field with index 0-4, given those chosen before it."""
        return self._logits

    def choose(self, field: int, value: Ints, here: Floats | None = None) -> None:
        """Takes the candidates' classes of a field; `here`: what is heard at the onset, with the field `sub`."""
        following = FIELDS[field + 1]
        feeds = self._hints | {"chosen": self.each(value), "state": self._state, "instrument": self._instrument}
        if here is not None:
            feeds |= {"heard_here": self.each(here), "previous": self._last_pitch}
        found = self.graphs.run("kit" if following == "pitch" and self.drums else following, feeds)
        self._state, self._logits = found["next_state"], found["logits"]

    def each(self, candidates: Values) -> Values:
        """Rows of the candidates as rows of the batch."""
        return np.concatenate([candidates, candidates]) if self.deaf else candidates


# Where what a step leaves behind is kept.
KEPT = {"next_keys": "own_keys", "next_values": "own_values", "next_pointed": "own_pointed"}


class _Own:
    """What rows have stepped themselves, of which the last RECALLED steps are kept: by the names of the graph's inputs.

    What the last step led to is known one step later.
    """

    def __init__(self, before: State, rows: int) -> None:
        self.parts = {
            f"own_{name}": np.zeros((rows, part.shape[1], ROOM, part.shape[3]), np.float32)
            for name, part in vars(before).items()
            if name in EARLIER
        }
        self.age = np.full(ROOM, NEVER)
        self.last = self.count = 0

    def feeds(self) -> dict[str, Values]:
        """By the names of the graph's inputs."""
        pointed = self.parts["own_pointed"][:, :, self.last : self.last + 1]
        return self.parts | {"own_age": self.age, "last_pointed": pointed}

    def add(self, found: dict[str, Values]) -> None:
        """Takes what a step leaves behind."""
        if self.count:
            self.parts["own_answers"][:, :, self.last] = found["next_answers"][:, :, 0]
        at = self.count % RECALLED
        if at == len(self.age) and at < RECALLED:
            self._grow()
        for new, name in KEPT.items():
            if found[new].shape[2]:
                self.parts[name][:, :, at] = found[new][:, :, 0]
        self.age[self.age < NEVER] += 1
        self.age[at] = 1
        self.last, self.count = at, self.count + 1

    def before_last(self, rows: list[int]) -> tuple[dict[str, Values], Ints]:
        """The parts of some rows by the names of `State`, and the ages of their steps, before the last step."""
        age = self.age.copy()
        age[self.last] = NEVER
        age[age < NEVER] -= 1
        return {name.removeprefix("own_"): part[rows] for name, part in self.parts.items()}, age

    def keep(self, rows: list[int]) -> None:
        """Of some rows alone."""
        self.parts = {name: part[rows] for name, part in self.parts.items()}

    def _grow(self) -> None:
        more = min(ROOM, RECALLED - len(self.age))
        wider = ((0, 0), (0, 0), (0, more), (0, 0))
        self.parts = {name: np.pad(part, wider) for name, part in self.parts.items()}
        self.age = np.pad(self.age, (0, more), constant_values=NEVER)
