"""A pool of reader processes: a file that hangs or crashes its reader does not affect other files."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Read = Callable[[Path], T]

MOST_MEMORY = 4 << 30  # bytes per reader, where the system can enforce it
START_SECONDS = 120.0  # for a reader to start; importing music21 is slow on a busy machine


def read_all(
    paths: Iterable[Path], read: Read[T], jobs: int = 1, seconds: float = 60, start_seconds: float = START_SECONDS
) -> Iterator[tuple[Path, T | str]]:
    """Yield the result of `read`, a module-level function, for each path, or the reason of its failure; unordered.

    `jobs`: number of parallel processes. `seconds`: time limit per file. Only the files being read are in memory.
    """
    todo = iter(paths)
    readers = [_Reader(read, start_seconds) for _ in range(jobs)]
    try:
        while readers:
            first = min(reader.deadline for reader in readers)
            ready = wait([reader.pipe for reader in readers], max(0.0, first - time.monotonic()))
            for reader in [reader for reader in readers if reader.pipe in ready]:
                if (done := reader.collect()) is not None:
                    yield done
            for reader in [reader for reader in readers if reader.deadline <= time.monotonic()]:
                yield from reader.give_up(seconds)
            readers = [reader for reader in readers if reader.busy or reader.next(todo, seconds)]
    finally:
        for reader in readers:
            reader.end()


class _Reader:
    """One process and the file that it reads."""

    def __init__(self, read: Read[Any], start_seconds: float) -> None:
        self._read, self._start_seconds = read, start_seconds
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a forked process would inherit locks held by threads
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._read), daemon=True)
        self._process.start()
        theirs.close()
        self.path: Path | None = None
        self.busy = True  # while it starts
        self.deadline = time.monotonic() + self._start_seconds

    def next(self, todo: Iterator[Path], seconds: float) -> bool:
        """Send the next file to the reader. If there is none, end its process and return False."""
        self.path = next(todo, None)
        if self.path is None:
            self.end()
            return False
        self.busy, self.deadline = True, time.monotonic() + seconds
        with contextlib.suppress(OSError):  # if the process has died, `collect` reads the end of the pipe
            self.pipe.send(self.path)
        return True

    def collect(self) -> tuple[Path, Any] | None:
        """Return the path and result sent by the reader, None if it has only reported that it has started."""
        path, self.busy, self.deadline = self.path, False, math.inf
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            if path is None:
                raise RuntimeError("the processes that read the files cannot be started") from None
            self._start()
            return path, "crashes the program that reads it"
        return None if path is None else (path, found)

    def give_up(self, seconds: float) -> Iterator[tuple[Path, str]]:
        """End a reader that takes too long, and start another."""
        path = self.path
        self.end()
        if path is None:
            raise RuntimeError(f"the processes that read the files did not start within {self._start_seconds:g} s")
        self._start()
        yield path, f"takes longer than {seconds:g} s to read"

    def end(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection, read: Read[Any]) -> None:
    """The reader process: read files and send results until it is ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted and ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _hold_to(MOST_MEMORY)
    pipe.send(None)
    with contextlib.suppress(EOFError, OSError):
        while True:
            path = pipe.recv()
            try:
                found = read(path)
            except MemoryError:
                found = "needs too much memory to be read"
            except RecursionError:
                found = "is nested too deeply to be read"
            except Exception as error:
                found = in_words(error)
            pipe.send(found)


def _end_with_parent() -> None:
    """End this process if its parent has died."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def in_words(error: Exception) -> str:
    """Return an error as a one-line reason why a file could not be read."""
    said = " ".join(str(error).split())[:200].rstrip(".")
    if type(error).__name__ == "Unreadable":
        return said
    return f"cannot be read: {type(error).__name__}{': ' + said if said else ''}"


def _hold_to(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
