"""Bits per note by field in held-out gaps, with and without what follows and the chords.

All rows of one gap length are about the same notes: those that really stand in the gaps. What
precedes them is known in every row, and the other lines too. A continuation is not told how long the
gap is; a bridge without what follows is told only that. No wishes are said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from jazzassist.neural.encoding import DRUMS, FIELDS, PITCH, TARGETS, joined
from jazzassist.neural.memory import Expected, Memory
from jazzassist.neural.motifs import Motifs, likelihoods, played_through, share_for
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.gaps import HeldOutGap, draw_gaps
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.evaluation.seams import Seams, seam_sheet, seams
from jazzassist.training.evaluation.suite import Outcome
from jazzassist.training.network.batches import stacked
from jazzassist.training.network.fields import Batch, field_losses
from jazzassist.training.network.network import Network, Reading

BARS = (1, 2, 4, 8)
SEED = 7
BATCH = 32
HELP_LEGEND = (
    "bits per note; ±: standard error over the gaps; solos alone: no other line and no chord is heard, "
    "and without what follows the length of the gap is not known either"
)
CHORDS_KNOWN = "gaps whose chords are known"


@dataclass(frozen=True)
class Hearing:
    """What is known when the notes are predicted."""

    name: str
    counted: bool
    right: bool
    chords: bool


HEARINGS = (
    Hearing("continuation", False, False, True),
    Hearing("continuation without chords", False, False, False),
    Hearing("bridge without what follows", True, False, True),
    Hearing("bridge without what follows or chords", True, False, False),
    Hearing("bridge", True, True, True),
    Hearing("bridge without chords", True, True, False),
)
RIGHT, NO_RIGHT, LEFT = HEARINGS[4], HEARINGS[2], HEARINGS[0]
MEMORY = "bridge with the memory of the seed"


@dataclass(frozen=True)
class Bits:
    """Sums over each gap's notes: (gaps, fields) in bits; notes in each; the pitch bits of its last four notes."""

    fields: npt.NDArray[np.float64]
    notes: npt.NDArray[np.int64]
    last: npt.NDArray[np.float64]

    def per_note(self, chosen: npt.NDArray[np.bool_] | None = None) -> dict[str, float]:
        """Bits per note by field and in total, over all gaps or the chosen ones; nan where there are none."""
        rows = np.ones(len(self.notes), np.bool_) if chosen is None else chosen
        notes = int(self.notes[rows].sum())
        found = self.fields[rows].sum(0) / notes if notes else np.full(len(FIELDS), math.nan)
        named = dict(zip(FIELDS, found.tolist(), strict=True)) | {"total": float(found.sum())}
        return {name: round(value, 4) for name, value in named.items()}


def likelihood(
    network: Network,
    data: Dataset,
    gaps: int = 200,
    seam_gaps: int = 40,
    tell: Callable[[str], None] = lambda _: None,
    judge: Network | None = None,
    rivals: Callable[[Sequence[HeldOutGap]], dict[str, dict[str, float]]] = lambda gaps: {},
) -> Outcome:
    """Bits per note for `gaps` gaps of each length, what the right side helps, and the seams of `seam_gaps` of each.

    `judge`: another network than the one that is scored, for the seams. `rivals`: rows of other predictors of a gap.
    """
    figures: dict[str, Any] = {}
    sheets: list[Sheet] = []
    helps: dict[str, dict[str, float]] = {}
    for bars in BARS:
        found = draw_gaps(data, bars, gaps, SEED)
        tell(f"bits per note in {len(found)} gaps of {bars} bars")
        if not found:
            continue
        measured = {hearing.name: bits(network, found, hearing) for hearing in HEARINGS}
        measured[MEMORY] = remembered(network, found)
        known = np.array([gap.knows_chords for gap in found], np.bool_)
        rows = {name: one.per_note() for name, one in measured.items()}
        rows |= {f"{name}, {CHORDS_KNOWN}": one.per_note(known) for name, one in measured.items()}
        rows |= rivals(found)
        figures[f"{bars} bars"] = rows
        helps[f"{bars} bars"] = right_helps(measured[RIGHT.name], measured[NO_RIGHT.name])
        sheets.append(bits_sheet(bars, len(found), int(known.sum()), rows))
    helps |= _alone(network, data, gaps, tell)
    figures["last four notes"] = helps
    found_seams = _all_seams(network, data, seam_gaps, tell, judge)
    figures["seam"] = {name: found.figures() for name, found in found_seams.items()}
    return Outcome(figures, (*sheets, help_sheet(helps), seam_sheet(found_seams)))


