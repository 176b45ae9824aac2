"""What each part of the network is worth: the same short training without it, or with another in its place.

Every trial sees the same windows in the same order for the same processor time, and is then asked the
same held-out bridges. Nothing else than the trial's own change differs.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from jazzassist.neural.encoding import END, FIELDS, PITCH, TARGETS
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.neural.steps import IGNORED, NO_SLOT
from jazzassist.training.arrays import TEST
from jazzassist.training.config import ConfigError, Recipe
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.report import Rows, Sheet
from jazzassist.training.held_out import without_chords, without_right
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.fields import Batch, FieldDecoder, Outlook, field_losses
from jazzassist.training.network.network import Network
from jazzassist.training.train import Run

LAST = 4  # notes before the end of a gap that are counted apart
SEED, BATCHES = 11, 12
FUTURE = 10  # the class of `wait_after` that marks the notes after a gap where they are read first: no gap uses it
RESULT = "result.json"
LEGEND = (
    "bits per note of held-out bridges, END left out; last four: pitch of the four notes before the seam; "
    "every trial had the same processor time on one core, so a larger one saw fewer notes"
)


class PitchFirst(Network):
    """The network that chooses a note's pitch before its onset; for measuring alone."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        heard = self.fields.start.in_features
        self.fields = PitchFirstDecoder(config.decoder, heard, self.gap.width, hinted=config.pointers > 0)


class PitchFirstDecoder(FieldDecoder):
    """Predicts pitch, quarters ahead, position, duration, velocity in this order."""

    def teach(self, outlook: Outlook, batch: Batch, drums: Tensor | bool) -> list[Tensor]:
        """Logits in the order of TARGETS, each given the fields that this decoder chooses before it."""
        here, state = batch["heard_here"].flatten(0, 1), outlook.first
        logits: dict[int, Tensor] = {}
        for number in (PITCH, 0, 1, 3, 4):
            logits[number] = self.logits(number, state, drums)
            if number < len(TARGETS) - 1:
                value = batch[TARGETS[number]].flatten().clamp(min=0)
                state = self.choose(number, value, state, drums, here)
        return [logits[number] for number in range(len(TARGETS))]


def same(batch: Batch) -> Batch:
    """The batch as it is."""
    return batch


def left_only(batch: Batch) -> Batch:
    """Without what follows the gap."""
    without_right(batch)
    batch["right_length"][:] = 0
    return batch


def no_chords(batch: Batch) -> Batch:
    """Without chords."""
    without_chords(batch)
    return batch


def right_first(batch: Batch) -> Batch:
    """The notes after the gap as steps before all others, instead of through the backward LSTM.

    The first of them is no step of its own, since the note before it lies in the gap; the network meets
    it as the note before the second one. For windows of one gap at most.
    """
    found = {name: tensor.clone() for name, tensor in batch.items()}
    for row in range(len(batch["slot"])):
        ends = (batch["target_ahead"][row] == END).nonzero()
        heard = len(ends) and int(batch["slot"][row, int(ends[-1])]) != NO_SLOT
        if heard:
            _move_ahead(batch, found, row, int(ends[-1]) + 1)
    found["slot"][:] = NO_SLOT
    found["right_length"][:] = 0
    return found


def _move_ahead(batch: Batch, found: Batch, row: int, after: int) -> None:
    """Into `found`: the steps from `after` on, but for their first, and then those before; padding last."""
    used = int((batch["target_ahead"][row] != IGNORED).sum())
    order = [*range(after + 1, used), *range(after)]
    for name in batch:
        if batch[name].dim() < 2 or name in ("right", "right_length"):
            continue
        rest = batch[name][row, len(order) :].clone()
        if name.startswith("target_"):
            rest[:] = IGNORED
        found[name][row] = torch.cat([batch[name][row, order], rest])
    moved = max(0, used - after - 1)
    found["wait_after"][row, :moved] = FUTURE
    found["previous_ahead"][row, 0] = 0  # how far the first note after the gap lies from the last one in it


@dataclass(frozen=True)
class Variant:
    """One trial: what it is called, sizes that differ, the class of network, and what is done to every batch."""

    name: str
    sizes: dict[str, int] = field(default_factory=dict)
    make: Callable[[NetworkConfig], Network] = Network
    change: Callable[[Batch], Batch] = same

    @property
    def folder(self) -> str:
        """The name of its folder."""
        return self.name.replace(" ", "-").replace(",", "")


VARIANTS = (
    Variant("as the recipe"),
    Variant("no pointers", {"pointers": 0}),
    Variant("no pointers, pitch before onset", {"pointers": 0}, make=PitchFirst),
    Variant("right side as one state alone", {"ahead": 0}),
    Variant("right side read first", change=right_first),
    Variant("left side only", change=left_only),
    Variant("never a chord", change=no_chords),
    Variant("2 layers of 512", {"hidden": 512, "layers": 2}),
    Variant("3 layers of 512", {"hidden": 512, "layers": 3}),
    Variant("no recall", {"recall": 0}),
)


