"""Temporary files for saving. Locks show which belong to a living process."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import time
from pathlib import Path
from types import TracebackType

from jazzassist.midi.reasons import NOT_SUPPORTED

try:
    import fcntl
except ImportError:  # Windows; it refuses to remove a file that a process has open
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r"\.jazzassist-[0-9a-f]{16}\.saving")
_FORGOTTEN_SECONDS = 3600.0  # minimum age for removal if files cannot be locked


class Temporary:
    """A new file in `folder`. Leaving the `with` block removes it, unless `put_in_place` was called."""

    def __init__(self, folder: Path, mode: int) -> None:
        while True:
            self.path = folder / f".jazzassist-{secrets.token_hex(8)}.saving"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._file = open(os.open(self.path, flags, mode), "wb")  # noqa: SIM115
            if fcntl is not None:
                with contextlib.suppress(OSError):  # a file system without locks
                    fcntl.flock(self._file.fileno(), fcntl.LOCK_EX)
            if self._is_still_there():  # another process may have removed it as a leftover before it was locked
                return
            self._file.close()

    def _is_still_there(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False

    def __enter__(self) -> Temporary:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink()

    def write(self, data: bytes) -> None:
        """Write the whole content of the file."""
        self._file.write(data)
        self._file.flush()

    def sync(self) -> None:
        """Flush the content to disk, so that it survives a power failure, where the disk supports it."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            if error.errno not in NOT_SUPPORTED:
                raise

    def put_in_place(self, target: Path) -> None:
        """Rename the file to `target` atomically. Replaces an existing file."""
        if fcntl is None:
            self._file.close()  # Windows cannot rename an open file
        os.replace(self.path, target)


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a folder."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if _NAME.fullmatch(name):
                with contextlib.suppress(OSError):
                    _remove_if_left(folder / name)


def _remove_if_left(path: Path) -> None:
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode):
        return
    is_old = time.time() - found.st_mtime > _FORGOTTEN_SECONDS
    if fcntl is None:
        if is_old:
            path.unlink()
        return
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if _is_left(handle, is_old):
            path.unlink()
    finally:
        os.close(handle)


def _is_left(handle: int, is_old: bool) -> bool:
    """Return True if no process is writing the file any more. Without locks, this is decided by its age."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return is_old
    return True
