"""Keeps messages in SQLite: one row each to know it again, one row a pass with the best that is known of it."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Final

from edge_alpr.collector import sqlite_tables as sql
from edge_alpr.collector.store import StoreError, create_private, lost_ranges, message_key
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.notice import GapNotice
from edge_alpr.message.timestamps import to_seconds, to_text

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.collector.store import Message
    from edge_alpr.message.notice import ClockNotice

_BUSY_S: Final = 10.0

_RANKS: Final = {"provisional": 0, "final": 1, "correction": 2}
"""A later phase replaces an earlier one, in whatever order they arrive."""


class SqliteStore:
    """The database at ``path``.

    Table ``messages`` holds no plate; view ``current_passes`` leaves out what was corrected. Column ``captured`` is the
    best that is known: where a unit's clock became known later, it is corrected, ``clock`` says so, and
    ``delete_after`` moves with it; ``body`` stays as it was signed.
    """

    def __init__(self, path: Path) -> None:
        """Open or create it.

        Raises:
            StoreError: it cannot be written, is damaged, or was made by a newer version.
        """
        self._path = path
        create_private(path)
        try:
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        except sqlite3.Error as error:
            raise self._failed(error) from None
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise self._failed(error) from None
        except StoreError:
            self._db.close()
            raise

    def add(
        self, message: Message, body: bytes, stored_s: float, *, signer: str | None = None
    ) -> bool:
        unit, boot, seq = message_key(message)
        stored = to_text(stored_s)
        name = message.id if isinstance(message, PlateEvent) else ""
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            taken = self._db.execute(sql.ADD_MESSAGE, (unit, boot, seq, name, stored))
            if taken.rowcount == 0:
                return False
            if isinstance(message, PlateEvent):
                self._add_pass(unit, message, body, stored, signer)
            elif isinstance(message, GapNotice):
                self._db.executemany(
                    sql.ADD_GAP,
                    [
                        (unit, lost_boot, cause, first, last, count, stored)
                        for lost_boot, first, last, cause, count in lost_ranges(message)
                    ],
                )
            else:
                self._add_clock(unit, message)
        except sqlite3.Error as error:
            raise self._failed(error) from None
        return True

    def commit(self) -> None:
        try:
            if self._db.in_transaction:
                self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failed(error) from None

    def rollback(self) -> None:
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise self._failed(error) from None

    def held(self, unit: str, boot: str) -> list[tuple[int, int]]:
        try:
            return self._db.execute(sql.HELD, {"unit": unit, "boot": boot}).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from None

    def purge(self, now_s: float) -> int:
        try:
            deleted = self._db.execute(
                "DELETE FROM passes WHERE delete_after <= ?", (to_text(now_s),)
            )
            if deleted.rowcount:
                # Else the plates would stay readable in the log file.
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise self._failed(error) from None
        return deleted.rowcount

    def close(self) -> None:
        self._db.close()

    def _prepare(self) -> None:
        run = self._db.execute
        run("PRAGMA secure_delete = ON")
        run(
            "PRAGMA synchronous = EXTRA"
        )  # before WAL: else its creation may not survive a power cut
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        version = run("PRAGMA user_version").fetchone()[0]
        if version > sql.VERSION:
            raise StoreError(
                f"{self._path} was made by a newer version of edge-alpr: update this one"
            )
        for step in range(version, sql.VERSION):
            self._db.executescript(
                f"BEGIN; {sql.MIGRATIONS[step]} PRAGMA user_version = {step + 1}; COMMIT;"
            )

    def _add_pass(
        self, unit: str, event: PlateEvent, body: bytes, stored: str, signer: str | None
    ) -> None:
        self._db.execute(
            sql.UPSERT,
            (
                unit,
                event.id,
                event.boot,
                event.seq,
                _RANKS[event.phase],
                event.phase,
                event.corrects,
                event.camera,
                event.time.captured,
                event.plate.text,
                event.plate.confidence,
                bool(event.hits),
                event.test,
                event.policy.delete_after,
                stored,
                body.decode("utf-8"),
                "synced" if event.time.clock.synced else "unsynced",
                signer,
            ),
        )
        if not event.time.clock.synced:
            self._correct(unit, event.boot)

    def _add_clock(self, unit: str, notice: ClockNotice) -> None:
        row = (unit, notice.boot, notice.seq, notice.at, notice.monotonic_s, notice.error_ms)
        self._db.execute(sql.ADD_CLOCK, row)
        self._correct(unit, notice.boot)

    def _correct(self, unit: str, boot: str) -> None:
        """Set right the times that the boot stamped before its clock was known."""
        known = self._db.execute(sql.CLOCK, (unit, boot)).fetchone()
        if known is None:
            return
        origin_s = to_seconds(known[0]) - known[1]
        for name, body in self._db.execute(sql.UNSURE, (unit, boot)).fetchall():
            event = json.loads(body)
            true_s = origin_s + event["time"]["monotonic_s"]
            end = event["policy"]["delete_after"]
            if end is not None:  # it may be kept as long as was meant, from the true time on
                end = to_text(to_seconds(end) + true_s - to_seconds(event["time"]["captured"]))
            self._db.execute(sql.CORRECT, (to_text(true_s), end, unit, name))

    def _failed(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"cannot use {self._path}: {error}")
