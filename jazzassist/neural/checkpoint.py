"""A checkpoint is a folder: weights.safetensors and config.json; nothing is guessed, nothing is pickled."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from jazzassist.domain.texts import without_controls

WEIGHTS, CONFIG = "weights.safetensors", "config.json"
_LONGEST_CONFIG = 16 << 20  # bytes; the vocabulary of a network of words is part of it
_LONGEST_NAME = 80


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message is one sentence that names the file."""


def name_in(config: dict[str, Any], folder: Path) -> str:
    """What the checkpoint is called, as it can be shown."""
    name = config.get("name")
    return without_controls(name)[:_LONGEST_NAME] if isinstance(name, str) and name else folder.name


def read_config(path: Path) -> dict[str, Any]:
    """The table of settings in a checkpoint's config; CheckpointError when it is missing or damaged."""
    check_regular(path)
    try:
        if path.stat().st_size > _LONGEST_CONFIG:
            raise ValueError("it is too long for a config")
        config = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise CheckpointError(f"There is no checkpoint in {path.parent}: {path.name} cannot be read.") from error
    except RecursionError as error:
        raise CheckpointError(f"{path} is damaged: it is nested too deeply.") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged: {first_line(error)}.") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{path} is damaged: it holds no table of settings.")
    return config


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def check_regular(path: Path) -> None:
    """CheckpointError unless there is a regular file: to open a pipe would wait for ever."""
    try:
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"There is no checkpoint in {path.parent}: {path.name} cannot be read.") from error
    if not is_regular:
        raise CheckpointError(f"{path} is not a regular file.")


def first_line(error: Exception) -> str:
    """What an error says, in one line without its full stop."""
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
