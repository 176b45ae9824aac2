"""Detects a worker that no longer responds, and tolerates slow machines."""

from __future__ import annotations

from dataclasses import dataclass

TICK_MS = 1000  # interval of the checks
BEAT_S = 1.0  # interval of the worker's signs of life, in seconds


@dataclass
class WorkerWatch:
    """Counts ticks of a timer since the last line from the worker.

    Ticks are counted instead of reading a clock, so that time in which the machine slept or the window was
    blocked does not count. The limits, in ticks, are generous: a healthy worker gives a sign of life every
    second and reports progress several times a second.
    """

    starting: int = 120  # until the first line of a new process
    silent: int = 30  # between two lines
    stuck: int = 120  # alive, but without progress on a request
    _has_spoken: bool = False
    _since_line: int = 0
    _since_progress: int = 0

    def start(self) -> None:
        """Reset the counters for a new process."""
        self._has_spoken = False
        self._since_line = self._since_progress = 0

    def hear(self, is_progress: bool) -> None:
        """Note that a line arrived. `is_progress`: it is more than a sign of life."""
        self._has_spoken, self._since_line = True, 0
        if is_progress:
            self._since_progress = 0

    def expect(self) -> None:
        """Note that a request was sent; its progress is counted from now on."""
        self._since_progress = 0

    def is_hung(self, is_working: bool) -> bool:
        """Count one tick and return whether the worker is hung. `is_working`: an answer is pending."""
        self._since_line += 1
        self._since_progress = self._since_progress + 1 if is_working else 0
        limit = self.silent if self._has_spoken else self.starting
        return self._since_line > limit or self._since_progress > self.stuck
