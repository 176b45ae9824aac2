"""Exit statuses of commands, and the exception that ends a command with an error message."""

from __future__ import annotations

DONE, FAILED, WRONG_USAGE, NOT_READABLE, NOTHING_SUGGESTED = 0, 1, 2, 3, 4
INTERRUPTED = 130  # as in shells: 128 + SIGINT


class Stop(Exception):
    """Ends a command with an exit status. The message is one sentence with the reason."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
