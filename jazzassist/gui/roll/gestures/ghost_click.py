"""A double click on a note of another track makes that track the current one."""

from __future__ import annotations

from jazzassist.gui.roll.gestures.gesture import Gesture, Pointer
from jazzassist.gui.roll.view import RollView
from jazzassist.session import Session


class GhostClick(Gesture):
    """Notes of the current track on top of the other note take precedence."""

    def __init__(self, view: RollView, session: Session) -> None:
        self._view, self._session = view, session

    def begin(self, press: Pointer) -> bool:
        place = press.place.toPoint()
        ghost = self._view.ghost_at(place) if press.is_double and self._view.note_at(place) is None else None
        if ghost is not None:
            self._session.set_current(ghost[0])
        return ghost is not None
