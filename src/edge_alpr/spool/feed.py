"""Reads the spool for the uplink, from the writer's process or from another one: the next to send, and letting go."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from edge_alpr.spool import database, losses, sql
from edge_alpr.spool.census import Census
from edge_alpr.spool.erasure import WITHIN_S, Erasure
from edge_alpr.spool.rank import END, OTHERS, pack, unpack
from edge_alpr.spool.reserve import MOST_DELETED, Reserve
from edge_alpr.types import Spooled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from edge_alpr.types import Counter, LossCause, MessageKind

_log = logging.getLogger(__name__)

_POLL_S: Final = 0.1
_MOST_EXPIRED: Final = 500
"""Deleted in one transaction, so that the writer does not wait for long."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits."""

    messages: int
    bytes: int
    """Of the pages in use: what `SpoolSettings.max_bytes` bounds."""
    oldest_s: float | None
    """UTC seconds at which the oldest was stored; None if nothing waits."""


class SpoolFeed:
    """What waits to be sent. Opens the file when it is there, and again when it was replaced. Thread-safe.

    Every method raises `SpoolError` when the file cannot be used just now; the next call tries again. Counts
    ``spool.rotten``: messages whose bytes changed on the card, which are not sent. What is given up here is noted in
    the file, for the writer to announce.
    """

    def __init__(self, path: Path, *, count: Counter, erase_s: float = WITHIN_S) -> None:
        """``erase_s``: so long a deleted body may be left in the file's log; 0 costs the card most."""
        self._path = path
        self._count = count
        self._reserve = Reserve(path)
        self._census = Census()
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._seen = -1
        self._erasure = Erasure(erase_s)
        self._live_from = OTHERS

    def pending(self, limit: int, now_s: float) -> list[Spooled]:
        """At most ``limit`` messages that are not expired at ``now_s`` UTC.

        Hits come first, then what was stored since `begin_live`, then what was there before; each oldest first.
        """
        with self._use() as db:
            if db is None:
                return []
            self._seen = _data_version(db)
            rows: list[tuple[int, str, str, str, bytes, float | None, float, int]] = []
            for first, end in ((0, OTHERS), (self._live_from, END), (OTHERS, self._live_from)):
                if first < end and len(rows) < limit:
                    rows += db.execute(sql.PENDING, (first, end, now_s, limit - len(rows)))
            whole = [row for row in rows if zlib.crc32(row[4]) == row[7]]
            if len(whole) < len(rows):
                self._drop(db, [row[0] for row in rows if row not in whole], "rotten")
                self._count("spool.rotten", len(rows) - len(whole))
                _log.error(
                    "%d messages rotted on the card and are given up", len(rows) - len(whole)
                )
            return [_spooled(row) for row in whole]

    def begin_live(self) -> None:
        """What is stored from now on is live; what is there already is the backlog. At first all is live."""
        with self._use() as db:
            last = None if db is None else db.execute(sql.LAST_RANK).fetchone()[0]
            self._live_from = max(OTHERS, 0 if last is None else last + 1)

    def delivered(self, messages: Sequence[Spooled]) -> None:
        """Let go of them: no byte of their bodies is left in the file, and soon none in its log.

        The log is emptied within ``erase_s`` by any further call, and by `close`. One call for many is much cheaper
        than one for each. What is not there any more is passed over.
        """
        with self._use() as db:
            if db is None or not messages:
                return
            ordinals: dict[str, int] = dict(db.execute(sql.BOOTS).fetchall())
            self._drop(
                db,
                [
                    pack(ordinals[message.boot], message.seq, hit=message.hit)
                    for message in messages
                    if message.boot in ordinals
                ],
            )

    def expire(self, now_s: float) -> int:
        """Let go of what is expired at ``now_s`` UTC; returns how many that were."""
        with self._use() as db:
            if db is None:
                return 0
            over = [rank for (rank,) in db.execute(sql.EXPIRED, (now_s,)).fetchall()]

            def change(ranks: Sequence[int]) -> int:
                with database.transaction(db):
                    gone = [
                        row[0] for rank in ranks for row in db.execute(sql.EXPIRE, (rank, now_s))
                    ]
                    losses.note(db, losses.of_ranks(db, gone, "expired"))
                return len(gone)

            return sum(
                self._delete(db, over[n : n + _MOST_EXPIRED], change)
                for n in range(0, len(over), _MOST_EXPIRED)
            )

    def depth(self) -> Depth:
        """How much waits, expired or not."""
        with self._use() as db:
            if db is None:
                return Depth(0, 0, None)
            messages = self._census.count(db)
            (oldest_s,) = db.execute(sql.OLDEST_S).fetchone()
            return Depth(messages, database.used_bytes(db) if messages else 0, oldest_s)

    def wait(self, timeout_s: float) -> bool:
        """Wait until something was committed by another since the last `pending`; False if nothing was."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            with self._use() as db:
                if db is not None and _data_version(db) != self._seen:
                    return True
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(_POLL_S, left_s))

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        with self._lock:
            if self._db is not None and self._erasure.owed:
                with suppress(sqlite3.Error):
                    self._erasure.erase(self._db)
            self._disconnect()

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection | None]:
        with self._lock, database.as_spool_errors(self._path):
            if self._db is None or database.identity(self._path) != self._identity:
                self._disconnect()
                self._connect()
            try:
                if self._db is not None:
                    self._erasure.tidy(self._db, time.monotonic())
                yield self._db
            except sqlite3.Error:
                self._disconnect()
                raise

    def _connect(self) -> None:
        self._identity = database.identity(
            self._path
        )  # first: a change after it is noticed next time
        self._db = database.open_for_reading(self._path)
        self._seen = -1
        self._live_from = OTHERS
        self._census.forget()
        self._erasure.opened(time.monotonic())

    def _drop(
        self, db: sqlite3.Connection, ranks: list[int], lost_by: LossCause | None = None
    ) -> None:
        def change(some: Sequence[int]) -> int:
            with database.transaction(db):
                if lost_by is not None:
                    losses.note(db, losses.of_ranks(db, some, lost_by))
                return sum(db.execute(sql.DELETE, (rank,)).rowcount for rank in some)

        self._delete(db, ranks, change)

    def _delete(
        self, db: sqlite3.Connection, ranks: Sequence[int], change: Callable[[Sequence[int]], int]
    ) -> int:
        """Apply ``change`` to them; on a full card a few at a time, with the reserve for their log."""
        try:
            gone = change(ranks)
        except sqlite3.Error as error:
            if not database.is_full(error):
                raise
            gone = 0
            with self._reserve.lent():
                for first in range(0, len(ranks), MOST_DELETED):
                    gone += change(ranks[first : first + MOST_DELETED])
                    self._erasure.erase(db)
        self._census.deleted(gone)
        now_s = time.monotonic()
        self._erasure.deleted(now_s)
        self._erasure.tidy(db, now_s)
        return gone

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _data_version(db: sqlite3.Connection) -> int:
    """Changes when another connection has committed."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def _spooled(row: tuple[int, str, str, str, bytes, float | None, float, int]) -> Spooled:
    rank, boot, kind, camera, body, expires_s, stored_s, _ = row
    _, seq, hit = unpack(rank)
    return Spooled(boot, seq, cast("MessageKind", kind), camera, body, expires_s, hit, stored_s)
