"""Giving a new file the owner, permissions and extended attributes of the one that it replaces."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

from jazzassist.midi.reasons import NOT_SUPPORTED

FILE_MODE = 0o600  # of a file that has not got its permissions yet: nobody but the owner reads it
_ACL = "system.posix_acl_access"
_TIED_TO_CONTENT = {"security.ima", "security.evm"}  # checksums of the file, made anew by the system


def keep_properties(old: Path, before: os.stat_result, new: Path) -> tuple[str, ...]:
    """Copies what `new` can have of `old`; the rest as ends of the sentence "<file> was saved, but ...".

    Nobody may read `new` who may not read `old`: where the group is lost, so are its permissions.
    """
    owner = _keep_owner(new, before)
    attributes = _keep_attributes(old, new)
    acl_is_lost = _ACL in attributes
    mode = _mode(before, narrowed="group" in owner or acl_is_lost)
    permissions = _keep_mode(new, mode) and mode == stat.S_IMODE(before.st_mode)
    lost = [f"its {what} could not be kept" for what in owner]
    lost += [f"its extended attribute {name} could not be kept" for name in attributes if name != _ACL]
    lost += ["its access list could not be kept"] if acl_is_lost else []
    lost += [] if permissions else ["its permissions could not be kept"]
    if before.st_nlink > 1 and os.name == "posix":
        lost.append(f"the same file under {_other_names(before.st_nlink - 1)} still holds the earlier version")
    return tuple(lost)


def _other_names(count: int) -> str:
    return "another name (a hard link)" if count == 1 else f"{count} other names (hard links)"


def _keep_owner(new: Path, before: os.stat_result) -> list[str]:
    """Gives `new` its owner and group; which of these could not be kept."""
    if not hasattr(os, "chown"):
        return []
    for uid, gid in ((before.st_uid, -1), (-1, before.st_gid)):  # a group may be allowed where an owner is not
        with contextlib.suppress(OSError):
            os.chown(new, uid, gid)
    now = os.stat(new)
    found = {"owner": now.st_uid == before.st_uid, "group": now.st_gid == before.st_gid}
    return [what for what, is_kept in found.items() if not is_kept]


def _keep_attributes(old: Path, new: Path) -> list[str]:
    """Copies extended attributes, access lists among them; the names of those that were lost."""
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = os.listxattr(old)
    except OSError:  # a disk without extended attributes
        return []
    return [name for name in names if name not in _TIED_TO_CONTENT and not _keep_attribute(old, new, name)]


def _keep_attribute(old: Path, new: Path, name: str) -> bool:
    try:
        wanted = os.getxattr(old, name)
    except OSError as error:
        return error.errno == errno.ENODATA  # gone meanwhile
    with contextlib.suppress(OSError):
        if os.getxattr(new, name) == wanted:
            return True
    try:
        os.setxattr(new, name, wanted)
    except OSError:
        return False
    return True


def _mode(before: os.stat_result, *, narrowed: bool) -> int:
    """The permissions for the new file; `narrowed`: its group gets no more than everybody."""
    mode = stat.S_IMODE(before.st_mode)
    return mode & ~0o070 | mode & (mode & 0o007) << 3 if narrowed else mode


def _keep_mode(new: Path, mode: int) -> bool:
    """Sets the permissions; whether the file has them. A disk that knows none is no error."""
    try:
        os.chmod(new, mode)
    except OSError as error:
        if error.errno not in NOT_SUPPORTED | {errno.EACCES}:
            raise
    return stat.S_IMODE(os.stat(new).st_mode) == mode
