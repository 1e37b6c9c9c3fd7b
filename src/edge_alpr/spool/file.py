"""Writes the spool's file: opens it when needed, replaces a damaged one, lends the reserve when the card is full."""

from __future__ import annotations

import logging
import math
import sqlite3
import zlib
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import SpoolError, SpoolFullError
from edge_alpr.spool import aside, database, losses, sql
from edge_alpr.spool.bound import keep_bound
from edge_alpr.spool.erasure import WITHIN_S, Erasure
from edge_alpr.spool.losses import in_ranges
from edge_alpr.spool.rank import pack
from edge_alpr.spool.reserve import Reserve
from edge_alpr.spool.salvage import salvage
from edge_alpr.types import Loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from edge_alpr.spool.waiting import Row
    from edge_alpr.types import Clock, Counter, LossCause

_log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 3600.0


class SpoolFile:
    """Used under one lock, its owner's; only `lose` may come from another thread. Counts for `store.Spool`."""

    def __init__(
        self,
        path: Path,
        max_bytes: int,
        *,
        boot: str,
        clock: Clock,
        count: Counter,
        erase_s: float = WITHIN_S,
    ) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._boot = boot
        self._clock = clock
        self._count = count
        self._erasure = Erasure(erase_s)
        self._reserve = Reserve(path)
        self._db: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._ordinal = 0
        self._stored_through = 0
        self._look_s = -math.inf
        self._lost: deque[Loss] = deque()  # not noted in the file yet

    @property
    def ordinal(self) -> int:
        """Of this boot, in the file as it is open."""
        return self._ordinal

    def lose(self, loss: Loss) -> None:
        """Note with the next commit that something was given up."""
        self._lost.append(loss)

    def open(self) -> sqlite3.Connection:
        """Open or make the file. A damaged one is set aside, and what can be read of it is kept.

        Raises:
            SpoolFullError: there is no room for it just now.
            SpoolError: it cannot be made or opened, or belongs to a later version of the program.
        """
        try:
            db = database.open_for_writing(self._path)
        except database.DamagedError as error:
            self._replace_damaged(error)
            db = self._db or database.open_for_writing(self._path)
        self._db, self._identity = db, database.identity(self._path)
        with database.as_spool_errors(self._path), database.transaction(db):
            db.execute(sql.FORGET_EMPTY_BOOTS, (self._boot,))
            db.execute(sql.ADD_BOOT, (self._boot,))
            (self._ordinal,) = db.execute(sql.ORDINAL, (self._boot,)).fetchone()
        self._reserve.take()
        return db

    def store(self, rows: Sequence[Row]) -> tuple[int, int]:
        """Commit rows, then keep the bound; returns how many others and how many hits it cost.

        Raises:
            SpoolError: they are not stored; what of them is in the file is written again by the next call.
        """
        if self._db is not None and database.identity(self._path) != self._identity:
            self._count("spool.replaced")
            _log.error("%s was moved or deleted while in use; a new one is started", self._path)
            self.close()
            self._lose_file("removed")
        db = self._db or self.open()
        try:
            try:
                shed, lost = self._write(db, rows)
            except SpoolFullError:
                if not self._fit(db, rows):
                    raise
                with self._reserve.lent(), database.as_spool_errors(self._path):
                    shed, lost = self._write(db, rows)
                    self._erasure.erase(db)
        except database.DamagedError as error:
            self._replace_damaged(error)
            raise
        self._stored_through = max(self._stored_through, rows[-1].seq)
        if shed + lost:
            self._erasure.deleted(self._clock.now().mono_s)
        return shed, lost

    def tidy(self) -> None:
        """Empty the log when it is time to, and forget what was set aside long ago.

        Raises:
            SpoolError: the file cannot be written just now.
        """
        now = self._clock.now()
        if self._db is not None:
            with database.as_spool_errors(self._path):
                self._erasure.tidy(self._db, now.mono_s)
        if now.mono_s >= self._look_s:
            self._look_s = now.mono_s + _LOOK_EVERY_S
            aside.forget_old(self._path, now.utc_s)

    def make_room(self) -> None:
        """The disk is full: a damaged file that was set aside is worth less than new messages."""
        with suppress(SpoolError):
            if aside.forget(self._path):
                _log.warning("a damaged spool that was set aside is deleted to make room")

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection | None]:
        """The open file, or None; errors of SQLite become `SpoolError`."""
        with database.as_spool_errors(self._path):
            yield self._db

    def close(self) -> None:
        """Close it; the last connection to close folds the log into the file."""
        if self._db is not None:
            if self._erasure.owed:
                with suppress(sqlite3.Error):
                    self._erasure.erase(self._db)
            self._db.close()
            self._db = None

    def _write(self, db: sqlite3.Connection, rows: Sequence[Row]) -> tuple[int, int]:
        with database.as_spool_errors(self._path):
            given_up = list(self._lost)
            with database.transaction(db):
                self._insert(db, rows)
                losses.note(db, given_up)
                hits = [row.seq for row in rows if row.outgoing.hit]
                newest = [pack(self._ordinal, seq, hit=True) for seq in hits]
                shed, lost = keep_bound(db, self._max_bytes, newest)
            for _ in given_up:
                self._lost.popleft()
        return shed, lost

    def _insert(self, db: sqlite3.Connection, rows: Sequence[Row]) -> None:
        stored_s = self._clock.now().utc_s
        db.executemany(
            sql.INSERT,
            (
                (
                    pack(self._ordinal, row.seq, hit=row.outgoing.hit),
                    row.outgoing.kind,
                    row.outgoing.camera,
                    row.outgoing.expires_s,
                    stored_s,
                    zlib.crc32(row.body),
                    row.body,
                )
                for row in rows
            ),
        )

    def _fit(self, db: sqlite3.Connection, rows: Sequence[Row]) -> bool:
        """Whether the file need not grow for them, so that only their log needs room."""
        with database.as_spool_errors(self._path):
            return database.free_bytes(db) > sum(2 * database.PAGE + len(row.body) for row in rows)

    def _lose_file(self, cause: LossCause, saved: dict[str, set[int]] | None = None) -> None:
        """What was in the file is gone: of this boot what was stored and not saved, of others nobody knows."""
        self._lost.append(Loss(None, 0, 0, cause))
        missing = set(range(1, self._stored_through + 1)) - (saved or {}).get(self._boot, set())
        self._lost.extend(in_ranges(self._boot, missing, cause))

    def _replace_damaged(self, error: database.DamagedError) -> None:
        self.close()
        moved = aside.set_aside(self._path, self._clock.now().utc_s)
        self._count("spool.damaged")
        saved: dict[str, set[int]] = {}
        with suppress(SpoolError), database.as_spool_errors(self._path):
            self._db = database.open_for_writing(self._path)
            self._identity = database.identity(self._path)
            saved = salvage(moved, self._db)
        if messages := sum(map(len, saved.values())):
            self._count("spool.salvaged", messages)
        self._lose_file("damaged", saved)
        _log.error(
            "the spool is damaged (%s): set aside as %s; %d messages could be read and are kept, others are lost; "
            "a new one is started",
            error,
            moved.name,
            messages,
        )
