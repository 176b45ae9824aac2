"""Opening a suggester by the name of its checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path

from jazzassist import paths
from jazzassist.domain.suggestion import Suggester
from jazzassist.suggest.baseline import NAME as MARKOV
from jazzassist.suggest.baseline import MarkovSuggester


class NoSuggester(Exception):
    """A checkpoint cannot be used; the message is one sentence that names it."""


def open_suggester(checkpoint: str | None = None) -> tuple[str, Suggester]:
    """(name, suggester) of the checkpoint in a folder, of a shipped one by its name, or of `markov`.

    Without a name it is the one that is used unless asked. NoSuggester when it cannot be opened.
    """
    if checkpoint == MARKOV:
        return MARKOV, MarkovSuggester()
    folder = (
        paths.default_checkpoint()
        if checkpoint is None
        else paths.shipped_checkpoints().get(checkpoint, Path(checkpoint))
    )
    try:
        return _open_network(folder)
    except ImportError as error:
        raise NoSuggester(_missing(error)) from error


def _open_network(folder: Path) -> tuple[str, Suggester]:
    """The suggester of a network; imports only what this one needs."""
    from jazzassist.literature.checkpoint import is_literature
    from jazzassist.neural.checkpoint import CheckpointError

    suggester: LstmSuggester | LiteratureSuggester
    try:
        if is_literature(folder):
            from jazzassist.literature.suggester import LiteratureSuggester

            suggester = LiteratureSuggester(folder)
        else:
            from jazzassist.neural.suggester import LstmSuggester

            suggester = LstmSuggester(folder)
    except (CheckpointError, ValueError) as error:
        raise NoSuggester(str(error)) from error
    return suggester.name, suggester


def _missing(error: ImportError) -> str:
    """One sentence about a library that a network needs and that cannot be imported."""
    if isinstance(error, ModuleNotFoundError):
        return f"The network cannot be used, since {error.name} is not installed."
    hint = " Installing the Microsoft Visual C++ Redistributable may help." if sys.platform == "win32" else ""
    reason = (str(error).splitlines() or ["no reason given"])[0]
    return f"The network cannot be used, since a library that it needs cannot be loaded ({reason}).{hint}"
