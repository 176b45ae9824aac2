"""The menu that chooses the model for suggestions."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from jazzassist.paths import default_checkpoint, shipped_checkpoints
from jazzassist.suggest.baseline import NAME as MARKOV

TITLE = "Model"


class NetworkMenu(QMenu):
    """Lists the shipped checkpoints, the Markov chain and a chosen folder. `name`: the model in use."""

    chosen = Signal(str)  # a name or a folder, as `open_suggester` takes it

    def __init__(self, checkpoint: str | None, parent: QWidget) -> None:
        super().__init__(TITLE, parent)
        self.setObjectName(TITLE)
        self.name = checkpoint or default_checkpoint().name
        self._group = QActionGroup(self)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the available models and mark the one in use."""
        self.clear()
        for old in self._group.actions():
            self._group.removeAction(old)
        names = [*shipped_checkpoints(), MARKOV]
        for name in names if self.name in names else [*names, self.name]:
            self._add(name)
        self.addSeparator()
        self.addAction("Choose checkpoint folder…").triggered.connect(lambda: self._ask())

    def _add(self, name: str) -> None:
        text = "Markov chain (no network)" if name == MARKOV else name
        action = QAction(text.replace("&", "&&"), self._group, checkable=True, checked=name == self.name)
        action.triggered.connect(lambda: self.choose(name))
        self.addAction(action)

    def choose(self, name: str) -> None:
        """Use another model."""
        if name != self.name:
            self.name = name
            self.chosen.emit(name)

    def _ask(self) -> None:
        folder = QFileDialog.getExistingDirectory(self.parentWidget(), "Choose checkpoint folder")
        if folder:
            self.choose(folder)
