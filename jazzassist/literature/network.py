"""Next-token prediction with a network run from its exported graphs.

The graph `step.onnx` takes `tokens`, (rows, steps), and a state. It returns `logits`, (rows, vocabulary), for the token
after the last, and the new state. The arrays of the state differ between networks; their first dimension is the
rows, and they are zero initially. A network that reads the music after a gap has a second graph, `ahead.onnx`. It
takes `after`, (rows, tokens), and `left`, (rows,), the number of tokens in the gap, and returns the arrays of the
state that depend on them.
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
NEXT = "next_"  # prefix of the output names of the state
_WINDOW = "window"
State = dict[str, NDArray[Any]]
_TYPES = {"tensor(int64)": np.int64, "tensor(float)": np.float32}


@dataclass(frozen=True)
class Ending:
    """The end of a gap: the tokens after it, (rows, tokens), and the number of tokens in the gap."""

    after: Ints
    count: int


class TokenNetwork(ABC):
    """The interface of networks: reads tokens and predicts the next one."""

    def __init__(self, system: System) -> None:
        self.system = system

    @abstractmethod
    def start(self, rows: int) -> State:
        """Return the initial state for a number of rows."""

    @abstractmethod
    def read(self, tokens: Ints, state: State) -> tuple[Floats, State]:
        """Read `tokens`, (rows, steps). Return the logits of the next token, (rows, vocabulary), and the new state."""

    @abstractmethod
    def ahead(self, ending: Ending) -> State:
        """Return the arrays of the state that describe the music after a gap, for networks that read it."""

    def begin(self, seed: Ints, ending: Ending | None = None) -> tuple[Floats, State]:
        """Read the seed. Return the logits of the next token, (rows, vocabulary), and the state.

        `ending`: the end of the gap; only for networks that can bridge.
        """
        seed = seed[:, -self.system.window :]
        state = self.start(len(seed)) | ({} if ending is None else self.ahead(ending))
        logits, state = self.read(seed, state)
        return logits, {_WINDOW: seed} if self.system.rereads else state

    def step(self, token: Ints, state: State) -> tuple[Floats, State]:
        """Read one more token, (rows,). Return the logits of the next token and the new state."""
        if self.system.rereads:
            return self.begin(np.concatenate([state[_WINDOW], token[:, None]], 1))
        return self.read(token[:, None], state)


class ExportedNetwork(TokenNetwork):
    """A network of a checkpoint, run by onnxruntime."""

    def __init__(self, folder: Path, system: System, vocabulary: int, weights: Mapping[str, NDArray[Any]]) -> None:
        """Load the graphs in a folder, with their weights. Raises CheckpointError if they cannot be used."""
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
        """Raise CheckpointError unless the graphs have the expected inputs and outputs."""
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
    """Load the graph in a file. Raises CheckpointError if it cannot be used."""
    if not path.exists():
        raise CheckpointError(f"{path} is missing; `jazzassist graphs {path.parent}` writes it.")
    return open_session(path, weights)


def _run(session: onnxruntime.InferenceSession, given: State) -> State:
    """Run a graph. Return its outputs by name, those of the state by the names of the corresponding inputs."""
    names = [out.name.removeprefix(NEXT) for out in session.get_outputs()]
    return dict(zip(names, session.run(None, given), strict=True))
