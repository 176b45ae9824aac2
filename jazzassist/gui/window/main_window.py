"""The main window: lists its parts and connects them. No music is decided here."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QSpinBox, QVBoxLayout, QWidget

from jazzassist.gui.files.file_actions import HINT, FileActions
from jazzassist.gui.files.recent_menu import RecentMenu
from jazzassist.gui.icons import app_icon
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.settings import Settings
from jazzassist.gui.suggestions.asking import Asking
from jazzassist.gui.suggestions.network_menu import NetworkMenu
from jazzassist.gui.suggestions.suggestion_client import SuggestionClient
from jazzassist.gui.suggestions.suggestion_panel import SuggestionPanel
from jazzassist.gui.suggestions.warming import Warming
from jazzassist.gui.tracks.track_list import TrackList
from jazzassist.gui.transport.play_actions import PlayActions
from jazzassist.gui.transport.polling import Polling
from jazzassist.gui.transport.transport_bar import TransportBar
from jazzassist.gui.widgets.banner import Banner
from jazzassist.gui.widgets.fitting import fit_to_screen, in_scroll_area
from jazzassist.gui.widgets.own_keys import OwnKeys
from jazzassist.gui.widgets.plain import plain
from jazzassist.gui.window import handlers
from jazzassist.gui.window.actions import make_actions
from jazzassist.gui.window.dock_title import DockTitle
from jazzassist.gui.window.status_line import StatusLine
from jazzassist.gui.window.theme_choice import ThemeChoice
from jazzassist.gui.window.undo_actions import UndoActions
from jazzassist.session import Aspect, Session
from jazzassist.session.editing import Editing
from jazzassist.session.playback_control import PlaybackControl
from jazzassist.session.suggesting import Suggesting

USUAL_SIZE = QSize(1400, 880)
NARROW = 1100  # pixels of a window whose docks are as narrow as they can be, to leave room for the notes
NOTICE_MS = 5000  # how long a sentence stays in the status bar


class MainWindow(QMainWindow):
    """JazzAssist's window over one session."""

    def __init__(self, session: Session, player: PlaybackControl, client: SuggestionClient, settings: Settings) -> None:
        super().__init__()
        self.session, self.player, self.client, self.settings = session, player, client, settings
        self.suggesting = Suggesting(session, client, player)
        self.editing = Editing(session, player)
        self._list_widgets()
        self._list_controllers()
        self._build()
        self._restore_place()
        self._connect_actions()
        self._connect_playing()
        self._connect_suggesting()
        session.observe(lambda changed: self._show_title(), Aspect.OPENED, Aspect.FILE)
        self._show_title()

    def _list_widgets(self) -> None:
        session = self.session
        self.actions_by_name = make_actions(self)
        self.banner = Banner(self)
        self.roll = PianoRoll(session, self)
        self.tracks = TrackList(session, self)
        self.panel = SuggestionPanel(session, self)
        self.transport_bar = TransportBar(session, self.actions_by_name, self)
        self.status_text = StatusLine(session, self)
        self.recent_menu = RecentMenu(self.settings, self)
        self.network_menu = NetworkMenu(self.client.wanted, self)

    def _list_controllers(self) -> None:
        session, player, actions = self.session, self.player, self.actions_by_name
        self.files = FileActions(session, player, self.roll, self.banner, self.settings, self)
        self.playing = PlayActions(session, player, self.suggesting, self.roll, self.settings, actions)
        self.asking = Asking(session, self.suggesting, self.panel)
        self.warming = Warming(session, self.client, self.asking, self)
        self.theme = ThemeChoice(self.settings, actions, self)
        self.polling = Polling(player, self)
        self._undo_actions = UndoActions(session, actions["undo"], actions["redo"])
        self._own_keys = OwnKeys(self)

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
        self.menu("File").insertMenu(self.actions_by_name["save"], self.recent_menu)
        self.menu("Suggest").addSeparator()
        self.menu("Suggest").addMenu(self.network_menu)
        self.actions_by_name["ghosts"].setChecked(True)

    def _restore_place(self) -> None:
        """The size, place and docks of last time, as far as the screen has room, and who gets the keys."""
        geometry, state = self.settings.window()
        self.resize(USUAL_SIZE)
        fit_to_screen(self)
        if self.width() < NARROW:
            docks = self.findChildren(QDockWidget)
            self.resizeDocks(docks, [dock.widget().minimumWidth() for dock in docks], Qt.Orientation.Horizontal)
        self.restoreGeometry(geometry)
        self.restoreState(state)
        fit_to_screen(self)
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

    # Connecting

    def _connect_actions(self) -> None:
        session, roll = self.session, self.roll
        table = (
            handlers.file_handlers(self.files, self.close)
            | handlers.edit_handlers(session, self.editing, roll)
            | handlers.play_handlers(session, self.playing, self.player)
            | handlers.suggest_handlers(session, self.asking, self.suggesting, roll)
            | handlers.view_handlers(roll, self.theme, self.actions_by_name["ghosts"])
            | handlers.help_handlers(self)
        )
        for name, work in table.items():
            self.actions_by_name[name].triggered.connect(lambda checked=False, work=work: work())
        self.recent_menu.chosen.connect(self.files.open_file)
        self.theme.changed.connect(self.playing.show_playing)
        self.theme.changed.connect(roll.view.refresh)

    def _connect_playing(self) -> None:
        self.polling.noticed.connect(self.banner.tell)
        self.transport_bar.output_chosen.connect(self.playing.choose_output)
        self.roll.seek_requested.connect(self.player.seek)
        self.roll.note_sounded.connect(self.player.sound)
        for part in (self.roll, self.playing):
            part.noticed.connect(lambda sentence: self.statusBar().showMessage(sentence, NOTICE_MS))

    def _connect_suggesting(self) -> None:
        client, panel, suggesting = self.client, self.panel, self.suggesting
        client.state_changed.connect(lambda state: self.session.set_worker(state, client.checkpoint))
        client.progress_changed.connect(panel.set_progress)
        client.suggestion_arrived.connect(suggesting.take_one)
        client.suggestions_arrived.connect(suggesting.take)
        client.failed.connect(suggesting.refuse)
        client.noticed.connect(self.banner.tell)
        self.network_menu.chosen.connect(client.use)
        panel.bridge_asked.connect(self.asking.ask_bridge)
        panel.continuation_asked.connect(self.asking.ask_continuation)
        panel.stopped.connect(suggesting.stop_asking)
        panel.dismissed.connect(suggesting.dismiss)
        panel.card_chosen.connect(suggesting.show)
        panel.card_heard.connect(suggesting.hear)
        panel.card_inserted.connect(suggesting.insert)
        panel.neutral_chosen.connect(suggesting.set_neutral)
        for box in (panel.bars, panel.beats):
            box.valueChanged.connect(self.warming.settle)
        self.session.observe(lambda changed: self._take_back_hint(), Aspect.OFFER)

    def _take_back_hint(self) -> None:
        if self.session.offer.suggestions:
            self.banner.take_back(HINT)

    def _show_title(self) -> None:
        """Shows the song's name, and whether it has changes."""
        document = self.session.document
        self.setWindowTitle(plain(f"{document.name}{' *' if document.dirty else ''} - JazzAssist"))

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
