"""Playback of the song or of suggestions, with range, loop and playhead."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from jazzassist.domain.song import Song
from jazzassist.playback.schedule import Schedule, build_schedule
from jazzassist.playback.transport import Transport
from jazzassist.session.observing import Aspect
from jazzassist.session.session import Session

AHEAD_SECONDS = 0.15  # delay after a change before the next schedule is prepared


class _Content(NamedTuple):
    """The inputs of a schedule."""

    song: Song
    span: tuple[int, int]
    muted: frozenset[int]
    soloed: frozenset[int]
    loop: bool

    def same(self, other: _Content) -> bool:
        """Return whether both have the identical song and equal other values."""
        return self.song is other.song and self[1:] == other[1:]

    def build(self) -> Schedule:
        """Build the schedule."""
        return build_schedule(self.song, *self.span, muted=self.muted, soloed=self.soloed, loop=self.loop)


class _Ahead:
    """Prepares one schedule in a thread in advance."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="schedule")
        self._made: tuple[_Content, Future[Schedule]] | None = None

    def make(self, content: _Content) -> None:
        """Start to build the schedule, unless it is being built or ready."""
        if self._made is None or not self._made[0].same(content):
            self._made = (content, self._thread.submit(content.build))

    def made(self, content: _Content) -> Schedule:
        """Return the schedule. Waits for it if it is being built, and builds it now if it was not prepared."""
        if self._made is not None and self._made[0].same(content):
            return self._made[1].result()
        return content.build()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class PlaybackControl:
    """Plays the session's song, or the shown suggestion, through a transport.

    After an edit or with another suggestion, playback continues at the same position. It stops when the
    suggestion that is played is withdrawn, and when another song is opened. `poll` must be called about 40
    times a second.
    """

    def __init__(self, session: Session, transport: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self.transport = transport
        self._session, self._clock = session, clock
        self._song = session.song
        self._range = (0, 0)
        self._to_the_end = False  # whether the range extends to the end of the song, also after edits
        self._looped = False
        self._is_audition = False  # whether suggestions were on offer when playback started
        self._ahead, self._ahead_at = _Ahead(), 0.0  # 0: no schedule is to be made
        session.observe(self._follow, Aspect.OPENED, Aspect.SONG, Aspect.OFFER, Aspect.HEARD)

    @property
    def playing(self) -> bool:
        """Whether playback is running."""
        return self.transport.playing

    @property
    def position(self) -> int:
        """The playhead, in ticks."""
        return self.transport.position if self.playing else self._session.playhead

    def play_song(self, song: Song, start: int | None = None) -> None:
        """Play from `start` or the playhead, in the loop if looping is on and a range is set.

        If the playhead is at or after the end, play from the beginning. From such a `start`, play silence.
        """
        session = self._session
        at = session.playhead if start is None else start
        if session.looping and session.loop is not None:
            low, high = session.loop
            self.play_range(song, low, high, True, at if low <= at < high else low)
        else:
            at = 0 if start is None and at >= song.music_end else at
            self._play(song, (0, max(song.music_end, at + song.ppq)), False, at)
            self._to_the_end = True

    def play_range(self, song: Song, start: int, end: int, loop: bool, at: int | None = None) -> None:
        """Play the ticks [start, end), beginning at `at`."""
        self._to_the_end = False
        self._play(song, (start, end), loop, at)

    def _play(self, song: Song, span: tuple[int, int], loop: bool, at: int | None) -> None:
        self._song, self._range, self._looped = song, span, loop
        self._is_audition = bool(self._session.offer.suggestions)
        self.transport.play(self._schedule(), at)

    def _follow(self, changed: frozenset[Aspect]) -> None:
        """Continue with the current song or suggestion at the same position, without a break."""
        session = self._session
        on_offer = bool(session.offer.suggestions)
        if self.playing and (Aspect.OPENED in changed or (self._is_audition and not on_offer)):
            if Aspect.OPENED in changed:
                self.transport.stop()  # the playhead is at the start already
            else:
                self.stop()
        self._is_audition = on_offer
        song = session.candidate
        if (self.playing and song is not self._song) or changed & {Aspect.SONG, Aspect.HEARD}:
            self.change_song(song)

    def change_song(self, song: Song) -> None:
        """Continue with another song, or the edited one, at the same position, without a break."""
        self._song = song
        if self.playing:
            if self._to_the_end:
                self._range = (0, max(song.music_end, self.position + 1))
            self.transport.update(self._schedule())
        else:
            self._ahead_at = self._clock() + AHEAD_SECONDS

    def stop(self) -> None:
        """Stop. The playhead stays."""
        position = self.position
        self.transport.stop()
        self._session.set_playhead(position)

    def seek(self, tick: int) -> None:
        """Move the playhead. Stops playback if the tick is outside the played range."""
        if self.playing:
            if self._range[0] <= tick < self._range[1]:
                self.transport.seek(tick)
            else:
                self.stop()
        self._session.set_playhead(tick)

    def sound(self, pitch: int, tick: int = -1, channel: int = -1) -> None:
        """Play a short note with the sound of the current track, unless playback is running.

        Uses the instrument at `tick` (at the playhead if negative), on `channel` (the track's own if negative).
        """
        session = self._session
        song, current = session.song, session.current
        if not song.tracks or self.playing:
            return
        place = song.ports[current] << 4 | (channel if channel >= 0 else song.tracks[current].channel)
        at = (tick if tick >= 0 else self.position) + 1  # include events at the tick itself
        self.transport.sound(build_schedule(song, at, at), place, pitch)

    def set_output(self, name: str) -> None:
        """Switch to another output."""
        self.transport.set_output(name)
        self._session.set_outputs(self._session.outputs, name)

    def panic(self) -> None:
        """Stop playback and silence all notes at once."""
        self.stop()
        self.transport.panic()

    def close(self) -> None:
        """End the player process."""
        self._ahead_at = 0.0
        self._ahead.close()
        self.transport.close()

    def poll(self) -> list[str]:
        """Update the session from the transport. Return messages for the composer, one sentence each."""
        transport, session = self.transport, self._session
        playing = transport.playing
        with session.changing():
            if playing:
                session.set_playhead(transport.position)
            session.set_playing(playing)
            session.set_outputs(transport.outputs, transport.output)
        if self._ahead_at and self._clock() >= self._ahead_at:
            self._ahead_at = 0.0
            self._make_ahead()
        return transport.poll()

    def _schedule(self) -> Schedule:
        heard = self._session.heard
        content = _Content(self._song, self._range, heard.muted, heard.soloed, self._looped)
        return self._ahead.made(content)

    def _make_ahead(self) -> None:
        """Prepare the schedule for the next start of playback."""
        song, heard = self._session.song, self._session.heard
        if not self.playing and song.music_end:
            self._ahead.make(_Content(song, (0, song.music_end), heard.muted, heard.soloed, False))
