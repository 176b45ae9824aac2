"""How well the music goes on behind a fill: nats per note of the first eight notes after a gap.

The judge is the network itself or another one, in plain continuation: it hears the left side and the
fill, not how the fill was made (see `neural.seam`). One that shares no weights with the writer shares
none of its likings either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.neural.generation import Candidate, generate
from jazzassist.neural.graphs import Runner
from jazzassist.neural.sampling import taste
from jazzassist.neural.seam import seam_nats
from jazzassist.training.evaluation.gaps import HeldOutGap
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.network.network import Network
from jazzassist.training.network.runner import TorchRunner

REAL, WRONG = "real bars", "another tune's bars"
LEFT, BOTH, BEST = "left context only", "both contexts", "both contexts, best of 8"
FILLS = (REAL, WRONG, LEFT, BOTH, BEST)
SAMPLES = 8
LEGEND = (
    "nats per note of the first 8 notes after the gap, given the left side and the fill; samples at the default "
    "settings, one of them without reranking (the mean of 8), or the best of 8 by this very measure; ±: standard "
    "error of the difference to the real bars"
)


@dataclass(frozen=True)
class Seams:
    """Nats per note by fill, one value for each gap."""

    nats: dict[str, npt.NDArray[np.float64]]

    def figures(self) -> dict[str, float]:
        """Means by fill, the standard errors of their differences to the real bars, and the number of gaps."""
        if not len(self.nats[REAL]):
            return {"gaps": 0}
        found = {name: float(values.mean()) for name, values in self.nats.items()}
        found |= {f"{name}, error": self.error(name) for name in self.nats if name != REAL}
        return {name: round(value, 4) for name, value in found.items()} | {"gaps": len(self.nats[REAL])}

    def error(self, name: str) -> float:
        """The standard error of a fill's mean difference to the real bars."""
        return float(np.std(self.nats[name] - self.nats[REAL]) / np.sqrt(len(self.nats[REAL])))


def seams(network: Network, gaps: Sequence[HeldOutGap], seed: int, judge: Network | None = None) -> Seams:
    """The seams of all fills of the gaps that have another tune's bars to compare with; `seed` for the samples.

    `judge`: another network than the one that fills the gaps.
    """
    writer = TorchRunner(network)
    listener = writer if judge is None else TorchRunner(judge)
    rows: list[list[float]] = []
    for number, gap in enumerate(gaps):
        wrong = another_tune(gaps, number)
        if wrong is not None:
            rows.append(_row(writer, listener, gap, wrong, seed + number))
    table = np.array(rows, np.float64).reshape(-1, len(FILLS)).T
    return Seams(dict(zip(FILLS, table, strict=True)))


def _row(writer: Runner, judge: Runner, gap: HeldOutGap, wrong: Candidate, seed: int) -> list[float]:
    alone = _samples(writer, gap, seed, right=False)
    both = _samples(writer, gap, seed, right=True)
    fills = [gap.filled(gap.notes), wrong, *alone, *both]
    nats = np.array(seam_nats(judge, gap.scene(), fills), np.float64)
    left, right = nats[2 : 2 + len(alone)], nats[2 + len(alone) :]
    return [nats[0], nats[1], float(left.mean()), float(right.mean()), float(right.min())]


def _samples(writer: Runner, gap: HeldOutGap, seed: int, right: bool) -> list[Candidate]:
    """SAMPLES candidates at the default settings; those without a note only where none has one."""
    found = generate(writer, gap.scene(right), SAMPLES, taste(50), seed, lambda share: None, lambda: False)
    return [candidate for candidate in found if candidate.onset] or found


def another_tune(gaps: Sequence[HeldOutGap], number: int) -> Candidate | None:
    """What stands in the next gap of another song and the same length, moved here; the same instrument if there is."""
    gap = gaps[number]
    others = [*gaps[number + 1 :], *gaps[:number]]
    fit = [other for other in others if other.song != gap.song and other.end - other.start == gap.end - gap.start]
    alike = [other for other in fit if other.line.instrument == gap.line.instrument]
    for other in alike or fit:
        return gap.filled(other.notes, gap.start - other.start)
    return None


def seam_sheet(found: dict[str, Seams]) -> Sheet:
    """A line for each kind of gap, a column for each fill."""
    lines: list[tuple[Cell, ...]] = []
    for name, one in found.items():
        if len(one.nats[REAL]):
            values = [float(one.nats[fill].mean()) for fill in FILLS]
            told = [f"{value:.2f} ± {one.error(fill):.2f}" for fill, value in zip(FILLS[1:], values[1:], strict=True)]
            lines.append((name, str(len(one.nats[REAL])), f"{values[0]:.2f}", *told))
    return Sheet("The seam", ("", "gaps", *FILLS), tuple(lines), LEGEND)
