"""Says what the collector asks of a place to keep events."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TypeAlias

from edge_alpr.errors import EdgeAlprError
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.notice import ClockNotice, GapNotice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Message: TypeAlias = PlateEvent | GapNotice | ClockNotice
"""What a collector keeps."""


class StoreError(EdgeAlprError):
    """A store cannot be opened, read or written. Nothing of the running batch counts as stored."""


class Store(Protocol):
    """Keeps messages once each. Every method may raise `StoreError`."""

    def add(
        self, message: Message, body: bytes, stored_s: float, *, signer: str | None = None
    ) -> bool:
        """Take a message, with the body it came in; False if it was taken before. Durable after `commit`.

        ``signer`` names the key whose signature was checked.
        """

    def commit(self) -> None:
        """Make durable what was added. Only then may it be acknowledged."""

    def rollback(self) -> None:
        """Forget what was added since the last commit."""

    def held(self, unit: str, boot: str) -> Iterable[tuple[int, int]]:
        """Ranges, first and last, of the numbers of a boot that were committed or announced as lost. ``unit`` is
        ``org/site/unit``."""

    def purge(self, now_s: float) -> int:
        """Delete what the senders' policies want deleted by ``now_s`` UTC; returns how many events that were."""

    def close(self) -> None: ...


def message_key(message: Message) -> tuple[str, str, int]:
    """What names a message: whose it is, the boot and its number in it."""
    return f"{message.org}/{message.site}/{message.unit}", message.boot, message.seq


def lost_ranges(notice: GapNotice) -> list[tuple[str, int, int, str, int | None]]:
    """What a gap names exactly: boot, first, last, cause and how many."""
    return [
        (lost.boot, lost.first, lost.last, lost.cause, lost.messages)
        for lost in notice.lost
        if lost.boot is not None and lost.first is not None and lost.last is not None
    ]


def create_private(path: Path) -> None:
    """Make sure that the file is there, and that a new one can be read by its owner only.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None
