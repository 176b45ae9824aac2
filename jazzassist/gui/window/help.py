"""The dialogs of the Help menu."""

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

TEXT_WIDTH = 210  # pixels; aligns the keys of all menus

HELP = """<h3>From a gap to a bridge</h3>
<ol>
<li>Open a MIDI file, or drop one into the window, and click the target track.
<b>Ctrl+click</b> adds more target tracks.</li>
<li>Drag in the ruler to select bars. <b>Bridge</b> (Ctrl+Enter) fills them and connects both sides;
<b>Continue</b> (Ctrl+Shift+Enter) uses them as the seed and writes the next bars.</li>
<li><b>Space</b> plays the suggestion in context. <b>[</b> and <b>]</b> (or Page Up and Page Down) switch
suggestions during playback. <b>A</b> compares with the original.</li>
<li><b>Enter</b> inserts the suggestion as one undo step. <b>Esc</b> dismisses it.</li>
</ol>
<p>Saving changes only what you edited.</p>"""


def show_help(parent: QWidget) -> None:
    """Show how to get from a gap to a bridge."""
    _show(parent, "Help", HELP)


def show_keys(parent: QWidget) -> None:
    """Show all keyboard shortcuts in two columns."""
    tables = [
        f"<h4>{menu}</h4><table>{_rows(list(rows))}</table>" for menu, rows in groupby(key_table(), lambda r: r[0])
    ]
    half = len("".join(tables)) / 2
    sheet = QDialog(parent)
    sheet.setWindowTitle("Keyboard shortcuts")
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
    """Show version and licence."""
    text = f"<h3>JazzAssist {__version__}</h3><p>Bridges and continuations for composers, offline.</p>"
    _show(parent, "About", text + "<p>GPL-3.0-or-later. Sounds: FluidR3Mono (MIT). Icons: Lucide (ISC).</p>")


def _rows(rows: list[tuple[str, str, str]]) -> str:
    return "".join(f"<tr><td width={TEXT_WIDTH}>{text}</td><td><b>{keys}</b></td></tr>" for _, text, keys in rows)


def _show(parent: QWidget, title: str, text: str) -> None:
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setText(text)
    box.open()
