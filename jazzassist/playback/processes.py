"""Starting and ending the player process, and a standby process that silences its output if it dies."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections import deque
from typing import IO

from jazzassist.paths import PACKAGE
from jazzassist.playback.names import BUILT_IN, SILENT, VIRTUAL

CLOSING_SECONDS = 2.0
_SILENCING_SECONDS = 0.5
_LAST_LINES = 30  # of the stderr output of a dead process

Process = subprocess.Popen[bytes]


def started(module: str, *options: str, reads: bool) -> Process:
    """Start one of our modules in a process with a pipe to its stdin and, with `reads`, from its stdout and stderr.

    Raises OSError if it cannot be started.
    """
    # In a source checkout the package may be importable only because of the working directory.
    search = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    out = subprocess.PIPE if reads else subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", module, *options],
        bufsize=0,
        env=os.environ | {"PYTHONPATH": search},
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=out,
    )


def end(*processes: Process | None) -> None:
    """Close the stdin of processes and wait until they exit. Those that do not exit are killed."""
    found = [process for process in processes if process is not None]
    for process in found:
        say(process, "")
    for process in found:
        try:
            process.wait(CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def say(process: Process, text: str) -> None:
    """Write `text` to a process and close its stdin. Does nothing if the process has ended."""
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin:
        process.stdin.write(text.encode())


class StandBy:
    """A process that waits to silence a MIDI output in case the player dies."""

    def __init__(self) -> None:
        self.process: Process | None = None

    def prepare(self, output: str) -> None:
        """Start the process if notes on `output` would continue to sound after the player has died."""
        if output not in (BUILT_IN, SILENT, VIRTUAL) and self.process is None:
            with contextlib.suppress(OSError):
                self.process = started("jazzassist.playback.silencer", reads=False)

    def silence(self, output: str) -> None:
        """Silence `output`. Returns when that is done, or after a short timeout."""
        self.prepare(output)
        process, self.process = self.process, None
        if process is not None:
            say(process, f"{output}\n")
            ending = threading.Thread(target=process.wait, daemon=True)
            ending.start()
            ending.join(_SILENCING_SECONDS)  # starting another player meanwhile would slow it down


class LastLines:
    """The last lines that a process has written to stderr."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until everything has been read, at most `seconds`."""
        self._thread.join(seconds)

    def reason(self, status: int) -> str:
        """Return why the process died with this exit status: the signal, or the last line that it wrote."""
        if status < 0:
            return f"ended by signal {-status}"
        return self.lines[-1].strip() if self.lines else f"exit status {status}"

    def _read(self, stream: IO[bytes]) -> None:
        with stream, open(stream.fileno(), encoding="utf-8", errors="replace", closefd=False) as text:
            for line in text:
                if line.strip():
                    self.lines.append(line.rstrip()[:500])
