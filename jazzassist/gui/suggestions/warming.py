"""Has the worker read the music around selected bars while the composer is still deciding what to ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from jazzassist.domain.passage import Gap
from jazzassist.domain.suggestion import (
    Controls,
    NothingToSuggest,
    SuggestionRequest,
    bridge_request,
    continuation_request,
)

if TYPE_CHECKING:
    from jazzassist.gui.window.main_window import MainWindow

SETTLED_MS = 150  # without a change of the selection, so that dragging over bars asks for nothing on the way


class Warming(QObject):
    """Sends what may be asked about the selection. What is wished, and how many are asked for, does not matter."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.settling = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self.settling.timeout.connect(self._send)
        window.document.passage_changed.connect(self.settle)
        window.document.song_changed.connect(self.settle)
        window.client.state_changed.connect(self.settle)
        for box in (window.panel.bars, window.panel.beats):
            box.valueChanged.connect(self.settle)

    def settle(self) -> None:
        """Sends it when nothing more has changed for a moment."""
        self.settling.start()

    def _send(self) -> None:
        if self._window.client.state == "ready":
            self._window.client.warm(list(self._requests()))

    def _requests(self) -> Iterator[SuggestionRequest]:
        """The bridge over the selection and the continuation of it, as far as they can be asked for."""
        window, passage = self._window, self._window.document.passage
        if passage is None:
            return
        song, length = window.document.song, window.continuation_length
        with suppress(NothingToSuggest):
            yield bridge_request(song, Gap(passage.tracks, passage.start, passage.end), Controls())
        if length:
            gap = Gap(passage.tracks, passage.end, passage.end + length)
            with suppress(NothingToSuggest):
                yield continuation_request(song, gap, passage.start, Controls())
