"""Writes messages to the spool in groups; a message is safe once its commit has returned.

`Spool.append` never waits for the card: it numbers the message and queues it. One loop commits the queue, after
`commit_s` or `commit_rows` at the latest, and that is the whole window of loss at a power cut. Nothing here ends the
process: on a full disk, a failing card or a damaged file messages wait in memory up to a bound, what exceeds a bound is
counted, and writing resumes by itself.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
import zlib
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from annotated_types import Ge, Gt, Le

from edge_alpr.errors import SpoolError, SpoolFullError
from edge_alpr.spool import database, losses, sql
from edge_alpr.spool.bound import keep_bound
from edge_alpr.spool.rank import pack
from edge_alpr.spool.waiting import Row, Waiting
from edge_alpr.types import Loss

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from edge_alpr.types import Clock, Counter, LossCause, Outgoing, StopSignal

_log = logging.getLogger(__name__)

_RETRY_S: Final = 1.0
_MOST_LOSSES: Final = 200
"""Announced at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolSettings:
    """Where messages wait until the broker has them, and how much room they may take."""

    path: Path = Path("/var/lib/edge-alpr/spool.db")
    """The spool's file. Its folder must be on the card, not in memory."""
    max_bytes: Annotated[int, Ge(1 << 16), Le(1 << 40)] = 256 << 20
    """Room for messages in bytes. When it is used up, the oldest message that is no hit is given up and counted."""
    commit_s: Annotated[float, Gt(0), Le(0.25)] = 0.25
    """Seconds after which a message is on the card at the latest: what a power cut can cost."""
    commit_rows: Annotated[int, Ge(1), Le(50)] = 50
    """So many messages are written together at most, and without waiting any longer."""
    waiting_rows: Annotated[int, Ge(50), Le(1_000_000)] = 1000
    """Messages kept in memory while the card cannot be written. About 2 KiB each."""