class Trial(Run):
    """A run of one variant; its clock is the processor time of this process."""

    gaps = 1  # so that what follows can be read first

    def __init__(self, variant: Variant, recipe: Recipe, corpus: Path, folder: Path, minutes: float) -> None:
        network = dataclasses.replace(recipe.network, **variant.sizes)
        training = dataclasses.replace(recipe.training, minutes=minutes, evaluate_minutes=float("inf"))
        recipe = dataclasses.replace(recipe, network=network, training=training)
        super().__init__(recipe, corpus, folder, clock=time.process_time, make=variant.make)
        self.variant = variant

    def changed(self, batch: Batch) -> Batch:
        """The batch as the variant meets it."""
        return self.variant.change(batch)

    def evaluate(self) -> None:
        """Nothing meanwhile: a trial is judged at its end."""

    def judged(self, batches: int = BATCHES) -> dict[str, float]:
        """Bits per note by field, in total, and of the pitches nearest the seam, with notes seen and sizes."""
        weights = sum(parameter.numel() for parameter in self.network.parameters())
        size = {"notes": float(self.progress.notes), "weights": float(weights)}
        return bits(self.network, Dataset(self.corpus, self.recipe, self.gaps), self.variant.change, batches) | size


@torch.no_grad()
def bits(network: Network, data: Dataset, change: Callable[[Batch], Batch], batches: int) -> dict[str, float]:
    """Bits per note in the gaps of held-out bridges: by field, in total, and of the LAST pitches before the seam."""
    network.eval()
    random = np.random.default_rng(SEED)
    sums, near = np.zeros(len(FIELDS)), 0.0
    count = near_count = 0
    for _ in range(batches):
        batch = tensors(data.batch(random, 32, TEST, "bridge", augment=False))
        batch["near"] = _near_the_seam(batch).long()
        batch = change(batch)
        asked = ((batch["target_pitch"] >= 0) & (batch["counting"] > 0)).flatten()
        close = batch["near"].bool().flatten()
        losses = _losses(network, batch)
        sums += np.array([float(loss[asked].sum()) for loss in losses])
        near += float(losses[PITCH][close].sum())
        count, near_count = count + int(asked.sum()), near_count + int(close.sum())
    found = dict(zip(FIELDS, sums / count / np.log(2), strict=True))
    return found | {"total": float(sums.sum() / count / np.log(2)), "last": near / max(1, near_count) / np.log(2)}


def _losses(network: Network, batch: Batch) -> list[Tensor]:
    """As `field_losses`, but given that the gap does not end here, since a pitch that is chosen first says so."""
    logits = network(batch)
    logits[0] = logits[0].clone()
    logits[0][:, END] = float("-inf")
    ended = batch["target_ahead"] == END
    return field_losses(logits, batch | {"target_ahead": torch.where(ended, IGNORED, batch["target_ahead"])})


def _near_the_seam(batch: Batch) -> Tensor:
    """(batch, steps): the last notes of every gap."""
    ends = (batch["target_ahead"] == END).float()
    # How many ENDs lie within the next LAST steps.
    ahead = F.pad(ends, (0, LAST))[:, None]
    window = F.conv1d(ahead, torch.ones(1, 1, LAST))[:, 0, 1 : ends.shape[1] + 1]
    inside = (batch["counting"] > 0) & (batch["target_pitch"] >= 0)
    return (window > 0) & inside


def ablate(
    recipe: Recipe, corpus: Path, folder: Path, minutes: float, only: list[str], tell: Callable[[str], None]
) -> Sheet:
    """Trains and judges the variants that have no result in `folder` yet; the table of all that have one.

    `minutes`: of processor time for each. ConfigError for a name that is none of VARIANTS.
    """
    unknown = [name for name in only if name not in [variant.name for variant in VARIANTS]]
    if unknown:
        raise ConfigError(f"{unknown[0]} is no trial; they are: {', '.join(variant.name for variant in VARIANTS)}.")
    rows: list[tuple[str, dict[str, float]]] = []
    for variant in VARIANTS:
        place = folder / variant.folder
        if not (place / RESULT).exists() and (not only or variant.name in only):
            tell(f"{variant.name} ...")
            trial = Trial(variant, recipe, corpus, place, minutes)
            trial.resume()
            trial.train()
            (place / RESULT).write_text(json.dumps(trial.judged()), encoding="utf-8")
        if (place / RESULT).exists():
            rows.append((variant.name, json.loads((place / RESULT).read_text(encoding="utf-8"))))
    return _sheet(rows)


def _sheet(rows: list[tuple[str, dict[str, float]]]) -> Sheet:
    columns = (*FIELDS, "total", "last")
    lines: Rows = tuple(
        (name, f"{found['weights'] / 1e6:.1f} M", f"{found['notes'] / 1e6:.2f} M", *(found[key] for key in columns))
        for name, found in rows
    )
    header = ("", "weights", "notes seen", *FIELDS, "total", "pitch, last four")
    return Sheet("One thing changed at a time", header, lines, LEGEND)
