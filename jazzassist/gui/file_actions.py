"""Opening and saving, as the composer meets it: dialogs, questions, messages."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox

from jazzassist.domain.passage import Passage
from jazzassist.gui.demo import DEMO, empty_bars
from jazzassist.midi.files import MidiFileError, OpenedSong, read_song

if TYPE_CHECKING:
    from jazzassist.gui.main_window import MainWindow

LARGE_FILE = 60_000  # bytes; a larger one is read beside the window, which stays usable meanwhile
FILTER = "MIDI files (*.mid *.midi *.kar *.rmi *.smf);;All files (*)"
HINT = "These bars are empty. Press Ctrl+Enter to ask for a bridge, and Space to hear it."


class FileActions(QObject):
    """The window's file menu. `saved`: the time of day, when the song was written."""

    saved = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._document = window, window.document
        self._loader: _Loader | None = None

    def ask_open(self) -> None:
        """Lets the composer choose a file."""
        folder = str(self._document.path.parent) if self._document.path else ""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open a MIDI file", folder, FILTER)
        if name:
            self.open_file(Path(name))

    def open_file(self, path: Path) -> None:
        """Opens a file, after asking about unsaved changes; a message box says when it cannot be read."""
        if not self.may_leave():
            return
        if path.is_file() and path.stat().st_size > LARGE_FILE:
            self._window.statusBar().showMessage(f"Opening {path.name} ...")
            self._loader = _Loader(path)
            self._loader.told.done.connect(self._loaded)
            QThreadPool.globalInstance().start(self._loader)
            return
        try:
            self._document.open(path)
        except MidiFileError as error:
            self.complain(str(error))

    def _loaded(self, path: Path, found: OpenedSong | MidiFileError) -> None:
        self._window.statusBar().clearMessage()
        self._loader = None
        if isinstance(found, MidiFileError):
            self.complain(str(found))
        else:
            self._document.adopt(found, path)

    def open_demo(self) -> None:
        """Opens the demo song with its empty bars selected, as a song that has no file yet."""
        if not self.may_leave():
            return
        self._document.adopt(read_song(DEMO), None)
        track, start, end = empty_bars(self._document.song)
        self._window.tracks.setCurrentRow(track)
        self._document.set_passage(Passage((track,), start, end))
        self._window.show_around(start, end)
        meters = self._document.song.meter_map
        self._window.player.seek(meters.bar_start(max(1, meters.bar_at(start) - 2)))
        self._window.banner.tell(HINT)

    def save(self) -> bool:
        """Saves to the song's file; asks for a name where it has none or it was damaged. Whether it was saved."""
        if self._document.path is None or self._document.damaged:
            return self.save_as()
        return self._save(None)

    def save_as(self) -> bool:
        """Asks for a name and saves; whether it was saved."""
        start = self._document.path or Path("Untitled.mid")
        if self._document.damaged and self._document.path is not None:
            start = start.with_name(f"{start.stem} repaired.mid")
        name, _ = QFileDialog.getSaveFileName(self._window, "Save as", str(start), FILTER)
        return bool(name) and self._save(Path(name) if Path(name).suffix else Path(f"{name}.mid"))

    def _save(self, path: Path | None) -> bool:
        try:
            self._document.save(path, overwrite_damaged=path is not None)
        except MidiFileError as error:
            self.complain(str(error))
            return False
        if self._document.path is not None:
            self._window.settings.add_recent(self._document.path)
        self.saved.emit(time.strftime("%H:%M"))
        return True

    def may_leave(self) -> bool:
        """Whether the song may be left: saved, or the composer says so."""
        if not self._document.dirty:
            return True
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window, text=f"Save the changes to {self._document.name}?")
        box.setWindowTitle("JazzAssist")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        answer = box.exec()
        return answer == buttons.Discard or (answer == buttons.Save and self.save())

    def complain(self, sentence: str) -> None:
        """One sentence in a message box."""
        QMessageBox.warning(self._window, "JazzAssist", sentence)

    def fill_recent(self) -> None:
        self._window.recent_menu.clear()
        for path in self._window.settings.recent:
            action = QAction(f"{path.name}   {path.parent}", self._window.recent_menu)
            action.triggered.connect(lambda checked=False, path=path: self.open_file(path))
            self._window.recent_menu.addAction(action)


class _Told(QObject):
    done = Signal(object, object)  # Path, OpenedSong | MidiFileError


class _Loader(QRunnable):
    """Reads a file in a thread of the pool."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self.path, self.told = path, _Told()

    def run(self) -> None:
        try:
            found: OpenedSong | MidiFileError = read_song(self.path)
        except MidiFileError as error:
            found = error
        self.told.done.emit(self.path, found)
