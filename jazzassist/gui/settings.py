"""Persistent settings. The only module that uses QSettings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

RECENT = 10


class Settings:
    """The composer's settings, read and written immediately."""

    def __init__(self) -> None:
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "jazzassist", "jazzassist")

    @property
    def theme(self) -> str:
        """ "system", "light" or "dark"."""
        return str(self._store.value("theme", "system"))

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def output(self) -> str | None:
        """The name of the output last chosen."""
        name = self._store.value("output")
        return str(name) if name else None

    @output.setter
    def output(self, name: str) -> None:
        self._store.setValue("output", name)

    @property
    def recent(self) -> list[Path]:
        """The files last opened or saved, newest first, those that still exist."""
        names = self._store.value("recent")
        listed = [names] if isinstance(names, str) else names if isinstance(names, list) else []
        return [Path(name) for name in listed if Path(name).is_absolute() and Path(name).is_file()]

    def add_recent(self, path: Path) -> None:
        """Add a file at the top of the recent files."""
        path = path.absolute()  # the program may be started from another folder next time
        others = [known for known in self.recent if known != path]
        self._store.setValue("recent", [str(known) for known in [path, *others][:RECENT]])

    @property
    def started_before(self) -> bool:
        """Whether the program was started before; the first start shows the demo song."""
        return bool(self._store.value("started", False, type=bool))

    def note_start(self) -> None:
        """Record that the program was started."""
        self._store.setValue("started", True)

    def save_window(self, geometry: QByteArray, state: QByteArray) -> None:
        """Store the geometry and docks of the window."""
        self._store.setValue("geometry", geometry)
        self._store.setValue("state", state)

    def window(self) -> tuple[QByteArray, QByteArray]:
        """(geometry, state) as saved; empty at the first start."""
        saved = (self._store.value("geometry"), self._store.value("state"))
        geometry, state = (value if isinstance(value, QByteArray) else QByteArray() for value in saved)
        return geometry, state
