"""Keeps in a file of SQLite what consumers are still owed, until they have it or its time is over.

A message is put down here before the store commits it and its sender hears of that. So whatever the store has reaches
the consumers, at least once, also if the power is cut between any two steps.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edge_alpr.collector.messages import message_key
from edge_alpr.collector.sqlite_transaction import in_words, transaction
from edge_alpr.collector.store import create_private
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from edge_alpr.collector.consumer import Consumer
    from edge_alpr.collector.store import Entry
    from edge_alpr.message.event import PlateEvent

LONGEST_S: Final = 7 * 86_400.0
"""What no policy ends earlier is owed for so long."""
_BUSY_S: Final = 10.0
_STAGED, _OWED, _REFUSED = 0, 1, 2
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS owed (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  consumer TEXT NOT NULL, unit TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL,
  ends_s REAL NOT NULL, state INTEGER NOT NULL, body BLOB NOT NULL,
  UNIQUE (consumer, unit, boot, seq)
)"""


@dataclass(frozen=True, slots=True)
class Debt:
    """One message that one consumer is owed."""

    number: int
    body: bytes = field(repr=False)


class Owed:
    """The file at ``path``. One thread's connection; other threads open their own."""

    def __init__(self, path: Path) -> None:
        """Open or create it.

        Raises:
            StoreError: it cannot be used.
        """
        self._path = path
        create_private(path)
        with in_words(self._path):
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        with in_words(self._path):
            for pragma in ("secure_delete = ON", "synchronous = EXTRA", "journal_mode = WAL"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute(_TABLE)

    def begin(self, consumers: Sequence[Consumer]) -> int:
        """Take up what an earlier run left: what it had not settled is owed, what was refused is tried again.

        Returns how many messages were let go, since their consumer is not named any more.
        """
        names = [each.name for each in consumers]
        marks = ",".join("?" * len(names))
        with transaction(self._db, self._path):
            gone = self._db.execute(
                f"DELETE FROM owed WHERE consumer NOT IN ({marks})",  # noqa: S608  # question marks
                names,
            ).rowcount
            self._db.execute("UPDATE owed SET state = ?", (_OWED,))
        return gone

    def stage(
        self, wanted: Iterable[tuple[Consumer, PlateEvent, Entry]], now_s: float
    ) -> set[tuple[str, str, int]]:
        """Put them down before they are stored; the keys of those that were not here yet."""
        fresh = set()
        with transaction(self._db, self._path):
            for consumer, event, entry in wanted:
                key = message_key(event)
                row = (consumer.name, *key, _end_s(event, now_s), _STAGED, entry.body)
                added = self._db.execute(
                    "INSERT OR IGNORE INTO owed (consumer, unit, boot, seq, ends_s, state, body)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
                if added.rowcount:
                    fresh.add(key)
        return fresh

    def settle(
        self, owed: Iterable[tuple[str, str, int]], not_news: Iterable[tuple[str, str, int]]
    ) -> None:
        """They are stored: from now on they are owed. What was not news had been settled before."""
        with transaction(self._db, self._path):
            for key in not_news:
                self._db.execute(
                    "DELETE FROM owed WHERE unit = ? AND boot = ? AND seq = ? AND state = ?",
                    (*key, _STAGED),
                )
            for key in owed:
                self._db.execute(
                    "UPDATE owed SET state = ? WHERE unit = ? AND boot = ? AND seq = ? AND state = ?",
                    (_OWED, *key, _STAGED),
                )

    def oldest(self, consumer: Consumer, now_s: float, most: int = 1) -> list[Debt]:
        """What it is owed and has not ended, in the order in which it was stored."""
        with in_words(self._path):
            rows = self._db.execute(
                "SELECT number, body FROM owed WHERE consumer = ? AND state = ? AND ends_s > ?"
                " ORDER BY number LIMIT ?",
                (consumer.name, _OWED, now_s, most),
            ).fetchall()
        return [Debt(number, body) for number, body in rows]

    def paid(self, numbers: Iterable[int]) -> None:
        """The consumer has them: they are deleted here."""
        with transaction(self._db, self._path):
            self._db.executemany("DELETE FROM owed WHERE number = ?", [(each,) for each in numbers])

    def refused(self, number: int) -> None:
        """The consumer will not have it: others go first, and it is tried again after a restart."""
        with transaction(self._db, self._path):
            self._db.execute("UPDATE owed SET state = ? WHERE number = ?", (_REFUSED, number))

    def waiting(self, consumers: Iterable[Consumer]) -> int:
        """How many messages they are owed, refused ones not counted."""
        with in_words(self._path):
            counts = [
                self._db.execute(
                    "SELECT count(*) FROM owed WHERE consumer = ? AND state = ?",
                    (each.name, _OWED),
                ).fetchone()[0]
                for each in consumers
            ]
        return sum(counts)

    def purge(self, now_s: float) -> int:
        """Delete what must not be told any more by ``now_s`` UTC; how many that were."""
        with transaction(self._db, self._path):
            gone = self._db.execute("DELETE FROM owed WHERE ends_s <= ?", (now_s,)).rowcount
        with in_words(self._path):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # plates do not stay in the log
        return gone

    def close(self) -> None:
        self._db.close()


def _end_s(event: PlateEvent, now_s: float) -> float:
    """When it may not be told any more: the end of the policy's time, or of a hit's that nobody confirmed."""
    ends = [event.policy.delete_after, event.policy.confirm_by]
    return min([now_s + LONGEST_S, *(to_seconds(each) for each in ends if each is not None)])