class Spool:
    """The only writer of new messages. Thread-safe; `run` is the loop of one thread.

    Counts ``spool.stored``, ``spool.shed`` (given up for room on the card), ``spool.lost_full`` (hits for which there
    was no room), ``spool.lost_waiting`` (given up for room in memory), ``spool.commits_failed``, ``spool.damaged``,
    ``spool.replaced`` and ``spool.lost_at_close``.
    """

    def __init__(self, settings: SpoolSettings, *, clock: Clock, count: Counter) -> None:
        self.boot: Final = secrets.token_hex(4)
        """Names this start of the unit; sequence numbers count within it."""
        self._settings = settings
        self._clock = clock
        self._count = count
        self._waiting = Waiting(settings.waiting_rows)
        self._enough = threading.Event()
        self._file = threading.RLock()  # guards all below
        self._db: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._ordinal = 0
        self._failing: str | None = None
        self._stored_through = 0
        self._erase = False
        self._lost: deque[Loss] = deque()  # not noted in the file yet; any thread appends

    @property
    def stored_through(self) -> int:
        """Every message up to this number is on the card, or counted as given up."""
        return self._stored_through

    @property
    def waiting(self) -> int:
        """How many messages are in memory only."""
        return len(self._waiting)

    @property
    def failing(self) -> str | None:
        """Why messages cannot be written just now, for the status; None while they can."""
        return self._failing

    def open(self) -> None:
        """Open the file, so that a wrong path is noticed at the start. A full card is counted and tried again later.

        Raises:
            SpoolError: the file cannot be made or opened, or belongs to a later version of the program.
        """
        with self._file:
            try:
                self._open()
            except SpoolFullError as error:
                self._failed(error)

    def append(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        """Queue a message; returns its sequence number at once. ``make_body`` is called with it, in this thread."""
        seq, lost = self._waiting.add(outgoing, make_body)
        if lost is not None:
            self._count("spool.lost_waiting")
            self._lost.append(Loss(self.boot, lost.seq, lost.seq, "memory"))
        if len(self._waiting) >= self._settings.commit_rows:
            self._enough.set()
        return seq

    def run(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        """Commit until ``stop`` is set and what was queued by then is stored or cannot be."""
        again_s = self._clock.now().mono_s
        while not stop.is_set():
            beat()
            self._enough.wait(self._settings.commit_s)
            self._enough.clear()
            if self._clock.now().mono_s >= again_s and not self.commit():
                again_s = self._clock.now().mono_s + _RETRY_S
        self.commit()

    def commit(self) -> bool:
        """Store all that waits; False if some could not be and waits on."""
        with self._file:
            while rows := self._waiting.take(self._settings.commit_rows):
                try:
                    self._store(rows)
                except SpoolError as error:
                    self._waiting.put_back(rows)
                    self._failed(error)
                    return False
                self._stored_through = max(self._stored_through, rows[-1].seq)
                self._recovered()
        return True

    def flush(self, timeout_s: float) -> bool:
        """Store now what waits, trying again for ``timeout_s``; whether nothing is left."""
        deadline_s = time.monotonic() + timeout_s
        while not self.commit():
            if time.monotonic() >= deadline_s:
                return False
            time.sleep(min(0.05, timeout_s))
        return True

    def losses(self) -> list[Loss]:
        """Some of what was given up and is not announced yet, by this process or another; empty if none is known.

        Raises:
            SpoolError: the file cannot be read just now.
        """
        with self._file, database.as_spool_errors(self._settings.path):
            return losses.noted(self._db, _MOST_LOSSES) if self._db else []

    def announced(self, told: Sequence[Loss]) -> None:
        """Forget losses that `losses` gave and whose announcement is stored.

        Raises:
            SpoolError: the file cannot be written just now.
        """
        with self._file, database.as_spool_errors(self._settings.path):
            if self._db is not None:
                with database.transaction(self._db):
                    losses.forget(self._db, told)

    def shift_expiry(self, by_s: float) -> None:
        """The clock was set by ``by_s`` just now: what this boot stored before is kept as long as was meant.

        Raises:
            SpoolError: the file cannot be written just now.
        """
        self.commit()
        before_s = self._clock.now().utc_s - by_s if by_s > 0 else math.inf
        with self._file, database.as_spool_errors(self._settings.path):
            if self._db is not None:
                shift = {"by_s": by_s, "until_s": before_s, "ordinal": self._ordinal}
                self._db.execute(sql.SHIFT_EXPIRY, shift)

    def close(self, timeout_s: float = 2.0) -> None:
        """Store what waits, fold the log into the file, close it. What could not be stored is counted."""
        if not self.flush(timeout_s):
            self._count("spool.lost_at_close", len(self._waiting))
            _log.error("%d messages could not be stored before the end", len(self._waiting))
        with self._file:
            self._disconnect()

    # ---------------------------------------------------------------- under the file's lock

    def _open(self) -> sqlite3.Connection:
        path = self._settings.path
        try:
            db = database.open_for_writing(path)
        except database.DamagedError as error:
            self._replace_damaged(error)
            db = database.open_for_writing(path)
        self._db, self._identity = db, database.identity(path)
        with database.as_spool_errors(path), database.transaction(db):
            db.execute(sql.FORGET_EMPTY_BOOTS, (self.boot,))
            db.execute(sql.ADD_BOOT, (self.boot,))
            (self._ordinal,) = db.execute(sql.ORDINAL, (self.boot,)).fetchone()
        return db

    def _store(self, rows: list[Row]) -> None:
        path = self._settings.path
        if self._db is not None and database.identity(path) != self._identity:
            self._count("spool.replaced")
            _log.error("%s was moved or deleted while in use; a new one is started", path)
            self._disconnect()
            self._lose_file("removed")
        db = self._db or self._open()
        try:
            with database.as_spool_errors(path):
                given_up = list(self._lost)
                with database.transaction(db):
                    self._insert(db, rows)
                    losses.note(db, given_up)
                    hits = [row.seq for row in rows if row.outgoing.hit]
                    newest = [pack(self._ordinal, seq, hit=True) for seq in hits]
                    shed, lost = keep_bound(db, self._settings.max_bytes, newest)
                self._erase = self._erase or shed + lost > 0
                for _ in given_up:
                    self._lost.popleft()
                if self._erase:
                    self._erase = not database.erase_deleted(db)
        except database.DamagedError as error:
            self._replace_damaged(error)
            raise
        self._count("spool.stored", len(rows) - lost)
        for name, amount in (("spool.shed", shed), ("spool.lost_full", lost)):
            if amount:
                self._count(name, amount)

    def _insert(self, db: sqlite3.Connection, rows: list[Row]) -> None:
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

    def _lose_file(self, cause: LossCause) -> None:
        """What was in the file is gone: of this boot at most all that was stored, of others nobody knows."""
        self._lost.append(Loss(None, 0, 0, cause))
        if self._stored_through:
            self._lost.append(Loss(self.boot, 1, self._stored_through, cause))

    def _replace_damaged(self, error: database.DamagedError) -> None:
        self._disconnect()
        aside = database.set_aside(self._settings.path, self._clock.now().utc_s)
        self._count("spool.damaged")
        self._lose_file("damaged")
        _log.error(
            "the spool is damaged (%s): set aside as %s, its messages are not delivered; a new one is started",
            error,
            aside.name,
        )

    def _failed(self, error: SpoolError) -> None:
        """Give up the connection: after a failed fsync only a new one knows what is on the card."""
        self._count("spool.commits_failed")
        if self._failing is None:
            _log.error("messages wait in memory, the spool cannot be written: %s", error)
        self._failing = f"the spool cannot be written: {error}"
        self._disconnect()

    def _recovered(self) -> None:
        if self._failing is not None:
            _log.warning("the spool can be written again")
        self._failing = None

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()  # the last connection to close folds the log into the file
            self._db = None
