"""Pitch perplexity on transcribed jazz solos (WJazzD), beside what MINGUS and BebopNet report.

The public split is that of slSeanWU/jazz_transformer: the solos in the order of their file names, the
first 95 % to train on and the last 22 to test on. Here the tunes of those 22 are kept out of the
training altogether, in every take and set. Each solo is heard alone and whole, in its own key, in plain
continuation: nothing of its future, no other line, and in one of two rows its chord symbols.

What differs from the published figures, beside the split: MINGUS (Madaghiele et al. 2021) has the 128
pitches and a rest, which it predicts like a pitch, and 12 lengths, in segments of up to 35 notes. Here
a rest is no note but a later onset, an onset has 16 quarters times 24 positions, a duration is one of
32 lengths, and a note has 128 to 160 notes of context. MINGUS predicts pitch and duration beside each
other; here a note's pitch is predicted after its own onset is known, and its duration after its pitch.
So figures for time cannot be compared, and those for pitch with care. Neither hears velocities; here
those of earlier notes are heard, and no figure counts them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import GRID, OTHERS, TARGETS, Floats, GridLine, duration_class
from jazzassist.neural.steps import Arrays, Previous, Surroundings, step_arrays
from jazzassist.training.arrays import TEST
from jazzassist.training.config import ConfigError, Recipe
from jazzassist.training.corpus import part_of, tune_of
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.evaluation.suite import Outcome
from jazzassist.training.evaluation.windows import Window, windows
from jazzassist.training.file_lines import read_lines
from jazzassist.training.network.batches import stacked
from jazzassist.training.network.fields import field_losses
from jazzassist.training.network.network import Network

SET = "wjazzd"
PUBLIC = 22  # solos with which the public split ends
CONTEXT = 128  # notes before each that is scored, but at a solo's start
BATCH = 16
AHEAD, SUB, PITCH, DURATION = range(4)
# Perplexities as published: pitch; pitch, onset and duration together. None where not given.
PUBLISHED: tuple[tuple[str, str, float | None, float | None], ...] = (
    ("MINGUS, pitches alone", "its own split", 12.30, None),
    ("MINGUS, with chords, bass and metre", "its own split", 11.01, 45.6),
    ("BebopNet", "MINGUS's split", None, 44.70),
)
LEGEND = (
    "perplexities: exp of the mean nats per note; accuracies: the likeliest class is the true one. onset: quarters "
    "ahead and position, duration: after onset and pitch. Classes and splits differ: here pitch is predicted after "
    "the note's own onset, an onset has 16 x 24 classes and a duration 32; MINGUS predicts rests like pitches, has 12 "
    "durations and tests on other solos: figures for time cannot be compared, those for pitch with care"
)


@dataclass(frozen=True)
class Solo:
    """A solo on the grid: its file's name, whether the public split tests on it, and its chords, (quarters, CHORD)."""

    name: str
    public: bool
    line: GridLine
    meters: MeterMap
    chords: Floats

    def arrays(self, window: Window, with_chords: bool) -> Arrays:
        """The steps of a window; `asked`: those that are scored."""
        heard = np.concatenate([np.zeros((len(self.chords), OTHERS), np.float32), self.chords * with_chords], axis=1)
        cut = self.line.part(window.low, window.high)
        found = step_arrays(cut, self._before(window.low), Surroundings(self.meters, heard.astype(np.float32)), [])
        found["asked"] = (np.arange(len(cut)) >= window.scored - window.low).astype(np.int64)
        return found | {"instrument": np.array(cut.instrument, np.int64)}

    def _before(self, low: int) -> Previous:
        if low == 0:
            return Previous(int(self.line.onset[0]) // (4 * GRID) * 4 * GRID)
        last = self.line.part(low - 1, low)
        return Previous(
            int(last.onset[0]), int(last.pitch[0]), int(duration_class(last.length)[0]), int(last.velocity[0]) // 8
        )


def wjazzd(network: Network, recipe: Recipe, data: Path) -> Outcome:
    """Perplexities on the solos in the recipe's set "wjazzd" in `data`, a row without and one with chords.

    On the 22 solos that the public split tests on, and on all solos whose tune the recipe keeps for testing.
    """
    solos = held_out_solos(recipe, data)
    public = [solo for solo in solos if solo.public]
    figures: dict[str, dict[str, Any]] = {}
    for name, chosen in ((f"the public split's last {len(public)}", public), ("all held-out solos", solos)):
        for chords in (False, True):
            found = perplexities(network, chosen, chords, recipe.training.steps)
            figures[f"{name}, {'with' if chords else 'without'} chords"] = found
    return Outcome(figures, (sheet(figures),))


def held_out_solos(recipe: Recipe, data: Path) -> list[Solo]:
    """All solos of tunes that are kept for testing, by file name; ConfigError if a public one is not among them."""
    part = next((part for part in recipe.sets if part.name == SET), None)
    paths = sorted((data / part.folder).glob("*.mid"), key=lambda path: path.name) if part else []
    if part is None or not paths:
        raise ConfigError(f"{data} holds no solos of a set {SET} of the recipe {recipe.name}.")
    public = {path.name for path in paths[-PUBLIC:]}
    found = []
    for path in paths:
        tune = tune_of(path, part.tune_from)
        if part_of(tune, recipe.test_tunes) == TEST:
            lines = read_lines((replace(part, unless_in=None), path, data), tell_chords=False)
            if isinstance(lines, str):
                raise ConfigError(f"{path} {lines}.")
            meters = MeterMap(GRID, tuple(lines.meters))
            found.append(Solo(path.stem, path.name in public, lines.lines[0][1], meters, lines.chords))
        elif path.name in public:
            raise ConfigError(f"{path.name} may have been trained on: {recipe.name} does not keep {tune} for testing.")
    return found


@torch.no_grad()
def perplexities(network: Network, solos: Sequence[Solo], with_chords: bool, steps: int) -> dict[str, float]:
    """Perplexities and accuracies over all notes of the solos, in windows of `steps` notes."""
    network.eval()
    jobs = [(solo, window) for solo in solos for window in windows(len(solo.line), steps, CONTEXT)]
    nats, right, notes = np.zeros(len(TARGETS)), np.zeros(len(TARGETS) + 1), 0
    for first in range(0, len(jobs), BATCH):
        rows = [solo.arrays(window, with_chords) for solo, window in jobs[first : first + BATCH]]
        batch = stacked(rows, network.config.right_notes)
        logits, asked = network(batch), batch["asked"].flatten().bool()
        nats += np.array([float(loss[asked].double().sum()) for loss in field_losses(logits, batch)])
        hits = [(out.argmax(-1) == batch[name].flatten())[asked] for out, name in zip(logits, TARGETS, strict=True)]
        right += _counts([*hits, hits[AHEAD] & hits[SUB]])
        notes += int(asked.sum())
    return _figures(nats / notes, right / notes, notes, len(solos))


def _counts(hits: list[Tensor]) -> np.ndarray:
    return np.array([int(hit.sum()) for hit in hits], np.float64)


def _figures(nats: np.ndarray, right: np.ndarray, notes: int, solos: int) -> dict[str, float]:
    onset = nats[AHEAD] + nats[SUB]
    found = {
        "pitch": math.exp(nats[PITCH]),
        "onset": math.exp(onset),
        "duration": math.exp(nats[DURATION]),
        "onset and duration": math.exp(onset + nats[DURATION]),
        "all three": math.exp(onset + nats[DURATION] + nats[PITCH]),
        "pitch accuracy": right[PITCH],
        "onset accuracy": right[-1],
        "duration accuracy": right[DURATION],
    }
    return {name: round(float(value), 4) for name, value in found.items()} | {"solos": solos, "notes": notes}


def sheet(figures: dict[str, dict[str, Any]]) -> Sheet:
    """A line for each published network and each of our rows."""
    lines: list[tuple[Cell, ...]] = []
    for name, split, pitch, joint in PUBLISHED:
        lines.append((name, split, *map(_words, (pitch, None, None, None, joint)), "-", "-", "-"))
    for name, found in figures.items():
        *values, hit, onset_hit, duration_hit, solos, notes = found.values()
        shares = (f"{100 * share:.1f} %" for share in (hit, onset_hit, duration_hit))
        lines.append((name, f"{solos} solos, {notes} notes", *map(_words, values), *shares))
    measures = ("pitch", "onset", "duration", "onset and duration", "all three")
    accuracies = ("pitch accuracy", "onset accuracy", "duration accuracy")
    return Sheet("Solos of WJazzD", ("", "tested on", *measures, *accuracies), tuple(lines), LEGEND)


def _words(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
