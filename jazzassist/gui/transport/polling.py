"""Regular updates of the session from the player."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from jazzassist.session.playback_control import PlaybackControl

POLL_MS = 25


class Polling(QObject):
    """Polls the player 40 times a second. `noticed`: a message, one sentence."""

    noticed = Signal(str)

    def __init__(self, player: PlaybackControl, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    def _poll(self) -> None:
        for notice in self._player.poll():
            self.noticed.emit(notice)
