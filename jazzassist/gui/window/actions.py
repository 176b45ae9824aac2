"""Every action of the window in one table: its name, its words, its keys, its icon."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from jazzassist.gui.icons import icon

Standard = QKeySequence.StandardKey


@dataclass(frozen=True)
class Described:
    """`keys`: key sequences as text, or a standard key of the platform.

    At least one of them can be typed on every keyboard: brackets need AltGr on many European ones,
    and ` is a dead key there.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str | Standard, ...] = ()
    icon: str = ""
    checkable: bool = False
    separated: bool = False


ACTIONS = (
    Described("open", "File", "Open ...", (Standard.Open,), "folder-open"),
    Described("save", "File", "Save", (Standard.Save,), "save"),
    Described("save_as", "File", "Save as ...", ("Ctrl+Shift+S",)),
    Described("demo", "File", "Open the demo song", separated=True),
    Described("quit", "File", "Quit", (Standard.Quit,), separated=True),
    Described("undo", "Edit", "Undo", (Standard.Undo,), "undo-2"),
    Described("redo", "Edit", "Redo", ("Ctrl+Y", "Ctrl+Shift+Z"), "redo-2"),
    Described("cut", "Edit", "Cut", (Standard.Cut,), separated=True),
    Described("copy", "Edit", "Copy", (Standard.Copy,)),
    Described("paste", "Edit", "Paste at the playhead", (Standard.Paste,)),
    Described("duplicate", "Edit", "Duplicate", ("Ctrl+D",)),
    Described("select_all", "Edit", "Select all notes", (Standard.SelectAll,), separated=True),
    Described("delete", "Edit", "Delete notes", ("Del", "Backspace"), "trash-2"),
    Described("extend_left", "Edit", "Selection: a bar less", ("Ctrl+Shift+Left",), separated=True),
    Described("extend_right", "Edit", "Selection: a bar more", ("Ctrl+Shift+Right",)),
    Described("extend_back", "Edit", "Selection: a beat less", ("Shift+Left",)),
    Described("extend_on", "Edit", "Selection: a beat more", ("Shift+Right",)),
    Described("escape", "Edit", "Cancel, dismiss or deselect", ("Esc",), "x"),
    Described("next_note", "Edit", "Next note", ("N",), separated=True),
    Described("previous_note", "Edit", "Previous note", ("Shift+N",)),
    Described("up", "Edit", "Semitone up", ("Up",), separated=True),
    Described("down", "Edit", "Semitone down", ("Down",)),
    Described("octave_up", "Edit", "Octave up", ("Ctrl+Up", "Shift+Up")),
    Described("octave_down", "Edit", "Octave down", ("Ctrl+Down", "Shift+Down")),
    Described("earlier", "Edit", "Earlier by a step", ("Left",)),
    Described("later", "Edit", "Later by a step", ("Right",)),
    Described("little_earlier", "Edit", "Earlier by a 128th", ("Alt+Left",)),
    Described("little_later", "Edit", "Later by a 128th", ("Alt+Right",)),
    Described("play", "Play", "Play", ("Space",), "play"),
    Described("play_selection", "Play", "Play from the selection", ("Shift+Space",)),
    Described("stop", "Play", "Stop and go back", (), "square"),
    Described("to_start", "Play", "To the start", ("Home",), "skip-back", separated=True),
    Described("to_end", "Play", "To the end", ("End",)),
    Described("previous_bar", "Play", "Previous bar", ("Ctrl+Left",)),
    Described("next_bar", "Play", "Next bar", ("Ctrl+Right",)),
    Described("loop", "Play", "Loop", ("L",), "repeat", checkable=True, separated=True),
    Described("loop_selection", "Play", "Loop the selection", ("Ctrl+L",)),
    Described("mute", "Play", "Mute the track", ("M",), separated=True),
    Described("solo", "Play", "Solo the track", ("S",)),
    Described("panic", "Play", "Panic: silence everything", ("Ctrl+Alt+P",), "siren", separated=True),
    Described("bridge", "Suggest", "Bridge over the selection", ("Ctrl+Return", "Ctrl+Enter"), "sparkles"),
    Described("continuation", "Suggest", "Continue after the selection", ("Ctrl+Shift+Return",), "arrow-right-to-line"),
    Described("next", "Suggest", "Next suggestion", ("]", "PgDown"), separated=True),
    Described("previous", "Suggest", "Previous suggestion", ("[", "PgUp")),
    Described("original", "Suggest", "Suggestion or original", ("A", "`")),
    Described("insert", "Suggest", "Insert the suggestion", ("Return", "Enter"), separated=True),
    Described("zoom_in", "View", "Zoom in", ("Ctrl+=", "Ctrl++"), "zoom-in"),
    Described("zoom_out", "View", "Zoom out", ("Ctrl+-",), "zoom-out"),
    Described("zoom_usual", "View", "Usual zoom", ("Ctrl+0",)),
    Described("zoom_selection", "View", "Zoom to the selection", ("Z",)),
    Described("zoom_song", "View", "Whole song", ("Shift+Z",)),
    Described("ghosts", "View", "Show the other tracks", ("G",), checkable=True, separated=True),
    Described("theme_system", "View", "Look: as the system", checkable=True, separated=True),
    Described("theme_light", "View", "Look: light", checkable=True),
    Described("theme_dark", "View", "Look: dark", checkable=True),
    Described("help", "Help", "Help", (Standard.HelpContents,), "circle-help"),
    Described("keys", "Help", "Keys", ("?",)),
    Described("about", "Help", "About JazzAssist", separated=True),
)


def make_actions(parent: QMainWindow) -> dict[str, QAction]:
    """All actions by name, in menus of `parent`; the menus are under their titles too, see `menu`."""
    actions = {}
    menus: dict[str, QMenu] = {}
    for described in ACTIONS:
        if described.menu not in menus:
            menus[described.menu] = parent.menuBar().addMenu(f"&{described.menu}")
            menus[described.menu].setObjectName(described.menu)
        menu = menus[described.menu]
        if described.separated:
            menu.addSeparator()
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
    """The keys of an action on this platform."""
    found: list[QKeySequence] = []
    for key in described.keys:
        found += QKeySequence.keyBindings(key) if isinstance(key, Standard) else [QKeySequence(key)]
    return found


def renew_icons(actions: dict[str, QAction]) -> None:
    """Draws the icons anew, after the palette changed."""
    for described in ACTIONS:
        if described.icon:
            actions[described.name].setIcon(icon(described.icon))


def key_table() -> list[tuple[str, str, str]]:
    """(menu, action, keys) of every action that has a key; of a standard key's bindings the usual one."""
    rows = []
    for described in ACTIONS:
        sequences = key_sequences(described)[: 1 if any(isinstance(key, Standard) for key in described.keys) else None]
        keys = [sequence.toString(QKeySequence.SequenceFormat.NativeText) for sequence in sequences]
        if keys:
            rows.append((described.menu, described.text.rstrip(" ."), " or ".join(keys)))
    return rows


def _tip(text: str, action: QAction) -> str:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({key})" if key else text
