"""The themes: light and dark palettes, colours of the roll and the tracks."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

# The colour-blind safe palette of Okabe and Ito, without black and yellow, which are invisible on a dark or
# light background.
TRACK_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8B6FC0", "#7A8B2A")


@dataclass(frozen=True)
class RollColors:
    """What the piano roll is painted with."""

    ground: QColor
    black_row: QColor
    octave_line: QColor
    bar_line: QColor
    beat_line: QColor
    part_line: QColor
    ruler: QColor
    ruler_text: QColor
    muted_text: QColor
    white_key: QColor
    black_key: QColor
    key_line: QColor
    key_text: QColor
    passage: QColor
    passage_edge: QColor
    suggestion: QColor
    on_accent: QColor  # text on `passage_edge` and `suggestion`
    selection: QColor
    playhead: QColor
    loop: QColor
    loop_edge: QColor


def _roll(**names: str) -> RollColors:
    return RollColors(**{role: QColor(name) for role, name in names.items()})


LIGHT_ROLL = _roll(
    ground="#FCFCFE", black_row="#F3F4F8", octave_line="#D9DCE4", bar_line="#BFC5D2", beat_line="#E0E3EA",
    part_line="#ECEEF3", ruler="#F4F5F8", ruler_text="#3C4250", muted_text="#646B7B", white_key="#FFFFFF",
    black_key="#3A3F4B", key_line="#D9DCE4", key_text="#5F6675", passage="#1C4656D8", passage_edge="#4656D8",
    suggestion="#C2185B", on_accent="#FFFFFF", selection="#12141B", playhead="#E0233E", loop="#33007A58",
    loop_edge="#007A58",
)  # fmt: skip
DARK_ROLL = _roll(
    ground="#1C1F27", black_row="#171920", octave_line="#343945", bar_line="#454C5C", beat_line="#292D37",
    part_line="#23272F", ruler="#20232B", ruler_text="#D3D8E3", muted_text="#98A0B0", white_key="#B4BAC7",
    black_key="#15171D", key_line="#8A91A1", key_text="#343945", passage="#267C8CFF", passage_edge="#8C9AFF",
    suggestion="#FF7DB0", on_accent="#15171D", selection="#FFFFFF", playhead="#FF5C70", loop="#4033C79A",
    loop_edge="#33C79A",
)  # fmt: skip

_ROLES = QPalette.ColorRole


def _palette(window: str, base: str, text: str, muted: str, button: str, accent: str, on_accent: str) -> QPalette:
    palette = QPalette()
    for role, name in (
        (_ROLES.Window, window), (_ROLES.Base, base), (_ROLES.AlternateBase, window), (_ROLES.Button, button),
        (_ROLES.WindowText, text), (_ROLES.Text, text), (_ROLES.ButtonText, text), (_ROLES.ToolTipText, text),
        (_ROLES.ToolTipBase, base), (_ROLES.PlaceholderText, muted), (_ROLES.Highlight, accent),
        (_ROLES.HighlightedText, on_accent), (_ROLES.Link, accent), (_ROLES.BrightText, "#FF5C70"),
        (_ROLES.Light, base), (_ROLES.Midlight, button), (_ROLES.Mid, muted), (_ROLES.Dark, muted),
    ):  # fmt: skip
        palette.setColor(role, QColor(name))
    for role in (_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(muted))
    return palette


LIGHT = _palette("#F4F5F8", "#FFFFFF", "#20242E", "#666D7C", "#FFFFFF", "#4656D8", "#FFFFFF")
DARK = _palette("#20232B", "#2A2E39", "#E6E9F0", "#98A0B0", "#2B2F3A", "#5866EA", "#FFFFFF")

STYLE = """
QToolBar {{ border: 0; spacing: 4px; padding: 5px 8px; }}
QMainWindow::separator {{ background: {line}; width: 1px; height: 1px; }}
QStatusBar {{ border-top: 1px solid {line}; }}
QStatusBar::item {{ border: 0; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QMessageBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QPushButton {{ border: 1px solid {line}; border-radius: 6px; padding: 5px 12px; background: {button}; }}
QPushButton:hover, QToolButton:hover {{ border-color: {accent}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {accent}; }}
QPushButton:disabled {{ color: {muted}; }}
QPushButton[primary="true"] {{ background: {accent}; color: white; border-color: {accent}; font-weight: 600; }}
QPushButton[primary="true"]:disabled {{ background: {line}; border-color: {line}; color: {muted}; }}
QToolButton {{ border: 1px solid transparent; border-radius: 6px; padding: 4px; }}
QToolButton:checked {{ background: {checked}; border-color: {accent}; }}
QFrame#card {{ border: 1px solid {line}; border-radius: 8px; background: {base}; }}
QFrame#card[current="true"] {{ border: 2px solid {accent}; }}
QFrame#banner {{ background: {checked}; border: 1px solid {handle}; border-radius: 8px; }}
QListWidget, QScrollArea {{ border: 0; background: {window}; }}
QScrollBar {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {handle}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 36px; }}
QScrollBar::handle:horizontal {{ min-width: 36px; }}
QScrollBar::handle:hover, QScrollBar::handle:pressed {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: {window}; border: 0; }}
QToolTip {{ background: {base}; color: {text}; border: 1px solid {line}; padding: 4px 6px; }}
"""


def is_dark(app: QApplication) -> bool:
    """Whether the dark palette is in force."""
    return app.palette().color(_ROLES.Window).lightness() < 128


def roll_colors(palette: QPalette) -> RollColors:
    """The roll's colours that go with a palette."""
    return DARK_ROLL if palette.color(_ROLES.Window).lightness() < 128 else LIGHT_ROLL


def apply_theme(app: QApplication, name: str) -> None:
    """Puts "light", "dark" or "system" (what the desktop prefers) in force.

    Styling every widget anew takes long, so nothing is done where the same is in force already.
    """
    dark = name == "dark" or (name == "system" and app.styleHints().colorScheme() == Qt.ColorScheme.Dark)
    palette = DARK if dark else LIGHT
    sheet = _style_sheet(palette, DARK_ROLL if dark else LIGHT_ROLL, dark)
    if app.styleSheet() == sheet:
        return
    app.setStyle("Fusion")
    app.setPalette(palette)
    app.setStyleSheet(sheet)


def _style_sheet(palette: QPalette, roll: RollColors, dark: bool) -> str:
    return STYLE.format(
        line=roll.octave_line.name(),
        handle=roll.bar_line.name(),
        text=palette.color(_ROLES.Text).name(),
        accent=palette.color(_ROLES.Highlight).name(),
        muted=palette.color(_ROLES.PlaceholderText).name(),
        base=palette.color(_ROLES.Base).name(),
        window=palette.color(_ROLES.Window).name(),
        button=palette.color(_ROLES.Button).name(),
        checked="#33395A" if dark else "#E4E7FB",
    )


def track_color(index: int) -> QColor:
    """The colour of the track with this index."""
    return QColor(TRACK_COLORS[index % len(TRACK_COLORS)])
