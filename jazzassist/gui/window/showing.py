"""What the window shows of document, player and suggestions when they change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import EMPTY, Song
from jazzassist.gui.icons import icon
from jazzassist.gui.roll.words import passage_text
from jazzassist.gui.widgets.plain import as_shown, plain
from jazzassist.gui.window.actions import renew_icons

if TYPE_CHECKING:
    from jazzassist.gui.window.main_window import MainWindow

OFFERED = "[ and ] change it, A compares, Space plays, Enter inserts it."
WRITING_MORE = "Writing more ..."
ORIGINAL = "This is what is there now. Press A for the suggestion."


class Showing(QObject):
    """Brings news from the document, the player and the worker into the window's parts."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._saved_at = self._refusal = ""

    def show_song(self, song: Song) -> None:
        """Shows the song after an edit, or another one."""
        window = self._window
        window.suggesting.dismiss()
        window.tracks.set_song(song)
        window.roll.set_song(song)
        window.player.change_song(song)
        self.show_place(window.player.position)
        self.show_status()

    def show_opened(self, path: Path | None) -> None:
        """Shows a song that was just opened, from its start."""
        window = self._window
        song = window.document.song
        self._saved_at = ""
        window.player.stop()
        window.playing.forget_loop()
        first = next((index for index, track in enumerate(song.tracks) if len(track.notes)), 0)
        window.tracks.setCurrentRow(-1)
        window.tracks.setCurrentRow(first)
        window.player.seek(0)
        meters = song.meter_map
        window.roll.zoom_to(0, meters.bar_start(min(17, max(9, meters.bar_at(song.last_note_end) + 1))))
        window.banner.forget_song()
        if path is not None:
            window.settings.add_recent(path)
        if window.document.warnings:
            window.banner.tell_repairs(window.document.name, window.document.warnings, window.document.damaged)
        self.show_status()

    def show_track(self, index: int) -> None:
        """Makes a track the current one; of a suggestion for several tracks its own part is shown then."""
        window = self._window
        self.show_targets(window.tracks.targets)
        window.roll.set_current_track(index)
        if window.suggesting.index >= 0 and not window.suggesting.original:
            self.show_suggestion(window.suggesting.index)

    def show_targets(self, targets: tuple[int, ...]) -> None:
        """Takes note of the tracks to write into; what was asked for others is dismissed."""
        window = self._window
        if window.suggesting.gap is None or window.suggesting.gap.tracks != targets:
            window.suggesting.dismiss()
        self.show_passage(window.document.passage)

    def show_passage(self, passage: Passage | None) -> None:
        """Shows what is selected, always on the tracks to write into."""
        targets = self._window.tracks.targets
        if passage is not None and targets and passage.tracks != targets:
            self._window.document.set_passage(Passage(targets, passage.start, passage.end))
            return
        self._window.roll.set_passage(passage)
        self._window.panel.set_passage(self._bars_of(passage))
        self.show_status()

    def _bars_of(self, passage: Passage | None) -> int | None:
        """How many bars a passage touches."""
        if passage is None:
            return None
        meters = self._window.document.song.meter_map
        return meters.bar_at(passage.end - 1) - meters.bar_at(passage.start) + 1

    def describe_passage(self) -> str:
        """The passage in words, such as "bars 9-12 of Trumpet and Bass, 63 notes"."""
        passage = self._window.document.passage
        return "" if passage is None else passage_text(self._window.document.song, passage)

    def show_place(self, tick: int) -> None:
        """Shows where the playhead is."""
        window = self._window
        window.roll.set_playhead(tick, window.player.playing)
        window.transport_bar.show_place(window.document.song, tick)

    def show_playing(self, playing: bool) -> None:
        """Shows whether something plays."""
        self._window.actions_by_name["play"].setText("Pause" if playing else "Play")
        self._show_play_icon()

    def _show_play_icon(self) -> None:
        self._window.actions_by_name["play"].setIcon(icon("pause" if self._window.player.playing else "play"))

    def show_outputs(self, names: tuple[str, ...]) -> None:
        """Shows the outputs there are."""
        self._window.transport_bar.set_outputs(names, self._window.player.transport.output)

    def show_suggestion(self, index: int) -> None:
        """Shows a suggestion in panel and roll; -1: what is there now."""
        window = self._window
        window.panel.set_current(index)
        if index < 0:
            window.roll.set_suggestion(None, None)
            window.panel.set_state(window.client.state, ORIGINAL)
            return
        busy, parts = window.suggesting.is_busy, window.suggesting.suggestions[index].parts
        window.panel.set_state(window.client.state, f"{WRITING_MORE} {OFFERED}" if busy else OFFERED)
        count = "" if busy else f" of {len(window.suggesting.suggestions)}"
        notes = next((part.notes for part in parts if part.line == window.current), EMPTY)
        label, heard = f"suggestion {index + 1}{count}", window.suggesting.candidate()
        window.roll.set_suggestion(window.suggesting.gap, notes, label, heard)
        if window.suggesting.gap is not None:
            window.roll.scroll_to(window.suggesting.gap.start)

    def show_inserted(self, gap: Gap) -> None:
        """Selects the notes of the current track that were just put into the gap."""
        start = self._window.roll.view.notes.start
        self._window.roll.set_selected_notes(np.nonzero((start >= gap.start) & (start < gap.end))[0])

    def withdraw(self) -> None:
        """Takes the suggestions out of panel and roll."""
        window = self._window
        window.panel.clear()
        window.panel.set_state(window.client.state)
        window.roll.set_suggestion(None, None)

    def show_state(self, state: str) -> None:
        """Shows what the worker does; a refusal that was told while it was being loaded stays."""
        if state != "ready":
            self._refusal = ""
        self._window.panel.set_state(state, self._refusal)
        self.show_status()

    def show_refusal(self, sentence: str) -> None:
        """Says why nothing is suggested."""
        self._refusal = as_shown(sentence)
        self._window.panel.set_state(self._window.client.state, self._refusal)
        self.show_status()

    def sound(self, pitch: int, tick: int = -1, channel: int = -1) -> None:
        """Sounds a pitch as the current track would, unless something plays.

        With the instrument in force at `tick`, or at the playhead when that is below 0; on `channel`, or
        when that is below 0 on the track's own.
        """
        window = self._window
        tracks = window.document.song.tracks
        if tracks and not window.player.playing:
            place = tick if tick >= 0 else window.player.position
            own = channel if channel >= 0 else tracks[window.current].channel
            window.player.sound(window.document.song, window.current, pitch, place, own)

    def show_status(self) -> None:
        """Says in the status bar what is selected, ready and saved."""
        window = self._window
        window.panel.set_passage_text(as_shown(self.describe_passage()))
        parts = [self.describe_passage(), window.roll.describe_selection() if len(window.roll.selected_notes()) else ""]
        is_ready = window.client.checkpoint and window.client.state in ("ready", "busy")
        parts.append(f"checkpoint {window.client.checkpoint} ready" if is_ready else "")
        parts.append(f"saved {self._saved_at}" if self._saved_at and not window.document.dirty else "")
        window.status_text.setText(as_shown("   -   ".join(part for part in parts if part)))

    def name_undo(self, text: str) -> None:
        """Says what undo would undo."""
        self._window.actions_by_name["undo"].setText(f"Undo {text}".rstrip())

    def name_redo(self, text: str) -> None:
        """Says what redo would redo."""
        self._window.actions_by_name["redo"].setText(f"Redo {text}".rstrip())

    def show_saved(self, at: str) -> None:
        """Says when the song was saved."""
        self._saved_at = at
        self.show_status()

    def show_around(self, start: int, end: int) -> None:
        """Shows the ticks [start, end) with four bars on both sides, and the current track's pitches."""
        window = self._window
        meters = window.document.song.meter_map
        low, high = meters.bar_at(start) - 4, meters.bar_at(end) + 4
        window.roll.zoom_to(meters.bar_start(max(1, low)), meters.bar_start(high))
        window.roll.view.show_pitches()

    def show_title(self) -> None:
        """Shows the song's name, and whether it has changes."""
        window = self._window
        window.setWindowTitle(plain(f"{window.document.name}{' *' if window.document.dirty else ''} - JazzAssist"))

    def choose_theme(self, name: str) -> None:
        """Light, dark, or as the system; remembered."""
        window = self._window
        window.settings.theme = name
        self.check_theme(name)
        window.theme_chosen.emit(name)
        renew_icons(window.actions_by_name)
        self._show_play_icon()
        window.roll.view.refresh()

    def check_theme(self, name: str) -> None:
        """Marks the theme in the menu."""
        for theme in ("system", "light", "dark"):
            self._window.actions_by_name[f"theme_{theme}"].setChecked(theme == name)
