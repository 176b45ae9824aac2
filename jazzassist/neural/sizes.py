"""The sizes of a network: what its checkpoint's config says of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from jazzassist.neural.checkpoint import CONFIG, CheckpointError, first_line, name_in, read_config
from jazzassist.neural.encoding import VERSION

_RANGES = {
    "hidden": (1, 1 << 16),
    "layers": (1, 64),
    "decoder": (1, 1 << 16),
    "right": (1, 1 << 16),
    "right_notes": (1, 4096),
    "embedding": (1, 1 << 14),
    "dropout": (0, 1),
    "recall": (0, 1 << 16),
    "ahead": (0, 1 << 16),
    "pointers": (0, 1 << 16),
    "phrase": (0, 4096),
    "extras": (0, 64),
}


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes: units of the trunk's LSTM layers, of the sub-decoder, of the right context and of embeddings.

    `recall`, `ahead`, `pointers`: widths of the attention over the trunk's earlier outputs, of that over the notes
    after the gap, and of the pointers' keys; 0 for none. `phrase`: bars after which their count begins anew, so that
    what comes back every so many bars is known to be due; 0 where bars are not counted. `extras`: how many of
    `encoding.EXTRAS` it takes; a network that takes any is also told how sure estimated chords are.
    """

    hidden: int = 384
    layers: int = 2
    decoder: int = 192
    right: int = 192
    right_notes: int = 48
    embedding: int = 48
    dropout: float = 0.15
    recall: int = 96
    ahead: int = 0
    pointers: int = 0
    phrase: int = 0
    extras: int = 0

    def as_dict(self) -> dict[str, int | float]:
        """Its fields by name, for the checkpoint's config."""
        return asdict(self)


def sizes_in(table: object) -> NetworkConfig:
    """The sizes of a network; TypeError or ValueError when they are not numbers of a possible size."""
    if not isinstance(table, dict):
        raise TypeError("it holds no table of sizes")
    config = NetworkConfig(**table)
    for name, value in config.as_dict().items():
        low, high = _RANGES[name]
        kinds = (int, float) if name == "dropout" else (int,)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            raise ValueError(f"{name} is no number from {low} to {high}")
    return config


def described(folder: Path) -> tuple[str, NetworkConfig]:
    """(name, sizes) of the network in a folder; CheckpointError when its config is missing, damaged, too old or new."""
    config = read_config(folder / CONFIG)
    version = config.get("encoding_version")
    if version != VERSION:
        said = version if isinstance(version, int) else "unknown"
        raise CheckpointError(
            f"{folder / CONFIG} is for version {said} of the encoding of notes; this program has version {VERSION}."
        )
    try:
        sizes = sizes_in(config["network"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {first_line(error)}.") from error
    return name_in(config, folder), sizes
