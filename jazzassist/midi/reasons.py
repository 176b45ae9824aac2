"""System errors in the words of a sentence."""

from __future__ import annotations

import errno

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than allowed",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "there is no permission",
    errno.EPERM: "there is no permission",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "part of the path is no folder",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "there is a file of that name already",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.EIO: "the disk reports an error",
    errno.EINVAL: "the disk does not allow that name",
    errno.ESTALE: "the network disk is gone",
}

# What file systems without permissions or syncing (FAT, NTFS, network mounts) answer to such calls.
NOT_SUPPORTED = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS, errno.ENOTTY})


def why(error: OSError) -> str:
    """The reason for a system error, without a full stop."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
