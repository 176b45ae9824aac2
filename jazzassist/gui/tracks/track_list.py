"""The list of tracks, with the targets marked."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem, QWidget

from jazzassist.gui.tracks.track_row import SWITCHES, TrackRow, description, name_of
from jazzassist.gui.widgets.own_keys import OwnKeys
from jazzassist.session import Aspect, Session
from jazzassist.session.tracks import layout

SPARE_ROWS = 2  # created outside the visible part, so that Tab reaches them


class TrackList(QListWidget):
    """All tracks of the song; the current one is selected.

    A click on a track makes it the current one; unless it is marked already, it is then the only one.
    Rows are created when they come into view, so that a song with thousands of tracks opens quickly.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAccessibleName("Tracks")
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)  # rows make room for a scroll bar that appears
        self.setUniformItemSizes(True)
        self.setMinimumWidth(220)
        self.setStyleSheet(SWITCHES)
        self._shown: tuple[tuple[str, int, int], ...] = ()
        self._rows: dict[int, TrackRow] = {}
        self._row_height = 1
        self._own_keys = OwnKeys(self)
        self.currentRowChanged.connect(session.set_current)
        self.verticalScrollBar().valueChanged.connect(lambda value: self._make_rows_in_view())
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._show_focused)
        session.observe(self._take_up, Aspect.SONG, Aspect.CURRENT, Aspect.TARGETS, Aspect.HEARD)

    def _take_up(self, changed: frozenset[Aspect]) -> None:
        """Show changes of the session."""
        if Aspect.SONG in changed:
            self._show_song()
        if self._session.song.tracks:
            self.setCurrentRow(self._session.current)
        for index, row in self._rows.items():
            self._show_row(index, row)

    def _show_song(self) -> None:
        """Show the tracks of the song. Rows are reused if the tracks are the same."""
        song = self._session.song
        if layout(song) != self._shown:
            self._shown = layout(song)
            self._build()
        for index, track in enumerate(song.tracks):
            item, said = self.item(index), description(track, name_of(track, index))
            if item.data(Qt.ItemDataRole.AccessibleTextRole) != said:
                item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        for index, row in self._rows.items():
            row.show_track(song.tracks[index])

    def _build(self) -> None:
        self.blockSignals(True)
        self.clear()
        self._rows = {}
        for _ in self._session.song.tracks:
            self.addItem(QListWidgetItem())
        if self._session.song.tracks:
            self._row_height = self._make_row(0).sizeHint().height() + 4
        for index in range(self.count()):
            self.item(index).setSizeHint(QSize(0, self._row_height))
        self._make_rows_in_view()
        self.blockSignals(False)

    def _make_rows_in_view(self) -> None:
        top, height = self.verticalScrollBar().value(), self.viewport().height()
        first = top // self._row_height - SPARE_ROWS
        last = (top + height) // self._row_height + SPARE_ROWS
        for index in range(max(0, first), min(self.count() - 1, last) + 1):
            if index not in self._rows:
                self._make_row(index)

    def _make_row(self, index: int) -> TrackRow:
        self._rows[index] = row = TrackRow(index, self._session.song.tracks[index])
        self._show_row(index, row)
        row.mute.clicked.connect(lambda on: self._session.set_heard(self._session.heard.with_muted(index, on)))
        row.solo.clicked.connect(lambda on: self._session.set_heard(self._session.heard.with_soloed(index, on)))
        row.target.clicked.connect(lambda: self._mark(index))
        self.setItemWidget(self.item(index), row)
        self._own_keys.watch(row)
        self._set_tab_order(index)
        return row

    def _show_row(self, index: int, row: TrackRow) -> None:
        session = self._session
        row.set_current(index == session.current, index in session.tracks.targets)
        row.mute.setChecked(index in session.heard.muted)
        row.solo.setChecked(index in session.heard.soloed)

    def _set_tab_order(self, index: int) -> None:
        """Make Tab visit the rows in order, independent of the order of their creation."""
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

    def _mark(self, index: int) -> None:
        """A click on a circle; where it changes nothing, the circle is filled again."""
        self._session.mark(index)
        self._show_row(index, self._rows[index])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint()).row()
        if index >= 0 and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._session.mark(index)
        elif index >= 0 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._session.mark_to(index)
        else:
            super().mousePressEvent(event)
