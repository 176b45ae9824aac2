"""The main window: its parts, and what its actions and signals lead to. No music is decided here."""

from __future__ import annotations

from typing import cast

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QSpinBox, QVBoxLayout, QWidget

from jazzassist.domain.manner import manner_of
from jazzassist.domain.passage import Passage
from jazzassist.domain.suggestion import Controls
from jazzassist.gui.document import Document
from jazzassist.gui.editing import Editing
from jazzassist.gui.files.file_actions import HINT, FileActions
from jazzassist.gui.icons import app_icon
from jazzassist.gui.player import Player
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.settings import Settings
from jazzassist.gui.suggesting import NO_TRACK, Suggesting
from jazzassist.gui.suggestions.network_menu import NetworkMenu
from jazzassist.gui.suggestions.suggestion_client import SuggestionClient
from jazzassist.gui.suggestions.suggestion_panel import SuggestionPanel
from jazzassist.gui.suggestions.warming import Warming
from jazzassist.gui.tracks.track_list import TrackList
from jazzassist.gui.transport.play_actions import PlayActions
from jazzassist.gui.transport.transport_bar import TransportBar
from jazzassist.gui.widgets.fitting import fit_to_screen, in_scroll_area
from jazzassist.gui.widgets.line_label import LineLabel
from jazzassist.gui.widgets.own_keys import OwnKeys
from jazzassist.gui.window.actions import make_actions
from jazzassist.gui.window.banner import Banner
from jazzassist.gui.window.dock_title import DockTitle
from jazzassist.gui.window.handlers import handlers
from jazzassist.gui.window.showing import Showing

