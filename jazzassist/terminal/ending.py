"""How a command ends: its exit status, and the sentence on stderr that says why."""

from __future__ import annotations

DONE, FAILED, WRONG_USAGE, NOT_READABLE, NOTHING_SUGGESTED = 0, 1, 2, 3, 4
INTERRUPTED = 130  # as shells count: 128 + SIGINT


class Stop(Exception):
    """A command cannot be done; `str()` is the sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
