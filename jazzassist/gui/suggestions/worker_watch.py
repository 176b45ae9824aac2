"""Notices a worker that no longer answers, without mistaking a slow machine for one."""

from __future__ import annotations

from dataclasses import dataclass

TICK_MS = 1000  # how often the window looks
BEAT_S = 1.0  # how often the worker says that it is alive, in seconds


@dataclass
class WorkerWatch:
    """Counts the ticks of the window's timer since the worker was last heard.

    Ticks are counted instead of reading a clock, so that the time during which the machine slept or
    the window itself was held up does not count. The limits are in ticks and very long compared with
    what a healthy worker needs: it beats every second, and reports progress several times a second.
    """

    starting: int = 120  # until a new process says anything
    silent: int = 30  # between two lines of a process that has said something
    stuck: int = 120  # alive, but without any progress in what it was asked to do
    _has_spoken: bool = False
    _since_line: int = 0
    _since_progress: int = 0

    def start(self) -> None:
        """Begins again with a new process."""
        self._has_spoken = False
        self._since_line = self._since_progress = 0

    def hear(self, is_progress: bool) -> None:
        """Takes note of a line; `is_progress`: of one that is more than a sign of life."""
        self._has_spoken, self._since_line = True, 0
        if is_progress:
            self._since_progress = 0

    def expect(self) -> None:
        """Takes note that something was asked, so that its progress is counted from now on."""
        self._since_progress = 0

    def is_hung(self, is_working: bool) -> bool:
        """Counts one tick; whether the worker has to be given up. `is_working`: an answer is awaited from it."""
        self._since_line += 1
        self._since_progress = self._since_progress + 1 if is_working else 0
        limit = self.silent if self._has_spoken else self.starting
        return self._since_line > limit or self._since_progress > self.stuck
