"""Reasons for system errors, as clauses for a sentence."""

from __future__ import annotations

import errno

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would exceed the maximum size",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "there is no permission",
    errno.EPERM: "there is no permission",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "part of the path is not a folder",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "a file of that name already exists",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its symbolic links form a loop",
    errno.EIO: "the disk reports an error",
    errno.EINVAL: "the disk does not allow that name",
    errno.ESTALE: "the network disk is no longer available",
}

# Errors of file systems that do not support permissions or fsync (FAT, NTFS, network mounts).
NOT_SUPPORTED = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS, errno.ENOTTY})


def why(error: OSError) -> str:
    """Return the reason for a system error as a clause, without a full stop."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
