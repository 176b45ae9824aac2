"""The actions that choose the theme: light, dark or system."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from jazzassist.gui.settings import Settings
from jazzassist.gui.window.actions import renew_icons

THEMES = ("system", "light", "dark")


class ThemeChoice(QObject):
    """Stores the theme and marks it in the menu. Emits `chosen` first, `changed` after the icons are redrawn."""

    chosen = Signal(str)
    changed = Signal()

    def __init__(self, settings: Settings, actions: dict[str, QAction], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings, self._actions = settings, actions
        self._mark(settings.theme)

    def choose(self, name: str) -> None:
        """Change and store the theme."""
        self._settings.theme = name
        self._mark(name)
        self.chosen.emit(name)
        renew_icons(self._actions)
        self.changed.emit()

    def _mark(self, name: str) -> None:
        for theme in THEMES:
            self._actions[f"theme_{theme}"].setChecked(theme == name)
