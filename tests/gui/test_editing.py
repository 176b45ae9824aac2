"""The edit menu: what is cut, copied, pasted, moved; and what stays selected."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain import edits
from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import OpenedSong
from tests.gui.conftest import BAR, answered

Key, Keys = Qt.Key, Qt.KeyboardModifier
CTRL, ALT, SHIFT = Keys.ControlModifier, Keys.AltModifier, Keys.ShiftModifier


def notes(window: MainWindow) -> list[Note]:
    return list(window.session.song.tracks[window.session.current].notes)


def chosen(window: MainWindow) -> list[Note]:
    return list(window.session.notes.select(window.session.selected))


def select(window: MainWindow, *indices: int) -> list[Note]:
    window.session.select_notes(np.array(indices, np.intp))
    return chosen(window)


def test_what_is_copied_is_pasted_at_the_playhead(window: MainWindow, qtbot: QtBot) -> None:
    copied, before = select(window, 2, 3), notes(window)
    qtbot.keyClick(window, Key.Key_C, CTRL)
    window.player.seek(5 * BAR)
    qtbot.keyClick(window, Key.Key_V, CTRL)
    later = 5 * BAR - copied[0].start
    assert chosen(window) == [note._replace(start=note.start + later) for note in copied]
    assert sorted(notes(window)) == sorted(before + chosen(window))
    assert window.session.document.history.undo_text == "Paste notes"


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
    assert not window.session.document.dirty


def test_alt_and_an_arrow_move_by_a_128th(window: MainWindow, qtbot: QtBot) -> None:
    before = select(window, 5)[0]
    qtbot.keyClick(window, Key.Key_Right, ALT)
    assert chosen(window) == [before._replace(start=before.start + 15)]


def test_shift_and_an_arrow_change_the_selection_by_a_beat(window: MainWindow, qtbot: QtBot) -> None:
    window.player.seek(2 * BAR)
    for key, end in ((Key.Key_Right, 480), (Key.Key_Right, 960), (Key.Key_Left, 480), (Key.Key_Left, 480)):
        qtbot.keyClick(window, key, SHIFT)
        assert window.session.passage == Passage((1,), 2 * BAR, 2 * BAR + end)


def test_after_an_edit_only_notes_that_are_still_there_are_selected(window: MainWindow) -> None:
    kept = select(window, 0, 5)
    window.session.select_notes(np.array([3]))
    window.editing.delete_notes()
    select(window, 0, 4)
    assert chosen(window) == kept
    window.session.document.undo()
    assert chosen(window) == kept, "they have other indices now"


def test_undoing_an_insertion_leaves_other_notes_unselected(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=30_000)
    window.suggesting.insert()
    assert len(chosen(window))
    window.session.document.undo()
    assert not chosen(window), "what is selected now would be deleted by the next key"


def test_the_usual_zoom_shows_sixteen_bars(window: MainWindow, qtbot: QtBot) -> None:
    window.roll.zoom_to(4 * BAR, 5 * BAR)
    window.roll.view.zoom_rows(2.0, 0)
    qtbot.keyClick(window, Key.Key_0, CTRL)
    geometry, width = window.roll.view.geometry_now, window.roll.view.viewport().width()
    assert geometry.row == 12.0
    assert (geometry.tick(width) - geometry.tick(0)) / BAR == pytest.approx(16 * 1.08, abs=0.1)


def show(window: MainWindow, notes: Notes, ppq: int = 480, events: tuple[Event, ...] = ()) -> None:
    """Makes the window's song one of a single track. No time passes, so that a slow machine makes no difference."""
    window.editing.clock = lambda: 0.0
    track = Track("Line", notes, events, end=notes.last_end)
    window.session.document.adopt(OpenedSong(Song(ppq, (track,)), (), False), None)


CHORD = [(0, 960, pitch, 80, 0) for pitch in (52, 55, 59)]


def test_a_burst_of_moves_swallows_no_note_that_it_passes_over(window: MainWindow, qtbot: QtBot) -> None:
    show(window, Notes.of(CHORD))
    lowest = select(window, 0)
    for key in [Key.Key_Up] * 4 + [Key.Key_Down] * 4:
        qtbot.keyClick(window, key)
    assert notes(window) == CHORD
    assert chosen(window) == lowest
    assert not window.session.document.dirty, "all is as it was"
    assert window.session.document.history.undo_text is None


def test_the_note_passed_over_is_there_again_whenever_the_moved_ones_go_on(window: MainWindow, qtbot: QtBot) -> None:
    show(window, Notes.of(CHORD))
    select(window, 0)
    window.editing.clock = iter(range(0, 1000, 10)).__next__  # ten seconds between any two presses
    for _ in range(3):
        qtbot.keyClick(window, Key.Key_Up)
    assert [note.pitch for note in notes(window)] == [55, 59], "two notes of one key cannot sound together"
    qtbot.keyClick(window, Key.Key_Up)
    assert [note.pitch for note in notes(window)] == [55, 56, 59]
    for _ in range(4):
        window.session.document.undo()
    assert notes(window) == CHORD, "these presses were steps of their own"
    assert window.session.document.history.undo_text is None


