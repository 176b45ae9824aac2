"""The list of tracks: name, instrument, mute, solo, colour; the current one is suggested into."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QToolButton, QVBoxLayout, QWidget

from jazzassist.domain.instruments import instrument_name
from jazzassist.domain.song import Song, Track
from jazzassist.gui.theme import track_color


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


class TrackRow(QWidget):
    """One track. `heard_changed` when mute or solo was switched."""

    heard_changed = Signal()

    def __init__(self, index: int, track: Track, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(track.name or f"Track {index + 1}")
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        instrument = instrument_name(track.program, drums=track.is_drums) if len(track.notes) else "no notes"
        count = f", {len(track.notes):,} notes" if len(track.notes) else ""
        subtitle = QLabel(f"{instrument}{count}")
        for label in (title, subtitle):
            label.setMinimumWidth(20)
            label.setEnabled(bool(len(track.notes)) and (label is title))
        self.mute = self._switch("M", f"Mute {track.name}")
        self.solo = self._switch("S", f"Solo {track.name}")
        self.target = QLabel("●")
        self.target.setToolTip("Suggestions are written into this track")
        self.target.setAccessibleName("suggest into this track")
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(title)
        texts.addWidget(subtitle)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.addWidget(ColorChip(track_color(index)))
        row.addWidget(self.target)
        row.addLayout(texts, 1)
        row.addWidget(self.mute)
        row.addWidget(self.solo)
        self.setAccessibleName(f"{track.name}, {instrument}{count}")

    def _switch(self, text: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setFixedSize(26, 26)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.toggled.connect(lambda: self.heard_changed.emit())
        return button


class TrackList(QListWidget):
    """All tracks of the song."""

    current_changed = Signal(int)
    heard_changed = Signal(frozenset, frozenset)  # muted, soloed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Tracks")
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(230)
        self._shown: tuple[tuple[str, int, int, int], ...] = ()
        self.currentRowChanged.connect(self._changed)

    def set_song(self, song: Song) -> None:
        """Shows the song's tracks; rows, mute and solo stay where the tracks are the same ones."""
        shown = tuple((t.name, t.program, t.channel, len(t.notes)) for t in song.tracks)
        if shown == self._shown:
            return
        same = [key[:3] for key in shown] == [key[:3] for key in self._shown]
        current = self.currentRow() if same else -1
        muted, soloed = (self.muted, self.soloed) if same else (frozenset[int](), frozenset[int]())
        self._shown = shown
        self.blockSignals(True)
        self.clear()
        for index, track in enumerate(song.tracks):
            self._add(index, track, index in muted, index in soloed)
        self.setCurrentRow(current)
        self.blockSignals(False)
        self._mark_target()

    def _add(self, index: int, track: Track, muted: bool, soloed: bool) -> None:
        row = TrackRow(index, track)
        row.mute.setChecked(muted)
        row.solo.setChecked(soloed)
        row.heard_changed.connect(lambda: self.heard_changed.emit(self.muted, self.soloed))
        item = QListWidgetItem(self)
        item.setSizeHint(QSize(0, row.sizeHint().height() + 4))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, row.accessibleName())
        self.setItemWidget(item, row)

    @property
    def rows(self) -> list[TrackRow]:
        """The rows in order."""
        found = [self.itemWidget(self.item(index)) for index in range(self.count())]
        return [row for row in found if isinstance(row, TrackRow)]

    @property
    def muted(self) -> frozenset[int]:
        """Indices of the muted tracks."""
        return frozenset(index for index, row in enumerate(self.rows) if row.mute.isChecked())

    @property
    def soloed(self) -> frozenset[int]:
        """Indices of the soloed tracks."""
        return frozenset(index for index, row in enumerate(self.rows) if row.solo.isChecked())

    def toggle_mute(self) -> None:
        """Switches mute on the current track."""
        if 0 <= self.currentRow() < len(self.rows):
            self.rows[self.currentRow()].mute.toggle()

    def toggle_solo(self) -> None:
        """Switches solo on the current track."""
        if 0 <= self.currentRow() < len(self.rows):
            self.rows[self.currentRow()].solo.toggle()

    def _changed(self, row: int) -> None:
        self._mark_target()
        if row >= 0:
            self.current_changed.emit(row)

    def _mark_target(self) -> None:
        for index, row in enumerate(self.rows):
            row.target.setText("●" if index == self.currentRow() else "○")
