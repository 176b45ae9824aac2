"""The open song with its file and undo history. All edits go through `apply`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from jazzassist.domain.song import Song
from jazzassist.midi.files import MidiFileError, OpenedSong, SavedSong, read_song, write_song
from jazzassist.midi.known_file import KnownFile, is_same_file
from jazzassist.session.history import History, Step
from jazzassist.session.observing import Announcer, Aspect

Result = TypeVar("Result")


class Runner(Protocol):
    """Runs work that takes a while and returns its result; a window does it in another thread."""

    def __call__(self, work: Callable[[], Result]) -> Result: ...


def run_here(work: Callable[[], Result]) -> Result:
    """Runs the work in this thread."""
    return work()


class Document:
    """Holds the song, an immutable value that each edit replaces.

    `swapped` is called with the songs before and after, and whether the one after was opened just now.
    """

    def __init__(
        self, announcer: Announcer, swapped: Callable[[Song, Song, bool], object], run: Runner = run_here
    ) -> None:
        self._announcer, self._swapped, self._run = announcer, swapped, run
        self.song = Song(480)
        self.path: Path | None = None
        self.warnings: tuple[str, ...] = ()
        self.damaged = False
        self.known_file: KnownFile | None = None  # content of `path` when it was last read or saved
        self.saved_at = ""  # time of the last save since the song was opened
        self.is_saving = False
        self._is_deleted = False
        self.history = History()

    @property
    def dirty(self) -> bool:
        """Whether there are unsaved changes, or the file was deleted."""
        return self._is_deleted or not self.history.is_clean

    def set_deleted(self, is_deleted: bool) -> None:
        """Set whether another program has deleted the song's file."""
        if is_deleted != self._is_deleted:
            with self._announcer.changing(Aspect.FILE):
                self._is_deleted = is_deleted

    @property
    def name(self) -> str:
        """The file's name, for titles and messages."""
        return self.path.name if self.path else "Untitled"

    def open(self, path: Path) -> None:
        """Open the song in `path`. Raises MidiFileError, and changes nothing, if it cannot be read."""
        self.adopt(read_song(path), path)

    def adopt(self, found: OpenedSong, path: Path | None) -> None:
        """Open a song that has been read already, and clear the history. `path` is None if it has no file yet."""
        with self._announcer.changing(Aspect.OPENED, Aspect.FILE, Aspect.HISTORY):
            self.history.clear()
            self.path = path = None if path is None else path.absolute()
            self.warnings, self.damaged, self.saved_at = found.warnings, found.damaged, ""
            self.known_file = None if path is None or found.digest is None else KnownFile(found.digest)
            self._is_deleted = False
            self._swap(found.song, True)

    def apply(self, text: str, song: Song, burst: int = 0) -> None:
        """Replace the song, as one undo step named `text`. Does nothing if it is the same song.

        A `burst` above 0 extends the previous step if that has the same number.
        """
        if song is not self.song:
            with self._announcer.changing(Aspect.HISTORY, Aspect.FILE):
                self.history.push(Step(text, self.song, song, burst))
                self._swap(song)

    def undo(self) -> None:
        """Undo the last step, if any."""
        self._step(self.history.undo)

    def redo(self) -> None:
        """Redo the last undone step, if any."""
        self._step(self.history.redo)

    def _step(self, move: Callable[[], Song | None]) -> None:
        song = move()
        if song is not None:
            with self._announcer.changing(Aspect.HISTORY, Aspect.FILE):
                self._swap(song)

    def save(
        self, path: Path | None = None, *, overwrite_damaged: bool = False, overwrite_changed: bool = False
    ) -> tuple[str, ...]:
        """Write the song to `path`, or to its own file. Raises MidiFileError if that fails.

        A damaged file is overwritten only with `overwrite_damaged`. A file that another program has changed or
        deleted is overwritten only with `overwrite_changed`; otherwise raises FileChanged. Returns one sentence
        for each thing that the file lost.
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
        with self._announcer.changing(Aspect.FILE):
            self.known_file, self.damaged, self._is_deleted = KnownFile(saved.digest), False, False
            self.path, self.saved_at = target, time.strftime("%H:%M")
            self.history.set_clean()
        return saved.warnings

    def _write(self, target: Path, expected: str | None) -> SavedSong:
        song, self.is_saving = self.song, True
        try:
            return self._run(lambda: write_song(song, target, expected=expected, repair=True))  # only damaged files
        finally:
            self.is_saving = False

    def _swap(self, song: Song, is_opened: bool = False) -> None:
        before, self.song = self.song, song
        self._swapped(before, song, is_opened)
