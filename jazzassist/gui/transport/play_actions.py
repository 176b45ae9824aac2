"""Playing with the keys: from where, to where, in a loop, through which output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from jazzassist.gui.window.main_window import MainWindow

NO_LOOP = "Select the bars to loop first: drag over them in the ruler."


class PlayActions(QObject):
    """The window's play menu."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._document, self._player = window, window.document, window.player

    def toggle(self) -> None:
        """Plays or stops; while suggestions are shown, plays them in context."""
        if self._player.playing:
            self._player.stop()
        elif self._window.suggesting.suggestions:
            self._window.suggesting.hear()
        else:
            self._player.play_song(self._document.song)

    def play_selection(self) -> None:
        """Plays from the start of the passage."""
        passage = self._document.passage
        self._player.play_song(self._document.song, passage.start if passage else self._player.position)

    def stop_and_go_back(self) -> None:
        """Stops and returns to the passage, or to the start."""
        self._player.stop()
        self._go_to(self._document.passage.start if self._document.passage else 0)

    def go_to_start(self) -> None:
        """Puts the playhead on the first tick."""
        self._go_to(0)

    def go_to_end(self) -> None:
        """Puts the playhead behind the last note."""
        self._go_to(self._document.song.last_note_end)

    def step_bar(self, by: int) -> None:
        """Moves the playhead to a bar before or after."""
        meters = self._document.song.meter_map
        self._go_to(meters.bar_start(max(1, meters.bar_at(self._player.position) + by)))

    def switch_loop(self) -> None:
        """Turns the loop on or off; without a range it takes the passage."""
        if self._player.loop is None and self._document.passage is not None:
            self.loop_selection()
            return
        if self._player.loop is None:
            self._window.statusBar().showMessage(NO_LOOP, 5000)
        self._loop(self._player.loop, not self._player.looping and self._player.loop is not None)

    def loop_selection(self) -> None:
        """Loops the passage."""
        if self._document.passage is None:
            self._window.statusBar().showMessage(NO_LOOP, 5000)
        else:
            self._loop((self._document.passage.start, self._document.passage.end), True)

    def forget_loop(self) -> None:
        """Loops nothing any more."""
        self._loop(None, False)

    def _loop(self, loop: tuple[int, int] | None, on: bool) -> None:
        self._player.loop, self._player.looping = loop, on
        self._window.actions_by_name["loop"].setChecked(on)
        self._window.roll.set_loop(loop if on else None)
        if self._player.playing and not self._window.suggesting.suggestions:
            self._player.play_song(self._document.song, self._player.position)

    def panic(self) -> None:
        """Silences everything at once."""
        self._player.stop()
        self._player.transport.panic()

    def choose_output(self, name: str) -> None:
        """Plays through another output from now on."""
        self._player.transport.set_output(name)
        self._window.settings.output = name

    def _go_to(self, tick: int) -> None:
        self._player.seek(tick)
        self._window.roll.scroll_to(tick)
