"""Reads and writes the files of keys: private ones readable by their owner only, none ever overwritten by accident."""

from __future__ import annotations

import os
import stat
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from edge_alpr.errors import KeyFileError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES: Final = 64 * 1024
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ACL: Final = "system.posix_acl_access"
_ACL_OWNER, _ACL_USER, _ACL_MASK = 0x01, 0x02, 0x10


def read_private(path: Path) -> bytes:
    """The bytes of a file that only its owner may read. The mode is that of the file opened, not of its name.

    Raises:
        KeyFileError: missing, not a plain file, readable by group or others, or owned by somebody else.
    """
    with _opened(path) as opened:
        facts = os.fstat(opened.fileno())
        if _others_may(opened.fileno(), facts.st_mode):
            raise KeyFileError(
                f"{path}: mode {stat.S_IMODE(facts.st_mode):04o} lets others at a private key; "
                f"run: chmod 600 {path}"
            )
        if facts.st_uid not in (os.geteuid(), 0):
            raise KeyFileError(f"{path}: a private key that belongs to another user")
        return _bounded(path, opened.read(MAX_BYTES + 1))


def read_public(path: Path) -> bytes:
    """The bytes of a file that need not be secret.

    Raises:
        KeyFileError: missing, unreadable, or not a plain file.
    """
    with _opened(path) as opened:
        return _bounded(path, opened.read(MAX_BYTES + 1))


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all; it is on the disk when this returns.

    Raises:
        KeyFileError: it is there already, or cannot be written.
    """
    _write(path, content, mode, os.link)  # unlike a rename, a link fails if the name is taken


def write_over(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole, in place of what was there.

    Raises:
        KeyFileError: it cannot be written.
    """
    _write(path, content, mode, os.replace)


def erase(path: Path) -> None:
    """Overwrite a file with zeros and remove it; it may be gone already.

    On flash, and on file systems that copy on write, an overwritten block may survive elsewhere: the folder of what
    must be erased belongs on an encrypted disk or in memory.

    Raises:
        KeyFileError: it is there and cannot be overwritten or removed.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be erased: {error.strerror}") from None
    try:
        os.write(descriptor, bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
        path.unlink()
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be erased: {error.strerror}") from None
    finally:
        os.close(descriptor)
    _sync(path.parent)


def _write(path: Path, content: bytes, mode: int, publish: Callable[[str, Path], None]) -> None:
    made = None
    try:
        descriptor, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as opened:
            os.fchmod(descriptor, mode)
            opened.write(content)
            opened.flush()
            os.fsync(descriptor)
        publish(made, path)
    except FileExistsError:
        raise KeyFileError(f"{path} is there already and is never overwritten") from None
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        if made is not None:
            Path(made).unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Put a folder's names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _others_may(descriptor: int, mode: int) -> bool:
    """Whether anybody but the owner and we ourselves may do anything with the file.

    systemd hands credentials over as root's files with an access list for the service's user. The group's bits of
    the mode are then the list's mask and say nothing about the group, so the list itself is looked at (its form is
    that of linux/posix_acl_xattr.h: a version, then tag, permissions and identifier of each entry).
    """
    if not mode & _OTHERS:
        return False
    try:
        listed = os.getxattr(descriptor, _ACL)
    except OSError:
        return True
    ours = {os.geteuid(), 0}
    return any(
        permissions
        and tag not in {_ACL_OWNER, _ACL_MASK}
        and not (tag == _ACL_USER and user in ours)
        for tag, permissions, user in struct.iter_unpack("<HHI", listed[4:])
    )


def _opened(path: Path) -> BinaryIO:
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise KeyFileError(f"{path}: not a plain file")
    return os.fdopen(descriptor, "rb")


def _bounded(path: Path, content: bytes) -> bytes:
    if len(content) > MAX_BYTES:
        raise KeyFileError(f"{path}: longer than {MAX_BYTES} bytes: this is another kind of file")
    return content
