"""The line to the worker in the hands of a test: what the window says, and what it hears."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Suggestion, SuggestionRequest
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.protocol import Ask, Cancel, Completed, Failed, Reply, Suggested, Warm, decode_command
from jazzassist.suggest.protocol import encode_reply as encoded


class WorkerLine:
    """Takes what a window's client says to its worker, which never hears it, and answers in its place."""

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client, self.lines = window.client, list[str]()
        monkeypatch.setattr(window.client, "_write", self.lines.append)

    @property
    def asked(self) -> Ask:
        """The latest request."""
        return next(found for line in self.lines[::-1] if isinstance(found := decode_command(line), Ask))

    @property
    def cancelled(self) -> list[int]:
        """The ids of requests that were cancelled."""
        return [found.id for line in self.lines if isinstance(found := decode_command(line), Cancel)]

    @property
    def warmed(self) -> list[SuggestionRequest]:
        """What was to be read ahead."""
        return [found.request for line in self.lines if isinstance(found := decode_command(line), Warm)]

    def hear(self, reply: Reply) -> None:
        """Hands the window a reply."""
        self.client._take(encoded(reply).encode())

    def complete(self, suggestion: Suggestion) -> None:
        """Hands it one suggestion of the latest request while others are still being written."""
        self.hear(Completed(self.asked.id, suggestion))

    def answer(self, *suggestions: Suggestion) -> None:
        """Hands it the whole answer to the latest request."""
        self.hear(Suggested(self.asked.id, suggestions))

    def fail(self, reason: str) -> None:
        """Refuses the latest request."""
        self.hear(Failed(self.asked.id, reason))

    def some(self, count: int) -> list[Suggestion]:
        """So many suggestions for the latest request, none like another."""
        request = self.asked.request
        (first, *_) = answer(MarkovSuggester(), request, lambda share: None, lambda: False)
        return [_transposed(first, by) for by in range(count)]


def _transposed(suggestion: Suggestion, by: int) -> Suggestion:
    parts = (replace(part, notes=_up(part.notes, by)) for part in suggestion.parts)
    return replace(suggestion, parts=tuple(parts))


def _up(notes: Notes, by: int) -> Notes:
    return notes.changed(pitch=np.clip(notes.pitch.astype(int) + by, 0, 127))
