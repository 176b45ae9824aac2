"""Starting, ending and outliving the player's process and the one that stands by to silence its output."""

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
_LAST_LINES = 30  # of what a process wrote to stderr before it died

Process = subprocess.Popen[bytes]


def started(module: str, *options: str, reads: bool) -> Process:
    """A process that runs one of our modules, with its stdin and, if it `reads` back, stdout and stderr as pipes.

    OSError when it cannot be started.
    """
    # In a plain checkout the package may be found only because of where this process was started.
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
    """End the input of these, and wait until they have ended; those that do not are killed."""
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
    """Write this to a process and end its input; nothing when it has ended."""
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin:
        process.stdin.write(text.encode())


class StandBy:
    """A process that waits until it has to silence a MIDI output, because the player has died."""

    def __init__(self) -> None:
        self.process: Process | None = None

    def prepare(self, output: str) -> None:
        """Have it wait, if `output` is one that goes on sounding without its player."""
        if output not in (BUILT_IN, SILENT, VIRTUAL) and self.process is None:
            with contextlib.suppress(OSError):
                self.process = started("jazzassist.playback.silencer", reads=False)

    def silence(self, output: str) -> None:
        """End what sounds on `output`. Returns when that is done, but soon in any case."""
        self.prepare(output)
        process, self.process = self.process, None
        if process is not None:
            say(process, f"{output}\n")
            ending = threading.Thread(target=process.wait, daemon=True)
            ending.start()
            ending.join(_SILENCING_SECONDS)  # another player, started meanwhile, would only slow it down


class LastWords:
    """What a process has written to stderr of late."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until all has been read, but not longer than this."""
        self._thread.join(seconds)

    def reason(self, status: int) -> str:
        """Why the process died with this status, in a few words: the signal, or the last line that it wrote."""
        if status < 0:
            return f"ended by signal {-status}"
        return self.lines[-1].strip() if self.lines else f"exit status {status}"

    def _read(self, stream: IO[bytes]) -> None:
        with stream, open(stream.fileno(), encoding="utf-8", errors="replace", closefd=False) as text:
            for line in text:
                if line.strip():
                    self.lines.append(line.rstrip()[:500])
