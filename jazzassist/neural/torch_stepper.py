"""The PyTorch stepper with arrays instead of tensors, until it is replaced by one that needs no torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from jazzassist.neural.encoding import Floats, Ints
from jazzassist.neural.folding import FoldedNetwork
from jazzassist.neural.hearing import Before, hear_after
from jazzassist.neural.scene import Scene
from jazzassist.neural.stepping import Stepper
from jazzassist.neural.steps import Arrays


class TorchStepper:
    """`Stepper` for a scene."""

    @torch.inference_mode()
    def __init__(self, folded: FoldedNetwork, scene: Scene, before: Before, count: int, deaf: bool) -> None:
        following = hear_after(folded.network, scene)
        self.stepper = Stepper(folded, before.state, following, scene.instrument, count, deaf)

    @property
    def count(self) -> int:
        """Candidates."""
        return self.stepper.count

    @property
    def deaf(self) -> bool:
        """Whether each of them is there a second time."""
        return self.stepper.deaf

    @property
    def out(self) -> Floats:
        """(rows, hidden)."""
        return self.stepper.out.numpy()

    @torch.inference_mode()
    def step(self, columns: Arrays) -> None:
        """As `Stepper.step`."""
        self.stepper.step(columns)

    @torch.inference_mode()
    def logits(self, field: int) -> Floats:
        """As `Stepper.logits`."""
        return self.stepper.logits(field).numpy()

    @torch.inference_mode()
    def choose(self, field: int, value: Ints, here: Floats | None = None) -> None:
        """As `Stepper.choose`."""
        self.stepper.choose(field, torch.from_numpy(value), None if here is None else torch.from_numpy(here))

    @torch.inference_mode()
    def keep(self, candidates: Sequence[int]) -> None:
        """As `Stepper.keep`."""
        self.stepper.keep(candidates)
