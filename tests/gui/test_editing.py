"""The edit menu: what is cut, copied, pasted, moved; and what stays selected."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Note
from jazzassist.gui.main_window import MainWindow
from tests.gui.conftest import BAR

Key, Keys = Qt.Key, Qt.KeyboardModifier
CTRL, ALT, SHIFT = Keys.ControlModifier, Keys.AltModifier, Keys.ShiftModifier


def notes(window: MainWindow) -> list[Note]:
    return list(window.document.song.tracks[window.current].notes)


def chosen(window: MainWindow) -> list[Note]:
    return list(window.roll.view.notes.select(window.roll.selected_notes()))


def select(window: MainWindow, *indices: int) -> list[Note]:
    window.roll.set_selected_notes(np.array(indices, np.intp))
    return chosen(window)


def test_what_is_copied_is_pasted_at_the_playhead(window: MainWindow, qtbot: QtBot) -> None:
    copied, before = select(window, 2, 3), notes(window)
    qtbot.keyClick(window, Key.Key_C, CTRL)
    window.player.seek(5 * BAR)
    qtbot.keyClick(window, Key.Key_V, CTRL)
    later = 5 * BAR - copied[0].start
    assert chosen(window) == [note._replace(start=note.start + later) for note in copied]
    assert sorted(notes(window)) == sorted(before + chosen(window))
    assert window.document.undo_stack.undoText() == "Paste notes"


def test_what_is_cut_goes_to_another_track_on_its_channel(window: MainWindow, qtbot: QtBot) -> None:
    cut, before = select(window, 0, 1), notes(window)
    qtbot.keyClick(window, Key.Key_X, CTRL)
    assert notes(window) == before[2:]
    window.tracks.setCurrentRow(3)
    window.player.seek(0)
    qtbot.keyClick(window, Key.Key_V, CTRL)
    assert [note.pitch for note in chosen(window)] == [note.pitch for note in cut]
    assert {note.channel for note in chosen(window)} == {2}


def test_duplicates_follow_in_whole_beats(window: MainWindow, qtbot: QtBot) -> None:
    first = select(window, 0)[0]
    qtbot.keyClick(window, Key.Key_D, CTRL)
    assert chosen(window) == [first._replace(start=first.start + 480)]


def test_without_notes_there_is_nothing_to_paste_or_duplicate(window: MainWindow, qtbot: QtBot) -> None:
    select(window)
    for key in (Key.Key_X, Key.Key_C, Key.Key_V, Key.Key_D):
        qtbot.keyClick(window, key, CTRL)
    assert not window.document.dirty


def test_alt_and_an_arrow_move_by_a_128th(window: MainWindow, qtbot: QtBot) -> None:
    before = select(window, 5)[0]
    qtbot.keyClick(window, Key.Key_Right, ALT)
    assert chosen(window) == [before._replace(start=before.start + 15)]


def test_shift_and_an_arrow_change_the_selection_by_a_beat(window: MainWindow, qtbot: QtBot) -> None:
    window.player.seek(2 * BAR)
    for key, end in ((Key.Key_Right, 480), (Key.Key_Right, 960), (Key.Key_Left, 480), (Key.Key_Left, 480)):
        qtbot.keyClick(window, key, SHIFT)
        assert window.document.passage == Passage((1,), 2 * BAR, 2 * BAR + end)


def test_after_an_edit_only_notes_that_are_still_there_are_selected(window: MainWindow) -> None:
    kept = select(window, 0, 5)
    window.roll.set_selected_notes(np.array([3]))
    window.editing.delete_notes()
    select(window, 0, 4)
    assert chosen(window) == kept
    window.document.undo_stack.undo()
    assert chosen(window) == kept, "they have other indices now"


def test_undoing_an_insertion_leaves_other_notes_unselected(window: MainWindow, qtbot: QtBot) -> None:
    window.document.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.ask_bridge()
    qtbot.waitUntil(lambda: bool(window.panel.cards), timeout=30_000)
    window.suggesting.insert()
    assert len(chosen(window))
    window.document.undo_stack.undo()
    assert not chosen(window), "what is selected now would be deleted by the next key"


def test_the_usual_zoom_shows_sixteen_bars(window: MainWindow, qtbot: QtBot) -> None:
    window.roll.zoom_to(4 * BAR, 5 * BAR)
    window.roll.view.zoom_rows(2.0, 0)
    qtbot.keyClick(window, Key.Key_0, CTRL)
    geometry, width = window.roll.view.geometry_now, window.roll.view.viewport().width()
    assert geometry.row == 12.0
    assert (geometry.tick(width) - geometry.tick(0)) / BAR == pytest.approx(16 * 1.08, abs=0.1)
