"""This file opens plain files only: a pipe or a device could keep the unit for ever, or feed it without an end."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from edge_alpr.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path


def open_plain(path: Path) -> int:
    """A descriptor for reading, which the caller closes.

    Raises:
        SourceError: missing, not readable, a folder, a pipe, a socket or a device.
    """
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SourceError(f"{shown(path)}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a zero byte
        raise SourceError(f"{shown(path)}: no name of a file: {error}") from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    what = "a folder" if stat.S_ISDIR(mode) else "a pipe, a socket or a device"
    raise SourceError(f"{shown(path)}: cannot be read: it is {what}, not a plain file")


def is_folder(path: Path) -> bool:
    """Whether it is one.

    Raises:
        SourceError: there is nothing, or it may not be looked at.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        raise SourceError(f"{shown(path)}: no such file or folder") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SourceError(f"{shown(path)}: cannot be looked at: {why}") from error


def shown(path: Path) -> str:
    """A path as text that can be printed and written as JSON: bytes that are no UTF-8 become ``\\xff``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
