"""Lets the worker process the music around the passage before the composer requests suggestions."""

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

SETTLED_MS = 150  # delay after the last change, so that nothing is sent while the composer drags


class Warming(QObject):
    """Sends the requests that the composer may make for the passage. Controls and alternatives do not matter."""

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
        """Send the requests after a short delay without further changes."""
        self.settling.start()

    def _send(self) -> None:
        if self._client.state == "ready":
            self._client.warm(list(self._requests()))

    def _requests(self) -> Iterator[SuggestionRequest]:
        """Yield the possible requests: a bridge over the passage and a continuation of it."""
        song, passage, length = self._session.song, self._session.passage, self._asking.continuation_length
        if passage is None:
            return
        with suppress(NothingToSuggest):
            yield bridge_request(song, Gap(passage.tracks, passage.start, passage.end), Controls())
        if length:
            gap = Gap(passage.tracks, passage.end, passage.end + length)
            with suppress(NothingToSuggest):
                yield continuation_request(song, gap, passage.start, Controls())
