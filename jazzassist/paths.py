"""Where the program's own data lies: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _data(name: str) -> Path:
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def resources() -> Path:
    """The folder of icons, demo songs and the SoundFont."""
    return _data("resources")


def models() -> Path:
    """The folder that holds one folder per checkpoint."""
    return _data("models")


def shipped_checkpoints() -> dict[str, Path]:
    """The folders of the checkpoints that come with the program, by name; the one that is used unless asked first."""
    found = sorted(path for path in models().iterdir() if (path / "config.json").is_file())
    return {path.name: path for path in sorted(found, key=lambda path: path != default_checkpoint())}


def default_checkpoint() -> Path:
    """The folder of the checkpoint that is used unless another is named."""
    return models() / "jazz-8"
