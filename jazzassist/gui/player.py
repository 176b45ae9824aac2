"""The window's side of the player: what is played, muted and looped, and where it is."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from jazzassist.domain.song import Song
from jazzassist.playback.schedule import Schedule, build_schedule
from jazzassist.playback.transport import Transport

POLL_MS = 25
SOUNDED_MS = 350  # how long a clicked note sounds


class Player(QObject):
    """Plays the song, or a candidate in its stead, from and to the places that are asked for."""

    position_changed = Signal(int)
    playing_changed = Signal(bool)
    noticed = Signal(str)
    outputs_changed = Signal(tuple)

    def __init__(self, transport: Transport, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.transport = transport
        self.muted: frozenset[int] = frozenset()
        self.soloed: frozenset[int] = frozenset()
        self.loop: tuple[int, int] | None = None
        self.looping = False
        self._song = Song(480)
        self._range = (0, 0)
        self._looped = False
        self._was_playing = False
        self._outputs: tuple[str, ...] = ()
        self._position = 0
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    @property
    def playing(self) -> bool:
        """Whether something is playing."""
        return self.transport.playing

    @property
    def position(self) -> int:
        """The playhead, in ticks."""
        return self.transport.position if self.playing else self._position

    def play_song(self, song: Song, start: int | None = None) -> None:
        """Plays from `start` or the playhead; in a loop when looping is on and a range is set."""
        at = self._position if start is None else start
        if self.looping and self.loop is not None:
            low, high = self.loop
            self.play_range(song, low, high, True, at if low <= at < high else low)
        else:
            end = max(song.last_note_end, at) + song.ppq
            self.play_range(song, 0, end, False, at if start is not None or at < song.last_note_end else 0)

    def play_range(self, song: Song, start: int, end: int, loop: bool, at: int | None = None) -> None:
        """Plays the ticks [start, end), from `at` in them."""
        self._song, self._range, self._looped = song, (start, end), loop
        self.transport.play(self._schedule(), at)

    def change_song(self, song: Song) -> None:
        """Goes on with another song, or the edited one, at the same place and without a break."""
        self._song = song
        if self.playing:
            self.transport.update(self._schedule())

    def set_heard(self, muted: frozenset[int], soloed: frozenset[int]) -> None:
        """Which tracks are silent, and which alone are heard."""
        self.muted, self.soloed = muted, soloed
        self.change_song(self._song)

    def stop(self) -> None:
        """Stops; the playhead stays."""
        self._position = self.position
        self.transport.stop()

    def seek(self, tick: int) -> None:
        """Puts the playhead on a tick; outside what is being played, that stops."""
        if self.playing:
            if self._range[0] <= tick < self._range[1]:
                self.transport.seek(tick)
            else:
                self.stop()
        self._position = tick
        self.position_changed.emit(tick)

    def sound(self, pitch: int, channel: int, program: int) -> None:
        """Sounds one note for a moment."""
        self.transport.send(bytes((0xC0 | channel, program)))
        self.transport.send(bytes((0x90 | channel, pitch, 90)))
        QTimer.singleShot(SOUNDED_MS, self, lambda: self.transport.send(bytes((0x80 | channel, pitch, 0))))

    def close(self) -> None:
        """Ends the player's process."""
        self._timer.stop()
        self.transport.close()

    def _schedule(self) -> Schedule:
        start, end = self._range
        return build_schedule(self._song, start, end, muted=self.muted, soloed=self.soloed, loop=self._looped)

    def _poll(self) -> None:
        playing = self.transport.playing
        if playing:
            self._position = self.transport.position
            self.position_changed.emit(self._position)
        if playing != self._was_playing:
            self._was_playing = playing
            self.playing_changed.emit(playing)
        for notice in self.transport.poll():
            self.noticed.emit(notice)
        if self.transport.outputs != self._outputs:
            self._outputs = self.transport.outputs
            self.outputs_changed.emit(self._outputs)
