"""Runs long work in another thread while the window keeps painting and playing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QEventLoop, QObject, QRunnable, QThreadPool, Signal

Result = TypeVar("Result")


def in_background(work: Callable[[], Result]) -> Result:
    """Run `work` in another thread and return its result, or raise its error. User input waits meanwhile."""
    running = _Running(work)
    loop = QEventLoop()
    running.end.reached.connect(loop.quit)
    QThreadPool.globalInstance().start(running)
    while not running.is_done:  # something else, such as quitting, may end the loop too early
        loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    if running.error is not None:
        raise running.error
    assert running.results
    return running.results[0]


class _End(QObject):
    reached = Signal()


class _Running(QRunnable, Generic[Result]):
    def __init__(self, work: Callable[[], Result]) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self._work, self.end = work, _End()
        self.results: list[Result] = []
        self.error: Exception | None = None
        self.is_done = False

    def run(self) -> None:
        try:
            self.results.append(self._work())
        except Exception as error:  # raised again in the calling thread
            self.error = error
        self.is_done = True
        self.end.reached.emit()
