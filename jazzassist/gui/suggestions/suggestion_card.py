"""A suggestion as a card: its notes, small, and what to know of it before hearing it."""

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

    def __init__(self, suggestion: Suggestion, request: SuggestionRequest) -> None:
        super().__init__()
        self.setObjectName("card")
        self.key = notes_of(suggestion)  # what the card is recognised by
        self._number, self._request, self._count = 0, request, len(suggestion.notes)
        self._neutral: QCheckBox | None = None
        self._title, self._hear, self._insert = QLabel(), QPushButton("Hear"), QPushButton("Insert")
        self._said, self._spoiled = "\n".join(_about(suggestion, request)), ""
        self._hear.clicked.connect(self.heard)
        self._insert.clicked.connect(self.inserted)
        receipt = suggestion.receipt
        self.setToolTip(
            f"Checkpoint {receipt.checkpoint}, random seed {receipt.rng_seed}, "
            f"adventurous {receipt.controls.adventurous}"
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self._title, 1)
        buttons.addWidget(self._hear)
        buttons.addWidget(self._insert)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.addLayout(buttons)
        layout.addWidget(Thumbnail(suggestion, request.start, request.end))
        layout.addWidget(_words(self._said))

    def set_number(self, number: int) -> None:
        """Shows which of the suggestions it is, from 1."""
        if number != self._number:
            self._number = number
            self._title.setText(f"<b>{number}</b>&nbsp; {self._count} notes")
            self._name()

    def _name(self) -> None:
        """What screen readers say."""
        self._hear.setAccessibleName(f"Hear suggestion {self._number}")
        self._insert.setAccessibleName(f"Insert suggestion {self._number}")
        said = ", ".join(filter(None, (self._said, self._spoiled)))
        self.setAccessibleName(f"Suggestion {self._number}, {self._count} notes, {said}")
        if self._neutral is not None:
            self._neutral.setAccessibleName(f"{self._neutral.text()} of suggestion {self._number}: {self._spoiled}")

    @property
    def stops(self) -> list[QWidget]:
        """What the Tab key stops at, in order."""
        return [self._hear, self._insert, *([] if self._neutral is None else [self._neutral])]

    @property
    def is_disturbed(self) -> bool:
        """Whether it says what would spoil its notes."""
        return self._neutral is not None

    def show_disturbances(self, found: tuple[Disturbance, ...]) -> None:
        """Says what would spoil the notes where they are put, and offers to make it neutral there."""
        self._spoiled = "\n".join(dict.fromkeys(map(self._disturbed, found)))
        self._neutral = QCheckBox("Neutralise it in these bars" if len(found) == 1 else "Neutralise them in these bars")
        self._neutral.setToolTip(NEUTRAL)
        self._neutral.clicked.connect(self.neutral_chosen)
        self._layout.addWidget(_words(self._spoiled))
        self._layout.addWidget(self._neutral)
        self._name()

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


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)  # a track may be called anything
    label.setWordWrap(True)
    return label


def _name(request: SuggestionRequest, track: int) -> str:
    return request.lines[track].name or f"Track {track + 1}"


def _about(suggestion: Suggestion, request: SuggestionRequest) -> list[str]:
    """What to know of each part, a line each; of several it names the track."""
    chosen = remarks if len(suggestion.parts) == 1 else notable
    said = [
        "\N{NO-BREAK SPACE}· ".join(map(in_words, chosen(part, alone)))  # no line begins with a dot
        for part, alone in zip(suggestion.parts, request.each(), strict=True)
    ]
    if len(said) == 1:
        return said
    names = [_name(request, target) for target in request.targets]
    return [f"{name}: {about}" for name, about in zip(names, said, strict=True)]
