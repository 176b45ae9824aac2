"""Songs so long that their width in pixels does not fit into the 32-bit integers of Qt's scroll bars and points."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.roll.geometry import FAR, Geometry, grid_lines
from tests.gui.roll.conftest import move_playhead, offer, passages

LONGEST_DELTA = (1 << 28) - 1
ENDS = {"one delta": LONGEST_DELTA, "many deltas": 4000 * LONGEST_DELTA, "a megabyte of deltas": 1 << 46}


def long_song(end: int, ppq: int) -> Song:
    """A note over the whole song, one in its first quarter and one in its last, a marker at the end."""
    notes = [Note(0, end, 40), Note(0, ppq, 60), Note(end - ppq, ppq, 72)]
    return Song(ppq, (Track("Long", Notes.of(notes), (Event(end - ppq, b"\xff\x06Coda"),), end=end),))


@pytest.fixture(params=[(name, ppq) for name in ENDS for ppq in (1, 480)], ids=lambda param: f"{param[0]}, {param[1]}")
def song(request: pytest.FixtureRequest, roll: PianoRoll) -> Song:
    """The long song that the roll shows."""
    name, ppq = request.param
    found = long_song(ENDS[name], ppq)
    roll.session.document.apply("Test", found)
    return found


def paint(roll: PianoRoll) -> None:
    for widget in (roll.view.viewport(), roll.ruler, roll.keys):
        widget.repaint()


def test_every_zoom_and_place_is_painted(roll: PianoRoll, song: Song) -> None:
    end = song.end
    roll.session.set_loop((0, end), True)
    roll.session.set_passage(Passage((0,), 0, end))
    for start, stop in ((0, end), (0, song.ppq), (end - song.ppq, end), (end // 2, end // 2 + 1), (end // 3, end)):
        roll.zoom_to(start, stop)
        for playhead in (0, end // 2, end):
            move_playhead(roll, playhead, True)
            paint(roll)
        roll.session.select_notes([0, 2])
        offer(roll, Gap((0,), 0, end), song.tracks[0].notes)
        paint(roll)
        roll.session.withdraw_offer()
    for _ in range(80):
        roll.zoom_in()
    paint(roll)
    for _ in range(160):
        roll.zoom_out()
    paint(roll)


def test_the_last_note_is_where_it_is_shown_at_any_zoom(roll: PianoRoll, song: Song) -> None:
    last = song.end - song.ppq
    for bars in (1, 40):
        roll.zoom_to(max(0, last - bars * 4 * song.ppq), song.end)
        roll.scroll_to(last)
        x = roll.view.geometry_now.x(last + song.ppq / 2)
        assert 0 <= x < roll.view.viewport().width()
        y = roll.view.geometry_now.y(72)
        roll.view.verticalScrollBar().setValue(round(roll.view.verticalScrollBar().value() + y - 100))
        y = roll.view.geometry_now.y(72) + 3
        assert roll.view.note_at(QPoint(round(x), round(y))) == 2


def test_the_whole_song_is_shown_from_its_first_to_its_last_note(roll: PianoRoll, song: Song) -> None:
    roll.zoom_song()
    geometry, width = roll.view.geometry_now, roll.view.viewport().width()
    assert geometry.x(0) >= -1
    assert geometry.x(song.end) <= width + 1


def test_scrolling_by_pixels_moves_by_pixels_wherever_the_view_is(roll: PianoRoll, song: Song) -> None:
    roll.zoom_to(song.end // 2, song.end // 2 + 8 * song.ppq)
    before = roll.view.geometry_now.left
    roll.view.scroll_by(-37, 0)
    assert roll.view.geometry_now.left == before - 37


def test_the_scroll_bar_reaches_both_ends(roll: PianoRoll, song: Song) -> None:
    roll.zoom_to(0, 4 * song.ppq)
    bar = roll.view.horizontalScrollBar()
    bar.setValue(bar.maximum())
    assert roll.view.geometry_now.x(song.end) < roll.view.viewport().width()
    bar.setValue(0)
    assert roll.view.geometry_now.left == 0


def test_bars_are_dragged_at_the_end_and_beyond_the_edge(roll: PianoRoll, song: Song, qtbot: QtBot) -> None:
    roll.zoom_to(song.end - 16 * song.ppq, song.end)
    asked = passages(roll)
    qtbot.mousePress(roll.ruler, Qt.MouseButton.LeftButton, pos=QPoint(100, 36))
    for place in (QPoint(200, 36), QPoint(roll.ruler.width() + 40, 36)):
        qtbot.mouseMove(roll.ruler, place)
    before = roll.view.geometry_now.left
    qtbot.waitUntil(lambda: roll.view.geometry_now.left > before, timeout=5000)
    qtbot.mouseRelease(roll.ruler, Qt.MouseButton.LeftButton, pos=QPoint(300, 36))
    first, last = asked[0], asked[-1]
    assert first is not None
    assert last is not None
    assert last.end > first.start > 0


def test_a_box_is_drawn_around_the_last_note(roll: PianoRoll, song: Song, qtbot: QtBot) -> None:
    roll.zoom_to(song.end - 16 * song.ppq, song.end)
    roll.view.show_pitch(72)
    geometry, port = roll.view.geometry_now, roll.view.viewport()
    left, right = geometry.x(song.end - 2 * song.ppq), geometry.x(song.end)
    corners = (QPointF(left, geometry.y(73) - 6), QPointF(right - 2, geometry.y(70)))
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=corners[0].toPoint())
    for share in (0.5, 1.0):
        qtbot.mouseMove(port, (corners[0] * (1 - share) + corners[1] * share).toPoint())
    port.repaint()
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=corners[1].toPoint())
    assert roll.session.selected.tolist() == [2]


def test_places_far_outside_the_view_are_held_near_it() -> None:
    geometry = Geometry(600.0, 12.0, left=1e15)
    assert geometry.x(0) == -FAR
    assert geometry.x(1 << 60) == FAR
    assert geometry.x(1e15 / 600 + 1) == pytest.approx(600)


def test_as_many_lines_of_beats_as_are_in_view_are_made_of_a_very_long_bar() -> None:
    song = Song(480, (Track("", events=(Event(0, b"\xff\x58\xff\x00\x18\x08"),)),))  # 255/1
    lines = grid_lines(song.meter_map, Geometry(1.0, 12.0, left=200_000.0), 1000)
    assert len(lines.beats) + len(lines.parts) < 100
    assert min(lines.beats) >= 199_000
