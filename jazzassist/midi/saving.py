"""Replacing a file as a whole: either the new bytes are there, or the old file is untouched."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from pathlib import Path

_PREFIX, _SUFFIX = ".jazzassist-", ".saving"
_FORGOTTEN = 3600.0  # seconds after which a temporary file belongs to a process that was killed


def replace_file(path: Path, data: bytes, *, overwrite: bool = True) -> None:
    """Writes `data` to a temporary file beside `path`, reads it back, then puts it in place at once.

    A symbolic link stays one, and the file's permissions stay. OSError when anything fails; the
    temporary file is gone then.
    """
    target = Path(os.path.realpath(path))
    before = _check_target(target, overwrite)
    temporary = target.parent / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
    try:
        _write(temporary, data, before)
        if temporary.read_bytes() != data:
            raise OSError("what was read back is not what was written")
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)
    _sweep(target.parent)


def _check_target(target: Path, overwrite: bool) -> os.stat_result | None:
    """What is at `target` now; OSError when it must not be replaced."""
    if not target.exists():
        return None
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if not overwrite:
        raise FileExistsError(errno.EEXIST, "exists")
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, "is read-only")
    return target.stat()


def _write(temporary: Path, data: bytes, before: os.stat_result | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(temporary, flags, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        if before is not None:
            _keep_owner(temporary, before)
        os.fsync(file.fileno())


def _keep_owner(temporary: Path, before: os.stat_result) -> None:
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # only the administrator may give files away
            os.chown(temporary, before.st_uid, before.st_gid)
    os.chmod(temporary, stat.S_IMODE(before.st_mode))


def _sync_folder(folder: Path) -> None:
    """Makes the new name last through a power cut, where the system can do that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path) -> None:
    """Removes temporary files that killed processes left behind."""
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            if time.time() - left.stat().st_mtime > _FORGOTTEN:
                left.unlink()
