"""Messages over the lower edge of the roll, such as repairs, a lost output, or a first hint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget

from jazzassist.gui.widgets.own_keys import OwnKeys

MOST_LINES = 3
WIDEST, MARGIN = 760, 10  # pixels

Buttons = tuple[tuple[str, Callable[[], object]], ...]  # text, and what a click does


class BannerLine(QFrame):
    """One sentence, with buttons for actions and details."""

    closed = Signal()

    def __init__(self, sentence: str, details: str, about_song: bool, buttons: Buttons = ()) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.sentence, self.about_song = sentence, about_song
        text = QLabel(sentence)
        text.setTextFormat(Qt.TextFormat.PlainText)  # a file's name may look like HTML
        text.setWordWrap(True)
        close = QPushButton("Close")
        close.setAccessibleName(f"Close the message: {sentence}")
        close.clicked.connect(self.closed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 10, 6)
        layout.addWidget(text, 1)
        for label, work in buttons:
            button = QPushButton(label)
            button.setAccessibleName(f"{label}: {sentence}")
            button.clicked.connect(self.closed)
            button.clicked.connect(lambda checked=False, work=work: work())
            layout.addWidget(button)
        if details:
            more = QPushButton("Details")
            more.setAccessibleName(f"Details of the message: {sentence}")
            more.clicked.connect(lambda: self._show_details(details))
            layout.addWidget(more)
        layout.addWidget(close)

    def _show_details(self, details: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Information, "JazzAssist", self.sentence, parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(details)
        box.open()


class Banner(QWidget):
    """Overlays the lower edge of another widget, so that showing or closing a message moves nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[BannerLine] = []
        self._own_keys = OwnKeys(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.hide()

    def lie_over(self, ground: QWidget) -> None:
        """Overlays `ground` from now on: as wide as `ground`, as high as the messages need."""
        self.setParent(ground)
        ground.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # a line that was added counts only when it is shown
            self._place()
        return done

    def _place(self) -> None:
        ground = self.parentWidget()
        self.setVisible(bool(self.lines))
        if self.lines and ground is not None:
            width = min(WIDEST, ground.width() - 2 * MARGIN)
            height = min(self._layout.totalHeightForWidth(width), ground.height() - 2 * MARGIN)
            left = (ground.width() - width) // 2
            self.setGeometry(left, ground.height() - height - MARGIN, width, height)
            self.raise_()

    @property
    def sentences(self) -> list[str]:
        """The messages shown, the newest last."""
        return [line.sentence for line in self.lines]

    def tell(self, sentence: str, details: str = "", about_song: bool = False, buttons: Buttons = ()) -> None:
        """Add one sentence. `about_song`: remove it when another song is opened."""
        for line in [line for line in self.lines if line.sentence == sentence] + self.lines[: 1 - MOST_LINES]:
            self._drop(line)
        line = BannerLine(sentence, details, about_song, buttons)
        line.closed.connect(lambda: self._drop(line))
        self._own_keys.watch(line)
        self.lines.append(line)
        self._layout.addWidget(line)
        self._place()

    def tell_repairs(self, name: str, warnings: tuple[str, ...], damaged: bool) -> None:
        """Report the irregularities of an opened file and what they mean for saving."""
        if damaged:
            head = f"{name} is damaged and was repaired while opening; save it under a new name."
        else:
            head = f"{name} has {len(warnings)} irregularit{'y' if len(warnings) == 1 else 'ies'}, kept unchanged."
        self.tell(head, "\n".join(warnings), about_song=True)

    def take_back(self, sentence: str) -> None:
        """Remove one sentence, if it is shown."""
        for line in [line for line in self.lines if line.sentence == sentence]:
            self._drop(line)

    def forget_song(self) -> None:
        """Remove the messages about the previous song."""
        for line in [line for line in self.lines if line.about_song]:
            self._drop(line)

    def _drop(self, line: BannerLine) -> None:
        if line in self.lines:
            self.lines.remove(line)
            self._layout.removeWidget(line)
            line.hide()
            line.deleteLater()
            self._place()
