"""Chord recognition: the chords of a song, from the notes of its tracks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jazzassist import paths
from jazzassist.domain.song import Notes
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony.decoding import best_path, confidences, log_chances, with_repeats
from jazzassist.harmony.features import LONGEST, Floats, inputs, sounding
from jazzassist.harmony.model import ChordModel
from jazzassist.harmony.qualities import QUALITIES
from jazzassist.harmony.spelling import key_of, root_names, signature_of

Ints = npt.NDArray[np.int64]

NO_CHORD = "NC"
SILENT_QUARTERS = 4  # length of a silence without a chord
MOST_QUARTERS = 4000  # maximum analysed length of a song; the rest has no chords


@dataclass(frozen=True)
class ChordSpan:
    """A chord in [start, end) ticks.

    `confidence`: the mean over its quarters of the probability of this chord given the whole song.
    """

    start: int
    end: int
    symbol: str
    confidence: float


@cache
def shipped_model() -> ChordModel:
    """Load the chord model that is shipped with the program. Raises ModelError if it cannot be read."""
    return ChordModel.load(paths.models() / "chords-1" / "weights.safetensors")


def chords_of(
    lines: Sequence[Notes], ppq: int, meters: MeterMap, model: ChordModel | None = None
) -> tuple[ChordSpan, ...]:
    """Return the chords of pitched lines from the first note to the end of the last; () without notes.

    `lines` must not contain drums. Chords change on quarter notes. Notes may be off the grid.
    """
    sounding_lines = [notes for notes in lines if len(notes)]
    if not sounding_lines:
        return ()
    model = model or shipped_model()
    start, end = (np.concatenate([getattr(notes, name) for notes in sounding_lines]) for name in ("start", "end"))
    pitch = np.concatenate([notes.pitch for notes in sounding_lines]).astype(np.int64)
    first = int(start.min()) // ppq
    last = np.minimum(end, start + LONGEST * ppq).max()
    quarters = max(1, min(MOST_QUARTERS, -(-int(last) // ppq) - first))
    weights, bass = sounding(start / ppq - first, end / ppq - first, pitch, quarters)
    beats, bars = _beats(meters, ppq, first, quarters)
    chances = with_repeats(log_chances(model, model.logits(inputs(weights, bass))), max(1, int(np.median(bars))))
    path = best_path(model, chances, beats, bars)
    confidence = confidences(model, chances, beats, bars)[np.arange(quarters), path]
    return tuple(_spans(path, confidence, weights, first, ppq))


def _beats(meters: MeterMap, ppq: int, first: int, quarters: int) -> tuple[Ints, Ints]:
    """Return for each quarter its position in its bar and the length of that bar, in quarters."""
    rows = np.zeros((quarters, 2), np.int64)
    for at in range(quarters):
        tick = (first + at) * ppq
        bar = meters.bar_at(tick)
        begin, end = meters.bar_start(bar), meters.bar_start(bar + 1)
        rows[at] = (tick - begin) // ppq, max(1, round((end - begin) / ppq))
    return rows[:, 0], rows[:, 1]


def _spans(path: Ints, confidence: Floats, weights: Floats, first: int, ppq: int) -> Iterator[ChordSpan]:
    """Yield one span for each run of quarters with the same state, except silence."""
    names = root_names(signature_of(*key_of(weights.sum(0))))
    states = np.where(_is_silent(weights), -1, path)
    begins = np.flatnonzero(np.append(True, states[1:] != states[:-1]))
    for low, high in pairwise([*begins.tolist(), len(states)]):
        ticks = ((first + low) * ppq, (first + high) * ppq)
        if states[low] < 0:
            yield ChordSpan(*ticks, NO_CHORD, 1.0)
        else:
            root, kind = divmod(int(states[low]), len(QUALITIES))
            yield ChordSpan(*ticks, names[root] + QUALITIES[kind][0], float(confidence[low:high].mean()))


def _is_silent(weights: Floats) -> npt.NDArray[np.bool_]:
    """Return (quarters,): a mask of silences of at least SILENT_QUARTERS."""
    silent = np.append(~weights.any(1), False)
    edges = np.flatnonzero(np.diff(silent, prepend=False))
    found = np.zeros(len(weights), np.bool_)
    for low, high in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        found[low:high] = high - low >= SILENT_QUARTERS
    return found
