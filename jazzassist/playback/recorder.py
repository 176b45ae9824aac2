"""A port that writes what is sent to it into a file, a JSON line per message, kept even if the process is killed."""

from __future__ import annotations

import json
import time
from pathlib import Path

PREFIX = "record:"


class RecordingFile:
    """An output port. Lines are `{"t": seconds of the monotonic clock, "data": hex}`; it appends to what is there."""

    def __init__(self, path: Path | str) -> None:
        self.name = f"{PREFIX}{path}"
        self._file = Path(path).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed by close()

    def send(self, data: bytes) -> None:
        """Write one message."""
        self._file.write(json.dumps({"t": time.monotonic(), "data": data.hex()}) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_recording(path: Path | str) -> list[tuple[float, bytes]]:
    """(seconds, message) of a recording; a last line that was cut short is left out."""
    lines = Path(path).read_text(encoding="utf-8").split("\n")[:-1]
    rows = (json.loads(line) for line in lines)
    return [(row["t"], bytes.fromhex(row["data"])) for row in rows]
