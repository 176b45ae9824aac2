"""The list of tracks: name, instrument, mute, solo, colour; the marked ones are suggested into."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QToolButton, QVBoxLayout, QWidget

from jazzassist.domain.instruments import instrument_name
from jazzassist.domain.song import Song, Track
from jazzassist.gui.own_keys import OwnKeys
from jazzassist.gui.theme import track_color

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
    """A line of text that ends in dots where there is no room for it."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())


class TrackRow(QWidget):
    """One track. `heard_changed` when mute or solo was switched, `marked` when the circle was clicked."""

    heard_changed = Signal()
    marked = Signal()

    def __init__(self, index: int, track: Track, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name = track.name or f"Track {index + 1}"
        self.title, self.subtitle = Elided(name), Elided("")
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.mute = self._switch("M", f"Mute {name}")
        self.solo = self._switch("S", f"Solo {name}")
        self.target = self._circle(name)
        self._tinted = False
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
        """Shows what plays the track and how many notes it has; its name stays."""
        self._empty = not len(track.notes)
        self.subtitle.setText(_instrument(track))
        said = f"{self.name}, {_instrument(track)}, {_count(track)}"
        self.setAccessibleName(said)
        self.setToolTip(said)

    def set_current(self, current: bool, target: bool) -> None:
        """Shows whether the roll shows this track, and whether suggestions are written into it.

        A track without notes is dimmed.
        """
        self._tinted = target and not current
        self.target.setText("●" if target else "○")
        self.target.setChecked(target)
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
        button.setFixedSize(20, 26)
        button.setToolTip(
            "The filled circle marks a track that suggestions are written into.\n"
            "Click it, or Ctrl+click the track, to write into several together; Shift+click marks all between."
        )
        button.setAccessibleName(f"Write suggestions into {name}")
        button.clicked.connect(lambda: self.marked.emit())
        return button

    def _switch(self, text: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setObjectName("switch")
        button.setFixedSize(26, 26)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.toggled.connect(lambda: self.heard_changed.emit())
        return button


class TrackList(QListWidget):
    """All tracks of the song. The current one is always among those to write into, `targets`, in the song's order.

    A click on a track makes it the current one; unless it is marked already, it is then the only one.
    """

    current_changed = Signal(int)
    targets_changed = Signal(tuple)  # indices; not sent where the current track changed too
    heard_changed = Signal(frozenset, frozenset)  # muted, soloed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Tracks")
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)  # rows make room for a scroll bar that appears
        self.setMinimumWidth(220)
        self.setStyleSheet(SWITCHES)
        self._shown: tuple[tuple[str, int, int], ...] = ()
        self.targets: tuple[int, ...] = ()
        self._own_keys = OwnKeys(self)
        self.currentRowChanged.connect(self._changed)

    def set_song(self, song: Song) -> None:
        """Shows the song's tracks; rows, mute and solo stay where the tracks are the same ones."""
        shown = tuple((track.name, track.program, track.channel) for track in song.tracks)
        if shown != self._shown:
            self._shown = shown
            self._build(song)
        for index, (row, track) in enumerate(zip(self.rows, song.tracks, strict=True)):
            row.show_track(track)
            self.item(index).setData(Qt.ItemDataRole.AccessibleTextRole, row.accessibleName())
        self._mark_target()

    def _build(self, song: Song) -> None:
        self.blockSignals(True)
        self.clear()
        self.targets = ()
        for index, track in enumerate(song.tracks):
            self._add(index, track)
        self.blockSignals(False)
        self._own_keys.watch(self)
        self.heard_changed.emit(self.muted, self.soloed)

    def _add(self, index: int, track: Track) -> None:
        row = TrackRow(index, track)
        row.heard_changed.connect(lambda: self.heard_changed.emit(self.muted, self.soloed))
        row.marked.connect(lambda: self.mark(index))
        item = QListWidgetItem(self)
        item.setSizeHint(QSize(0, row.sizeHint().height() + 4))
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

    def mark(self, index: int) -> None:
        """Has suggestions written into a track too, or not any more; at least one track stays marked."""
        others = tuple(target for target in self.targets if target != index)
        if index not in self.targets:
            self._set_targets((*self.targets, index))
        elif others:
            was_current = index == self.currentRow()
            self._set_targets(others, tell=not was_current)
            if was_current:
                self.setCurrentRow(min(others, key=lambda target: abs(target - index)))
        self._mark_target()

    def mark_to(self, index: int) -> None:
        """Has suggestions written into all tracks from the current one to that one, and no others."""
        first, last = sorted((max(0, self.currentRow()), index))
        self._set_targets(tuple(range(first, last + 1)))

    def _set_targets(self, targets: tuple[int, ...], tell: bool = True) -> None:
        self.targets = tuple(sorted(targets))
        self._mark_target()
        if tell:
            self.targets_changed.emit(self.targets)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint()).row()
        if index >= 0 and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.mark(index)
        elif index >= 0 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.mark_to(index)
        else:
            super().mousePressEvent(event)

    def _changed(self, row: int) -> None:
        if row not in self.targets:
            self.targets = (row,) if row >= 0 else ()
        self._mark_target()
        if row >= 0:
            self.current_changed.emit(row)

    def _mark_target(self) -> None:
        for index, row in enumerate(self.rows):
            row.set_current(index == self.currentRow(), index in self.targets)


def _instrument(track: Track) -> str:
    """What plays the track, in a word or two."""
    return instrument_name(track.program, drums=track.is_drums) if len(track.notes) else "no notes"


def _count(track: Track) -> str:
    return f"{len(track.notes):,} note{'' if len(track.notes) == 1 else 's'}"
