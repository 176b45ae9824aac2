"""The window's side of the player: what is played, muted and looped, and where it is."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from jazzassist.domain.song import Song
from jazzassist.playback.schedule import Schedule, build_schedule
from jazzassist.playback.transport import Transport

POLL_MS = 25
AHEAD_MS = 150  # how long after a change the schedule for the next Space is made


class _Wish(NamedTuple):
    """What a schedule is made of."""

    song: Song
    span: tuple[int, int]
    muted: frozenset[int]
    soloed: frozenset[int]
    loop: bool

    def same(self, other: _Wish) -> bool:
        """Whether both are of the very same song and of equal else."""
        return self.song is other.song and self[1:] == other[1:]

    def build(self) -> Schedule:
        """The schedule."""
        return build_schedule(self.song, *self.span, muted=self.muted, soloed=self.soloed, loop=self.loop)


class _Ahead:
    """Makes one schedule in a thread, before it is asked for."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="schedule")
        self._made: tuple[_Wish, Future[Schedule]] | None = None

    def make(self, wish: _Wish) -> None:
        """Begin to make it, if it is not being made or made already."""
        if self._made is None or not self._made[0].same(wish):
            self._made = (wish, self._thread.submit(wish.build))

    def made(self, wish: _Wish) -> Schedule:
        """The schedule, waited for where it is being made, made now where it is another."""
        if self._made is not None and self._made[0].same(wish):
            return self._made[1].result()
        return wish.build()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class Player(QObject):
    """Plays the song, or a candidate in its stead, from and to the places that are asked for."""

    position_changed = Signal(object)  # tick, which may be more than 32 bits hold
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
        self._to_the_end = False  # whether the range goes to the end of the song, wherever an edit moves it
        self._looped = False
        self._was_playing = False
        self._outputs: tuple[str, ...] = ()
        self._position = 0
        self._ahead = _Ahead()
        self._ahead_timer = QTimer(self, interval=AHEAD_MS, singleShot=True)
        self._ahead_timer.timeout.connect(self._make_ahead)
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
        """Plays from `start` or the playhead; in a loop when looping is on and a range is set.

        A playhead at the end, or after it, plays from the beginning. A `start` there plays from there, in silence.
        """
        at = self._position if start is None else start
        if self.looping and self.loop is not None:
            low, high = self.loop
            self.play_range(song, low, high, True, at if low <= at < high else low)
        else:
            at = 0 if start is None and at >= song.music_end else at
            self._play(song, (0, max(song.music_end, at + song.ppq)), False, at)
            self._to_the_end = True

    def play_range(self, song: Song, start: int, end: int, loop: bool, at: int | None = None) -> None:
        """Plays the ticks [start, end), from `at` in them."""
        self._to_the_end = False
        self._play(song, (start, end), loop, at)

    def _play(self, song: Song, span: tuple[int, int], loop: bool, at: int | None) -> None:
        self._song, self._range, self._looped = song, span, loop
        self.transport.play(self._schedule(), at)

    def change_song(self, song: Song) -> None:
        """Goes on with another song, or the edited one, at the same place and without a break."""
        self._song = song
        if self.playing:
            if self._to_the_end:
                self._range = (0, max(song.music_end, self.position + 1))
            self.transport.update(self._schedule())
        else:
            self._ahead_timer.start()

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

    def sound(self, song: Song, track: int, pitch: int, tick: int, channel: int) -> None:
        """Sounds one note of a track for a moment, with the instrument in force at `tick`, unless something plays."""
        place = song.ports[track] << 4 | channel
        at = tick + 1  # what is set at the tick itself is in force for its notes
        self.transport.sound(build_schedule(song, at, at), place, pitch)

    def close(self) -> None:
        """Ends the player's process."""
        self._timer.stop()
        self._ahead_timer.stop()
        self._ahead.close()
        self.transport.close()

    def _schedule(self) -> Schedule:
        return self._ahead.made(_Wish(self._song, self._range, self.muted, self.soloed, self._looped))

    def _make_ahead(self) -> None:
        """Makes what Space will play, so that it need not be waited for."""
        if not self.playing and self._song.music_end:
            self._ahead.make(_Wish(self._song, (0, self._song.music_end), self.muted, self.soloed, False))

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
