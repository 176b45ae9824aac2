"""Reports of the player: JSON lines, written by a thread so that a slow reader never delays playback."""

from __future__ import annotations

import json
import queue
import threading
from typing import IO, Any

Report = dict[str, Any]


class ReportWriter:
    """Writes reports to `stream` in the order of `put`, until the reader closes it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._waiting: queue.SimpleQueue[Report] = queue.SimpleQueue()
        threading.Thread(target=self._write, name="reports", daemon=True).start()

    def put(self, report: Report) -> None:
        """Queue a report for writing."""
        self._waiting.put(report)

    def _write(self) -> None:
        try:
            while True:
                self._stream.write(json.dumps(self._waiting.get()) + "\n")
                self._stream.flush()
        except (OSError, ValueError):
            return
