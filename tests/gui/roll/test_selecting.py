"""Selecting, panning and asking for tracks with the mouse in the notes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import EMPTY
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.roll.view import RollView
from tests.gui.roll.conftest import BAR, PPQ, TUNE, at, offer

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def note(roll: PianoRoll, bar: int) -> QPoint:
    """The pixel in the middle of the tune's note in a bar, counted from 0."""
    return at(roll, bar * BAR + PPQ / 2, 60 + bar % 4)


def starts(roll: PianoRoll) -> list[int]:
    found: list[int] = (roll.session.notes.start[roll.session.selected] // BAR).tolist()
    return found


def drag(
    view: RollView, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE
) -> None:
    target = view.viewport()
    QTest.mousePress(target, button, keys, start)
    QTest.mouseMove(target, (start + end) / 2)
    QTest.mouseMove(target, end)
    QTest.mouseRelease(target, button, keys, end)


def test_a_click_selects_a_note_and_sounds_it(roll: PianoRoll, qtbot: QtBot) -> None:
    with qtbot.waitSignal(roll.note_sounded) as sounded:
        qtbot.mouseClick(roll.view.viewport(), LEFT, NONE, note(roll, 2))
    assert sounded.args == [62, 2 * BAR, 0], "its pitch, and where and on which channel it is"
    assert starts(roll) == [2]


def test_shift_adds_and_ctrl_takes_away(roll: PianoRoll, qtbot: QtBot) -> None:
    viewport = roll.view.viewport()
    qtbot.mouseClick(viewport, LEFT, NONE, note(roll, 1))
    qtbot.mouseClick(viewport, LEFT, SHIFT, note(roll, 2))
    qtbot.mouseClick(viewport, LEFT, SHIFT, note(roll, 2))
    assert starts(roll) == [1, 2]
    qtbot.mouseClick(viewport, LEFT, CTRL, note(roll, 1))
    qtbot.mouseClick(viewport, LEFT, CTRL, note(roll, 3))
    assert starts(roll) == [2, 3]


def test_a_box_selects_what_it_touches_and_not_the_ghosts(roll: PianoRoll) -> None:
    drag(roll.view, at(roll, 0.5 * BAR, 66), at(roll, 3.9 * BAR, 59))
    assert starts(roll) == [1, 2, 3]
    drag(roll.view, at(roll, 4.5 * BAR, 66), at(roll, 5.1 * BAR, 59), keys=SHIFT)
    assert starts(roll) == [1, 2, 3, 5]


def test_a_click_on_empty_ground_clears_notes_then_the_passage(roll: PianoRoll, qtbot: QtBot) -> None:
    roll.session.set_passage(Passage((0,), 0, BAR))
    qtbot.mouseClick(roll.view.viewport(), LEFT, NONE, note(roll, 2))
    qtbot.mouseClick(roll.view.viewport(), LEFT, NONE, at(roll, 3.5 * BAR, 75))
    assert starts(roll) == []
    assert roll.session.passage is not None
    qtbot.mouseClick(roll.view.viewport(), LEFT, NONE, at(roll, 3.5 * BAR, 75))
    assert roll.session.passage is None


def test_a_click_on_empty_ground_does_not_take_the_passage_from_under_a_suggestion(
    roll: PianoRoll, qtbot: QtBot
) -> None:
    roll.session.set_passage(Passage((0,), 0, BAR))
    offer(roll, Gap((0,), 0, BAR), EMPTY, 1, 4)
    qtbot.mouseClick(roll.view.viewport(), LEFT, NONE, at(roll, 3.5 * BAR, 75))
    assert roll.session.passage is not None


def test_a_box_held_beyond_the_edge_scrolls_on_and_selects_there(roll: PianoRoll, qtbot: QtBot) -> None:
    viewport, began = roll.view.viewport(), at(roll, 0.5 * BAR, 66)
    QTest.mousePress(viewport, LEFT, NONE, began)
    QTest.mouseMove(viewport, QPoint(viewport.width() + 200, at(roll, 0, 59).y()))
    qtbot.waitUntil(lambda: len(starts(roll)) > 12, timeout=5000)
    assert starts(roll)[0] == 1  # the box did not move along with the view
    QTest.mouseRelease(viewport, LEFT, NONE, began)
    stopped = roll.view.horizontalScrollBar().value()
    qtbot.wait(80)
    assert roll.view.horizontalScrollBar().value() == stopped


def test_escape_ends_a_box(roll: PianoRoll) -> None:
    viewport = roll.view.viewport()
    QTest.mousePress(viewport, LEFT, NONE, at(roll, 0.5 * BAR, 66))
    QTest.mouseMove(viewport, at(roll, 2.5 * BAR, 59))
    assert roll.cancel_drag()
    assert not roll.cancel_drag()
    QTest.mouseMove(viewport, at(roll, 7.5 * BAR, 59))
    assert starts(roll) == [1, 2]


def test_a_double_click_on_a_ghost_makes_its_track_current(roll: PianoRoll, qtbot: QtBot) -> None:
    place = at(roll, 2 * BAR + 2.5 * PPQ, 67)
    qtbot.mouseDClick(roll.view.viewport(), LEFT, NONE, place)
    assert roll.session.current == 1
    roll.session.set_current(0)
    roll.view.show_pitch(67)
    roll.set_ghosts(False)
    qtbot.mouseDClick(roll.view.viewport(), LEFT, NONE, at(roll, 2 * BAR + 2.5 * PPQ, 67))
    assert roll.session.current == 0


def test_the_middle_button_pans(roll: PianoRoll) -> None:
    roll.zoom_to(10 * BAR, 18 * BAR)
    before = roll.view.geometry_now
    drag(roll.view, QPoint(400, 300), QPoint(340, 270), MIDDLE)
    assert (roll.view.geometry_now.left, roll.view.geometry_now.top) == (before.left + 60, before.top + 30)
    assert starts(roll) == []


def test_next_and_previous_note_walk_in_order_and_sound(roll: PianoRoll) -> None:
    sounded: list[int] = []
    roll.note_sounded.connect(lambda pitch, tick, channel: sounded.append(pitch))
    for _ in range(3):
        roll.select_next_note()
    roll.select_next_note(-1)
    order = sorted((n.start, n.pitch) for n in TUNE)
    assert sounded == [order[index][1] for index in (0, 1, 2, 1)]
    assert roll.session.selected.tolist() == [1]


def test_walking_starts_with_what_is_in_view_and_ends_at_the_last_note(roll: PianoRoll) -> None:
    roll.zoom_to(20 * BAR, 28 * BAR)
    roll.select_next_note()
    assert starts(roll) == [20]
    roll.session.select_notes(np.array([len(TUNE) - 2]))
    roll.select_next_note()
    roll.select_next_note()
    assert starts(roll) == [39]
    assert 0 <= roll.view.geometry_now.x(39 * BAR) < roll.view.viewport().width()


def test_notes_that_the_track_does_not_have_are_not_selected(roll: PianoRoll) -> None:
    roll.session.select_notes(np.array([-1, 3, len(TUNE)]))
    assert roll.session.selected.tolist() == [3]


def test_a_selection_beyond_an_edited_song_is_forgotten(roll: PianoRoll) -> None:
    roll.session.select_notes(roll.session.notes.start.argsort()[-1:])
    song = roll.session.song
    roll.session.document.apply("Test", song.with_track(0, song.tracks[1]).with_track(1, song.tracks[0]))
    roll.session.document.apply("Test", type(song)(PPQ, ()))
    assert not len(roll.session.selected)
