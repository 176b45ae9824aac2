"""What each action of the window does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jazzassist.gui.window.help import show_about, show_help, show_keys

if TYPE_CHECKING:
    from jazzassist.gui.window.main_window import MainWindow


FINEST_PARTS = 32  # a quarter has so many 128ths


Handlers = dict[str, Callable[[], object]]


def handlers(window: MainWindow) -> Handlers:
    """The work of every action, by the names in `actions.ACTIONS`."""
    return _editing(window) | _playing(window) | _suggesting(window) | _showing(window)


def _editing(window: MainWindow) -> Handlers:
    """The menus File and Edit."""
    return {
        "open": window.files.ask_open,
        "save": window.files.save,
        "save_as": window.files.save_as,
        "demo": window.files.open_demo,
        "quit": window.close,
        "undo": window.document.undo_stack.undo,
        "redo": window.document.undo_stack.redo,
        "cut": window.editing.cut,
        "copy": window.editing.copy,
        "paste": window.editing.paste,
        "duplicate": window.editing.duplicate,
        "select_all": window.editing.select_all,
        "delete": window.editing.delete_notes,
        "next_note": window.roll.select_next_note,
        "previous_note": lambda: window.roll.select_next_note(-1),
        "up": lambda: window.editing.transpose(1),
        "down": lambda: window.editing.transpose(-1),
        "octave_up": lambda: window.editing.transpose(12),
        "octave_down": lambda: window.editing.transpose(-12),
        "earlier": lambda: window.editing.nudge(-1),
        "later": lambda: window.editing.nudge(1),
        "little_earlier": lambda: window.editing.nudge(-1, FINEST_PARTS),
        "little_later": lambda: window.editing.nudge(1, FINEST_PARTS),
    }


def _playing(window: MainWindow) -> Handlers:
    return {
        "play": window.playing.toggle,
        "play_selection": window.playing.play_selection,
        "stop": window.playing.stop_and_go_back,
        "to_start": window.playing.go_to_start,
        "to_end": window.playing.go_to_end,
        "previous_bar": lambda: window.playing.step_bar(-1),
        "next_bar": lambda: window.playing.step_bar(1),
        "loop": window.playing.switch_loop,
        "loop_selection": window.playing.loop_selection,
        "mute": window.tracks.toggle_mute,
        "solo": window.tracks.toggle_solo,
        "panic": window.playing.panic,
    }


def _suggesting(window: MainWindow) -> Handlers:
    """Asking, answering, and the passage that is asked about."""
    return {
        "bridge": window.ask_bridge,
        "continuation": window.ask_continuation,
        "next": lambda: window.suggesting.step(1),
        "previous": lambda: window.suggesting.step(-1),
        "original": window.suggesting.toggle_original,
        "insert": window.suggesting.insert,
        "escape": window.escape,
        "extend_left": lambda: window.editing.extend_passage(-1),
        "extend_right": lambda: window.editing.extend_passage(1),
        "extend_back": lambda: window.editing.extend_passage_by_beat(-1),
        "extend_on": lambda: window.editing.extend_passage_by_beat(1),
    }


def _showing(window: MainWindow) -> Handlers:
    """The menus View and Help."""
    return {
        "zoom_usual": window.roll.zoom_usual,
        "zoom_in": window.roll.zoom_in,
        "zoom_out": window.roll.zoom_out,
        "zoom_selection": window.zoom_selection,
        "zoom_song": window.roll.zoom_song,
        "ghosts": lambda: window.roll.set_ghosts(window.actions_by_name["ghosts"].isChecked()),
        "theme_system": lambda: window.showing.choose_theme("system"),
        "theme_light": lambda: window.showing.choose_theme("light"),
        "theme_dark": lambda: window.showing.choose_theme("dark"),
        "help": lambda: show_help(window),
        "keys": lambda: show_keys(window),
        "about": lambda: show_about(window),
    }
