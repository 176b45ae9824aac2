"""A suggestion as a card: its notes, small, and what to know of it before hearing it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from jazzassist.domain.neutralise import Disturbance, Kind
from jazzassist.domain.suggestion import Suggestion, SuggestionRequest
from jazzassist.gui.theme import roll_colors, track_color
from jazzassist.suggest.ranking import notable, reasons

DISTURBED = {
    Kind.VOLUME: "the volume is {value} here, so these notes {heard}",
    Kind.EXPRESSION: "the expression is {value} here, so these notes {heard}",
    Kind.BEND: "a pitch bend is in force here, so these notes sound out of tune",
    Kind.PEDAL: "the sustain pedal is held here, so these notes ring on",
}
NEUTRAL = (
    "Sets it to neutral where these bars begin, and back to what it was where they end.\n"
    "It is heard like that, and inserted together with the notes as one undo step."
)


class Thumbnail(QWidget):
    """The notes of a suggestion, small; of several tracks each in its colour."""

    def __init__(self, suggestion: Suggestion, start: int, end: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts, self._notes, self._start, self._end = suggestion.parts, suggestion.notes, start, end
        self.setMinimumHeight(44)

    def sizeHint(self) -> QSize:
        return QSize(160, 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = roll_colors(self.palette())
        painter.fillRect(self.rect(), colors.black_row)
        if not len(self._notes):
            return
        low, high = int(self._notes.pitch.min()) - 1, int(self._notes.pitch.max()) + 1
        across = self.width() / max(1, self._end - self._start)
        row = (self.height() - 6) / (high - low + 1)
        painter.setPen(Qt.PenStyle.NoPen)
        for part in self._parts:
            painter.setBrush(track_color(part.line) if len(self._parts) > 1 else colors.suggestion)
            for note in part.notes:
                x, y = (note.start - self._start) * across, 3 + (high - note.pitch) * row
                painter.drawRoundedRect(QRectF(x, y, max(2.0, note.duration * across - 1), max(2.0, row * 0.9)), 1, 1)


class Card(QFrame):
    """One suggestion."""

    chosen = Signal()
    heard = Signal()
    inserted = Signal()
    neutral_chosen = Signal(bool)

    def __init__(self, number: int, suggestion: Suggestion, request: SuggestionRequest) -> None:
        super().__init__()
        self.setObjectName("card")
        self._number, self._request = number, request
        self._neutral: QCheckBox | None = None
        notes = suggestion.notes
        title = QLabel(f"<b>{number}</b>&nbsp; {len(notes)} notes")
        words = QLabel("\n".join(_about(suggestion, request)))
        words.setTextFormat(Qt.TextFormat.PlainText)  # a track may be called anything
        words.setWordWrap(True)
        hear, insert = QPushButton("Hear"), QPushButton("Insert")
        hear.setAccessibleName(f"Hear suggestion {number}")
        insert.setAccessibleName(f"Insert suggestion {number}")
        hear.clicked.connect(self.heard)
        insert.clicked.connect(self.inserted)
        receipt = suggestion.receipt
        self.setToolTip(
            f"Checkpoint {receipt.checkpoint}, random seed {receipt.rng_seed}, "
            f"adventurous {receipt.controls.adventurous}"
        )
        buttons = QHBoxLayout()
        buttons.addWidget(title, 1)
        buttons.addWidget(hear)
        buttons.addWidget(insert)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.addLayout(buttons)
        layout.addWidget(Thumbnail(suggestion, request.start, request.end))
        layout.addWidget(words)
        self.setAccessibleName(f"Suggestion {number}, {len(notes)} notes, {words.text()}")

    def show_disturbances(self, found: tuple[Disturbance, ...]) -> None:
        """Says what would spoil the notes where they are put, and offers to make it neutral there."""
        said = "\n".join(dict.fromkeys(map(self._disturbed, found)))
        words = QLabel(said)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        self._neutral = QCheckBox("Neutralise it in these bars" if len(found) == 1 else "Neutralise them in these bars")
        self._neutral.setToolTip(NEUTRAL)
        self._neutral.setAccessibleName(f"{self._neutral.text()} of suggestion {self._number}: {said}")
        self._neutral.clicked.connect(self.neutral_chosen)
        self._layout.addWidget(words)
        self._layout.addWidget(self._neutral)
        self.setAccessibleName(f"{self.accessibleName()}, {said}")

    def _disturbed(self, one: Disturbance) -> str:
        about = DISTURBED[one.kind]
        if one.kind in (Kind.VOLUME, Kind.EXPRESSION):
            about = about.format(value=one.value, heard="cannot be heard" if one.value == 0 else "can hardly be heard")
        if len(self._request.targets) == 1:
            return f"{about[0].upper()}{about[1:]}."
        return f"{_name(self._request, one.track)}: {about}."

    def set_neutral(self, neutral: bool) -> None:
        """Shows whether what would spoil the notes is made neutral."""
        if self._neutral is not None:
            self._neutral.setChecked(neutral)

    def set_current(self, current: bool) -> None:
        """Marks the card whose notes are shown in the roll."""
        self.setProperty("current", current)
        self.style().unpolish(self)
        self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()


def _name(request: SuggestionRequest, track: int) -> str:
    return request.lines[track].name or f"Track {track + 1}"


def _about(suggestion: Suggestion, request: SuggestionRequest) -> list[str]:
    """What to know of each part, a line each; of several it names the track."""
    words = reasons if len(suggestion.parts) == 1 else notable
    said = [
        "\N{NO-BREAK SPACE}· ".join(words(part, alone))  # no line begins with a dot
        for part, alone in zip(suggestion.parts, request.each(), strict=True)
    ]
    if len(said) == 1:
        return said
    names = [_name(request, target) for target in request.targets]
    return [f"{name}: {about}" for name, about in zip(names, said, strict=True)]
