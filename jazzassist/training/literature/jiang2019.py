"""After T. Jiang, Q. Xiao and X. Yin, "Music generation using bidirectional recurrent network", IEEE ICET 2019.

All that is public of it, and in the paper's summary: a bidirectional LSTM, a simplified representation
of the input, a novel sampling strategy and an improved loss function. What these are it does not say.
Decided here:

- representation: the top note of each onset, no word for chords, no rhythm; 128 names.
- bidirectional: one LSTM reads what stands before the note that is written, the other reads back, from
  far to near, what follows the gap; where nothing is known to follow, the second is silent. Both
  last outputs, and how many notes of the gap are left (0: not known), predict the note. So it can
  bridge: half of the training windows have a gap with a known end.
- loss: focal (Lin and others 2017): a note counts less the surer the network already was of it, by the
  factor (1 - p) ** FOCUS, so that common notes do not drown the others.
- sampling: the temperature rises with each of the last notes that says nothing new, so that a line that goes in
  circles leaves them (`literature.systems.rising`).
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
READ_FIRST = 10  # notes before the first that is predicted
FEWEST_AFTER = 8
MOST_AFTER = 48


class Jiang2019(LiteratureNetwork):
    """`vocabulary`: pitches; `units`: of each of the two LSTM layers."""

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
        """The arguments that build it again."""
        return {"vocabulary": self.vocabulary, "units": self.units}

    def forward(self, tokens: Tensor) -> Tensor:
        """(batch, steps, vocabulary) logits where nothing is known to follow."""
        out, _ = self.forwards(self.notes(tokens))
        return self._out(out, self._heard(None, len(tokens)), torch.zeros_like(tokens))

    def losses(self, windows: Tensor, targets: int, random: torch.Generator) -> Losses:
        """Of windows with a gap at a random place, the same for all; every other time nothing follows it.

        All notes from the `READ_FIRST`th up to the gap's end count, whatever `targets` says.
        """
        if int(torch.randint(2, (1,), generator=random)) == 0 or windows.shape[1] < READ_FIRST + 2 * FEWEST_AFTER:
            return self._focal(self(windows[:, :-1].clamp(min=0)), windows[:, 1:])
        end = int(torch.randint(READ_FIRST + FEWEST_AFTER, windows.shape[1] - FEWEST_AFTER + 1, (1,), generator=random))
        before = windows[:, : end - 1].clamp(min=0)
        out, _ = self.forwards(self.notes(before))
        after = windows[:, end : end + MOST_AFTER]
        whole = (after >= 0).all(1, keepdim=True)  # where the line ends too soon nothing is known to follow
        left = torch.arange(end - 1, 0, -1).clamp(max=MOST_LEFT) * whole
        right = self._heard(after.clamp(min=0), len(windows)) * whole
        return self._focal(self._out(out, right, left), windows[:, 1:end])

    def start(self, rows: int) -> State:
        """Output and cell of the first layer; what follows, and how many notes are left, where nothing is known."""
        state = {name: torch.zeros(rows, self.units) for name in ("hidden", "cell", "right")}
        return {**state, "left": torch.zeros(rows, dtype=torch.int64)}

    def read(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Logits and state after `tokens`; each time it reads, there is one note less left."""
        out, (hidden, cell) = self.forwards(self.notes(tokens), (state["hidden"][None], state["cell"][None]))
        right, left = state["right"], state["left"]
        logits = self._out(out[:, -1:], right, left.clamp(max=MOST_LEFT)[:, None])[:, 0]
        return logits, {"hidden": hidden[0], "cell": cell[0], "right": right, "left": (left - 1).clamp(min=0)}

    def ahead(self, after: Tensor, left: Tensor) -> State:
        """Where `after`, (batch, notes), follows a gap of `left` notes, (batch,)."""
        return {"right": self._heard(after, len(after)), "left": left.clamp(min=0)}

    def table(self) -> list[Layer]:
        """Its layers from first to last."""
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
        """(batch, units) of what follows, read from far to near."""
        if after is None or not after.shape[1]:
            return torch.zeros(batch, self.units)
        out, _ = self.backwards(self.notes(after[:, :MOST_AFTER].flip(1)))
        return cast(Tensor, out[:, -1])

    def _out(self, out: Tensor, right: Tensor, left: Tensor) -> Tensor:
        """(batch, steps, vocabulary) logits."""
        right = right.to(out.dtype)[:, None].expand(-1, out.shape[1], -1)
        both = torch.cat([out, right, self.left(left).to(out.dtype)], -1)
        return cast(Tensor, self.dense_2(torch.tanh(self.dense_1(both))))

    def _focal(self, logits: Tensor, wanted: Tensor) -> Losses:
        logits, wanted = logits[:, READ_FIRST - 1 :].flatten(0, 1).float(), wanted[:, READ_FIRST - 1 :].flatten()
        nats = F.cross_entropy(logits, wanted, ignore_index=IGNORED, reduction="none")
        count = int((wanted >= 0).sum())
        weighted = ((1 - torch.exp(-nats)) ** FOCUS * nats).sum()
        return Losses(weighted / max(1, count), nats.detach().sum(), count)
