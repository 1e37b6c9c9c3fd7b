"""Holds back some room on the card, so that a full disk can be emptied: a deletion has to be written to the log first.

The room is a file beside the spool. It is lent to changes that do not make the spool's file larger: their log is folded
into the file at once, and the room is there again.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOM: Final = 512 << 10
"""Bytes: the log of `MOST_DELETED` deletions of a large message, twice."""
MOST_DELETED: Final = 8
"""Messages that are deleted at a time while the room is lent."""
_PLENTY: Final = 4 * ROOM
"""Only a card with so much room left is asked for a reserve."""


class Reserve:
    """Any process that uses the spool may lend and take it."""

    def __init__(self, spool: Path) -> None:
        self._path = spool.with_name(f"{spool.name}-reserve")

    def take(self) -> bool:
        """Take the room if there is plenty; whether it is held."""
        with suppress(OSError):
            if self._path.stat().st_size >= ROOM:
                return True
        with suppress(OSError):
            disk = os.statvfs(self._path.parent)
            if disk.f_bavail * disk.f_frsize >= _PLENTY:
                return self._allocate()
        return False

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Inside ``with`` its room is free for others, also when there was none."""
        held = self._path.exists()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        try:
            yield
        finally:
            if held:
                self._allocate()

    def _allocate(self) -> bool:
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, ROOM)
            finally:
                os.close(descriptor)
        except OSError:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            return False
        return True
