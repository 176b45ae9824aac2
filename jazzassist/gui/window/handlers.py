"""The handler of each action, by the names in `actions.ACTIONS`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from jazzassist.gui.files.file_actions import FileActions
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.suggestions.asking import Asking
from jazzassist.gui.transport.play_actions import PlayActions
from jazzassist.gui.window.help import show_about, show_help, show_keys
from jazzassist.gui.window.theme_choice import ThemeChoice
from jazzassist.session import Session
from jazzassist.session.editing import Editing
from jazzassist.session.playback_control import PlaybackControl
from jazzassist.session.session import NO_NOTES
from jazzassist.session.suggesting import Suggesting

FINEST_PARTS = 32  # a quarter has so many 128ths


Handlers = dict[str, Callable[[], object]]


def file_handlers(files: FileActions, leave: Callable[[], object]) -> Handlers:
    """The menu File."""
    return {
        "open": files.ask_open,
        "save": files.save,
        "save_as": files.save_as,
        "demo": files.open_demo,
        "quit": leave,
    }


def edit_handlers(session: Session, editing: Editing, roll: PianoRoll) -> Handlers:
    """The menu Edit."""
    return {
        "undo": session.document.undo,
        "redo": session.document.redo,
        "cut": editing.cut,
        "copy": editing.copy,
        "paste": editing.paste,
        "duplicate": editing.duplicate,
        "select_all": editing.select_all,
        "delete": editing.delete_notes,
        "next_note": roll.select_next_note,
        "previous_note": lambda: roll.select_next_note(-1),
        "up": lambda: editing.transpose(1),
        "down": lambda: editing.transpose(-1),
        "octave_up": lambda: editing.transpose(12),
        "octave_down": lambda: editing.transpose(-12),
        "earlier": lambda: editing.nudge(-1),
        "later": lambda: editing.nudge(1),
        "little_earlier": lambda: editing.nudge(-1, FINEST_PARTS),
        "little_later": lambda: editing.nudge(1, FINEST_PARTS),
        "extend_left": lambda: editing.extend_passage(-1),
        "extend_right": lambda: editing.extend_passage(1),
        "extend_back": lambda: editing.extend_passage_by_beat(-1),
        "extend_on": lambda: editing.extend_passage_by_beat(1),
    }


def play_handlers(session: Session, playing: PlayActions, player: PlaybackControl) -> Handlers:
    """The menu Play."""
    return {
        "play": playing.toggle,
        "play_selection": playing.play_selection,
        "stop": playing.stop_and_go_back,
        "to_start": playing.go_to_start,
        "to_end": playing.go_to_end,
        "previous_bar": lambda: playing.step_bar(-1),
        "next_bar": lambda: playing.step_bar(1),
        "loop": playing.switch_loop,
        "loop_selection": playing.loop_selection,
        "mute": session.toggle_mute,
        "solo": session.toggle_solo,
        "panic": player.panic,
    }


def suggest_handlers(session: Session, asking: Asking, suggesting: Suggesting, roll: PianoRoll) -> Handlers:
    """The menu Suggest, and Esc."""
    return {
        "bridge": asking.ask_bridge,
        "continuation": asking.ask_continuation,
        "next": lambda: suggesting.step(1),
        "previous": lambda: suggesting.step(-1),
        "original": suggesting.toggle_original,
        "insert": suggesting.insert,
        "escape": lambda: _escape(session, suggesting, roll),
    }


def view_handlers(roll: PianoRoll, theme: ThemeChoice, ghosts: QAction) -> Handlers:
    """The menu View."""
    return {
        "zoom_usual": roll.zoom_usual,
        "zoom_in": roll.zoom_in,
        "zoom_out": roll.zoom_out,
        "zoom_selection": roll.zoom_selection,
        "zoom_song": roll.zoom_song,
        "ghosts": lambda: roll.set_ghosts(ghosts.isChecked()),
        "theme_system": lambda: theme.choose("system"),
        "theme_light": lambda: theme.choose("light"),
        "theme_dark": lambda: theme.choose("dark"),
    }


def help_handlers(parent: QWidget) -> Handlers:
    """The menu Help; its dialogs belong to `parent`."""
    return {
        "help": lambda: show_help(parent),
        "keys": lambda: show_keys(parent),
        "about": lambda: show_about(parent),
    }


def _escape(session: Session, suggesting: Suggesting, roll: PianoRoll) -> None:
    """Cancel the first of these that exists: a drag, a request, suggestions, selected notes, the passage."""
    if roll.cancel_drag() or suggesting.stop_asking() or suggesting.dismiss():
        return
    if len(session.selected):
        session.select_notes(NO_NOTES)
    else:
        session.set_passage(None)
