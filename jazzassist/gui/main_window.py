"""The main window: its parts, and what its actions and signals lead to. No music is decided here."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QMenu, QVBoxLayout, QWidget

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Song
from jazzassist.domain.suggestion import Controls
from jazzassist.gui.actions import make_actions, renew_icons
from jazzassist.gui.banner import Banner
from jazzassist.gui.dock_title import DockTitle
from jazzassist.gui.document import Document
from jazzassist.gui.editing import Editing
from jazzassist.gui.file_actions import HINT, FileActions
from jazzassist.gui.handlers import handlers
from jazzassist.gui.icons import app_icon, icon
from jazzassist.gui.own_keys import OwnKeys
from jazzassist.gui.piano_roll import PianoRoll
from jazzassist.gui.play_actions import PlayActions
from jazzassist.gui.player import Player
from jazzassist.gui.settings import Settings
from jazzassist.gui.suggesting import Suggesting
from jazzassist.gui.suggestion_client import SuggestionClient
from jazzassist.gui.suggestion_panel import SuggestionPanel
from jazzassist.gui.track_list import TrackList
from jazzassist.gui.transport_bar import TransportBar

OFFERED = "[ and ] change the suggestion, Space plays it, Enter inserts it."
ORIGINAL = "This is what is there now. Press ` for the suggestion."


class MainWindow(QMainWindow):
    """JazzAssist's window over one document."""

    theme_chosen = Signal(str)

    def __init__(self, document: Document, player: Player, client: SuggestionClient, settings: Settings) -> None:
        super().__init__()
        self.document, self.player, self.client, self.settings = document, player, client, settings
        self.suggesting = Suggesting(document, client, player, self)
        self.files, self.editing, self.playing = FileActions(self), Editing(self), PlayActions(self)
        self.actions_by_name = make_actions(self)
        self.banner = Banner(self)
        self.roll = PianoRoll(self)
        self.tracks = TrackList(self)
        self.panel = SuggestionPanel(self)
        self.transport_bar = TransportBar(self.actions_by_name, self)
        self.status_text = QLabel(self)
        self._saved_at = ""
        self._build()
        self._connect_actions()
        self._connect_document()
        self._connect_playing()
        self._connect_suggesting()
        self._show_title()

    # Building

    def _build(self) -> None:
        self.setWindowIcon(app_icon())
        self.resize(1400, 880)
        self.setAcceptDrops(True)
        center = QWidget(self)
        layout = QVBoxLayout(center)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self.roll, 1)
        self.setCentralWidget(center)
        self.addToolBar(self.transport_bar)
        self._dock("Tracks", self.tracks, Qt.DockWidgetArea.LeftDockWidgetArea)
        self._dock("Suggest", self.panel, Qt.DockWidgetArea.RightDockWidgetArea)
        self.status_text.setContentsMargins(8, 0, 0, 0)
        self.statusBar().addWidget(self.status_text, 1)
        self.recent_menu = QMenu("Open recent", self)
        self.menu("File").insertMenu(self.actions_by_name["save"], self.recent_menu)
        self.recent_menu.aboutToShow.connect(self.files.fill_recent)
        self.actions_by_name["ghosts"].setChecked(True)
        self._check_theme(self.settings.theme)
        geometry, state = self.settings.window()
        self.restoreGeometry(geometry)
        self.restoreState(state)
        self._own_keys = OwnKeys(self)
        for part in (self.transport_bar, self.panel, self.tracks):
            self._own_keys.watch(part)
        self.roll.setFocus()

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> None:
        dock = QDockWidget(title, self)
        dock.setObjectName(title)
        dock.setWidget(widget)
        dock.setTitleBarWidget(DockTitle(dock))
        self.addDockWidget(area, dock)
        self.menu("View").addAction(dock.toggleViewAction())

    def menu(self, title: str) -> QMenu:
        """The menu of that title."""
        return cast(QMenu, self.menuBar().findChild(QMenu, title))

    def _connect_actions(self) -> None:
        for name, work in handlers(self).items():
            self.actions_by_name[name].triggered.connect(lambda checked=False, work=work: work())
        self.document.undo_stack.canUndoChanged.connect(self.actions_by_name["undo"].setEnabled)
        self.document.undo_stack.canRedoChanged.connect(self.actions_by_name["redo"].setEnabled)
        self.document.undo_stack.undoTextChanged.connect(self._name_undo)
        self.document.undo_stack.redoTextChanged.connect(self._name_redo)
        self.actions_by_name["undo"].setEnabled(False)
        self.actions_by_name["redo"].setEnabled(False)

    def _connect_document(self) -> None:
        self.document.song_changed.connect(self._show_song)
        self.document.opened.connect(self._show_opened)
        self.document.passage_changed.connect(self._show_passage)
        self.document.path_changed.connect(lambda path: self._show_title())
        self.document.dirty_changed.connect(lambda dirty: self._show_title())
        self.files.saved.connect(self._show_saved)
        self.roll.passage_changed.connect(self.document.set_passage)
        self.roll.current_track_requested.connect(self.tracks.setCurrentRow)
        self.roll.selected_notes_changed.connect(lambda indices: self._show_status())
        self.tracks.current_changed.connect(self._show_track)

    def _connect_playing(self) -> None:
        self.player.position_changed.connect(self._show_place)
        self.player.playing_changed.connect(self._show_playing)
        self.player.noticed.connect(self.banner.tell)
        self.player.outputs_changed.connect(self._show_outputs)
        self.transport_bar.output_chosen.connect(self.playing.choose_output)
        self.roll.seek_requested.connect(self.player.seek)
        self.roll.note_sounded.connect(self._sound)
        self.tracks.heard_changed.connect(self.player.set_heard)

    def _connect_suggesting(self) -> None:
        self.client.ready.connect(lambda name: self._show_status())
        self.client.state_changed.connect(self.panel.set_state)
        self.client.progress_changed.connect(self.panel.set_progress)
        self.client.failed.connect(self._show_refusal)
        self.client.noticed.connect(self.banner.tell)
        self.suggesting.refused.connect(self._show_refusal)
        self.suggesting.offered.connect(self.panel.show_suggestions)
        self.suggesting.offered.connect(lambda request, found: self.banner.take_back(HINT))
        self.suggesting.shown.connect(self._show_suggestion)
        self.suggesting.withdrawn.connect(self._withdraw)
        self.suggesting.inserted.connect(self.roll.set_selected_notes)
        self.panel.bridge_asked.connect(self.ask_bridge)
        self.panel.continuation_asked.connect(self.ask_continuation)
        self.panel.stopped.connect(self.suggesting.stop_asking)
        self.panel.dismissed.connect(self.suggesting.dismiss)
        self.panel.card_chosen.connect(self.suggesting.show)
        self.panel.card_heard.connect(self.suggesting.hear)
        self.panel.card_inserted.connect(self.suggesting.insert)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            QTimer.singleShot(0, self, lambda: self.files.open_file(paths[0]))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave():
            event.ignore()
            return
        self.settings.save_window(self.saveGeometry(), self.saveState())
        self.player.close()
        self.client.close()
        event.accept()

    @property
    def current(self) -> int:
        """The index of the current track."""
        return max(0, self.tracks.currentRow())

    def escape(self) -> None:
        """One rung of the ladder: a drag, a request under way, the suggestions, the selection."""
        if self.roll.cancel_drag() or self.suggesting.stop_asking() or self.suggesting.dismiss():
            return
        if len(self.roll.selected_notes()):
            self.roll.set_selected_notes(np.zeros(0, np.intp))
        else:
            self.document.set_passage(None)

    def zoom_selection(self) -> None:
        """Shows the selected notes, or the passage, as large as there is room."""
        chosen = self.roll.view.notes.select(self.roll.selected_notes())
        if len(chosen):
            self.roll.zoom_to(int(chosen.start.min()), chosen.last_end)
        elif self.document.passage is not None:
            self.roll.zoom_to(self.document.passage.start, self.document.passage.end)

    # Suggesting

    def ask_bridge(self) -> None:
        """Asks for bridges over the passage."""
        controls = Controls(self.panel.adventurous.value())
        self.suggesting.ask_bridge(self._target(), controls, self.panel.alternatives.value(), self.panel.kept_seed)

    def ask_continuation(self) -> None:
        """Asks how the passage goes on."""
        passage, meters = self._target(), self.document.song.meter_map
        length = 0
        if passage is not None:
            bar = meters.bar_at(passage.end)
            length = meters.bar_start(bar + self.panel.bars.value()) - meters.bar_start(bar)
            length += self.panel.beats.value() * meters.beat_ticks(passage.end)
        if passage is not None and length == 0:
            self._show_refusal("Choose a length above zero for the continuation.")
            return
        controls = Controls(self.panel.adventurous.value())
        self.suggesting.ask_continuation(
            passage, length, controls, self.panel.alternatives.value(), self.panel.kept_seed
        )

    def _target(self) -> Passage | None:
        """The passage on the current track."""
        passage = self.document.passage
        return passage and Passage((self.current,), passage.start, passage.end)

    # Showing

    def _show_song(self, song: Song) -> None:
        self.suggesting.dismiss()
        self.tracks.set_song(song)
        self.roll.set_song(song)
        self.player.change_song(song)
        self._show_place(self.player.position)
        self._show_status()

    def _show_opened(self, path: Path | None) -> None:
        song = self.document.song
        self.player.stop()
        self.playing.forget_loop()
        first = next((index for index, track in enumerate(song.tracks) if len(track.notes)), 0)
        self.tracks.setCurrentRow(-1)
        self.tracks.setCurrentRow(first)
        self.player.seek(0)
        meters = song.meter_map
        self.roll.zoom_to(0, meters.bar_start(min(17, max(9, meters.bar_at(song.last_note_end) + 1))))
        self.banner.forget_song()
        if path is not None:
            self.settings.add_recent(path)
        if self.document.warnings:
            self.banner.tell_repairs(self.document.name, self.document.warnings, self.document.damaged)

    def _show_track(self, index: int) -> None:
        self.suggesting.dismiss()
        self.roll.set_current_track(index)
        passage = self.document.passage
        if passage is not None:
            self.document.set_passage(Passage((index,), passage.start, passage.end))
        self._show_status()

    def _show_passage(self, passage: Passage | None) -> None:
        self.roll.set_passage(passage)
        self.panel.set_passage(self._bars_of(passage))
        self._show_status()

    def _bars_of(self, passage: Passage | None) -> int | None:
        """How many bars a passage touches."""
        return None if passage is None else len(self.document.song.meter_map.bars(passage.start, passage.end))

    def describe_passage(self) -> str:
        """The passage in words, such as "bars 9-12 of Bass, 63 notes"."""
        passage, song = self.document.passage, self.document.song
        if passage is None or not song.tracks:
            return ""
        meters, track = song.meter_map, song.tracks[self.current]
        first, last = meters.bar_at(passage.start), meters.bar_at(passage.end - 1)
        bars = f"bars {first}-{last}" if last > first else f"bar {first}"
        count = len(track.notes.starting_in(passage.start, passage.end))
        return f"{bars} of {track.name}, {count if count else 'no'} note{'s' if count != 1 else ''}"

    def _show_place(self, tick: int) -> None:
        self.roll.set_playhead(tick, self.player.playing)
        self.transport_bar.show_place(self.document.song, tick)

    def _show_playing(self, playing: bool) -> None:
        self.actions_by_name["play"].setText("Pause" if playing else "Play")
        self._show_play_icon()

    def _show_play_icon(self) -> None:
        self.actions_by_name["play"].setIcon(icon("pause" if self.player.playing else "play"))

    def _show_outputs(self, names: tuple[str, ...]) -> None:
        self.transport_bar.set_outputs(names, self.player.transport.output)

    def _show_suggestion(self, index: int) -> None:
        self.panel.set_current(index)
        if index < 0:
            self.roll.set_suggestion(None, None)
            self.panel.set_state(self.client.state, ORIGINAL)
            return
        self.panel.set_state(self.client.state, OFFERED)
        count = len(self.suggesting.suggestions)
        notes = self.suggesting.suggestions[index].notes
        self.roll.set_suggestion(self.suggesting.gap, notes, f"suggestion {index + 1} of {count}")
        if self.suggesting.gap is not None:
            self.roll.scroll_to(self.suggesting.gap.start)

    def _withdraw(self) -> None:
        self.panel.clear()
        self.panel.set_state(self.client.state)
        self.roll.set_suggestion(None, None)

    def _show_refusal(self, sentence: str) -> None:
        self.panel.set_state(self.client.state, sentence)
        self._show_status()

    def _sound(self, pitch: int) -> None:
        tracks = self.document.song.tracks
        if tracks and not self.player.playing:
            track = tracks[self.current]
            self.player.sound(pitch, track.channel, track.program)

    def _show_status(self) -> None:
        self.panel.set_passage_text(self.describe_passage())
        parts = [self.describe_passage(), self.roll.describe_selection() if len(self.roll.selected_notes()) else ""]
        parts.append(f"checkpoint {self.client.checkpoint} ready" if self.client.checkpoint else "")
        parts.append(f"saved {self._saved_at}" if self._saved_at and not self.document.dirty else "")
        self.status_text.setText("   -   ".join(part for part in parts if part))

    def _name_undo(self, text: str) -> None:
        self.actions_by_name["undo"].setText(f"Undo {text}".rstrip())

    def _name_redo(self, text: str) -> None:
        self.actions_by_name["redo"].setText(f"Redo {text}".rstrip())

    def _show_saved(self, at: str) -> None:
        self._saved_at = at
        self._show_status()

    def show_around(self, start: int, end: int) -> None:
        """Shows the ticks [start, end) with four bars on both sides, and the current track's pitches."""
        meters = self.document.song.meter_map
        low, high = meters.bar_at(start) - 4, meters.bar_at(end) + 4
        self.roll.zoom_to(meters.bar_start(max(1, low)), meters.bar_start(high))
        self.roll.view.show_pitches()

    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.document.name}{' *' if self.document.dirty else ''} - JazzAssist")

    def choose_theme(self, name: str) -> None:
        """Light, dark, or as the system; remembered."""
        self.settings.theme = name
        self._check_theme(name)
        self.theme_chosen.emit(name)
        renew_icons(self.actions_by_name)
        self._show_play_icon()
        self.roll.view.refresh()

    def _check_theme(self, name: str) -> None:
        for theme in ("system", "light", "dark"):
            self.actions_by_name[f"theme_{theme}"].setChecked(theme == name)
