"""A gesture, and how a press is offered to several of them."""

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
    """One way of using the mouse. It holds what it needs between press and release, and nothing else does."""

    def begin(self, press: Pointer) -> bool:
        """Whether the gesture takes the press."""
        raise NotImplementedError

    def preview(self, pointer: Pointer) -> bool:
        """Shows what would come of it; whether it goes on. If not, the press is offered to the gestures after it."""
        return True

    def commit(self, pointer: Pointer) -> None:
        """Does it: the button was released."""

    def cancel(self) -> bool:
        """Takes back what the preview did; whether there was something to take back."""
        return False

    def paint(self, painter: QPainter) -> None:
        """Draws what it shows while it is under way, in pixels of the widget."""


class Gestures:
    """Offers a press to gestures in their order; the first that takes it gets what follows until the release."""

    def __init__(self, gestures: Sequence[Gesture] = ()) -> None:
        self._gestures = tuple(gestures)
        self._active: Gesture | None = None
        self._press: Pointer | None = None

    def press(self, press: Pointer) -> None:
        """Offers a press. While a gesture is under way, other buttons do nothing."""
        if self._active is None:
            self._press = press
            self._offer(press, self._gestures)

    def _offer(self, press: Pointer, gestures: Sequence[Gesture]) -> None:
        self._active = next((gesture for gesture in gestures if gesture.begin(press)), None)

    def move(self, pointer: Pointer) -> None:
        """Passes a move on to the gesture under way."""
        while self._active is not None and self._press is not None and not self._active.preview(pointer):
            after = self._gestures.index(self._active) + 1
            self._offer(self._press, self._gestures[after:])

    def release(self, pointer: Pointer) -> None:
        """Ends the gesture under way, when its button was released."""
        if self._active is not None and self._press is not None and pointer.button == self._press.button:
            active, self._active = self._active, None
            active.commit(pointer)

    def cancel(self) -> bool:
        """Gives up the gesture under way; whether that took something back."""
        active, self._active = self._active, None
        return active is not None and active.cancel()

    def paint(self, painter: QPainter) -> None:
        """Draws the gesture under way."""
        if self._active is not None:
            self._active.paint(painter)
