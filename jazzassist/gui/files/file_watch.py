"""Notices when another program changes or deletes the file of the open song."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QRunnable, Qt, QThreadPool, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from jazzassist.midi.known_file import KnownFile
from jazzassist.midi.saving import MISSING
from jazzassist.session import Aspect, Session

SETTLED_MS = 300  # after a first sign of change, so that a program that writes in steps is done
GONE_MS = 700  # editors move the old file away before the new one has its name
EVERY_MS = 5000  # network disks send no signs


class FileWatch(QObject):
    """Compares the file in another thread with its contents when it was last read or saved.

    The program's own saves are not reported as changes.
    """

    changed = Signal(bool)  # whether it was deleted; sent once for each new content
    restored = Signal()  # the file holds again what is known of it

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        document = self._document = session.document
        self._path = document.path
        self._reported: tuple[KnownFile, str] | None = None
        self._was_missing = False
        self._look: _Look | None = None
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(lambda path: self.look_soon())
        self._watcher.directoryChanged.connect(lambda path: self.look_soon())
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self.look)
        self._regularly = QTimer(self, interval=EVERY_MS)
        self._regularly.timeout.connect(self.look)
        self._regularly.start()
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._on_activity)
        session.observe(self._take_up, Aspect.OPENED, Aspect.FILE)

    def _take_up(self, changed: frozenset[Aspect]) -> None:
        """Follows another song, and one that was saved to another file."""
        if Aspect.OPENED in changed or self._document.path != self._path:
            self._path = self._document.path
            self._follow()

    def look_soon(self, after_ms: int = SETTLED_MS) -> None:
        """Looks at the file when it has settled."""
        if not self._soon.isActive():
            self._soon.start(after_ms)

    def look(self) -> None:
        """Compares the file with its known content and emits a signal if they differ."""
        document = self._document
        if self._look is not None or document.path is None or document.known_file is None or document.is_saving:
            return
        self._look = _Look(document.path, document.known_file)
        self._look.news.done.connect(self._judge)
        QThreadPool.globalInstance().start(self._look)

    def _judge(self) -> None:
        look, self._look = self._look, None
        document = self._document
        if look is None or document.is_saving or document.known_file is not look.known or document.path != look.path:
            return  # saved or opened meanwhile, so the comparison says nothing
        self._follow_paths()
        if look.found == MISSING and not self._was_missing:
            self._was_missing = True
            self.look_soon(GONE_MS)
            return
        self._was_missing = look.found == MISSING
        if look.found == look.known.digest:
            if self._reported is not None:
                self._reported = None
                self.restored.emit()
        elif self._reported != (look.known, look.found):
            self._reported = (look.known, look.found)
            self.changed.emit(look.found == MISSING)

    def _follow(self) -> None:
        self._reported, self._was_missing = None, False
        if self._watcher.files() or self._watcher.directories():
            self._watcher.removePaths([*self._watcher.files(), *self._watcher.directories()])
        self._follow_paths()

    def _follow_paths(self) -> None:
        """Watches the file, which a rename takes out of the watch, and the folders where it can be renamed."""
        path = self._document.path
        if path is None:
            return
        real = Path(os.path.realpath(path))
        watched = {*self._watcher.files(), *self._watcher.directories()}
        wanted = {str(place) for place in (path, path.parent, real.parent) if place.exists()}
        if wanted - watched:
            self._watcher.addPaths(sorted(wanted - watched))

    def _on_activity(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look_soon()


class _News(QObject):
    done = Signal()


class _Look(QRunnable):
    """Reads the digest of a file; `found` is that of `known` where the file cannot be read."""

    def __init__(self, path: Path, known: KnownFile) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self.path, self.known, self.found = path, known, known.digest
        self.news = _News()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            self.found = self.known.digest_now(self.path)
        self.news.done.emit()
