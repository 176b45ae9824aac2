"""The Undo and Redo actions, whose texts name the step."""

from __future__ import annotations

from PySide6.QtGui import QAction

from jazzassist.session import Aspect, Session


class UndoActions:
    """Updates the texts of both actions, and disables them if there is no step."""

    def __init__(self, session: Session, undo: QAction, redo: QAction) -> None:
        self._history, self._undo, self._redo = session.document.history, undo, redo
        session.observe(lambda changed: self._renew(), Aspect.HISTORY)
        self._renew()

    def _renew(self) -> None:
        for action, word, text in (
            (self._undo, "Undo", self._history.undo_text),
            (self._redo, "Redo", self._history.redo_text),
        ):
            action.setText(f"{word} {text or ''}".rstrip())
            action.setEnabled(text is not None)
