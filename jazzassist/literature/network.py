"""A network that says which token comes next, run from its exported graphs.

The graph in `step.onnx` takes `tokens`, (rows, steps), and a state. It gives `logits`, (rows, vocabulary), of the token
after the last, and the state after it. Each network has its own arrays in the state; each array has the rows
first, and is zero before anything was read. A network that hears what follows a gap has a second graph,
`ahead.onnx`. It takes `after`, (rows, tokens), and `left`, (rows,), how many tokens are to be written before
them, and gives those arrays of the state that depend on this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped, unused-ignore]
from numpy.typing import NDArray

from jazzassist.literature.systems import Floats, System
from jazzassist.neural.checkpoint import CheckpointError
from jazzassist.neural.encoding import Ints
from jazzassist.neural.sessions import RuntimeFault, open_session

STEP, AHEAD = "step.onnx", "ahead.onnx"
TOKENS, LOGITS, AFTER, LEFT = "tokens", "logits", "after", "left"
NEXT = "next_"  # before the names of the state that the graph gives
_WINDOW = "window"
State = dict[str, NDArray[Any]]
_TYPES = {"tensor(int64)": np.int64, "tensor(float)": np.float32}


@dataclass(frozen=True)
class Ending:
    """What a bridge leads to: tokens that follow, (rows, tokens), and how many are written before them."""

    after: Ints
    count: int


class TokenNetwork(ABC):
    """What writes: it reads tokens and says which comes next."""

    def __init__(self, system: System) -> None:
        self.system = system

    @abstractmethod
    def start(self, rows: int) -> State:
        """The state before anything was read."""

    @abstractmethod
    def read(self, tokens: Ints, state: State) -> tuple[Floats, State]:
        """((rows, vocabulary) logits of the token after `tokens`, (rows, steps), state after them)."""

    @abstractmethod
    def ahead(self, ending: Ending) -> State:
        """The arrays of the state that describe what follows a gap, for networks that read it."""

    def begin(self, seed: Ints, ending: Ending | None = None) -> tuple[Floats, State]:
        """Reads the seed. Returns the logits of the next token, (rows, vocabulary), and the state.

        `ending`: what the bridge leads to; only for networks that can bridge.
        """
        seed = seed[:, -self.system.window :]
        state = self.start(len(seed)) | ({} if ending is None else self.ahead(ending))
        logits, state = self.read(seed, state)
        return logits, {_WINDOW: seed} if self.system.rereads else state

    def step(self, token: Ints, state: State) -> tuple[Floats, State]:
        """The same after one token more, (rows,)."""
        if self.system.rereads:
            return self.begin(np.concatenate([state[_WINDOW], token[:, None]], 1))
        return self.read(token[:, None], state)


class ExportedNetwork(TokenNetwork):
    """A network of a checkpoint in onnxruntime."""

    def __init__(self, folder: Path, system: System, vocabulary: int, weights: Mapping[str, NDArray[Any]]) -> None:
        """The graphs in a folder with the weights that belong to them; CheckpointError when they cannot be used."""
        super().__init__(system)
        self._step = _opened(folder / STEP, weights)
        self._ahead = _opened(folder / AHEAD, weights) if system.can_bridge else None
        self._check(folder, vocabulary)

    def start(self, rows: int) -> State:
        """See TokenNetwork."""
        state = {}
        for given in self._step.get_inputs():
            if given.name != TOKENS:
                state[given.name] = np.zeros((rows, *given.shape[1:]), _TYPES[given.type])
        return state

    def read(self, tokens: Ints, state: State) -> tuple[Floats, State]:
        """See TokenNetwork."""
        found = _run(self._step, {TOKENS: tokens, **state})
        logits = found.pop(LOGITS)
        return logits, found

    def ahead(self, ending: Ending) -> State:
        """See TokenNetwork."""
        assert self._ahead is not None
        left = np.full(len(ending.after), ending.count, np.int64)
        return _run(self._ahead, {AFTER: ending.after, LEFT: left})

    def _check(self, folder: Path, vocabulary: int) -> None:
        """CheckpointError unless the graphs read and step as the others here do."""
        seed, rows = np.zeros((2, 3), np.int64), np.zeros(2, np.int64)
        used = STEP
        try:
            logits, state = self.begin(seed)
            logits, after = self.step(rows, state)
            fits = logits.shape == (2, vocabulary) and logits.dtype == np.float32 and state.keys() == after.keys()
            if fits and self._ahead is not None:
                used = AHEAD
                led, after = self.begin(seed, Ending(seed, 3))
                fits = led.shape == logits.shape and state.keys() == after.keys() >= self.ahead(Ending(seed, 3)).keys()
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{folder / used} is not the graph of {self.system.name}.") from error
        except RuntimeFault as error:
            raise CheckpointError(f"{folder / used} cannot be run.") from error
        if not fits:
            raise CheckpointError(f"{folder / used} is not the graph of {self.system.name}.")


def _opened(path: Path, weights: Mapping[str, NDArray[Any]]) -> onnxruntime.InferenceSession:
    """The graph in a file; CheckpointError when it cannot be used."""
    if not path.exists():
        raise CheckpointError(f"{path} is missing; `jazzassist graphs {path.parent}` writes it.")
    return open_session(path, weights)


def _run(session: onnxruntime.InferenceSession, given: State) -> State:
    """The outputs of a graph by name; those of the state by the name of the input that takes them."""
    names = [out.name.removeprefix(NEXT) for out in session.get_outputs()]
    return dict(zip(names, session.run(None, given), strict=True))
