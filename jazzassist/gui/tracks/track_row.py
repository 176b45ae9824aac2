"""One track in the list: colour, target mark, name, instrument, mute and solo."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from jazzassist.domain.instruments import instrument_name
from jazzassist.domain.song import Track
from jazzassist.gui.theme import track_color
from jazzassist.gui.widgets.plain import as_shown

# Mute and solo look like buttons on any ground, the row's selected one too.
SWITCHES = """
QToolButton#switch { border: 1px solid rgba(128, 136, 152, 120); border-radius: 5px; background: palette(base);
  color: palette(text); font-weight: 600; padding: 0; }
QToolButton#switch:checked { background: #E69F00; border-color: #E69F00; color: #20242E; }
QToolButton#switch:focus { border: 2px solid palette(highlight); }
QToolButton#target { border: 1px solid transparent; border-radius: 5px; background: transparent; padding: 0;
  color: palette(text); }
QToolButton#target[current="true"] { color: palette(highlighted-text); }
QToolButton#target:hover, QToolButton#target:focus { border-color: rgba(128, 136, 152, 200); }
"""
MARKED = 48  # of 255: how strongly the row of a marked track is tinted in the colour of the current one


class ColorChip(QWidget):
    """A small bar in the track's colour."""

    def __init__(self, color: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = color
        self.setFixedWidth(6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawRoundedRect(self.rect().adjusted(0, 2, 0, -2), 3, 3)


class Elided(QLabel):
    """A line of text, elided if it does not fit."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)  # a track's name may look like HTML
        self.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())


class TrackRow(QWidget):
    """One track. The list connects the buttons `mute`, `solo` and `target`."""

    def __init__(self, index: int, track: Track, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = index
        self.name = name = name_of(track, index)
        self.title, self.subtitle = Elided(name), Elided("")
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.mute = self._switch("M", f"Mute {name}")
        self.solo = self._switch("S", f"Solo {name}")
        self.target = self._circle(name)
        self._tinted = False
        self._state: tuple[bool, ...] | None = None
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self.title)
        texts.addWidget(self.subtitle)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(6)
        row.addWidget(ColorChip(track_color(index)))
        row.addWidget(self.target)
        row.addLayout(texts, 1)
        row.addWidget(self.mute)
        row.addWidget(self.solo)
        self.show_track(track)
        self.set_current(False, False)

    def show_track(self, track: Track) -> None:
        """Show the instrument and number of notes of the track. The name stays."""
        self._empty = not len(track.notes)
        self.subtitle.setText(_instrument(track))
        said = description(track, self.name)
        self.setAccessibleName(said)
        self.setToolTip(as_shown(said))

    def set_current(self, current: bool, target: bool) -> None:
        """Show whether this is the current track, and whether it is a target.

        A track without notes is dimmed.
        """
        self.target.setChecked(target)  # a click has switched it
        if self._state == (current, target, self._empty):
            return
        self._state = (current, target, self._empty)
        self._tinted = target and not current
        self.target.setText("●" if target else "○")
        if self.target.property("current") != current:
            self.target.setProperty("current", current)
            self.target.style().unpolish(self.target)
            self.target.style().polish(self.target)
        text = QPalette.ColorRole.HighlightedText if current else QPalette.ColorRole.WindowText
        dim = text if current else QPalette.ColorRole.PlaceholderText
        self.title.setForegroundRole(dim if self._empty else text)
        self.subtitle.setForegroundRole(dim)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._tinted:
            tint = self.palette().color(QPalette.ColorRole.Highlight)
            tint.setAlpha(MARKED)
            QPainter(self).fillRect(self.rect(), tint)

    def _circle(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setObjectName("target")
        button.setProperty("current", False)
        button.setFixedSize(20, 26)
        button.setToolTip(
            "Filled circle: suggestions are written to this track.\n"
            "Click it, or Ctrl+click the track, to add or remove it. Shift+click selects a range."
        )
        button.setAccessibleName(f"Write suggestions to {name}")
        return button

    def _switch(self, text: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setObjectName("switch")
        button.setFixedSize(26, 26)
        button.setToolTip(as_shown(name))
        button.setAccessibleName(name)
        return button


def name_of(track: Track, index: int) -> str:
    """Return the name of the track, or its number if it has none."""
    return track.name or f"Track {index + 1}"


def description(track: Track, name: str) -> str:
    """Return name, instrument and number of notes, for screen readers."""
    return f"{name}, {_instrument(track)}, {_count(track)}"


def _instrument(track: Track) -> str:
    """Return the instrument of the track."""
    return instrument_name(track.program, drums=track.is_drums) if len(track.notes) else "no notes"


def _count(track: Track) -> str:
    return f"{len(track.notes):,} note{'' if len(track.notes) == 1 else 's'}"
