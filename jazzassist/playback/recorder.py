"""A port that records messages in a file, one JSON line per message. The file survives a killed process."""

from __future__ import annotations

import json
import time
from pathlib import Path

PREFIX = "record:"


class RecordingFile:
    """An output port that appends lines `{"t": seconds of the monotonic clock, "data": hex}` to a file."""

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
    """Return (seconds, message) of a recording. An incomplete last line is skipped."""
    lines = Path(path).read_text(encoding="utf-8").split("\n")[:-1]
    rows = (json.loads(line) for line in lines)
    return [(row["t"], bytes.fromhex(row["data"])) for row in rows]
