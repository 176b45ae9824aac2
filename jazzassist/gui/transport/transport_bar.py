"""The transport bar: buttons, position, tempo and time signature, output, panic."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QToolBar, QWidget

from jazzassist.session import Aspect, Session

OUTPUT_LETTERS = 20  # shown letters of an output's name, if there is room


class TransportBar(QToolBar):
    """Shows where the playhead is; the buttons are the window's actions."""

    output_chosen = Signal(str)

    def __init__(self, session: Session, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__("Transport", parent)
        self._session = session
        self.setObjectName("transport")
        self.setMovable(False)
        for name in ("to_start", "play", "stop", "loop"):
            self._add_action(actions[name])
        self.position = self._label("Position (bar:beat and time)", "888:8   88:88.8", True)
        self.tempo = self._label("Tempo and time signature", "888 bpm   88/88", False)
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        for widget in (self.position, self.tempo, spacer, QLabel("Output ")):
            self.addWidget(widget)
        self.outputs = QComboBox(self)
        self.outputs.setAccessibleName("Output")
        self.outputs.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.outputs.setMinimumContentsLength(OUTPUT_LETTERS)
        self.outputs.setMinimumWidth(90)  # in a small window panic must not be pushed out of sight
        self.outputs.setToolTip("Playback output. MIDI ports appear here when they are connected.")
        self.outputs.activated.connect(lambda index: self.output_chosen.emit(self.outputs.itemData(index)))
        self.addWidget(self.outputs)
        self._add_action(actions["panic"])
        session.observe(lambda changed: self._show_place(), Aspect.PLAYHEAD, Aspect.SONG)
        session.observe(lambda changed: self._show_outputs(), Aspect.OUTPUTS)

    def _add_action(self, action: QAction) -> None:
        self.addAction(action)
        self.widgetForAction(action).setAccessibleName(action.text())

    def _label(self, name: str, widest: str, large: bool) -> QLabel:
        """A label that reserves room for the text `widest`, so that the widgets after it do not move."""
        label = QLabel(self)
        label.setAccessibleName(name)
        label.setToolTip(name)
        if large:
            font = QFont(label.font())
            font.setPointSizeF(font.pointSizeF() * 1.35)
            font.setBold(True)
            label.setFont(font)
        label.setContentsMargins(12, 0, 0, 0)
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest) + 14)
        return label

    def minimumSizeHint(self) -> QSize:
        """Allow for a shortened output name; otherwise Qt would hide the Panic button."""
        hint = self.sizeHint()
        return QSize(hint.width() - self.outputs.sizeHint().width() + self.outputs.minimumWidth(), hint.height())

    def _show_outputs(self) -> None:
        """List the available outputs. A chosen output that has disappeared stays in the list, marked."""
        names, current = self._session.outputs, self._session.output
        self.outputs.blockSignals(True)
        self.outputs.clear()
        for name in names:
            self.outputs.addItem(name, name)
        if current not in names:
            self.outputs.addItem(f"{current} (not connected)", current)
        self.outputs.setCurrentIndex(self.outputs.findData(current))
        self.outputs.blockSignals(False)

    def _show_place(self) -> None:
        """Show the playhead as bar and beat and as time, with the tempo and time signature at that point."""
        song, tick = self._session.song, self._session.playhead
        place = song.meter_map.position(tick)
        seconds = song.tempo_map.seconds_at(tick)
        self.position.setText(f"{place.bar}:{place.beat}   {int(seconds // 60)}:{seconds % 60:04.1f}")
        num, den = song.meter_map.meter_at(tick)
        self.tempo.setText(f"{song.tempo_map.bpm_at(tick):.0f} bpm   {num}/{den}")
