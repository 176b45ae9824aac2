"""How everything looks: light and dark palettes, the roll's colours, track colours."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

# Okabe and Ito's colours, which people who see colours differently can tell apart; black and yellow
# left out, since they vanish on a dark or a light ground.
TRACK_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8B6FC0", "#7A8B2A")


@dataclass(frozen=True)
class RollColors:
    """What the piano roll is painted with."""

    ground: QColor
    black_row: QColor
    octave_line: QColor
    bar_line: QColor
    beat_line: QColor
    ruler: QColor
    ruler_text: QColor
    white_key: QColor
    black_key: QColor
    key_text: QColor
    passage: QColor
    passage_edge: QColor
    suggestion: QColor
    selection: QColor
    playhead: QColor
    loop: QColor


def _roll(*names: str) -> RollColors:
    return RollColors(*(QColor(name) for name in names))


LIGHT_ROLL = _roll(
    "#FBFBFD", "#F1F2F6", "#D9DCE4", "#C2C7D3", "#E6E8EE", "#F4F5F8", "#4A5060", "#FFFFFF",
    "#3A3F4B", "#6A7080", "#1A5A6CF0", "#5A6CF0", "#C2185B", "#1B1E27", "#E0233E", "#66009E73",
)  # fmt: skip
DARK_ROLL = _roll(
    "#1B1D24", "#16181E", "#30343F", "#424857", "#262932", "#20232B", "#B7BECD", "#D8DCE6",
    "#0E0F13", "#3A3F4B", "#267C8CFF", "#8C9AFF", "#FF6FA5", "#FFFFFF", "#FF5C70", "#8033C79A",
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
DARK = _palette("#20232B", "#1B1D24", "#E6E9F0", "#98A0B0", "#2B2F3A", "#5F6EF0", "#FFFFFF")

STYLE = """
QToolBar {{ border: 0; spacing: 4px; padding: 5px 8px; }}
QMainWindow::separator {{ background: {line}; width: 1px; height: 1px; }}
QStatusBar {{ border-top: 1px solid {line}; }}
QStatusBar::item {{ border: 0; }}
QDockWidget::title {{ padding: 7px 10px; font-weight: 600; }}
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
QFrame#banner {{ background: {checked}; border: 0; border-bottom: 1px solid {line}; }}
QListWidget, QScrollArea {{ border: 0; background: {window}; }}
"""


def is_dark(app: QApplication) -> bool:
    """Whether the dark palette is in force."""
    return app.palette().color(_ROLES.Window).lightness() < 128


def roll_colors(palette: QPalette) -> RollColors:
    """The roll's colours that go with a palette."""
    return DARK_ROLL if palette.color(_ROLES.Window).lightness() < 128 else LIGHT_ROLL


def apply_theme(app: QApplication, name: str) -> None:
    """Puts "light", "dark" or "system" (what the desktop prefers) in force."""
    dark = name == "dark" or (name == "system" and app.styleHints().colorScheme() == Qt.ColorScheme.Dark)
    palette = DARK if dark else LIGHT
    app.setStyle("Fusion")
    app.setPalette(palette)
    roll = DARK_ROLL if dark else LIGHT_ROLL
    app.setStyleSheet(
        STYLE.format(
            line=roll.octave_line.name(),
            accent=palette.color(_ROLES.Highlight).name(),
            muted=palette.color(_ROLES.PlaceholderText).name(),
            base=palette.color(_ROLES.Base).name(),
            window=palette.color(_ROLES.Window).name(),
            button=palette.color(_ROLES.Button).name(),
            checked="#33395A" if dark else "#E4E7FB",
        )
    )


def track_color(index: int) -> QColor:
    """The colour of the track with this index."""
    return QColor(TRACK_COLORS[index % len(TRACK_COLORS)])
