"""A suggestion as a card: a thumbnail of its notes, remarks, and buttons."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from jazzassist.domain.neutralise import Disturbance, Kind
from jazzassist.domain.suggestion import Suggestion, SuggestionRequest
from jazzassist.gui.theme import roll_colors, track_color
from jazzassist.suggest.ranking import notes_of
from jazzassist.suggest.remarks import notable, remarks
from jazzassist.suggest.wording import in_words

DISTURBED = {
    Kind.VOLUME: "volume is {value} here, so the notes are {heard}",
    Kind.EXPRESSION: "expression is {value} here, so the notes are {heard}",
    Kind.BEND: "pitch bend is active here, so the notes sound out of tune",
    Kind.PEDAL: "the sustain pedal is down here, so the notes ring on",
}
NEUTRAL = (
    "Resets the controllers at the start of these bars and restores them at the end.\n"
    "Applies to playback, and is inserted together with the notes as one undo step."
)


class Thumbnail(QWidget):
    """Thumbnail of the notes of a suggestion. With several tracks, each has its own colour."""

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

    def __init__(self, suggestion: Suggestion, request: SuggestionRequest) -> None:
        super().__init__()
        self.setObjectName("card")
        self.key = notes_of(suggestion)  # identifies the suggestion
        self._number, self._request, self._count = 0, request, len(suggestion.notes)
        self._neutral: QCheckBox | None = None
        self._title, self._hear, self._insert = QLabel(), QPushButton("Play"), QPushButton("Insert")
        self._about_notes, self._spoiled = "\n".join(_about(suggestion, request)), ""
        self._hear.clicked.connect(self.heard)
        self._insert.clicked.connect(self.inserted)
        receipt = suggestion.receipt
        self.setToolTip(
            f"Model {receipt.checkpoint}, random seed {receipt.rng_seed}, adventurous {receipt.controls.adventurous}"
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self._title, 1)
        buttons.addWidget(self._hear)
        buttons.addWidget(self._insert)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.addLayout(buttons)
        layout.addWidget(Thumbnail(suggestion, request.start, request.end))
        layout.addWidget(_words(self._about_notes))

    def set_number(self, number: int) -> None:
        """Show the number of the suggestion, from 1."""
        if number != self._number:
            self._number = number
            self._title.setText(f"<b>{number}</b>&nbsp; {self._count} notes")
            self._name()

    def _name(self) -> None:
        """Set the names for screen readers."""
        self._hear.setAccessibleName(f"Play suggestion {self._number}")
        self._insert.setAccessibleName(f"Insert suggestion {self._number}")
        text = ", ".join(filter(None, (self._about_notes, self._spoiled)))
        self.setAccessibleName(f"Suggestion {self._number}, {self._count} notes, {text}")
        if self._neutral is not None:
            self._neutral.setAccessibleName(f"{self._neutral.text()}, suggestion {self._number}: {self._spoiled}")

    @property
    def stops(self) -> list[QWidget]:
        """The widgets that the Tab key reaches, in order."""
        return [self._hear, self._insert, *([] if self._neutral is None else [self._neutral])]

    @property
    def is_disturbed(self) -> bool:
        """Whether the card shows disturbances."""
        return self._neutral is not None

    def show_disturbances(self, found: tuple[Disturbance, ...]) -> None:
        """Show the disturbances in the gap, with a check box that resets them there."""
        self._spoiled = "\n".join(dict.fromkeys(map(self._disturbed, found)))
        self._neutral = QCheckBox("Reset in these bars")
        self._neutral.setToolTip(NEUTRAL)
        self._neutral.clicked.connect(self.neutral_chosen)
        self._layout.addWidget(_words(self._spoiled))
        self._layout.addWidget(self._neutral)
        self._name()

    def _disturbed(self, one: Disturbance) -> str:
        about = DISTURBED[one.kind]
        if one.kind in (Kind.VOLUME, Kind.EXPRESSION):
            about = about.format(value=one.value, heard="inaudible" if one.value == 0 else "barely audible")
        if len(self._request.targets) == 1:
            return f"{about[0].upper()}{about[1:]}."
        return f"{_name(self._request, one.track)}: {about}."

    def set_neutral(self, neutral: bool) -> None:
        """Check or uncheck the box that resets disturbances."""
        if self._neutral is not None:
            self._neutral.setChecked(neutral)

    def set_current(self, current: bool) -> None:
        """Mark the card as the one whose notes the roll shows."""
        self.setProperty("current", current)
        self.style().unpolish(self)
        self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)  # a track may be called anything
    label.setWordWrap(True)
    return label


def _name(request: SuggestionRequest, track: int) -> str:
    return request.lines[track].name or f"Track {track + 1}"


def _about(suggestion: Suggestion, request: SuggestionRequest) -> list[str]:
    """Return one line of remarks for each part. With several parts, each line begins with the track name."""
    chosen = remarks if len(suggestion.parts) == 1 else notable
    said = [
        "\N{NO-BREAK SPACE}· ".join(map(in_words, chosen(part, alone)))  # no line begins with a dot
        for part, alone in zip(suggestion.parts, request.each(), strict=True)
    ]
    if len(said) == 1:
        return said
    names = [_name(request, target) for target in request.targets]
    return [f"{name}: {about}" for name, about in zip(names, said, strict=True)]
