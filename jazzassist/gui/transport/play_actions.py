"""The Play menu: playback, looping, moving the playhead, and the output."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from jazzassist.gui.icons import icon
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.settings import Settings
from jazzassist.session import Aspect, Session
from jazzassist.session.playback_control import PlaybackControl
from jazzassist.session.suggesting import Suggesting

NO_LOOP = "Select the bars to loop first: drag in the ruler."


class PlayActions(QObject):
    """The actions of the Play menu. `noticed`: one sentence why an action was not possible."""

    noticed = Signal(str)

    def __init__(
        self,
        session: Session,
        player: PlaybackControl,
        suggesting: Suggesting,
        roll: PianoRoll,
        settings: Settings,
        actions: dict[str, QAction],
    ) -> None:
        super().__init__(roll)
        self._session, self._player, self._suggesting = session, player, suggesting
        self._roll, self._settings = roll, settings
        self._play, self._loop_action = actions["play"], actions["loop"]
        session.observe(lambda changed: self.show_playing(), Aspect.PLAYING)
        session.observe(lambda changed: self._show_loop(), Aspect.LOOP)

    def toggle(self) -> None:
        """Plays or stops; while suggestions are shown, plays them in context."""
        if self._player.playing:
            self._player.stop()
        elif self._session.offer.suggestions:
            self._suggesting.hear()
        else:
            self._player.play_song(self._session.song)

    def play_selection(self) -> None:
        """Plays from the start of the passage."""
        passage = self._session.passage
        self._player.play_song(self._session.song, passage.start if passage else self._player.position)

    def stop_and_go_back(self) -> None:
        """Stops and returns to the passage, or to the start."""
        self._player.stop()
        self._go_to(self._session.passage.start if self._session.passage else 0)

    def go_to_start(self) -> None:
        """Puts the playhead on the first tick."""
        self._go_to(0)

    def go_to_end(self) -> None:
        """Puts the playhead after the last note."""
        self._go_to(self._session.song.last_note_end)

    def step_bar(self, by: int) -> None:
        """Moves the playhead to a bar before or after."""
        meters = self._session.song.meter_map
        self._go_to(meters.bar_start(max(1, meters.bar_at(self._player.position) + by)))

    def switch_loop(self) -> None:
        """Turns the loop on or off; without a range it takes the passage."""
        session = self._session
        if session.loop is None:
            self.loop_selection()
        else:
            self._loop(session.loop, not session.looping)
        self._show_loop()  # the click has switched the button

    def loop_selection(self) -> None:
        """Loops the passage."""
        passage = self._session.passage
        if passage is None:
            self.noticed.emit(NO_LOOP)
        else:
            self._loop((passage.start, passage.end), True)

    def _loop(self, loop: tuple[int, int], on: bool) -> None:
        self._session.set_loop(loop, on)
        if self._player.playing and not self._session.offer.suggestions:
            self._player.play_song(self._session.song, self._player.position)

    def choose_output(self, name: str) -> None:
        """Plays through another output from now on."""
        self._player.set_output(name)
        self._settings.output = name

    def show_playing(self) -> None:
        """Shows on the button whether something plays."""
        self._play.setText("Pause" if self._session.playing else "Play")
        self._play.setIcon(icon("pause" if self._session.playing else "play"))

    def _show_loop(self) -> None:
        self._loop_action.setChecked(self._session.looping)

    def _go_to(self, tick: int) -> None:
        self._player.seek(tick)
        self._roll.scroll_to(tick)