USUAL_SIZE = QSize(1400, 880)
NARROW = 1100  # pixels of a window whose docks are as narrow as they can be, to leave room for the notes


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
        self.status_text = LineLabel(1, self)
        self.showing = Showing(self)
        self.warming = Warming(self)
        self._build()
        self._connect_actions()
        self._connect_document()
        self._connect_playing()
        self._connect_suggesting()
        self.showing.show_title()

    # Building

    def _build(self) -> None:
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        center = QWidget(self)
        layout = QVBoxLayout(center)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.roll)
        self.setCentralWidget(center)
        self.banner.lie_over(self.roll.view.viewport())
        self.addToolBar(self.transport_bar)
        self._dock("Tracks", self.tracks, Qt.DockWidgetArea.LeftDockWidgetArea)
        self._dock("Suggest", in_scroll_area(self.panel), Qt.DockWidgetArea.RightDockWidgetArea)
        self.status_text.setContentsMargins(8, 0, 0, 0)
        self.statusBar().addWidget(self.status_text, 1)
        self.recent_menu = QMenu("Open recent", self)
        self.menu("File").insertMenu(self.actions_by_name["save"], self.recent_menu)
        self.recent_menu.aboutToShow.connect(self.files.fill_recent)
        self.network_menu = NetworkMenu(self.client.wanted, self)
        self.menu("Suggest").addSeparator()
        self.menu("Suggest").addMenu(self.network_menu)
        self.actions_by_name["ghosts"].setChecked(True)
        self.showing.check_theme(self.settings.theme)
        geometry, state = self.settings.window()
        self.resize(USUAL_SIZE)
        fit_to_screen(self)
        if self.width() < NARROW:
            docks = self.findChildren(QDockWidget)
            self.resizeDocks(docks, [dock.widget().minimumWidth() for dock in docks], Qt.Orientation.Horizontal)
        self.restoreGeometry(geometry)
        self.restoreState(state)
        fit_to_screen(self)
        self._own_keys = OwnKeys(self)
        for part in (self.transport_bar, self.panel, self.tracks):
            self._own_keys.watch(part)
        for box in self.panel.findChildren(QSpinBox):
            box.lineEdit().returnPressed.connect(self.roll.setFocus)
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
        self.document.undo_stack.undoTextChanged.connect(self.showing.name_undo)
        self.document.undo_stack.redoTextChanged.connect(self.showing.name_redo)
        self.actions_by_name["undo"].setEnabled(False)
        self.actions_by_name["redo"].setEnabled(False)

    def _connect_document(self) -> None:
        self.document.song_changed.connect(self.showing.show_song)
        self.document.opened.connect(self.showing.show_opened)
        self.document.passage_changed.connect(self.showing.show_passage)
        self.document.path_changed.connect(lambda path: self.showing.show_title())
        self.document.dirty_changed.connect(lambda dirty: self.showing.show_title())
        self.files.saved.connect(self.showing.show_saved)
        self.roll.passage_changed.connect(self.select_passage)
        self.roll.current_track_requested.connect(self.tracks.setCurrentRow)
        self.roll.selected_notes_changed.connect(lambda indices: self.editing.settle())
        self.roll.selected_notes_changed.connect(lambda indices: self.showing.show_status())
        self.tracks.current_changed.connect(self.showing.show_track)
        self.tracks.targets_changed.connect(self.showing.show_targets)

    def _connect_playing(self) -> None:
        self.player.position_changed.connect(self.showing.show_place)
        self.player.playing_changed.connect(self.showing.show_playing)
        self.player.noticed.connect(self.banner.tell)
        self.player.outputs_changed.connect(self.showing.show_outputs)
        self.transport_bar.output_chosen.connect(self.playing.choose_output)
        self.roll.seek_requested.connect(self.player.seek)
        self.roll.note_sounded.connect(self.showing.sound)
        self.tracks.heard_changed.connect(self.player.set_heard)

    def _connect_suggesting(self) -> None:
        self.client.ready.connect(lambda name: self.showing.show_status())
        self.client.state_changed.connect(self.showing.show_state)
        self.client.progress_changed.connect(self.panel.set_progress)
        self.client.failed.connect(self.showing.show_refusal)
        self.network_menu.chosen.connect(self.client.use)
        self.client.noticed.connect(self.banner.tell)
        self.suggesting.refused.connect(self.showing.show_refusal)
        self.suggesting.offered.connect(self.panel.show_suggestions)
        self.suggesting.offered.connect(lambda request, found: self.panel.show_disturbances(self.suggesting.disturbed))
        self.suggesting.offered.connect(lambda request, found: self.banner.take_back(HINT))
        self.suggesting.shown.connect(self.showing.show_suggestion)
        self.suggesting.withdrawn.connect(self.showing.withdraw)
        self.suggesting.inserted.connect(self.showing.show_inserted)
        self.panel.bridge_asked.connect(self.ask_bridge)
        self.panel.continuation_asked.connect(self.ask_continuation)
        self.panel.stopped.connect(self.suggesting.stop_asking)
        self.panel.dismissed.connect(self.suggesting.dismiss)
        self.panel.card_chosen.connect(self.suggesting.show)
        self.panel.card_heard.connect(self.suggesting.hear)
        self.panel.neutral_chosen.connect(self.suggesting.set_neutral)
        self.panel.card_inserted.connect(self.suggesting.insert)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.files.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.files.drop(event.mimeData())

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

    def select_passage(self, passage: Passage | None) -> None:
        """Selects the dragged bars. Reports it if the song has no track."""
        if passage is not None and not self.document.song.tracks:
            self.statusBar().showMessage(NO_TRACK, 5000)
        self.document.set_passage(passage)

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
        passage, sides = self.document.passage, []
        if passage is not None:
            sides = [(max(0, passage.start - passage.length), passage.start)]
            sides.append((passage.end, passage.end + passage.length))
        controls = self._controls(*sides)
        self.suggesting.ask_bridge(passage, controls, self.panel.alternatives.value(), self.panel.kept_seed)

    def ask_continuation(self) -> None:
        """Asks how the passage goes on."""
        passage, length = self.document.passage, self.continuation_length
        if passage is not None and length == 0:
            self.showing.show_refusal("Choose a length above zero for the continuation.")
            return
        controls = self._controls(*([] if passage is None else [(passage.start, passage.end)]))
        self.suggesting.ask_continuation(
            passage, length, controls, self.panel.alternatives.value(), self.panel.kept_seed
        )

    @property
    def continuation_length(self) -> int:
        """For how many ticks after the passage to go on; 0 without a passage."""
        passage, panel = self.document.passage, self.panel
        if passage is None:
            return 0
        return self.document.song.meter_map.after(passage.end, panel.bars.value(), panel.beats.value()) - passage.end

    def _controls(self, *seeds: tuple[int, int]) -> list[Controls]:
        """The panel's wishes for each track to write into, measured against that track's own seed.

        That is what it plays in the first of the tick ranges in which it has notes.
        """
        song, found = self.document.song, []
        for track in self.tracks.targets:
            played = [song.tracks[track].notes.starting_in(start, end) for start, end in seeds]
            manners = [manner_of(notes, song.ppq) for notes in played]
            seed = next((manner for manner in manners if manner is not None), None)
            found.append(self.panel.wishes.controls(self.panel.adventurous.value(), seed))
        return found
