"""Bars selected in the ruler, and what stands in it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Event, Song, Track
from jazzassist.domain.timing import MeterMap
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.roll.geometry import Geometry, grid_lines
from jazzassist.gui.roll.ruler import HEIGHT, LOOP, TAB, signs
from jazzassist.session.grid import whole_bars, whole_beats
from tests.gui.roll.conftest import BAR, PPQ, colors_in, passages

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def place(roll: PianoRoll, tick: float) -> QPoint:
    return QPoint(round(roll.view.geometry_now.x(tick)), HEIGHT // 2)


def dragged(roll: PianoRoll, start: float, end: float, keys: Qt.KeyboardModifier = NONE) -> list[Passage | None]:
    """The passages that a drag from tick to tick selects."""
    asked = passages(roll)
    QTest.mousePress(roll.ruler, LEFT, keys, place(roll, start))
    for share in (0.5, 1.0):
        QTest.mouseMove(roll.ruler, place(roll, start + (end - start) * share))
    QTest.mouseRelease(roll.ruler, LEFT, keys, place(roll, end))
    return asked


def test_a_drag_selects_whole_bars_on_the_current_track(roll: PianoRoll, qtbot: QtBot) -> None:
    roll.session.set_current(1)
    with qtbot.assertNotEmitted(roll.seek_requested):
        assert dragged(roll, 2.4 * BAR, 5.3 * BAR)[-1] == Passage((1,), 2 * BAR, 6 * BAR)


@pytest.mark.parametrize("keys", [CTRL, ALT], ids=["Ctrl", "Alt"])
def test_a_drag_or_a_double_click_with_ctrl_or_alt_selects_beats(roll: PianoRoll, keys: Qt.KeyboardModifier) -> None:
    asked = passages(roll)
    QTest.mousePress(roll.ruler, LEFT, keys, place(roll, 2.3 * BAR))
    end = QPointF(place(roll, 3.1 * BAR))
    kind, button = QEvent.Type.MouseMove, Qt.MouseButton.NoButton
    move = QMouseEvent(kind, end, roll.ruler.mapToGlobal(end), button, LEFT, keys)
    QApplication.sendEvent(roll.ruler, move)
    QTest.mouseRelease(roll.ruler, LEFT, keys, end.toPoint())
    assert asked[-1] == Passage((0,), 2 * BAR + PPQ, 3 * BAR + PPQ)
    QTest.mouseDClick(roll.ruler, LEFT, keys, place(roll, 3.1 * BAR))
    assert asked[-1] == Passage((0,), 3 * BAR, 3 * BAR + PPQ)


def test_a_drag_to_the_left_selects_the_same(roll: PianoRoll) -> None:
    assert dragged(roll, 5.3 * BAR, 2.4 * BAR)[-1] == Passage((0,), 2 * BAR, 6 * BAR)


def test_shift_click_extends_on_either_side(roll: PianoRoll, qtbot: QtBot) -> None:
    dragged(roll, 2.4 * BAR, 3.5 * BAR)
    qtbot.mouseClick(roll.ruler, LEFT, SHIFT, place(roll, 6.5 * BAR))
    assert roll.session.passage == Passage((0,), 2 * BAR, 7 * BAR)
    qtbot.mouseClick(roll.ruler, LEFT, SHIFT, place(roll, 0.5 * BAR))
    assert roll.session.passage == Passage((0,), 0, 7 * BAR)


def test_a_double_click_selects_one_bar(roll: PianoRoll, qtbot: QtBot) -> None:
    qtbot.mouseDClick(roll.ruler, LEFT, NONE, place(roll, 3.5 * BAR))
    assert roll.session.passage == Passage((0,), 3 * BAR, 4 * BAR)


def test_a_click_moves_the_playhead_and_selects_nothing(roll: PianoRoll, qtbot: QtBot) -> None:
    with qtbot.waitSignal(roll.seek_requested) as asked:
        qtbot.mouseClick(roll.ruler, LEFT, NONE, place(roll, 3.5 * BAR))
    assert abs(asked.args[0] - 3.5 * BAR) < 20
    assert roll.session.passage is None


def test_escape_in_a_drag_goes_back_to_the_passage_before(roll: PianoRoll) -> None:
    before = Passage((0,), 0, BAR)
    roll.session.set_passage(before)
    QTest.mousePress(roll.ruler, LEFT, NONE, place(roll, 2.5 * BAR))
    QTest.mouseMove(roll.ruler, place(roll, 4.5 * BAR))
    assert roll.session.passage != before
    assert roll.cancel_drag()
    assert roll.session.passage == before


def test_a_drag_beyond_the_edge_scrolls_and_selects_on(roll: PianoRoll, qtbot: QtBot) -> None:
    QTest.mousePress(roll.ruler, LEFT, NONE, place(roll, 6.5 * BAR))
    QTest.mouseMove(roll.ruler, QPoint(roll.view.viewport().width() + 150, 30))
    qtbot.waitUntil(lambda: roll.session.passage is not None and roll.session.passage.end > 14 * BAR, timeout=5000)
    QTest.mouseRelease(roll.ruler, LEFT, NONE, QPoint(10, 30))
    assert roll.session.passage is not None
    assert roll.session.passage.start == 6 * BAR


def test_passages_snap_to_bars_of_changing_meters_and_to_beats() -> None:
    meters = MeterMap(PPQ, ((0, 3, 4), (6 * PPQ, 7, 8)))
    assert whole_bars(meters, PPQ, 6 * PPQ + 1) == (0, 6 * PPQ + 7 * PPQ // 2)
    assert whole_bars(meters, PPQ, PPQ) == (0, 3 * PPQ)
    assert whole_beats(meters, PPQ + 5, 2 * PPQ) == (PPQ, 2 * PPQ)
    assert whole_beats(meters, 6 * PPQ + 250, 6 * PPQ + 250) == (6 * PPQ + 240, 6 * PPQ + 480)


def test_a_beat_ends_with_a_bar_that_a_change_of_meter_cut() -> None:
    meters = MeterMap(PPQ, ((0, 4, 4), (PPQ + 100, 3, 4)))
    assert whole_beats(meters, PPQ + 10, PPQ + 20) == (PPQ, PPQ + 100)


def test_passage_and_loop_are_painted_in_the_ruler(roll: PianoRoll) -> None:
    colors, left = roll.view.colors, place(roll, 2 * BAR).x()
    roll.session.set_passage(Passage((0,), 2 * BAR, 4 * BAR))
    roll.session.set_loop((2 * BAR, 4 * BAR), True)
    shown = roll.ruler.grab().toImage()
    tab = colors_in(shown, left + 10, TAB[0] + 2, 200, TAB[1] - 4)
    assert colors.passage_edge.rgb() in tab
    assert len(tab) > 3  # and the label on it
    assert colors.loop_edge.rgb() in colors_in(shown, left - 2, LOOP[0] - 1, 6, LOOP[1])
    roll.session.set_loop(None, False)
    assert colors.loop_edge.rgb() not in colors_in(roll.ruler.grab().toImage(), left - 2, LOOP[0] - 1, 6, LOOP[1])


def test_signs_name_markers_meters_and_tempi_where_they_change(roll: PianoRoll) -> None:
    assert signs(roll.session.song) == [(0, "4/4   120 bpm", False), (8 * BAR, "Solo", True)]
    blank = Song(PPQ, (Track("Markers", events=(Event(0, b"\xff\x06 "),)),))
    assert signs(blank) == []


def test_a_short_first_bar_does_not_thin_out_the_numbers_of_the_others() -> None:
    meters = MeterMap(PPQ, ((0, 1, 8), (PPQ // 2, 4, 4)))
    lines = grid_lines(meters, Geometry(60 / BAR, 12.0), 960)
    assert [bar for _, bar in lines.numbers] == [1, *range(3, 19)]
    assert lines.beats, "there is room for the beats of the usual bars"
    xs = [tick * 60 / BAR for tick, _ in lines.numbers]
    assert min(b - a for a, b in pairwise(xs)) >= 26


def test_lines_of_beats_that_are_no_whole_ticks_do_not_drift() -> None:
    lines = grid_lines(MeterMap(25, ((0, 7, 8),)), Geometry(8.0, 12.0, left=8750 * 8.0), 700)
    assert lines.bars[:2] == (8750, 8837)
    assert lines.beats[:6] == (8762, 8775, 8787, 8800, 8812, 8825)
    assert not {tick + 1 for tick in lines.parts} & {*lines.beats, *lines.bars}, "no part ends a tick before a beat"
    assert whole_beats(MeterMap(25, ((0, 7, 8),)), 8840, 8855) == (8837, 8862)
