"""The list of tracks: name, instrument, mute, solo, colour; the marked ones are suggested into."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from jazzassist.domain.instruments import instrument_name
from jazzassist.domain.song import Song, Track
from jazzassist.gui.theme import track_color
from jazzassist.gui.widgets.own_keys import OwnKeys
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
SPARE_ROWS = 2  # made outside the part that is seen, so that Tab finds them
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
    """One track. `heard_changed` when mute or solo was switched, `marked` when the circle was clicked."""

    heard_changed = Signal()
    marked = Signal()

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
        """Shows what plays the track and how many notes it has; its name stays."""
        self._empty = not len(track.notes)
        self.subtitle.setText(_instrument(track))
        said = description(track, self.name)
        self.setAccessibleName(said)
        self.setToolTip(as_shown(said))

    def set_current(self, current: bool, target: bool) -> None:
        """Shows whether the roll shows this track, and whether suggestions are written into it.

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
        button.setToolTip(as_shown(name))
        button.setAccessibleName(name)
        button.toggled.connect(lambda: self.heard_changed.emit())
        return button


class TrackList(QListWidget):
    """All tracks of the song. The current one is always among those to write into, `targets`, in the song's order.

    A click on a track makes it the current one; unless it is marked already, it is then the only one.
    Rows are created when they come into view, so that a song with thousands of tracks opens quickly.
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
        self.setUniformItemSizes(True)
        self.setMinimumWidth(220)
        self.setStyleSheet(SWITCHES)
        self._song = Song(480)
        self._shown: tuple[tuple[str, int, int], ...] = ()
        self._rows: dict[int, TrackRow] = {}
        self._row_height = 1
        self.muted: frozenset[int] = frozenset()  # indices of tracks
        self.soloed: frozenset[int] = frozenset()
        self.targets: tuple[int, ...] = ()
        self._own_keys = OwnKeys(self)
        self.currentRowChanged.connect(self._changed)
        self.verticalScrollBar().valueChanged.connect(lambda value: self._make_rows_in_view())
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._show_focused)

    def set_song(self, song: Song) -> None:
        """Shows the song's tracks; rows, mute and solo stay where the tracks are the same ones."""
        self._song = song
        shown = tuple((track.name, track.program, track.channel) for track in song.tracks)
        if shown != self._shown:
            self._shown = shown
            self._build()
        for index, track in enumerate(song.tracks):
            item, said = self.item(index), description(track, name_of(track, index))
            if item.data(Qt.ItemDataRole.AccessibleTextRole) != said:
                item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        for index, row in self._rows.items():
            row.show_track(song.tracks[index])
        self._mark_target()

    def _build(self) -> None:
        self.blockSignals(True)
        self.clear()
        self._rows = {}
        self.targets, self.muted, self.soloed = (), frozenset(), frozenset()
        for _ in self._song.tracks:
            self.addItem(QListWidgetItem())
        if self._song.tracks:
            self._row_height = self._make_row(0).sizeHint().height() + 4
        for index in range(self.count()):
            self.item(index).setSizeHint(QSize(0, self._row_height))
        self._make_rows_in_view()
        self.blockSignals(False)
        self.heard_changed.emit(self.muted, self.soloed)

    def _make_rows_in_view(self) -> None:
        top, height = self.verticalScrollBar().value(), self.viewport().height()
        first = top // self._row_height - SPARE_ROWS
        last = (top + height) // self._row_height + SPARE_ROWS
        for index in range(max(0, first), min(self.count() - 1, last) + 1):
            if index not in self._rows:
                self._make_row(index)

    def _make_row(self, index: int) -> TrackRow:
        self._rows[index] = row = TrackRow(index, self._song.tracks[index])
        row.mute.setChecked(index in self.muted)
        row.solo.setChecked(index in self.soloed)
        row.set_current(index == self.currentRow(), index in self.targets)
        row.heard_changed.connect(lambda: self._take_switches(index))
        row.marked.connect(lambda: self.mark(index))
        self.setItemWidget(self.item(index), row)
        self._own_keys.watch(row)
        self._set_tab_order(index)
        return row

    def _set_tab_order(self, index: int) -> None:
        """Has Tab walk through the rows in their order, in whatever order they were made."""
        row, before, after = self._rows[index], self._rows.get(index - 1), self._rows.get(index + 1)
        buttons = [*([before.solo] if before else []), row.target, row.mute, row.solo]
        for one, other in zip(buttons, [*buttons[1:], *([after.target] if after else [])], strict=False):
            self.setTabOrder(one, other)

    def _show_focused(self, old: QWidget | None, now: QWidget | None) -> None:
        """Scrolls to the row whose button was reached by Tab."""
        row = now.parentWidget() if now is not None else None
        if isinstance(row, TrackRow) and row.parentWidget() is self.viewport():
            self.scrollToItem(self.item(row.index))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_rows_in_view()

    @property
    def rows(self) -> list[TrackRow]:
        """The rows that were made, in order."""
        return [self._rows[index] for index in sorted(self._rows)]

    def _take_switches(self, index: int) -> None:
        row, alone = self._rows[index], {index}
        self.muted = self.muted | alone if row.mute.isChecked() else self.muted - alone
        self.soloed = self.soloed | alone if row.solo.isChecked() else self.soloed - alone
        self.heard_changed.emit(self.muted, self.soloed)

    def toggle_mute(self) -> None:
        """Switches mute on the current track."""
        if 0 <= self.currentRow() < self.count():
            self._row(self.currentRow()).mute.toggle()

    def toggle_solo(self) -> None:
        """Switches solo on the current track."""
        if 0 <= self.currentRow() < self.count():
            self._row(self.currentRow()).solo.toggle()

    def _row(self, index: int) -> TrackRow:
        return self._rows.get(index) or self._make_row(index)

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
        for index, row in self._rows.items():
            row.set_current(index == self.currentRow(), index in self.targets)


def name_of(track: Track, index: int) -> str:
    """What the track is called; its number where it has no name."""
    return track.name or f"Track {index + 1}"


def description(track: Track, name: str) -> str:
    """The track for a screen reader: name, instrument, number of notes."""
    return f"{name}, {_instrument(track)}, {_count(track)}"


def _instrument(track: Track) -> str:
    """What plays the track, in a word or two."""
    return instrument_name(track.program, drums=track.is_drums) if len(track.notes) else "no notes"


def _count(track: Track) -> str:
    return f"{len(track.notes):,} note{'' if len(track.notes) == 1 else 's'}"
