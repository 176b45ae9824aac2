"""Files read in processes of their own: a file that hangs or crashes its reader costs itself and no other."""

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

MOST_MEMORY = 4 << 30  # bytes of a reader, where the system can hold it to that
START_SECONDS = 120.0  # for a reader to begin; importing music21 on a busy machine takes its time


def read_all(
    paths: Iterable[Path], read: Read[T], jobs: int = 1, seconds: float = 60, start_seconds: float = START_SECONDS
) -> Iterator[tuple[Path, T | str]]:
    """What `read`, a function of a module, gives for each path, or why it gave nothing; in no order.

    `jobs` processes at once, each file at most `seconds` long. Only what is being read is in memory.
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
    """One process and the file it has been given."""

    def __init__(self, read: Read[Any], start_seconds: float) -> None:
        self._read, self._start_seconds = read, start_seconds
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # forked, it would share locks that threads here may hold
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._read), daemon=True)
        self._process.start()
        theirs.close()
        self.path: Path | None = None
        self.busy = True  # with starting
        self.deadline = time.monotonic() + self._start_seconds

    def next(self, todo: Iterator[Path], seconds: float) -> bool:
        """Gives the reader the next file; False, and its process ended, when there is none."""
        self.path = next(todo, None)
        if self.path is None:
            self.end()
            return False
        self.busy, self.deadline = True, time.monotonic() + seconds
        with contextlib.suppress(OSError):  # of a process that has died meanwhile the pipe's end is read next
            self.pipe.send(self.path)
        return True

    def collect(self) -> tuple[Path, Any] | None:
        """What the reader has sent: of a file it has read, or nothing when it says that it has started."""
        path, self.busy, self.deadline = self.path, False, math.inf
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            if path is None:
                raise RuntimeError("the processes that read the files cannot be started") from None
            self._start()
            return path, "ends the program that reads it"
        return None if path is None else (path, found)

    def give_up(self, seconds: float) -> Iterator[tuple[Path, str]]:
        """Ends a reader that takes too long and starts another."""
        path = self.path
        self.end()
        if path is None:
            raise RuntimeError(f"the processes that read the files did not start within {self._start_seconds:g} s")
        self._start()
        yield path, f"takes longer than {seconds:g} s to read"

    def end(self) -> None:
        """Ends the process, whatever it is doing."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection, read: Read[Any]) -> None:
    """The process: answers paths until it is ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted is the parent, which ends this
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
    """Ends this process, whatever it is reading, when the one that started it is gone without having ended it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def in_words(error: Exception) -> str:
    """An error as the reason why a file could not be read, in one line."""
    said = " ".join(str(error).split())[:200].rstrip(".")
    if type(error).__name__ == "Unreadable":
        return said
    return f"cannot be read: {type(error).__name__}{': ' + said if said else ''}"


def _hold_to(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
