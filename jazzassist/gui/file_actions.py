"""Opening and saving, as the composer meets it: dialogs, questions, messages."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox

from jazzassist.domain.passage import Passage
from jazzassist.gui.beside import beside
from jazzassist.gui.demo import DEMO, empty_bars
from jazzassist.midi.files import MidiFileError, read_song

if TYPE_CHECKING:
    from jazzassist.gui.main_window import MainWindow

FILTER = "MIDI files (*.mid *.midi *.kar *.rmi *.smf);;All files (*)"
HINT = "These bars are empty. Press Ctrl+Enter to ask for a bridge, and Space to hear it."


class FileActions(QObject):
    """The window's file menu. `saved`: the time of day, when the song was written."""

    saved = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._document = window, window.document

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
        self._window.statusBar().showMessage(f"Opening {path.name} ...")
        trouble = ""
        try:
            self._document.adopt(beside(lambda: read_song(path)), path)
        except MidiFileError as error:
            trouble = str(error)
        finally:
            self._window.statusBar().clearMessage()
        if trouble:
            self.complain(trouble)

    def open_dropped(self, paths: list[Path]) -> None:
        """Opens the first of the files that were dropped, and says which were not."""
        self.open_file(paths[0])
        if len(paths) > 1:
            others = ", ".join(path.name for path in paths[1:])
            self._window.banner.tell(f"One file is open at a time, so these were left: {others}.")

    def open_demo(self) -> None:
        """Opens the demo song with its empty bars selected, as a song that has no file yet."""
        if not self.may_leave():
            return
        self._document.adopt(read_song(DEMO), None)
        track, start, end = empty_bars(self._document.song)
        self._window.tracks.setCurrentRow(track)
        self._document.set_passage(Passage((track,), start, end))
        self._window.showing.show_around(start, end)
        meters = self._document.song.meter_map
        self._window.player.seek(meters.bar_start(max(1, meters.bar_at(start) - 2)))
        self._window.banner.tell(HINT, about_song=True)

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
        dialog = QFileDialog(self._window, "Save as", str(start.parent), FILTER)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("mid")  # here, not afterwards: so that an existing file is asked about
        dialog.selectFile(start.name)
        return bool(dialog.exec()) and self._save(Path(dialog.selectedFiles()[0]))

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

    def begin(self) -> None:
        """The first start shows the demo song, a later one the file that was open last."""
        recent = self._window.settings.recent
        if self._window.settings.started_before and recent:
            self.open_file(recent[0])
        else:
            self.open_demo()

    def fill_recent(self) -> None:
        """Lists the recent files, or says that there are none."""
        self._window.recent_menu.clear()
        for path in self._window.settings.recent:
            action = QAction(f"{path.name}   {path.parent}", self._window.recent_menu)
            action.triggered.connect(lambda checked=False, path=path: self.open_file(path))
            self._window.recent_menu.addAction(action)
        if self._window.recent_menu.isEmpty():
            self._window.recent_menu.addAction("No files yet").setEnabled(False)
