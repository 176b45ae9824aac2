"""Copying the owner, permissions and extended attributes of a file to the one that replaces it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from jazzassist.midi.reasons import NOT_SUPPORTED

FILE_MODE = 0o600  # until the permissions are copied, only the owner may read the new file
_ACL = "system.posix_acl_access"
_TIED_TO_CONTENT = {"security.ima", "security.evm"}  # checksums of the file, renewed by the system


class Property(Enum):
    """What a file may lose when it is replaced."""

    OWNER = auto()
    GROUP = auto()
    PERMISSIONS = auto()
    ACCESS_LIST = auto()
    ATTRIBUTE = auto()
    HARD_LINK = auto()


@dataclass(frozen=True)
class Lost:
    """A property that the new file does not have. `name`: of an extended attribute; `count`: of hard links."""

    what: Property
    name: str = ""
    count: int = 1


def keep_properties(old: Path, before: os.stat_result, new: Path) -> tuple[Lost, ...]:
    """Copy the properties of `old` to `new`, and returns those that could not be copied.

    `new` is never readable by anyone who may not read `old`: if the group is lost, so are its permissions.
    """
    owner = _keep_owner(new, before)
    attributes = _keep_attributes(old, new)
    acl_is_lost = _ACL in attributes
    mode = _mode(before, narrowed=Property.GROUP in owner or acl_is_lost)
    permissions = _keep_mode(new, mode) and mode == stat.S_IMODE(before.st_mode)
    lost = [Lost(what) for what in owner]
    lost += [Lost(Property.ATTRIBUTE, name) for name in attributes if name != _ACL]
    lost += [Lost(Property.ACCESS_LIST)] if acl_is_lost else []
    lost += [] if permissions else [Lost(Property.PERMISSIONS)]
    if before.st_nlink > 1 and os.name == "posix":
        lost.append(Lost(Property.HARD_LINK, count=before.st_nlink - 1))
    return tuple(lost)


def _keep_owner(new: Path, before: os.stat_result) -> list[Property]:
    """Set the owner and group of `new`, and returns those that could not be set."""
    if not hasattr(os, "chown"):
        return []
    for uid, gid in ((before.st_uid, -1), (-1, before.st_gid)):  # one may be permitted without the other
        with contextlib.suppress(OSError):
            os.chown(new, uid, gid)
    now = os.stat(new)
    found = {Property.OWNER: now.st_uid == before.st_uid, Property.GROUP: now.st_gid == before.st_gid}
    return [what for what, is_kept in found.items() if not is_kept]


def _keep_attributes(old: Path, new: Path) -> list[str]:
    """Copy extended attributes, including access lists, and returns the names of those that were lost."""
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = os.listxattr(old)
    except OSError:  # a file system without extended attributes
        return []
    return [name for name in names if name not in _TIED_TO_CONTENT and not _keep_attribute(old, new, name)]


def _keep_attribute(old: Path, new: Path, name: str) -> bool:
    try:
        wanted = os.getxattr(old, name)
    except OSError as error:
        return error.errno == errno.ENODATA  # removed in the meantime
    with contextlib.suppress(OSError):
        if os.getxattr(new, name) == wanted:
            return True
    try:
        os.setxattr(new, name, wanted)
    except OSError:
        return False
    return True


def _mode(before: os.stat_result, *, narrowed: bool) -> int:
    """Return the permissions for the new file. `narrowed`: its group gets only what everybody has."""
    mode = stat.S_IMODE(before.st_mode)
    return mode & ~0o070 | mode & (mode & 0o007) << 3 if narrowed else mode


def _keep_mode(new: Path, mode: int) -> bool:
    """Set the permissions, and returns whether the file has them. File systems without permissions are no error."""
    try:
        os.chmod(new, mode)
    except OSError as error:
        if error.errno not in NOT_SUPPORTED | {errno.EACCES}:
            raise
    return stat.S_IMODE(os.stat(new).st_mode) == mode
