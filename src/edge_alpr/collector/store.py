"""Says what the collector asks of a place to keep messages."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from edge_alpr.collector.messages import Message
from edge_alpr.errors import EdgeAlprError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

EVERYTHING = 2**62
"""No bound on how many numbers `Store.held` looks at."""


class StoreError(EdgeAlprError):
    """A store cannot be opened, read or written. Nothing of the running batch counts as stored."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that may be stored."""

    message: Message
    body: bytes = field(repr=False)
    """As it came."""
    signer: str | None = None
    """The key whose signature was checked; None if that was not asked for, or did not hold."""


class Store(Protocol):
    """Keeps messages once each. Used by one thread. Every method may raise `StoreError`, and may be called again then:
    a store that lost its connection makes a new one by itself."""

    def keep(self, entries: Sequence[Entry], stored_s: float) -> Sequence[bool]:
        """Store all of them in one commit, which is durable on return; for each, whether it was news.

        What is not news, by `messages.message_key`, was stored before or stands in the batch twice. If this raises,
        either nothing of the batch is stored, or that is unknown and the same batch comes again. ``stored_s`` is now,
        in UTC seconds.
        """

    def held(
        self, unit: str, boot: str, *, above: int = 0, most: int = EVERYTHING
    ) -> Iterable[tuple[int, int]]:
        """Ranges, first and last, of the numbers of a boot that are stored or were announced as lost, by whomever.

        ``unit`` is ``org/site/unit``. Numbers up to ``above`` may be left out, and of the others all but the first
        ``most``.
        """

    def shows(self, unit: str, pass_id: str, sha256: str) -> bool:
        """Whether a stored event of that pass names a picture with that hash."""

    def purge(self, now_s: float, *, stored_before_s: float | None = None) -> int:
        """Delete what the senders' policies want deleted by ``now_s`` UTC, and all that was stored earlier than
        ``stored_before_s``. Numbers stay known. Returns how many messages that were."""

    def close(self) -> None: ...


class Shelf(Store, Protocol):
    """A store that also gives back what only its holders open, as those that ship do. The collector does not ask."""

    def sealed(self, *, unit: str | None = None, day: str | None = None) -> Iterator[bytes]:
        """Sealed messages as they came, the earliest stored first: of one ``org/site/unit``, of one of the custodian's
        days, or all. Nothing else is asked of the store until the last is taken."""


def create_private(path: Path) -> None:
    """Make sure that the file is there, and that a new one can be read by its owner only.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None
