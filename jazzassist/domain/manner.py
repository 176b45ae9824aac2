"""How a passage is played, in the measures that a composer can wish for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jazzassist.domain.song import Notes

AT_ONCE = 24  # parts of a quarter note: what begins within one of them after another begins together with it


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
    return Manner(len(notes) / quarters, float(notes.pitch.mean()), begin_together(notes, ppq))


def begin_together(notes: Notes, ppq: int) -> float:
    """How many notes begin together on average, also where a chord is strummed or played by hand; 0 for none."""
    if not len(notes):
        return 0.0
    apart = np.diff(np.sort(notes.start.astype(np.int64))) * AT_ONCE > ppq
    return len(notes) / (1 + int(apart.sum()))
