"""Replacing a file as a whole: either the new bytes are there, or the old file is untouched."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jazzassist.midi.keeping import FILE_MODE, keep_properties
from jazzassist.midi.leftovers import Temporary, sweep
from jazzassist.midi.reasons import why

MISSING = ""  # the digest of a file that does not exist
_READ_ONLY = "you have no permission to write this file"


class CannotReplace(Exception):
    """A file was not replaced and is untouched; the message continues "<file> was not saved: ..."."""


class ChangedMeanwhile(CannotReplace):
    """The file no longer holds what the caller expects. `deleted`: it no longer exists."""

    def __init__(self, deleted: bool) -> None:
        super().__init__(f"another program has {'deleted' if deleted else 'changed'} it since it was read")
        self.deleted = deleted


@dataclass(frozen=True)
class Replaced:
    """The digest of the bytes written, and what of the old file could not be kept, as ends of a sentence."""

    digest: str
    lost: tuple[str, ...] = ()


def digest_of(data: bytes) -> str:
    """A digest by which the contents of a file are recognised."""
    return hashlib.sha256(data).hexdigest()


def digest_at(path: Path) -> str:
    """The digest of the regular file at `path`, MISSING when there is none; OSError when it cannot be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return "not a regular file"
        return digest_of(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return MISSING


def replace_file(path: Path, data: bytes, *, overwrite: bool = True, expected: str | None = None) -> Replaced:
    """Writes `data` to a temporary file in the same folder, reads it back, and renames it to `path`.

    A symbolic link is followed. Permissions, owner and extended attributes of the old file are kept
    where the system allows it. With `expected`, a digest, the file is only replaced while it has that
    content. CannotReplace when anything fails; the temporary file is gone then.
    """
    with _explained("a folder on the way to it does not let you in"):
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
    """What is at `target`, None when nothing is; an error when it must not be replaced."""
    try:
        before = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(before.st_mode):
        raise CannotReplace("it is a folder")
    if not stat.S_ISREG(before.st_mode):
        raise CannotReplace("it is no regular file but a pipe, socket or device")
    if not overwrite:
        raise CannotReplace("there is a file of that name already")
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise CannotReplace("the disk is read-only" if _read_only_disk(target) else _READ_ONLY)
    return before


def _fill(temporary: Temporary, data: bytes, target: Path, before: os.stat_result | None) -> tuple[str, ...]:
    """Writes the data and gives the temporary file the old one's properties; those that were lost."""
    with _explained("the disk does not allow it"):
        temporary.write(data)
        if temporary.path.read_bytes() != data:
            raise CannotReplace("the disk returned other bytes than were written to it")
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
    """Turns system errors into CannotReplace; `denied` is said where permission is missing."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise CannotReplace(denied) from error
        raise CannotReplace(why(error)) from error
    except ValueError as error:  # a NUL, or a letter that the system cannot encode
        raise CannotReplace("its name contains a character that no file name can contain") from error


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
