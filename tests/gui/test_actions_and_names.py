"""Every action is in a menu and has keys of its own; every control has a name that can be read aloud."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QMenu, QSlider, QWidget
from pytestqt.qtbot import QtBot

from jazzassist.gui.window.actions import ACTIONS, key_sequences, key_table
from jazzassist.gui.window.main_window import MainWindow

CONTROLS = (QAbstractButton, QAbstractSpinBox, QComboBox, QSlider)


def test_no_two_actions_share_a_key(qapp: QApplication) -> None:  # whose platform knows the standard keys
    keys = Counter(sequence.toString() for action in ACTIONS for sequence in key_sequences(action))
    assert [key for key, count in keys.items() if count > 1] == []


EVERYWHERE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?+-") | {
    "Space", "Return", "Enter", "Esc", "Del", "Backspace", "Home", "End", "Left", "Right", "Up", "Down",
    "PgUp", "PgDown", *(f"F{number}" for number in range(1, 13)),
}  # fmt: skip


def test_every_action_has_a_key_that_german_french_spanish_and_nordic_keyboards_have(qapp: QApplication) -> None:
    for action in ACTIONS:
        keys = [sequence.toString() for sequence in key_sequences(action)]
        last = ["+" if key.endswith("+") else key.split("+")[-1] for key in keys]
        assert not keys or EVERYWHERE & set(last), action.name


def test_every_action_is_in_a_menu_and_does_something(window: MainWindow) -> None:
    listed = {action.objectName() for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()}
    assert {action.name for action in ACTIONS} <= listed
    assert set(window.actions_by_name) == {action.name for action in ACTIONS}


def test_the_sheet_of_keys_lists_the_way_to_a_bridge(qapp: QApplication) -> None:
    shown = {text: keys for _, text, keys in key_table()}
    assert "Ctrl+Return" in shown["Bridge selection"]
    assert shown["Play"] == "Space"


def test_every_control_has_a_name(window: MainWindow, qtbot: QtBot) -> None:
    window.suggesting.refuse("something")
    nameless = [control for control in window.findChildren(QWidget) if _is_nameless(control)]
    assert [f"{type(control).__name__} in {type(control.parent()).__name__}" for control in nameless] == []


def _is_nameless(control: QWidget) -> bool:
    if not isinstance(control, CONTROLS) or control.objectName().startswith("qt_"):
        return False
    text = control.text() if isinstance(control, QAbstractButton) else ""
    return not (control.accessibleName() or text or control.toolTip())


def test_the_window_needs_neither_torch_nor_music21(tmp_path: Path) -> None:
    code = """
import sys
from jazzassist.gui.app import build_window, make_application
from jazzassist.gui.settings import Settings
app = make_application(); window = build_window(Settings(), output="No sound", checkpoint="markov")
window.show(); app.processEvents()
print(sorted({"torch", "music21", "matplotlib", "requests"} & set(sys.modules)))
window.player.close(); window.client.close()
"""
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=100, check=True
    )
    assert found.stdout.strip() == "[]"
