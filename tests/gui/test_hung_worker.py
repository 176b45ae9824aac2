"""A worker that no longer answers is noticed and replaced; a slow one is left alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.gui.suggestions.suggestion_client import HUNG
from jazzassist.gui.suggestions.worker_watch import WorkerWatch
from jazzassist.gui.window.main_window import MainWindow
from tests.gui.conftest import BAR, answered

PATIENCE_MS = 60_000
TICK_MS = 50

posix = pytest.mark.skipif(os.name != "posix", reason="this system cannot stop a process")

# A worker whose suggester never comes back the first time it is asked by a composer. The thread that
# reads commands and the one that beats go on.
STUCK = """
import time, sys
from jazzassist.suggest import worker
answer = worker.answer
def stuck(suggester, request, *others):
    if len(request.lines) > 1 and "--stuck" in sys.argv:
        time.sleep(10_000)
    return answer(suggester, request, *others)
worker.answer = stuck
worker.main([word for word in sys.argv[1:] if word != "--stuck"])
"""


@pytest.fixture
def stopped(window: MainWindow) -> Iterator[int]:
    """The id of the window's worker, which was stopped and does nothing any more."""
    window.client.watch = WorkerWatch(starting=1200, silent=20, stuck=1200)
    window.client.watch.hear(True)
    window.client.ticking.setInterval(TICK_MS)
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    process = window.client.process_id
    os.kill(process, signal.SIGSTOP)
    yield process
    window.client.watch = WorkerWatch()


@posix
def test_a_stopped_worker_is_noticed_said_and_replaced(window: MainWindow, qtbot: QtBot, stopped: int) -> None:
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: HUNG in window.banner.sentences, timeout=PATIENCE_MS)
    assert window.panel.state.text() == f"{HUNG} Please try again."
    window.client.watch = WorkerWatch()
    qtbot.waitUntil(lambda: window.client.state == "ready", timeout=PATIENCE_MS)
    assert window.client.process_id != stopped
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=PATIENCE_MS)


@posix
def test_it_is_noticed_before_anything_is_asked(window: MainWindow, qtbot: QtBot, stopped: int) -> None:
    qtbot.waitUntil(lambda: HUNG in window.banner.sentences, timeout=PATIENCE_MS)


@posix
def test_escape_works_while_it_hangs(window: MainWindow, qtbot: QtBot, stopped: int) -> None:
    window.client.ticking.stop()
    window.asking.ask_bridge()
    assert window.session.is_busy
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.client.state == "ready"
    window.client.ticking.start()
    qtbot.waitUntil(lambda: HUNG in window.banner.sentences, timeout=PATIENCE_MS)


def test_a_worker_that_lives_but_gets_nowhere_is_replaced(window: MainWindow, qtbot: QtBot) -> None:
    client = window.client
    client.command = ["-c", STUCK, "--beat", "0.05", "--stuck"]
    client.use("markov")
    qtbot.waitUntil(lambda: client.state == "ready", timeout=PATIENCE_MS)
    client.watch = WorkerWatch(starting=1200, silent=1200, stuck=20)
    client.watch.hear(True)
    client.ticking.setInterval(TICK_MS)
    client.command.remove("--stuck")
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: HUNG in window.banner.sentences, timeout=PATIENCE_MS)
    client.watch = WorkerWatch()
    qtbot.waitUntil(lambda: client.state == "ready", timeout=PATIENCE_MS)
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=PATIENCE_MS)


def test_one_that_beats_and_makes_progress_is_never_given_up() -> None:
    watch = WorkerWatch()
    watch.start()
    for second in range(100_000):
        if second % 20 == 0:
            watch.hear(is_progress=second % 100 == 0)
        assert not watch.is_hung(is_working=True)


def test_one_that_beats_and_was_asked_nothing_is_never_given_up() -> None:
    watch = WorkerWatch()
    watch.start()
    for _ in range(100_000):
        watch.hear(is_progress=False)
        assert not watch.is_hung(is_working=False)


def test_a_slow_start_is_no_hang() -> None:
    watch = WorkerWatch()
    watch.start()
    assert not any(watch.is_hung(is_working=True) for _ in range(watch.starting))
    assert watch.is_hung(is_working=True)
    watch.start()
    assert not watch.is_hung(is_working=True)


def test_long_idleness_does_not_count_against_the_next_request() -> None:
    watch = WorkerWatch()
    watch.start()
    for _ in range(1000):
        watch.hear(is_progress=False)
        assert not watch.is_hung(is_working=False)
    watch.expect()
    for _ in range(watch.stuck):
        watch.hear(is_progress=False)
        assert not watch.is_hung(is_working=True)
    assert watch.is_hung(is_working=True)
