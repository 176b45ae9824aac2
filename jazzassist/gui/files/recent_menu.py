"""The menu of recent files."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from jazzassist.gui.settings import Settings
from jazzassist.gui.widgets.plain import plain


class RecentMenu(QMenu):
    """Refreshed whenever it is opened. `chosen` carries a Path."""

    chosen = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__("Open recent", parent)
        self._settings = settings
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the recent files, or an entry that says there are none."""
        self.clear()
        for path in self._settings.recent:
            action = QAction(plain(f"{path.name}   {path.parent}").replace("&", "&&"), self)
            action.triggered.connect(lambda checked=False, path=path: self.chosen.emit(path))
            self.addAction(action)
        if self.isEmpty():
            self.addAction("No recent files").setEnabled(False)
