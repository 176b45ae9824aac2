"""After T. Jiang, Q. Xiao and X. Yin, "Music generation using bidirectional recurrent network", IEEE ICET 2019.

Only the abstract is public: a bidirectional LSTM, a simplified representation of the input, a novel sampling
strategy and an improved loss function, without further details. Decisions made here:

- representation: the top note of each onset, without chords and rhythm; 128 names.
- bidirectional: one LSTM reads the notes before the predicted one. The other reads the notes after the gap backwards;
  its output is zero if they are unknown. Both last outputs and the number of notes left in the gap (0: unknown)
  predict the note. The network can therefore bridge: half of the training windows have a gap with a known end.
- loss: focal loss (Lin and others 2017). The weight of a note is (1 - p) ** FOCUS, so that frequent notes do not
  dominate.
- sampling: the temperature rises with the number of repeated notes, so that a line leaves a loop
  (`literature.systems.rising`).
"""

from __future__ import annotations

from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jazzassist.literature.systems import JIANG, System
from jazzassist.training.literature.layers import (
    IGNORED,
    KerasLSTM,
    Layer,
    LiteratureNetwork,
    Losses,
    State,
)

EMBEDDING, MOST_LEFT = 48, 64
FOCUS = 1.0
READ_FIRST = 10  # notes before the first predicted one
FEWEST_AFTER = 8
MOST_AFTER = 48


class Jiang2019(LiteratureNetwork):
    """`vocabulary`: number of pitches. `units`: size of each of the two LSTM layers."""

    system: ClassVar[System] = JIANG

    def __init__(self, vocabulary: int, units: int = 192) -> None:
        super().__init__()
        self.vocabulary, self.units = vocabulary, units
        self.notes = nn.Embedding(vocabulary, EMBEDDING)
        self.forwards, self.backwards = KerasLSTM(EMBEDDING, units), KerasLSTM(EMBEDDING, units)
        self.left = nn.Embedding(MOST_LEFT + 1, EMBEDDING)
        self.dense_1, self.dense_2 = nn.Linear(2 * units + EMBEDDING, units), nn.Linear(units, vocabulary)

    @property
    def sizes(self) -> dict[str, int]:
        """The constructor arguments."""
        return {"vocabulary": self.vocabulary, "units": self.units}

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits, (batch, steps, vocabulary), without known notes after a gap."""
        out, _ = self.forwards(self.notes(tokens))
        return self._out(out, self._heard(None, len(tokens)), torch.zeros_like(tokens))

    def losses(self, windows: Tensor, targets: int, random: torch.Generator) -> Losses:
        """Return the losses of windows with a gap at a random place, which has a known end every other time.

        All notes from index READ_FIRST to the end of the gap count; `targets` is ignored.
        """
        if int(torch.randint(2, (1,), generator=random)) == 0 or windows.shape[1] < READ_FIRST + 2 * FEWEST_AFTER:
            return self._focal(self(windows[:, :-1].clamp(min=0)), windows[:, 1:])
        end = int(torch.randint(READ_FIRST + FEWEST_AFTER, windows.shape[1] - FEWEST_AFTER + 1, (1,), generator=random))
        before = windows[:, : end - 1].clamp(min=0)
        out, _ = self.forwards(self.notes(before))
        after = windows[:, end : end + MOST_AFTER]
        whole = (after >= 0).all(1, keepdim=True)  # if the line ends too early, the end is unknown
        left = torch.arange(end - 1, 0, -1).clamp(max=MOST_LEFT) * whole
        right = self._heard(after.clamp(min=0), len(windows)) * whole
        return self._focal(self._out(out, right, left), windows[:, 1:end])

    def start(self, rows: int) -> State:
        """Return zeros: output and cell of the first layer, the notes after the gap, and the notes left."""
        state = {name: torch.zeros(rows, self.units) for name in ("hidden", "cell", "right")}
        return {**state, "left": torch.zeros(rows, dtype=torch.int64)}

    def read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the logits and the state after `tokens`. Every call reduces the number of notes left by one."""
        out, (hidden, cell) = self.forwards(self.notes(tokens), (state["hidden"][None], state["cell"][None]))
        right, left = state["right"], state["left"]
        logits = self._out(out[:, -1:], right, left.clamp(max=MOST_LEFT)[:, None])[:, 0]
        return logits, {"hidden": hidden[0], "cell": cell[0], "right": right, "left": (left - 1).clamp(min=0)}

    def ahead(self, after: Tensor, left: Tensor) -> State:
        """Return the state arrays for notes `after`, (batch, notes), a gap of `left` notes, (batch,)."""
        return {"right": self._heard(after, len(after)), "left": left.clamp(min=0)}

    def table(self) -> list[Layer]:
        """The layers in order."""
        whole, units, words = (self.window, self.units), (self.units,), (self.vocabulary,)
        return [
            Layer("embedding of notes", (self.window, EMBEDDING), self.notes),
            Layer("forwards (LSTM)", whole, self.forwards),
            Layer("backwards (LSTM)", units, self.backwards),
            Layer("embedding of notes left", (EMBEDDING,), self.left),
            Layer("dense_1 (Dense, tanh)", units, self.dense_1),
            Layer("dense_2 (Dense, softmax)", words, self.dense_2),
        ]

    def _heard(self, after: Tensor | None, batch: int) -> Tensor:
        """Return (batch, units): the output for the notes after the gap, read backwards."""
        if after is None or not after.shape[1]:
            return torch.zeros(batch, self.units)
        out, _ = self.backwards(self.notes(after[:, :MOST_AFTER].flip(1)))
        return cast(Tensor, out[:, -1])

    def _out(self, out: Tensor, right: Tensor, left: Tensor) -> Tensor:
        """Return the logits, (batch, steps, vocabulary)."""
        right = right.to(out.dtype)[:, None].expand(-1, out.shape[1], -1)
        both = torch.cat([out, right, self.left(left).to(out.dtype)], -1)
        return cast(Tensor, self.dense_2(torch.tanh(self.dense_1(both))))

    def _focal(self, logits: Tensor, wanted: Tensor) -> Losses:
        logits, wanted = logits[:, READ_FIRST - 1 :].flatten(0, 1).float(), wanted[:, READ_FIRST - 1 :].flatten()
        nats = F.cross_entropy(logits, wanted, ignore_index=IGNORED, reduction="none")
        count = int((wanted >= 0).sum())
        weighted = ((1 - torch.exp(-nats)) ** FOCUS * nats).sum()
        return Losses(weighted / max(1, count), nats.detach().sum(), count)
