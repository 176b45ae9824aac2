"""Table of all actions of the window: name, menu, text, keys and icon."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from jazzassist.gui.icons import icon

Standard = QKeySequence.StandardKey


@dataclass(frozen=True)
class Described:
    """An action. `keys`: key sequences as text, or a standard key of the platform.

    At least one key can be typed on every keyboard: on many European layouts brackets need AltGr, and ` is a
    dead key.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str | Standard, ...] = ()
    icon: str = ""
    checkable: bool = False
    separated: bool = False
    submenu: str = ""


ACTIONS = (
    Described("open", "File", "Open…", (Standard.Open,), "folder-open"),
    Described("save", "File", "Save", (Standard.Save,), "save"),
    Described("save_as", "File", "Save as…", ("Ctrl+Shift+S",)),
    Described("demo", "File", "Open demo song", separated=True),
    Described("quit", "File", "Quit", (Standard.Quit,), separated=True),
    Described("undo", "Edit", "Undo", (Standard.Undo,), "undo-2"),
    Described("redo", "Edit", "Redo", ("Ctrl+Y", "Ctrl+Shift+Z"), "redo-2"),
    Described("cut", "Edit", "Cut", (Standard.Cut,), separated=True),
    Described("copy", "Edit", "Copy", (Standard.Copy,)),
    Described("paste", "Edit", "Paste at playhead", (Standard.Paste,)),
    Described("duplicate", "Edit", "Duplicate", ("Ctrl+D",)),
    Described("select_all", "Edit", "Select all", (Standard.SelectAll,), separated=True),
    Described("delete", "Edit", "Delete", ("Del", "Backspace"), "trash-2"),
    Described("extend_left", "Edit", "Shorten selection by a bar", ("Ctrl+Shift+Left",), separated=True),
    Described("extend_right", "Edit", "Extend selection by a bar", ("Ctrl+Shift+Right",)),
    Described("extend_back", "Edit", "Shorten selection by a beat", ("Shift+Left",)),
    Described("extend_on", "Edit", "Extend selection by a beat", ("Shift+Right",)),
    Described("escape", "Edit", "Cancel or deselect", ("Esc",), "x"),
    Described("next_note", "Edit", "Select next note", ("N",), separated=True),
    Described("previous_note", "Edit", "Select previous note", ("Shift+N",)),
    Described("up", "Edit", "Transpose up a semitone", ("Up",), separated=True),
    Described("down", "Edit", "Transpose down a semitone", ("Down",)),
    Described("octave_up", "Edit", "Transpose up an octave", ("Ctrl+Up", "Shift+Up")),
    Described("octave_down", "Edit", "Transpose down an octave", ("Ctrl+Down", "Shift+Down")),
    Described("earlier", "Edit", "Nudge left 1/16", ("Left",)),
    Described("later", "Edit", "Nudge right 1/16", ("Right",)),
    Described("little_earlier", "Edit", "Nudge left 1/128", ("Alt+Left",)),
    Described("little_later", "Edit", "Nudge right 1/128", ("Alt+Right",)),
    Described("play", "Play", "Play", ("Space",), "play"),
    Described("play_selection", "Play", "Play from selection", ("Shift+Space",)),
    Described("stop", "Play", "Stop and return", (), "square"),
    Described("to_start", "Play", "Go to start", ("Home",), "skip-back", separated=True),
    Described("to_end", "Play", "Go to end", ("End",)),
    Described("previous_bar", "Play", "Go to previous bar", ("Ctrl+Left",)),
    Described("next_bar", "Play", "Go to next bar", ("Ctrl+Right",)),
    Described("loop", "Play", "Loop", ("L",), "repeat", checkable=True, separated=True),
    Described("loop_selection", "Play", "Loop selection", ("Ctrl+L",)),
    Described("mute", "Play", "Mute track", ("M",), separated=True),
    Described("solo", "Play", "Solo track", ("S",)),
    Described("panic", "Play", "Panic (all notes off)", ("Ctrl+Alt+P",), "siren", separated=True),
    Described("bridge", "Suggest", "Bridge selection", ("Ctrl+Return", "Ctrl+Enter"), "sparkles"),
    Described("continuation", "Suggest", "Continue after selection", ("Ctrl+Shift+Return",), "arrow-right-to-line"),
    Described("next", "Suggest", "Next suggestion", ("]", "PgDown"), separated=True),
    Described("previous", "Suggest", "Previous suggestion", ("[", "PgUp")),
    Described("original", "Suggest", "Compare with original", ("A", "`")),
    Described("insert", "Suggest", "Insert suggestion", ("Return", "Enter"), separated=True),
    Described("zoom_in", "View", "Zoom in", ("Ctrl+=", "Ctrl++"), "zoom-in"),
    Described("zoom_out", "View", "Zoom out", ("Ctrl+-",), "zoom-out"),
    Described("zoom_usual", "View", "Reset zoom", ("Ctrl+0",)),
    Described("zoom_selection", "View", "Zoom to selection", ("Z",)),
    Described("zoom_song", "View", "Zoom to song", ("Shift+Z",)),
    Described("ghosts", "View", "Show other tracks", ("G",), checkable=True, separated=True),
    Described("theme_system", "View", "System", checkable=True, submenu="Theme"),
    Described("theme_light", "View", "Light", checkable=True, submenu="Theme"),
    Described("theme_dark", "View", "Dark", checkable=True, submenu="Theme"),
    Described("help", "Help", "Help", (Standard.HelpContents,), "circle-help"),
    Described("keys", "Help", "Keyboard shortcuts", ("?",)),
    Described("about", "Help", "About JazzAssist", separated=True),
)


def make_actions(parent: QMainWindow) -> dict[str, QAction]:
    """Create the actions and add them to menus of `parent`. Return them by name."""
    actions = {}
    menus: dict[str, QMenu] = {}
    for described in ACTIONS:
        if described.menu not in menus:
            menus[described.menu] = parent.menuBar().addMenu(f"&{described.menu}")
            menus[described.menu].setObjectName(described.menu)
        menu = menus[described.menu]
        if described.separated:
            menu.addSeparator()
        if described.submenu:
            menu = menus.get(described.submenu) or menu.addMenu(described.submenu)
            menus[described.submenu] = menu
        action = QAction(described.text, parent)
        action.setObjectName(described.name)
        action.setShortcuts(key_sequences(described))
        action.setCheckable(described.checkable)
        action.setToolTip(_tip(described.text, action))
        if described.icon:
            action.setIcon(icon(described.icon))
        menu.addAction(action)
        actions[described.name] = action
    return actions


def key_sequences(described: Described) -> list[QKeySequence]:
    """Return the keys of an action on this platform."""
    found: list[QKeySequence] = []
    for key in described.keys:
        found += QKeySequence.keyBindings(key) if isinstance(key, Standard) else [QKeySequence(key)]
    return found


def renew_icons(actions: dict[str, QAction]) -> None:
    """Redraw the icons after a palette change."""
    for described in ACTIONS:
        if described.icon:
            actions[described.name].setIcon(icon(described.icon))


def key_table() -> list[tuple[str, str, str]]:
    """Return (menu, text, keys) of every action with a key. A standard key is listed with its first binding only."""
    rows = []
    for described in ACTIONS:
        sequences = key_sequences(described)[: 1 if any(isinstance(key, Standard) for key in described.keys) else None]
        keys = [sequence.toString(QKeySequence.SequenceFormat.NativeText) for sequence in sequences]
        if keys:
            rows.append((described.menu, described.text.rstrip("…"), " or ".join(keys)))
    return rows


def _tip(text: str, action: QAction) -> str:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({key})" if key else text
