"""The base class of gestures, and the dispatch of mouse events to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter

DRAG_PIXELS = 4  # a press that moves less is a click
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is, in pixels of the widget, with which button and keys; `is_double`: a double click."""

    place: QPointF
    button: Qt.MouseButton = Qt.MouseButton.LeftButton
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    is_double: bool = False

    @staticmethod
    def of(event: QMouseEvent, is_double: bool = False) -> Pointer:
        """The pointer of an event."""
        return Pointer(event.position(), event.button(), event.modifiers(), is_double)

    def is_click(self, press: Pointer) -> bool:
        """Whether it is still so near to the press that the two make a click."""
        return (self.place - press.place).manhattanLength() < DRAG_PIXELS


class Gesture:
    """One way of using the mouse. It alone holds the state between press and release."""

    def begin(self, press: Pointer) -> bool:
        """Start the gesture. Return whether it accepts the press."""
        raise NotImplementedError

    def preview(self, pointer: Pointer) -> bool:
        """Show the result so far. Return False to pass the press on to the next gestures."""
        return True

    def commit(self, pointer: Pointer) -> None:
        """Apply the gesture when the button is released."""

    def cancel(self) -> bool:
        """Revert the preview. Return whether there was anything to revert."""
        return False

    def paint(self, painter: QPainter) -> None:
        """Draw the gesture in progress, in pixels of the widget."""


class Gestures:
    """Offers a press to the gestures in order. The first to accept it receives all events until the release."""

    def __init__(self, gestures: Sequence[Gesture] = ()) -> None:
        self._gestures = tuple(gestures)
        self._active: Gesture | None = None
        self._press: Pointer | None = None

    def press(self, press: Pointer) -> None:
        """Offer a press. Other buttons are ignored during a gesture."""
        if self._active is None:
            self._press = press
            self._offer(press, self._gestures)

    def _offer(self, press: Pointer, gestures: Sequence[Gesture]) -> None:
        self._active = next((gesture for gesture in gestures if gesture.begin(press)), None)

    def move(self, pointer: Pointer) -> None:
        """Pass a move to the active gesture."""
        while self._active is not None and self._press is not None and not self._active.preview(pointer):
            after = self._gestures.index(self._active) + 1
            self._offer(self._press, self._gestures[after:])

    def release(self, pointer: Pointer) -> None:
        """Commit the active gesture if its button was released."""
        if self._active is not None and self._press is not None and pointer.button == self._press.button:
            active, self._active = self._active, None
            active.commit(pointer)

    def cancel(self) -> bool:
        """Cancel the active gesture. Return whether it reverted anything."""
        active, self._active = self._active, None
        return active is not None and active.cancel()

    def paint(self, painter: QPainter) -> None:
        """Draw the active gesture."""
        if self._active is not None:
            self._active.paint(painter)
