"""Atomic replacement of a file: afterwards it has either the new content or, on any error, the old one."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jazzassist.midi.keeping import FILE_MODE, Lost, keep_properties
from jazzassist.midi.leftovers import Temporary, sweep
from jazzassist.midi.reasons import why

MISSING = ""  # the digest of a file that does not exist
_READ_ONLY = "you have no permission to write this file"


class CannotReplace(Exception):
    """A file was not replaced and is unchanged. The message continues "<file> was not saved: ..."."""


class ChangedMeanwhile(CannotReplace):
    """The file no longer has the expected content. `deleted`: it no longer exists."""

    def __init__(self, deleted: bool) -> None:
        super().__init__(f"another program has {'deleted' if deleted else 'changed'} it since it was read")
        self.deleted = deleted


@dataclass(frozen=True)
class Replaced:
    """The digest of the written bytes, and the properties of the old file that were lost."""

    digest: str
    lost: tuple[Lost, ...] = ()


def digest_of(data: bytes) -> str:
    """Return the SHA-256 digest (hexadecimal) that identifies the content of a file."""
    return hashlib.sha256(data).hexdigest()


def digest_at(path: Path) -> str:
    """Return the digest of the file at `path`, MISSING if there is none. Raises OSError if it cannot be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return "not a regular file"
        return digest_of(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return MISSING


def replace_file(path: Path, data: bytes, *, overwrite: bool = True, expected: str | None = None) -> Replaced:
    """Write `data` to a temporary file in the same folder, reads it back, and renames it to `path`.

    Symbolic links are followed. Permissions, owner and extended attributes of the old file are kept where
    the system allows it. `expected`: a digest; the file is replaced only if it has that content.
    Raises CannotReplace if anything fails; the temporary file is then removed.
    """
    with _explained("you have no permission to enter a folder of its path"):
        target = Path(os.path.realpath(path))
        before = _replaceable(target, overwrite)
    sweep(target.parent)
    with _explained(f"you have no permission to write in the folder {target.parent}"):
        temporary = Temporary(target.parent, 0o666 if before is None else FILE_MODE)
    with temporary:
        lost = _fill(temporary, data, target, before)
        if expected is not None:
            _check_unchanged(target, expected)
        with _explained(f"the file or its folder {target.parent} is protected against changes"):
            temporary.put_in_place(target)
    _sync_folder(target.parent)
    return Replaced(digest_of(data), lost)


def _replaceable(target: Path, overwrite: bool) -> os.stat_result | None:
    """Return the status of `target`, None if it does not exist. Raises CannotReplace if it must not be replaced."""
    try:
        before = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(before.st_mode):
        raise CannotReplace("it is a folder")
    if not stat.S_ISREG(before.st_mode):
        raise CannotReplace("it is a pipe, socket or device, not a regular file")
    if not overwrite:
        raise CannotReplace("a file of that name already exists")
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise CannotReplace("the disk is read-only" if _read_only_disk(target) else _READ_ONLY)
    return before


def _fill(temporary: Temporary, data: bytes, target: Path, before: os.stat_result | None) -> tuple[Lost, ...]:
    """Write the data, copies the properties of the old file, and returns those that were lost."""
    with _explained("the disk does not allow it"):
        temporary.write(data)
        if temporary.path.read_bytes() != data:
            raise CannotReplace("the disk returned different bytes than were written to it")
        lost = () if before is None else keep_properties(target, before, temporary.path)
        temporary.sync()
    return lost


def _check_unchanged(target: Path, expected: str) -> None:
    try:
        found = digest_at(target)
    except OSError:
        found = "unreadable"
    if found != expected:
        raise ChangedMeanwhile(deleted=found == MISSING)


def _read_only_disk(path: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


@contextlib.contextmanager
def _explained(denied: str) -> Iterator[None]:
    """Convert system errors to CannotReplace. `denied`: the message for a missing permission."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise CannotReplace(denied) from error
        raise CannotReplace(why(error)) from error
    except ValueError as error:  # a NUL, or a character that the system cannot encode
        raise CannotReplace("its name contains a character that file names cannot contain") from error


def _sync_folder(folder: Path) -> None:
    """Flush the renaming to disk, so that it survives a power failure, where the system supports it."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
