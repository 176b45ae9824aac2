"""The question when another program has changed or deleted the file of the open song."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


class Choice(Enum):
    """What to do with a file that another program changed; the value is the button's text."""

    RELOAD = "Reload"
    COPY = "Save a copy…"
    OVERWRITE = "Overwrite"
    CREATE = "Save again"
    CANCEL = "Cancel"


def changed_sentence(name: str, deleted: bool, dirty: bool) -> str:
    """Return one sentence about the change, with a warning if reloading would lose edits."""
    what = "deleted" if deleted else "changed"
    loss = "; reloading discards your unsaved changes" if dirty and not deleted else ""
    return f"{name} was {what} by another program{loss}."


def choices(deleted: bool) -> tuple[Choice, ...]:
    """Return the choices offered for the change."""
    return (Choice.COPY, Choice.CREATE) if deleted else (Choice.RELOAD, Choice.COPY, Choice.OVERWRITE)


def ask_about_change(parent: QWidget, sentence: str, deleted: bool) -> Choice:
    """Ask what to do. Return CANCEL if the box is closed without an answer."""
    box = QMessageBox(QMessageBox.Icon.Question, "JazzAssist", sentence, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    buttons: dict[object, Choice] = {}
    for choice in choices(deleted):
        buttons[box.addButton(choice.value, QMessageBox.ButtonRole.AcceptRole)] = choice
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    return buttons.get(box.clickedButton(), Choice.CANCEL)


def as_buttons(deleted: bool, work: Callable[[Choice], object]) -> tuple[tuple[str, Callable[[], object]], ...]:
    """Return the choices as banner buttons: text and action."""
    return tuple((choice.value, lambda choice=choice: work(choice)) for choice in choices(deleted))