def _alone(network: Network, data: Dataset, count: int, tell: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """What the right side and the countdown help in solos when nothing else is heard: neither lines nor chords."""
    found: dict[str, dict[str, float]] = {}
    for bars in BARS if "solo" in data.roles else ():
        gaps = [gap.alone() for gap in draw_gaps(data.only("solo"), bars, count, SEED)]
        tell(f"bits per note in {len(gaps)} gaps of {bars} bars of solos alone")
        if gaps:
            found[f"solos alone, {bars} bars"] = right_helps(bits(network, gaps, RIGHT), bits(network, gaps, LEFT))
    return found


def _all_seams(
    network: Network, data: Dataset, count: int, tell: Callable[[str], None], judge: Network | None
) -> dict[str, Seams]:
    """By gap length; the solos alone as well, where the corpus has that role."""
    kinds = [("", data)] + ([("solos, ", data.only("solo"))] if "solo" in data.roles else [])
    found: dict[str, Seams] = {}
    for prefix, drawn in kinds:
        for bars in BARS:
            tell(f"seams of {count} gaps of {bars} bars")
            found[f"{prefix}{bars} bars"] = seams(network, draw_gaps(drawn, bars, count, SEED + 1), SEED, judge)
    return found


@torch.no_grad()
def bits(network: Network, gaps: Sequence[HeldOutGap], hearing: Hearing) -> Bits:
    """What the notes of the gaps cost when so much is known."""
    network.eval()
    fields, notes, last = [], [], []
    for first in range(0, len(gaps), BATCH):
        some = [gap if hearing.chords else gap.without_chords() for gap in gaps[first : first + BATCH]]
        rows = [gap.arrays(hearing.counted, hearing.right, network.config.right_notes) for gap in some]
        batch = stacked(rows, network.config.right_notes)
        losses = torch.stack(field_losses(network(batch), batch), -1).view(*batch["asked"].shape, -1)
        cost = losses.double() / math.log(2)
        fields.append((cost * batch["asked"][..., None]).sum(1).numpy())
        last.append((cost[..., PITCH] * batch["last"]).sum(1).numpy())
        notes.append(batch["asked"].sum(1).numpy())
    return Bits(np.concatenate(fields), np.concatenate(notes), np.concatenate(last))


@torch.no_grad()
def remembered(network: Network, gaps: Sequence[HeldOutGap]) -> Bits:
    """What the notes cost in a bridge whose chances are mixed with the memory of the seed, as in suggesting."""
    network.eval()
    fields, notes, last = [], [], []
    for gap in gaps:
        batch = stacked([gap.arrays(True, True, network.config.right_notes)], network.config.right_notes)
        seed = {name: tensor[:, : gap.low] for name, tensor in batch.items() if tensor.dim() > 1}
        outlook = network.outputs(batch)
        drums = (batch["instrument"] == DRUMS).repeat_interleave(outlook.out.shape[1])
        logits = network.fields.teach(outlook.flat(), batch, drums)
        instrument = {"instrument": batch["instrument"]}
        memory = _memory(network.read(seed | instrument), seed) if gap.low else None
        if memory is not None:
            weights = memory.weights(outlook.out[0].numpy())
            chances = [field.softmax(-1).numpy() for field in logits]
            mixed = (memory.mixed(number, field, weights) for number, field in enumerate(chances))
            logits = [torch.from_numpy(field).log() for field in mixed]
        cost = torch.stack(field_losses(logits, batch), -1).double() / math.log(2)
        asked = batch["asked"][0].numpy() > 0
        bits_each = motifs_too(gap, cost.numpy()[asked], memory)
        fields.append(bits_each.sum(0))
        last.append(float((bits_each[:, PITCH] * batch["last"][0].numpy()[asked]).sum()))
        notes.append(int(asked.sum()))
    return Bits(np.stack(fields), np.array(notes, np.int64), np.array(last, np.float64))


def motifs_too(gap: HeldOutGap, cost: npt.NDArray[np.float64], memory: Memory | None) -> npt.NDArray[np.float64]:
    """(notes, fields) in bits: what the notes in a gap cost when the bars around are come back to as well.

    `cost`: what they cost without that.
    """
    before, after = gap.sides
    motifs = Motifs.of(joined([before, after]), gap.around, gap.start, gap.end)
    share = 0.0 if motifs is None else share_for(motifs, gap.line.part(0, gap.low), memory)
    if motifs is None or share == 0:
        return cost
    whole, notes = replace(motifs, line=joined([before, gap.notes, after])), gap.notes
    arrays = gap.arrays(True, False, 1)
    asked = np.flatnonzero(arrays["asked"])
    targets = [np.asarray(arrays[name][asked], np.int64) for name in TARGETS]
    own = [np.asarray(2.0**-column, np.float32) for column in cost.T]
    first = gap.line.onset[gap.low - 1 : gap.low] if gap.low else np.array([gap.before.onset])
    found, bar = likelihoods(whole, np.append(first, notes.onset[:-1]), targets, own, (gap.start, gap.end))
    return -np.log2(played_through(whole, found, bar, np.array([share], np.float32))[..., 0])


def _memory(reading: Reading, seed: Batch) -> Memory | None:
    """The memory of tensors, which is kept in arrays."""
    expected = Expected(reading.out.numpy(), [logits.numpy() for logits in reading.logits])
    return Memory.of(expected, {name: tensor.numpy() for name, tensor in seed.items()})


def right_helps(right: Bits, without: Bits) -> dict[str, float]:
    """Pitch bits per note of the last four before the seam with and without what follows, and by which share lower.

    `error`: the standard error of that share over the choice of gaps.
    """
    notes = np.minimum(right.notes, 4)
    saved, all_bits = without.last - right.last, float(without.last.sum())
    share = float(saved.sum()) / all_bits
    error = float(np.sqrt(len(notes)) * np.std(saved - share * without.last)) / all_bits
    values = {
        "with": float(right.last.sum() / notes.sum()),
        "without": all_bits / int(notes.sum()),
        "share": share,
        "error": error,
    }
    return {name: round(value, 4) for name, value in values.items()}


def bits_sheet(bars: int, gaps: int, known: int, rows: dict[str, dict[str, float]]) -> Sheet:
    """A line for each hearing, a column for each field."""
    lines: list[tuple[Cell, ...]] = [(name, *found.values()) for name, found in rows.items()]
    legend = f"bits per note in {gaps} gaps; {known} of them are gaps whose chords are known"
    return Sheet(f"Gaps of {bars} bar{'s' * (bars > 1)}", ("", *FIELDS, "total"), tuple(lines), legend)


def help_sheet(helps: dict[str, dict[str, float]]) -> Sheet:
    """A line for each gap length."""
    lines: list[tuple[Cell, ...]] = [
        (name, found["with"], found["without"], f"{100 * found['share']:.1f} ± {100 * found['error']:.1f} %")
        for name, found in helps.items()
    ]
    header = ("pitch, last four notes before the seam", "with what follows", "without", "lower by")
    return Sheet("What the right side helps", header, tuple(lines), HELP_LEGEND)
