"""Says what the collector asks of a place to keep events."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from edge_alpr.errors import EdgeAlprError

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.message.event import PlateEvent


class StoreError(EdgeAlprError):
    """A store cannot be opened, read or written. Nothing of the running batch counts as stored."""


class Store(Protocol):
    """Keeps events once each. Every method may raise `StoreError`."""

    def add(self, event: PlateEvent, body: bytes, stored_s: float) -> bool:
        """Take an event, with the body it came in; False if this message was taken before. Durable after `commit`."""

    def commit(self) -> None:
        """Make durable what was added. Only then may it be acknowledged."""

    def rollback(self) -> None:
        """Forget what was added since the last commit."""

    def purge(self, now_s: float) -> int:
        """Delete what the senders' policies want deleted by ``now_s`` UTC; returns how many events that were."""

    def close(self) -> None: ...


def message_key(event: PlateEvent) -> tuple[str, str, int]:
    """What names a message: whose it is, the boot and its number in it."""
    return f"{event.org}/{event.site}/{event.unit}", event.boot, event.seq


def create_private(path: Path) -> None:
    """Make sure that the file is there, and that a new one can be read by its owner only.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None
