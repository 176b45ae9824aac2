"""A press on a note selects and sounds it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt

from jazzassist.gui.roll.gestures.gesture import CTRL, SHIFT, Gesture, Pointer
from jazzassist.gui.roll.view import RollView
from jazzassist.session import Session


class NoteClick(Gesture):
    """With Shift the note is added to the selection; with Ctrl it is added, or taken out.

    `sound` is called with pitch, tick and channel of the note.
    """

    def __init__(self, view: RollView, session: Session, sound: Callable[[int, int, int], object]) -> None:
        self._view, self._session, self._sound = view, session, sound

    def begin(self, press: Pointer) -> bool:
        index = self._view.note_at(press.place.toPoint())
        if press.button != Qt.MouseButton.LeftButton or index is None:
            return False
        one, session = np.array([index], np.intp), self._session
        if press.keys & CTRL:
            session.select_notes(np.setxor1d(session.selected, one))
        elif press.keys & SHIFT:
            session.select_notes(np.union1d(session.selected, one))
        else:
            session.select_notes(one)
        notes = session.notes
        self._sound(int(notes.pitch[index]), int(notes.start[index]), int(notes.channel[index]))
        return True
