"""Has the worker read the music around selected bars while the composer is still deciding what to ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer

from jazzassist.domain.passage import Gap
from jazzassist.domain.suggestion import (
    Controls,
    NothingToSuggest,
    SuggestionRequest,
    bridge_request,
    continuation_request,
)
from jazzassist.gui.suggestions.asking import Asking
from jazzassist.gui.suggestions.suggestion_client import SuggestionClient
from jazzassist.session import Aspect, Session

SETTLED_MS = 150  # without a change of the selection, so that dragging over bars asks for nothing on the way


class Warming(QObject):
    """Sends what may be asked about the selection. What is wished, and how many are asked for, does not matter."""

    def __init__(
        self, session: Session, client: SuggestionClient, asking: Asking, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._client, self._asking = session, client, asking
        self.settling = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self.settling.timeout.connect(self._send)
        session.observe(lambda changed: self.settle(), Aspect.PASSAGE, Aspect.SONG)
        client.state_changed.connect(self.settle)

    def settle(self) -> None:
        """Sends it when nothing more has changed for a moment; also after another length was chosen."""
        self.settling.start()

    def _send(self) -> None:
        if self._client.state == "ready":
            self._client.warm(list(self._requests()))

    def _requests(self) -> Iterator[SuggestionRequest]:
        """The bridge over the selection and the continuation of it, as far as they can be asked for."""
        song, passage, length = self._session.song, self._session.passage, self._asking.continuation_length
        if passage is None:
            return
        with suppress(NothingToSuggest):
            yield bridge_request(song, Gap(passage.tracks, passage.start, passage.end), Controls())
        if length:
            gap = Gap(passage.tracks, passage.end, passage.end + length)
            with suppress(NothingToSuggest):
                yield continuation_request(song, gap, passage.start, Controls())
