"""Opening a suggester by the name of its checkpoint."""

from __future__ import annotations

from pathlib import Path

from jazzassist import paths
from jazzassist.domain.suggestion import Suggester
from jazzassist.suggest.baseline import NAME as MARKOV
from jazzassist.suggest.baseline import MarkovSuggester


class NoSuggester(Exception):
    """A checkpoint cannot be used; the message is one sentence that names it."""


def open_suggester(checkpoint: str | None = None) -> tuple[str, Suggester]:
    """(name, suggester) of the checkpoint in a folder, of a shipped one by its name, or of `markov`.

    Without a name it is the one that is used unless asked. Takes seconds where there is a network to
    load. NoSuggester when that fails.
    """
    if checkpoint == MARKOV:
        return MARKOV, MarkovSuggester()
    folder = (
        paths.default_checkpoint()
        if checkpoint is None
        else paths.shipped_checkpoints().get(checkpoint, Path(checkpoint))
    )
    try:
        import torch

        from jazzassist.literature.checkpoint import is_literature
        from jazzassist.literature.suggester import LiteratureSuggester
        from jazzassist.neural.checkpoint import CheckpointError
        from jazzassist.neural.suggester import LstmSuggester
    except ImportError as error:
        raise NoSuggester(f"The network cannot be used, since {error.name} is not installed.") from error
    torch.set_num_threads(1)  # on a busy machine more threads are slower; and sums come out the same everywhere
    try:
        suggester = LiteratureSuggester(folder) if is_literature(folder) else LstmSuggester(folder)
    except (CheckpointError, ValueError) as error:
        raise NoSuggester(str(error)) from error
    return suggester.name, suggester
