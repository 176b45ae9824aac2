"""The status line: selection, model, and time of saving."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from jazzassist.gui.roll.words import describe_passage, describe_selection
from jazzassist.gui.widgets.line_label import LineLabel
from jazzassist.gui.widgets.plain import as_shown
from jazzassist.session import Aspect, Session


class StatusLine(LineLabel):
    """Describes the session in one line."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(1, parent)
        self._session = session
        shown = (Aspect.SONG, Aspect.OPENED, Aspect.FILE, Aspect.PASSAGE, Aspect.SELECTED, Aspect.WORKER)
        session.observe(lambda changed: self.renew(), *shown)

    def renew(self) -> None:
        """Show the current state."""
        session = self._session
        parts = [describe_passage(session), describe_selection(session)]
        is_ready = session.checkpoint and session.worker in ("ready", "busy")
        parts.append(f"model {session.checkpoint} ready" if is_ready else "")
        saved_at = session.document.saved_at
        parts.append(f"saved {saved_at}" if saved_at and not session.document.dirty else "")
        self.setText(as_shown("   -   ".join(part for part in parts if part)))
