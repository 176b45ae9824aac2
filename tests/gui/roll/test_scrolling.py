"""Zooming, scrolling, and following the playhead."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jazzassist.domain.timing import MeterMap
from jazzassist.gui.roll import PianoRoll, view
from jazzassist.gui.roll.geometry import Geometry, grid_lines, part_of_beat
from tests.gui.roll.conftest import BAR, PPQ, at, move_playhead

NOTCH = 120
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def wheel(roll: PianoRoll, place: QPointF, keys: Qt.KeyboardModifier, across: int = 0, down: int = NOTCH) -> None:
    target = roll.view.viewport()
    event = QWheelEvent(
        place, target.mapToGlobal(place), QPoint(), QPoint(across, down), Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(target, event)


@pytest.mark.parametrize("down", [NOTCH, -NOTCH])
def test_ctrl_and_wheel_zoom_around_the_pointer(roll: PianoRoll, down: int) -> None:
    roll.zoom_to(16 * BAR, 24 * BAR)
    before = roll.view.geometry_now
    wheel(roll, QPointF(613, 200), CTRL, down=down)
    after = roll.view.geometry_now
    assert (after.per_tick > before.per_tick) == (down > 0)
    assert abs(after.tick(613) - before.tick(613)) <= 1 / after.per_tick


def test_two_fingers_zoom_around_the_pointer(roll: PianoRoll) -> None:
    roll.zoom_to(16 * BAR, 24 * BAR)
    before, place = roll.view.geometry_now, QPointF(613, 200)
    pinch = Qt.NativeGestureType.ZoomNativeGesture
    device = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(pinch, device, 2, place, place, place, 0.25, QPointF())
    QApplication.sendEvent(roll.view.viewport(), event)
    after = roll.view.geometry_now
    assert after.per_tick == pytest.approx(before.per_tick * 1.25)
    assert abs(after.tick(613) - before.tick(613)) <= 1 / after.per_tick


@pytest.mark.parametrize("keys", [ALT, CTRL | SHIFT], ids=["Alt", "Ctrl+Shift"])
@pytest.mark.parametrize("turned", [{"down": NOTCH}, {"across": NOTCH, "down": 0}])
def test_alt_or_ctrl_and_shift_and_wheel_zoom_rows_around_the_pointer(
    roll: PianoRoll, turned: dict[str, int], keys: Qt.KeyboardModifier
) -> None:
    before = roll.view.geometry_now
    wheel(roll, QPointF(400, 250), keys, **turned)
    after = roll.view.geometry_now
    assert after.row > before.row
    assert after.per_tick == before.per_tick
    assert abs(after.y(0) / after.row - before.y(0) / before.row) < 12
    assert after.pitch(250) == before.pitch(250)


def test_the_wheel_scrolls_down_and_with_shift_sideways(roll: PianoRoll) -> None:
    roll.zoom_to(16 * BAR, 24 * BAR)
    before = roll.view.geometry_now
    wheel(roll, QPointF(400, 250), NONE, down=-NOTCH)
    assert (roll.view.geometry_now.left, roll.view.geometry_now.top > before.top) == (before.left, True)
    lower = roll.view.geometry_now
    wheel(roll, QPointF(400, 250), SHIFT, down=-NOTCH)
    assert (roll.view.geometry_now.left > lower.left, roll.view.geometry_now.top) == (True, lower.top)


def test_zoom_ends_somewhere_on_both_sides(roll: PianoRoll) -> None:
    for _ in range(80):
        roll.zoom_in()
    assert roll.view.geometry_now.per_tick * BAR == view.BAR_PIXELS[1]
    for _ in range(120):
        roll.zoom_out()
    assert roll.view.geometry_now.per_tick * BAR == view.BAR_PIXELS[0]


def test_the_whole_song_and_any_range_fit(roll: PianoRoll) -> None:
    width = roll.view.viewport().width()
    roll.zoom_song()
    assert roll.view.geometry_now.x(0) >= 0
    assert width * 0.8 < roll.view.geometry_now.x(40 * BAR) <= width
    roll.zoom_to(10 * BAR, 12 * BAR)
    assert 0 < roll.view.geometry_now.x(10 * BAR) < roll.view.geometry_now.x(12 * BAR) < width


def test_the_current_tracks_notes_are_scrolled_to(roll: PianoRoll) -> None:
    roll.session.set_current(1)
    roll.view.verticalScrollBar().setValue(0)
    roll.session.set_current(0)
    for pitch in (60, 72):
        assert 0 <= at(roll, 0, pitch).y() < roll.view.viewport().height()


def test_what_was_in_the_middle_stays_there_when_the_window_grows(roll: PianoRoll, qtbot: QtBot) -> None:
    middle = roll.view.geometry_now.pitch(roll.view.viewport().height() / 2)
    roll.resize(1000, 900)
    qtbot.waitUntil(lambda: roll.view.viewport().height() > 700)
    assert abs(roll.view.geometry_now.pitch(roll.view.viewport().height() / 2) - middle) <= 1


def test_the_page_turns_when_the_playhead_leaves_it(roll: PianoRoll) -> None:
    move_playhead(roll, 4 * BAR, True)
    assert roll.view.geometry_now.left == 0
    move_playhead(roll, 20 * BAR, True)
    assert 0 < roll.view.geometry_now.x(20 * BAR) < 100
    move_playhead(roll, 2 * BAR, False)
    assert roll.view.geometry_now.x(2 * BAR) < 0


def test_the_view_does_not_follow_while_the_composer_scrolls_but_does_again_later(
    roll: PianoRoll, qtbot: QtBot
) -> None:
    roll.view._following.setInterval(150)
    wheel(roll, QPointF(400, 250), SHIFT, down=NOTCH)
    move_playhead(roll, 20 * BAR, True)
    assert roll.view.geometry_now.left == 0
    qtbot.wait(250)
    move_playhead(roll, 20 * BAR + 1, True)
    assert 0 < roll.view.geometry_now.x(20 * BAR) < 100


def test_lines_come_with_room_for_them() -> None:
    meters = MeterMap(PPQ, ((0, 3, 4),))
    far = grid_lines(meters, Geometry(0.001, 10), 1000)
    assert not far.beats
    assert all(b - a >= 46 / 0.001 for (a, _), (b, _) in zip(far.numbers, far.numbers[1:], strict=False))
    near = grid_lines(meters, Geometry(0.2, 10, left=3 * PPQ * 0.2), 1000)
    assert near.numbers[0] == (3 * PPQ, 2)
    assert 4 * PPQ in near.beats
    assert 4 * PPQ + PPQ // 4 in near.parts
    assert not set(near.parts) & {*near.beats, *near.bars}


@pytest.mark.parametrize("beat", [1, 3, 12, 480, 9600])
def test_the_grids_step_is_a_tick_at_least_and_divides_the_beat(beat: int) -> None:
    for per_tick in (1e-6, 0.01, 1.0, 1e4):
        part = part_of_beat(beat, per_tick)
        assert part >= 1
        assert beat % part == 0
