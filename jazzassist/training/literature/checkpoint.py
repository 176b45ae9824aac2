"""Writing and reading checkpoints of the literature networks with PyTorch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file

from jazzassist.literature.checkpoint import Opened, config_in
from jazzassist.literature.words import Vocabulary
from jazzassist.neural.checkpoint import CONFIG, WEIGHTS
from jazzassist.training.literature.export import write_graphs
from jazzassist.training.literature.in_torch import InTorch
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.literature.systems import build
from jazzassist.training.network.checkpoint import filled


@dataclass(frozen=True)
class Loaded:
    """A checkpoint: its name, network in evaluation mode, vocabulary, and facts about its training."""

    name: str
    network: LiteratureNetwork
    vocabulary: Vocabulary
    trained: dict[str, float] = field(default_factory=dict)

    def opened(self) -> Opened:
        """Return the checkpoint in the form used for generation, without exported graphs."""
        return Opened(self.name, InTorch(self.network), self.vocabulary)


def save(loaded: Loaded, folder: Path) -> None:
    """Write the weights in half precision, the config, and the graphs that run without PyTorch."""
    folder.mkdir(parents=True, exist_ok=True)
    network = loaded.network
    weights = {key: _half(tensor.detach()).contiguous() for key, tensor in network.state_dict().items()}
    save_file(weights, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors creates files readable by the owner only
    config = {
        "name": loaded.name,
        "system": network.system.name,
        "network": network.sizes,
        "trained": loaded.trained,
        "vocabulary": list(loaded.vocabulary.entries),
    }
    (folder / CONFIG).write_text(json.dumps(config) + "\n", encoding="utf-8")
    write_graphs(network, folder)


def load(folder: Path) -> Loaded:
    """Load a checkpoint from `save` in float32, without its graphs. Raises CheckpointError (one sentence)."""
    config = config_in(folder)
    network = filled(folder, lambda: build(config.system.name, **config.sizes))
    return Loaded(config.name, network, config.vocabulary, config.trained)


def _half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.float16) if tensor.is_floating_point() else tensor
