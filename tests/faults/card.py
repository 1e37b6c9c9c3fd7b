"""Models a memory card at a power cut: what was synced stays, of the rest any part may be there, torn at a sector.

After Pillai and others, "All File Systems Are Not Created Equal" (OSDI 2014), cut down to what SQLite does: it writes,
truncates, syncs and deletes, and makes files in one folder. A file's creation becomes durable with its first sync, as
on ext4, XFS and F2FS.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import random

SECTOR: Final = 512
_TORN: Final = 0.3
"""Share of the writes in flight that reach the card only in part."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at an offset."""

    offset: int
    data: bytes

    def apply(self, content: bytearray) -> None:
        end = self.offset + len(self.data)
        content.extend(bytes(max(0, end - len(content))))
        content[self.offset : end] = self.data


@dataclass(frozen=True, slots=True)
class Truncate:
    """A new length; files are only ever made shorter here."""

    size: int

    def apply(self, content: bytearray) -> None:
        del content[self.size :]


@dataclass(frozen=True, slots=True)
class Unlink:
    """The file's name is gone."""

    def apply(self, content: bytearray) -> None:
        content.clear()


Change: TypeAlias = Write | Truncate | Unlink


class Card:
    """The files of one folder, by name.

    Args:
        lying: says that it synced and does not, as some consumer cards do.
        lazy_folder: a deletion is durable only once the folder was synced; else with the next sync of any file, as on
            ext4, whose journal keeps the order of such changes.
    """

    def __init__(self, *, lying: bool = False, lazy_folder: bool = False) -> None:
        self._lying = lying
        self._lazy_folder = lazy_folder
        self._durable: dict[str, bytearray] = {}
        self._pending: defaultdict[str, list[Change]] = defaultdict(list)
        self.changes = 0
        self.bytes_written = 0
        self.syncs = 0

    def put(self, name: str, content: bytes) -> None:
        """A file that has been there for long."""
        self._durable[name] = bytearray(content)

    def change(self, name: str, change: Change) -> None:
        """The system has taken it; the card has not."""
        self._pending[name].append(change)
        self.changes += 1
        if isinstance(change, Write):
            self.bytes_written += len(change.data)

    def sync(self, name: str) -> None:
        """What was written to the file is on the card from now on."""
        self.syncs += 1
        if self._lying:
            return
        if not self._lazy_folder:
            self._settle_unlinks()
        content = self._durable.setdefault(name, bytearray())
        for change in self._pending.pop(name, []):
            change.apply(content)

    def sync_folder(self) -> None:
        """Names made and deleted are on the card from now on."""
        if not self._lying:
            self._settle_unlinks()

    def fail_sync(self, name: str, rng: random.Random) -> None:
        """A sync that failed. Any part may be on the card; the rest is forgotten, a later sync will not bring it.

        Linux marks the pages clean all the same (the "fsyncgate" of 2018), so who reads them back is deceived.
        """
        content = self._durable.setdefault(name, bytearray())
        for change in self._pending.pop(name, []):
            if rng.random() < 0.5:
                change.apply(content)

    def after_cut(self, rng: random.Random) -> dict[str, bytes]:
        """What may be found after the power went: one of the many possibilities."""
        keep = rng.choice((0.0, 1.0, 0.5, 0.5))
        found = {name: bytearray(content) for name, content in self._durable.items()}
        for name, changes in self._pending.items():
            for change in changes:
                if rng.random() < keep:
                    _torn(change, rng).apply(found.setdefault(name, bytearray()))
        return {name: bytes(content) for name, content in found.items() if content}

    def _settle_unlinks(self) -> None:
        for name, changes in self._pending.items():
            last = max((n for n, c in enumerate(changes) if isinstance(c, Unlink)), default=-1)
            if last >= 0:
                self._durable[name] = bytearray()
                del changes[: last + 1]


def _torn(change: Change, rng: random.Random) -> Change:
    if not isinstance(change, Write) or rng.random() >= _TORN:
        return change
    return Write(
        change.offset, change.data[: rng.randrange(len(change.data) + 1) // SECTOR * SECTOR]
    )
