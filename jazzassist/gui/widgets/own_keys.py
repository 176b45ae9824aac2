"""The keys that a focused control handles itself. All others trigger actions of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QListView, QWidget

Key = Qt.Key
WALKING = frozenset({Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown, Key.Key_Home, Key.Key_End})
DIGITS = frozenset(Key(Key.Key_0 + digit) for digit in range(10))
EDITING = frozenset({Key.Key_Backspace, Key.Key_Delete, Key.Key_Left, Key.Key_Right, Key.Key_Return, Key.Key_Enter})
KEPT: tuple[tuple[type[QWidget], frozenset[Qt.Key]], ...] = (
    (QAbstractSpinBox, WALKING | EDITING | DIGITS),
    (QComboBox, WALKING | {Key.Key_Space}),
    (QListView, WALKING),
    (QAbstractSlider, WALKING | {Key.Key_Left, Key.Key_Right}),
    (QAbstractButton, frozenset({Key.Key_Space})),
)
MEANT_FOR_ACTIONS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class OwnKeys(QObject):
    """Keeps the arrow keys with a slider and the space bar with a button, for composers without a mouse.

    A click does not give a button or a list the focus, so that Space still plays after it. A number
    takes only the keys that it needs: Qt would let it swallow every letter, Space and Esc.
    """

    def watch(self, root: QWidget) -> None:
        """Lets every control in `root` keep its own keys."""
        for widget in (root, *root.findChildren(QWidget)):
            if _kept(widget):
                widget.installEventFilter(self)
                if isinstance(widget, QAbstractButton | QListView | QComboBox):
                    widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claims a key that is about to become an action, or keeps a number from claiming it."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if not isinstance(watched, QWidget):
            return False
        is_kept = not event.modifiers() & MEANT_FOR_ACTIONS and event.key() in _kept(watched)
        event.setAccepted(is_kept)
        return is_kept or isinstance(watched, QAbstractSpinBox)


def _kept(widget: QWidget) -> frozenset[Qt.Key]:
    return next((keys for kind, keys in KEPT if isinstance(widget, kind)), frozenset())
