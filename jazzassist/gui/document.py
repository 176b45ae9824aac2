"""The open song with its path, passage and undo stack; every change of it goes through `apply`."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Song
from jazzassist.gui.beside import beside
from jazzassist.midi.files import MidiFileError, OpenedSong, read_song, write_song


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
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._tell_dirty)  # a method: not called once this is destroyed

    @property
    def dirty(self) -> bool:
        """Whether there are changes that are not saved."""
        return not self.undo_stack.isClean()

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
        self.path, self.warnings, self.damaged = path, found.warnings, found.damaged
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

    def save(self, path: Path | None = None, *, overwrite_damaged: bool = False) -> None:
        """Writes the song to `path`, or to the file it came from; MidiFileError when that fails.

        The file of a song that was only partly readable is not overwritten unless that is said.
        """
        target = path or self.path
        if target is None:
            raise MidiFileError("This song has no file yet; choose a name for it.")
        if self.damaged and target == self.path and not overwrite_damaged:
            raise MidiFileError(
                f"{target} was damaged when it was opened, so it is not overwritten; choose another name."
            )
        song = self.song
        beside(lambda: write_song(song, target, repair=True))  # only a file that was damaged is repaired
        if target != self.path:
            self.path, self.damaged = target, False
            self.path_changed.emit(target)
        self.undo_stack.setClean()

    def _tell_dirty(self, clean: bool) -> None:
        self.dirty_changed.emit(not clean)

    def _show(self, song: Song) -> None:
        self.song = song
        self.song_changed.emit(song)
