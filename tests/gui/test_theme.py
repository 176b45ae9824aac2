"""Both looks can be read, and tracks told apart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jazzassist.gui.theme import (
    DARK,
    DARK_ROLL,
    LIGHT,
    LIGHT_ROLL,
    TRACK_COLORS,
    RollColors,
    apply_theme,
    is_dark,
    roll_colors,
    track_color,
)

ROLE = QPalette.ColorRole
TEXT = 4.5  # WCAG 2.1, 1.4.3: text against its ground
SIGN = 3.0  # WCAG 2.1, 1.4.11: what is not text


def luminance(color: QColor) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    shares = (color.redF(), color.greenF(), color.blueF())
    parts: list[float] = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    """1 for the same colour to 21 for black on white."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture
def app(qtbot: QtBot) -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (ROLE.WindowText, ROLE.Window),
        (ROLE.Text, ROLE.Base),
        (ROLE.ButtonText, ROLE.Button),
        (ROLE.HighlightedText, ROLE.Highlight),
        (ROLE.PlaceholderText, ROLE.Base),
        (ROLE.PlaceholderText, ROLE.Window),
        (ROLE.ToolTipText, ROLE.ToolTipBase),
    ],
)
def test_text_is_readable(palette: QPalette, text: ROLE, ground: ROLE) -> None:
    assert contrast(palette.color(text), palette.color(ground)) >= TEXT


@pytest.mark.parametrize("roll", [LIGHT_ROLL, DARK_ROLL])
def test_the_rolls_texts_are_readable(roll: RollColors) -> None:
    for text, ground in (
        (roll.ruler_text, roll.ruler),
        (roll.muted_text, roll.ruler),
        (roll.muted_text, roll.ground),
        (roll.key_text, roll.white_key),
        (roll.on_accent, roll.passage_edge),
        (roll.on_accent, roll.suggestion),
    ):
        assert contrast(text, ground) >= TEXT, (text.name(), ground.name())


@pytest.mark.parametrize("roll", [LIGHT_ROLL, DARK_ROLL])
def test_the_rolls_signs_stand_out(roll: RollColors) -> None:
    for sign in (roll.suggestion, roll.passage_edge, roll.playhead, roll.selection):
        assert contrast(sign, roll.ground) >= SIGN
    assert contrast(roll.loop_edge, roll.ruler) >= SIGN


def test_tracks_have_different_colours_that_come_round_again() -> None:
    assert len(set(TRACK_COLORS)) == len(TRACK_COLORS)
    assert track_color(len(TRACK_COLORS)) == track_color(0) != track_color(1)


def test_light_and_dark_are_put_in_force(app: QApplication) -> None:
    apply_theme(app, "dark")
    assert is_dark(app)
    assert roll_colors(app.palette()) is DARK_ROLL
    apply_theme(app, "light")
    assert not is_dark(app)
    assert roll_colors(app.palette()) is LIGHT_ROLL


def test_system_takes_what_the_desktop_prefers(app: QApplication) -> None:
    apply_theme(app, "system")
    assert is_dark(app) == (app.styleHints().colorScheme() == Qt.ColorScheme.Dark)
    apply_theme(app, "light")
