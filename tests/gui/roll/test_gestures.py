"""How a press is offered to gestures, and what comes of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from jazzassist.gui.roll.gestures.gesture import Gesture, Gestures, Pointer

MIDDLE = Qt.MouseButton.MiddleButton


class Noting(Gesture):
    """Notes what happens to it; takes presses of some buttons, and goes on as far as `reach` pixels."""

    def __init__(self, name: str, notes: list[str], button: Qt.MouseButton, reach: float = 1000.0) -> None:
        self.name, self.notes, self.button, self.reach = name, notes, button, reach

    def begin(self, press: Pointer) -> bool:
        self.notes.append(f"{self.name}?")
        return press.button == self.button

    def preview(self, pointer: Pointer) -> bool:
        self.notes.append(f"{self.name} {pointer.place.x():.0f}")
        return pointer.place.x() <= self.reach

    def commit(self, pointer: Pointer) -> None:
        self.notes.append(f"{self.name} done")

    def cancel(self) -> bool:
        self.notes.append(f"{self.name} back")
        return True


def at(x: float, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> Pointer:
    return Pointer(QPointF(x, 0), button)


def gestures(notes: list[str]) -> Gestures:
    left = Qt.MouseButton.LeftButton
    return Gestures([Noting("pan", notes, MIDDLE), Noting("click", notes, left, 3), Noting("drag", notes, left)])


def test_the_first_that_takes_a_press_gets_all_until_the_release() -> None:
    notes: list[str] = []
    found = gestures(notes)
    found.press(at(0, MIDDLE))
    found.move(at(5))
    found.release(at(5, MIDDLE))
    found.move(at(9))
    assert notes == ["pan?", "pan 5", "pan done"]


def test_one_that_does_not_go_on_leaves_the_press_to_those_after_it() -> None:
    notes: list[str] = []
    found = gestures(notes)
    found.press(at(0))
    found.move(at(2))
    found.move(at(8))
    found.release(at(8))
    assert notes == ["pan?", "click?", "click 2", "click 8", "drag?", "drag 8", "drag done"]


def test_other_buttons_do_nothing_while_a_gesture_is_under_way() -> None:
    notes: list[str] = []
    found = gestures(notes)
    found.press(at(0, MIDDLE))
    found.press(at(0))
    found.release(at(0))
    found.move(at(1))
    assert notes == ["pan?", "pan 1"]


def test_what_was_cancelled_gets_nothing_more() -> None:
    notes: list[str] = []
    found = gestures(notes)
    assert not found.cancel()
    found.press(at(0, MIDDLE))
    assert found.cancel()
    assert not found.cancel()
    found.move(at(4))
    found.release(at(4, MIDDLE))
    assert notes == ["pan?", "pan back"]
