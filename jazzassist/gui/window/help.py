"""Help, the sheet of keys, and what the program is."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from jazzassist import __version__
from jazzassist.gui.widgets.fitting import fitting_size
from jazzassist.gui.window.actions import key_table

WORDS_WIDTH = 190  # so that the keys stand in one line under each other

HELP = """<h3>From a gap to a bridge</h3>
<ol>
<li>Open a MIDI file, or drop one into the window, and click the track to write into;
<b>Ctrl+click</b> more tracks to have them written together.</li>
<li>Drag over bars in the ruler. <b>Bridge</b> (Ctrl+Enter) fills them so that both sides join;
<b>Continue</b> takes them as the seed and writes what comes next.</li>
<li><b>Space</b> plays the suggestion in context, <b>[</b> and <b>]</b> (or Page Up and Page Down) change it
while it plays, <b>A</b> compares it with what is there now.</li>
<li><b>Enter</b> inserts it as one step, which Ctrl+Z takes back. <b>Esc</b> dismisses it.</li>
</ol>
<p>Saving changes nothing but what you inserted.</p>"""


def show_help(parent: QWidget) -> None:
    """The way from a gap to a bridge."""
    _show(parent, "Help", HELP)


def show_keys(parent: QWidget) -> None:
    """All keys, from the table of actions, in two columns."""
    tables = [
        f"<h4>{menu}</h4><table>{_rows(list(rows))}</table>" for menu, rows in groupby(key_table(), lambda r: r[0])
    ]
    half = len("".join(tables)) / 2
    sheet = QDialog(parent)
    sheet.setWindowTitle("Keys")
    content = QWidget()
    columns = QHBoxLayout(content)
    columns.setSpacing(36)
    left = [table for at, table in enumerate(tables) if len("".join(tables[:at])) < half]
    for column in (left, tables[len(left) :]):
        label = QLabel("".join(column))
        label.setAlignment(label.alignment().AlignTop)
        columns.addWidget(label)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(sheet.reject)
    layout = QVBoxLayout(sheet)
    area = QScrollArea()
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setWidget(content)
    layout.addWidget(area)
    layout.addWidget(buttons)
    room = content.sizeHint() + QSize(2 * area.verticalScrollBar().sizeHint().width() + 24, 80)
    sheet.resize(fitting_size(room, parent.screen().availableGeometry().size()))
    sheet.open()


def show_about(parent: QWidget) -> None:
    """Version and licence."""
    text = f"<h3>JazzAssist {__version__}</h3><p>Bridges and continuations for composers, offline.</p>"
    _show(parent, "About", text + "<p>GPL-3.0-or-later. Sounds: FluidR3Mono (MIT). Icons: Lucide (ISC).</p>")


def _rows(rows: list[tuple[str, str, str]]) -> str:
    return "".join(f"<tr><td width={WORDS_WIDTH}>{text}</td><td><b>{keys}</b></td></tr>" for _, text, keys in rows)


def _show(parent: QWidget, title: str, text: str) -> None:
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setText(text)
    box.open()
