"""The File menu: opening and saving, with dialogs and messages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox

from jazzassist.domain.passage import Passage
from jazzassist.gui.files.background import in_background
from jazzassist.gui.files.changed_file import Choice, as_buttons, ask_about_change, changed_sentence
from jazzassist.gui.files.demo import DEMO, empty_bars
from jazzassist.gui.files.file_watch import FileWatch
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.settings import Settings
from jazzassist.gui.widgets.banner import Banner
from jazzassist.gui.widgets.plain import as_shown, plain
from jazzassist.midi.files import FileChanged, MidiFileError, is_midi, read_song
from jazzassist.session import Aspect, Session
from jazzassist.session.playback_control import PlaybackControl

FILTER = "MIDI files (*.mid *.midi *.kar *.rmi *.smf);;All files (*)"
HINT = "These bars are empty. Press Ctrl+Enter for a bridge, then Space to play it."


class FileActions(QObject):
    """The actions of the File menu. `parent`: parent of the dialogs; its status bar shows progress."""

    def __init__(
        self,
        session: Session,
        player: PlaybackControl,
        roll: PianoRoll,
        banner: Banner,
        settings: Settings,
        parent: QMainWindow,
    ) -> None:
        super().__init__(parent)
        self._session, self._document = session, session.document
        self._player, self._roll, self._banner, self._settings = player, roll, banner, settings
        self._parent = parent
        self._change_message = ""
        self.watch = FileWatch(session, self)
        self.watch.changed.connect(self._show_changed)
        self.watch.restored.connect(self._withdraw_changed)
        session.observe(lambda changed: self._note_opened(), Aspect.OPENED)

    def _note_opened(self) -> None:
        """Add the opened file to the recent files and show its warnings."""
        document = self._document
        self._banner.forget_song()
        if document.path is not None:
            self._settings.add_recent(document.path)
        if document.warnings:
            self._banner.tell_repairs(document.name, document.warnings, document.damaged)

    def ask_open(self) -> None:
        """Let the composer choose a file and open it."""
        folder = str(self._document.path.parent) if self._document.path else ""
        name, _ = QFileDialog.getOpenFileName(self._parent, "Open MIDI file", folder, FILTER)
        if name:
            self.open_file(Path(name))

    def open_file(self, path: Path) -> None:
        """Ask about unsaved changes, then open a file. A message box appears if it cannot be read."""
        if self.may_leave():
            self._read(path)

    def _read(self, path: Path) -> None:
        self._parent.statusBar().showMessage(plain(f"Opening {path.name}…"))
        trouble = ""
        try:
            self._document.adopt(in_background(lambda: read_song(path)), path)
        except MidiFileError as error:
            trouble = str(error)
        finally:
            self._parent.statusBar().clearMessage()
        if trouble:
            self.complain(trouble)

    def takes(self, dragged: QMimeData) -> bool:
        """Whether the drag contains a local file. Web links do not count."""
        return any(url.isLocalFile() for url in dragged.urls())

    def drop(self, dragged: QMimeData) -> None:
        """Opens the first song among the dropped files, after the drop has ended."""
        paths = [Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile()]
        links = [url.toString() for url in dragged.urls() if not url.isLocalFile()]
        if paths:
            QTimer.singleShot(0, self, lambda: self.open_dropped(paths, links))

    def open_dropped(self, paths: list[Path], links: Sequence[str] = ()) -> None:
        """Opens the first MIDI file among the dropped files and reports which were ignored."""
        songs = [path for path in paths if is_midi(path)] or paths[:1]
        self.open_file(songs[0])
        if len(songs) > 1:
            others = ", ".join(path.name for path in songs[1:])
            self._banner.tell(f"Only one file can be open at a time; not opened: {others}.")
        ignored = [path.name for path in paths if path not in songs] + list(links)
        if ignored:
            self._banner.tell(f"Only MIDI files can be opened; ignored: {', '.join(ignored)}.")

    def open_demo(self) -> None:
        """Open the demo song as an untitled song, with its empty bars selected."""
        if not self.may_leave():
            return
        self._document.adopt(read_song(DEMO), None)
        track, start, end = empty_bars(self._session.song)
        with self._session.changing():
            self._session.set_current(track)
            self._session.set_passage(Passage((track,), start, end))
        self._roll.show_around(start, end)
        meters = self._session.song.meter_map
        self._player.seek(meters.bar_start(max(1, meters.bar_at(start) - 2)))
        self._banner.tell(HINT, about_song=True)

    def save(self) -> bool:
        """Save to the song's file; ask for a name if it has none or was damaged. Return whether it was saved."""
        if self._document.path is None or self._document.damaged:
            return self.save_as()
        return self._save(None)

    def save_as(self) -> bool:
        """Ask for a name and save. Return whether the song was saved."""
        start = self._document.path or Path("Untitled.mid")
        if self._document.damaged and self._document.path is not None:
            start = start.with_name(f"{start.stem} repaired.mid")
        return self._save_as(start)

    def _save_as(self, start: Path) -> bool:
        dialog = QFileDialog(self._parent, "Save as", str(start.parent), FILTER)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("mid")  # set before the dialog runs, so that it asks before overwriting a file
        dialog.selectFile(start.name)
        return bool(dialog.exec()) and self._save(Path(dialog.selectedFiles()[0]))

    def _save(self, path: Path | None, overwrite_changed: bool = False) -> bool:
        """Save to `path` or the song's own file. Ask first if another program has changed that file."""
        try:
            lost = self._document.save(path, overwrite_damaged=path is not None, overwrite_changed=overwrite_changed)
        except FileChanged as change:
            sentence = changed_sentence(self._document.name, change.deleted, self._document.dirty)
            return self._settle(ask_about_change(self._parent, sentence, change.deleted))
        except MidiFileError as error:
            self.complain(str(error))
            return False
        self._withdraw_changed()
        for sentence in lost:
            self._banner.tell(sentence, about_song=True)
        if self._document.path is not None:
            self._settings.add_recent(self._document.path)
        return True

    def _settle(self, choice: Choice) -> bool:
        """Carries out the choice about a file that another program has changed. Returns whether the song was saved."""
        path = self._document.path
        if path is None or choice is Choice.CANCEL:
            return False
        if choice is Choice.RELOAD:
            self._read(path)
            return False
        if choice is Choice.COPY:
            return self._save_as(path.with_name(f"{path.stem} copy{path.suffix}"))
        return self._save(path, overwrite_changed=True)

    def _settle_noticed(self, choice: Choice) -> None:
        """Carries out the choice made in the banner. Asks first if reloading would lose edits."""
        if choice is Choice.RELOAD and self._document.dirty:
            sentence = changed_sentence(self._document.name, False, True)
            choice = ask_about_change(self._parent, sentence, False)
        self._settle(choice)

    def _show_changed(self, deleted: bool) -> None:
        """Report in the banner that another program changed the file, with buttons for the choices."""
        self._withdraw_changed()
        self._document.set_deleted(deleted)
        self._change_message = changed_sentence(self._document.name, deleted, self._document.dirty)
        self._banner.tell(self._change_message, about_song=True, buttons=as_buttons(deleted, self._settle_noticed))

    def _withdraw_changed(self) -> None:
        self._document.set_deleted(False)
        self._banner.take_back(self._change_message)

    def may_leave(self) -> bool:
        """Ask about unsaved changes. Return whether the song may be closed."""
        if not self._document.dirty:
            return True
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._parent, text=plain(f"Save changes to {self._document.name}?"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("JazzAssist")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        answer = box.exec()
        return answer == buttons.Discard or (answer == buttons.Save and self.save())

    def complain(self, sentence: str) -> None:
        """Show one sentence in a message box."""
        QMessageBox.warning(self._parent, "JazzAssist", as_shown(sentence))

    def begin(self) -> None:
        """Open the demo song at the first start, otherwise the most recent file."""
        recent = self._settings.recent
        if self._settings.started_before and recent:
            self.open_file(recent[0])
        else:
            self.open_demo()
