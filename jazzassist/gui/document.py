"""The open song with its path, passage and undo stack; every change of it goes through `apply`."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Song
from jazzassist.gui.files.background import beside
from jazzassist.midi.files import MidiFileError, OpenedSong, SavedSong, read_song, write_song
from jazzassist.midi.known_file import KnownFile, is_same_file


class _Swap(QUndoCommand):
    """One step: the song before and after. What did not change is shared by both.

    Steps of one `burst` (a number above 0) become one.
    """

    def __init__(self, document: Document, text: str, song: Song, burst: int) -> None:
        super().__init__(text)
        self._document, self._before, self._after, self._burst = document, document.song, song, burst

    def redo(self) -> None:
        self._document._show(self._after)

    def undo(self) -> None:
        self._document._show(self._before)

    def id(self) -> int:
        return self._burst or -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Swap):
            return False
        self._after = other._after
        self.setText(other.text())
        self.setObsolete(self._after is self._before)
        return True


class Document(QObject):
    """The song that the window shows. Signals carry what is new; the song itself is never changed."""

    song_changed = Signal(object)  # Song
    opened = Signal(object)  # Path | None
    passage_changed = Signal(object)  # Passage | None
    path_changed = Signal(object)  # Path | None
    dirty_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.song = Song(480)
        self.path: Path | None = None
        self.passage: Passage | None = None
        self.warnings: tuple[str, ...] = ()
        self.damaged = False
        self.known_file: KnownFile | None = None  # what `path` held when it was read or saved last
        self.is_saving = False
        self._is_deleted = False
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._tell_dirty)  # a method: not called once this is destroyed

    @property
    def dirty(self) -> bool:
        """Whether there is anything that no file holds: changes, or all of a song whose file was deleted."""
        return self._is_deleted or not self.undo_stack.isClean()

    def set_deleted(self, is_deleted: bool) -> None:
        """Takes note that another program deleted the song's file, or that it is there again."""
        if is_deleted != self._is_deleted:
            self._is_deleted = is_deleted
            self.dirty_changed.emit(self.dirty)

    @property
    def name(self) -> str:
        """The file's name, for titles and messages."""
        return self.path.name if self.path else "Untitled"

    def open(self, path: Path) -> None:
        """Shows the song in `path`; MidiFileError, and nothing changed, when it cannot be read."""
        self.adopt(read_song(path), path)

    def adopt(self, found: OpenedSong, path: Path | None) -> None:
        """Shows a song that was read elsewhere; the undo stack is cleared. `path` None: it has no file yet."""
        self.undo_stack.clear()
        self.path = path = None if path is None else path.absolute()
        self.warnings, self.damaged = found.warnings, found.damaged
        self.known_file = None if path is None or found.digest is None else KnownFile(found.digest)
        self.set_deleted(False)
        self.set_passage(None)
        self._show(found.song)
        self.path_changed.emit(path)
        self.opened.emit(path)

    def apply(self, text: str, song: Song, burst: int = 0) -> None:
        """Makes `song` the document's, as one undo step named `text`; nothing when it is the same song.

        With a number above 0 for `burst` it continues the step before when that has the same number.
        """
        if song is not self.song:
            self.undo_stack.push(_Swap(self, text, song, burst))

    def set_passage(self, passage: Passage | None) -> None:
        """Selects a passage, or none; a passage on tracks that the song does not have counts as none."""
        if passage is not None and max(passage.tracks) >= len(self.song.tracks):
            passage = None
        if passage != self.passage:
            self.passage = passage
            self.passage_changed.emit(passage)

    def save(
        self, path: Path | None = None, *, overwrite_damaged: bool = False, overwrite_changed: bool = False
    ) -> tuple[str, ...]:
        """Writes the song to `path`, or to the file it came from; MidiFileError when that fails.

        The file of a song that was only partly readable is not overwritten unless that is said, nor is
        one that another program has changed or deleted: FileChanged. Returns one sentence for
        everything that the file lost by being replaced.
        """
        target = path.absolute() if path else self.path
        if target is None:
            raise MidiFileError("This song has no file yet; choose a name for it.")
        is_own = self.path is not None and is_same_file(target, self.path)
        if self.damaged and is_own and not overwrite_damaged:
            raise MidiFileError(
                f"{target} was damaged when it was opened, so it is not overwritten; choose another name."
            )
        expected = self.known_file.digest if self.known_file and is_own and not overwrite_changed else None
        saved = self._write(target, expected)
        self.known_file, self.damaged = KnownFile(saved.digest), False
        self.set_deleted(False)
        if target != self.path:
            self.path = target
            self.path_changed.emit(target)
        self.undo_stack.setClean()
        return saved.warnings

    def _write(self, target: Path, expected: str | None) -> SavedSong:
        song, self.is_saving = self.song, True
        try:
            return beside(lambda: write_song(song, target, expected=expected, repair=True))  # only damaged files
        finally:
            self.is_saving = False

    def _tell_dirty(self, clean: bool) -> None:
        self.dirty_changed.emit(self.dirty)

    def _show(self, song: Song) -> None:
        self.song = song
        self.song_changed.emit(song)
