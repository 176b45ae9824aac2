"""Selecting bars has the music around them read, so that what is asked then begins at once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.gui.suggestions.warming import SETTLED_MS
from jazzassist.gui.window.main_window import MainWindow
from tests.gui.conftest import BAR
from tests.gui.test_main_job import CTRL, drag_bars
from tests.gui.worker_line import WorkerLine

HEARD, EMPTY = Passage((1,), 8 * BAR, 10 * BAR), Passage((1,), 4 * BAR, 8 * BAR)


@pytest.fixture
def line(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> WorkerLine:
    """The line of a window in which nothing is selected."""
    window.session.set_passage(None)
    qtbot.wait(2 * SETTLED_MS)
    return WorkerLine(window, monkeypatch)


def wait_for(line: WorkerLine, qtbot: QtBot, count: int) -> None:
    qtbot.waitUntil(lambda: len(line.warmed) >= count, timeout=10_000)
    qtbot.wait(2 * SETTLED_MS)
    assert len(line.warmed) == count


def test_what_may_be_asked_about_the_selection_is_read(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    window.panel.bars.setValue(2)
    window.panel.beats.setValue(1)
    window.session.set_passage(HEARD)
    wait_for(line, qtbot, 2)
    bridge, continuation = line.warmed
    assert (bridge.kind, bridge.start, bridge.end) == ("bridge", 8 * BAR, 10 * BAR)
    assert (continuation.kind, continuation.start) == ("continuation", 10 * BAR)
    assert window.client.state == "ready", "the window waits for nothing"
    for ask, read in ((window.asking.ask_bridge, bridge), (window.asking.ask_continuation, continuation)):
        ask()
        assert line.asked.request.context_hash == read.context_hash


def test_dragging_over_bars_asks_for_nothing_on_the_way(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    drag_bars(window, qtbot, 5, 8)
    assert line.lines == []
    wait_for(line, qtbot, 1)
    assert line.warmed[0].kind == "bridge", "nothing in these bars can be continued"


def test_what_cannot_be_asked_is_not_read(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    window.tracks.setCurrentRow(0)
    window.session.set_passage(Passage((0,), 4 * BAR, 8 * BAR))
    qtbot.wait(3 * SETTLED_MS)
    window.session.set_passage(None)
    qtbot.wait(3 * SETTLED_MS)
    assert line.lines == []


def test_after_an_edit_it_is_read_again(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    window.session.set_passage(EMPTY)
    wait_for(line, qtbot, 1)
    qtbot.keyClick(window, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(window, Qt.Key.Key_Up)
    wait_for(line, qtbot, 2)
    before, after = line.warmed
    assert before.context_hash != after.context_hash


def test_a_request_that_is_under_way_is_never_disturbed(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    window.session.set_passage(EMPTY)
    window.asking.ask_bridge()
    qtbot.wait(3 * SETTLED_MS)
    window.session.set_passage(HEARD)
    qtbot.wait(3 * SETTLED_MS)
    assert line.warmed == []
    assert line.cancelled == []
    line.answer(*line.some(2))
    wait_for(line, qtbot, 2)


def test_what_was_selected_while_the_network_was_loaded_is_read_then(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.wait(2 * SETTLED_MS)
    line = WorkerLine(window, monkeypatch)
    window.client.use("markov")
    window.session.set_passage(EMPTY)
    assert window.client.state == "loading"
    qtbot.waitUntil(lambda: window.client.state == "ready", timeout=60_000)
    wait_for(line, qtbot, 1)


def test_the_real_worker_answers_nothing_and_then_the_request(window: MainWindow, qtbot: QtBot) -> None:
    states: list[str] = []
    window.client.state_changed.connect(states.append)
    window.session.set_passage(HEARD)
    qtbot.wait(3 * SETTLED_MS)
    assert states == []
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: bool(window.panel.cards), timeout=30_000)