def test_a_burst_is_one_step_of_undo(window: MainWindow, qtbot: QtBot) -> None:
    show(window, Notes.of(CHORD))
    before = select(window, 0, 1)
    for key in (Key.Key_Up, Key.Key_Up, Key.Key_Right, Key.Key_Down):
        qtbot.keyClick(window, key)
    after = notes(window)
    assert chosen(window) == [note._replace(start=120, pitch=note.pitch + 1) for note in before]
    window.session.document.undo()
    assert (notes(window), chosen(window)) == (CHORD, before)
    window.session.document.redo()
    assert notes(window) == after
    select(window, 0)
    qtbot.keyClick(window, Key.Key_Up)
    window.session.document.undo()
    assert notes(window) == after, "other notes are another burst"


def test_moves_beyond_the_keyboard_need_not_be_taken_back_one_by_one(window: MainWindow, qtbot: QtBot) -> None:
    show(window, Notes.of([(0, 960, 126)]))
    select(window, 0)
    for key in [Key.Key_Up] * 5 + [Key.Key_Down]:
        qtbot.keyClick(window, key)
    assert notes(window)[0].pitch == 126


def test_saving_within_a_burst_does_not_hide_what_follows(window: MainWindow, qtbot: QtBot) -> None:
    show(window, Notes.of(CHORD))
    select(window, 0)
    qtbot.keyClick(window, Key.Key_Up)
    window.session.document.history.set_clean()
    qtbot.keyClick(window, Key.Key_Up)
    assert window.session.document.dirty
    window.session.document.undo()
    assert [note.pitch for note in notes(window)] == [53, 55, 59]
    assert not window.session.document.dirty


def test_what_is_pasted_in_place_and_deleted_leaves_the_original(window: MainWindow, qtbot: QtBot) -> None:
    show(window, Notes.of(CHORD))
    select(window, 0, 2)
    window.player.seek(0)
    for key in (Key.Key_C, Key.Key_V):
        qtbot.keyClick(window, key, CTRL)
    assert notes(window) == CHORD
    qtbot.keyClick(window, Key.Key_Delete)
    assert notes(window) == CHORD


def test_what_is_pasted_in_place_and_moved_leaves_the_original(window: MainWindow, qtbot: QtBot) -> None:
    show(window, Notes.of(CHORD))
    select(window, 0, 1, 2)
    window.player.seek(0)
    for key in (Key.Key_C, Key.Key_V):
        qtbot.keyClick(window, key, CTRL)
    for _ in range(12):
        qtbot.keyClick(window, Key.Key_Up)
    assert [note.pitch for note in notes(window)] == [52, 55, 59, 64, 67, 71]
    window.session.document.undo()
    window.session.document.undo()
    assert notes(window) == CHORD


def test_notes_that_something_else_was_selected_after_are_at_their_place(window: MainWindow, qtbot: QtBot) -> None:
    show(window, Notes.of(CHORD))
    select(window, 0)
    for _ in range(3):
        qtbot.keyClick(window, Key.Key_Up)
    select(window)
    select(window, 0)
    qtbot.keyClick(window, Key.Key_Up)
    assert [note.pitch for note in notes(window)] == [56, 59]


def test_only_the_moved_one_of_two_notes_at_one_place_is_selected(window: MainWindow) -> None:
    """As in a file with two voices in unison."""
    show(window, Notes.of([(0, 480, 60), (0, 960, 60), (960, 480, 62)]))
    select(window, 1, 2)
    window.editing.nudge(1)
    assert len(chosen(window)) == 2
    window.session.document.apply("Other", edits.remove(window.session.song, 0, [0]))
    assert len(chosen(window)) == 2


def test_notes_are_pasted_as_long_as_they_are_in_the_song_they_come_from(window: MainWindow, qtbot: QtBot) -> None:
    pressure = (Event(500, b"\xa0\x3c\x40"),)
    show(window, Notes.of([(480, 220, 60), (700, 0, 61), (960, 480, 62)]), 480, pressure)
    select(window, 0, 1, 2)
    qtbot.keyClick(window, Key.Key_C, CTRL)
    show(window, Notes.of([(0, 96, 40)]), 96)
    window.player.seek(192)
    qtbot.keyClick(window, Key.Key_V, CTRL)
    assert [note[:3] for note in chosen(window)] == [(192, 44, 60), (236, 0, 61), (288, 96, 62)]
    assert window.session.song.tracks[0].events == (Event(196, b"\xa0\x3c\x40"),)
    select(window, 1)
    qtbot.keyClick(window, Key.Key_C, CTRL)
    show(window, Notes.of([(0, 96, 40)]), 7)
    window.player.seek(70)
    qtbot.keyClick(window, Key.Key_V, CTRL)
    assert [note[:3] for note in chosen(window)] == [(70, 3, 60)]
