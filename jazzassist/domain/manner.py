"""How a passage is played, in the measures that a composer can wish for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jazzassist.domain.song import Notes


@dataclass(frozen=True)
class Manner:
    """`density` in notes per quarter note, `register` as the mean pitch, `polyphony` in notes that begin together."""

    density: float
    register: float
    polyphony: float


def manner_of(notes: Notes, ppq: int) -> Manner | None:
    """The manner of some notes, over the stretch from the first one's start to the last one's end; None for none."""
    if not len(notes):
        return None
    quarters = max(1.0, (notes.last_end - int(notes.start[0])) / ppq)
    together = len(notes) / len(np.unique(notes.start))
    return Manner(len(notes) / quarters, float(notes.pitch.mean()), together)
