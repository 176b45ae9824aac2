"""The last known content of a file, to detect changes by other programs."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from jazzassist.midi.saving import MISSING, digest_at

_COARSEST_SECONDS = 3.0  # FAT stores times in steps of 2 seconds
_Stamp = tuple[int, ...]


class KnownFile:
    """The digest of a file when it was last read or written."""

    def __init__(self, digest: str) -> None:
        self.digest = digest
        self._stamp: _Stamp | None = None

    def digest_now(self, path: Path) -> str:
        """Return the current digest of the file, MISSING if there is none. Raises OSError if it cannot be read.

        The file is read again only if its size or times differ from those of the last reading.
        """
        stamp = _stamp(path)
        if stamp is not None and stamp == self._stamp:
            return self.digest
        found = digest_at(path) if stamp is not None else MISSING
        if found == self.digest and stamp is not None and _is_settled(path):
            self._stamp = stamp
        return found


def is_same_file(one: Path, other: Path) -> bool:
    """Return True if two paths, however spelled, name the same file. It need not exist."""
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them does not exist, or is in a folder without access
        return os.path.realpath(one) == os.path.realpath(other)
    except ValueError:  # one of them is not a valid file name
        return False


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, stat.S_IFMT(found.st_mode))


def _is_settled(path: Path) -> bool:
    """Return True if a further change would alter the file's times, which some file systems store coarsely."""
    found = os.stat(path)
    return time.time() - max(found.st_mtime, found.st_ctime) > _COARSEST_SECONDS
