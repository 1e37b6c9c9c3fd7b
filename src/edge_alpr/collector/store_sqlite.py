"""Keeps messages in SQLite: one row each to know it again, one row a pass with the best that is known of it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from edge_alpr.collector import sqlite_tables as sql
from edge_alpr.collector.rows import (
    ORPHANED_S,
    ClockRow,
    GapRow,
    ImageRow,
    PassRow,
    SealedRow,
    correction,
    message_row,
    names_picture,
    rows_of,
)
from edge_alpr.collector.sqlite_transaction import in_words, transaction
from edge_alpr.collector.store import EVERYTHING, StoreError, create_private
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from edge_alpr.collector.rows import Row
    from edge_alpr.collector.store import Entry

_BUSY_S: Final = 10.0


class SqliteStore:
    """The database at ``path``. Several collectors on one machine may share it.

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
        with in_words(self._path):
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        try:
            self._prepare()
        except StoreError:
            self._db.close()
            raise

    def keep(self, entries: Sequence[Entry], stored_s: float) -> list[bool]:
        stored = to_text(stored_s)
        with transaction(self._db, self._path):
            return [self._keep(entry, stored) for entry in entries]

    def held(
        self, unit: str, boot: str, *, above: int = 0, most: int = EVERYTHING
    ) -> list[tuple[int, int]]:
        which = {"unit": unit, "boot": boot, "above": above, "most": most}
        with in_words(self._path):
            return self._db.execute(sql.HELD, which).fetchall()

    def shows(self, unit: str, pass_id: str, sha256: str) -> bool:
        with in_words(self._path):
            bodies = self._db.execute(sql.BODIES, (unit, pass_id)).fetchall()
        return names_picture((body for (body,) in bodies), sha256)

    def sealed(self, *, unit: str | None = None, day: str | None = None) -> Iterator[bytes]:
        with in_words(self._path):
            for (body,) in self._db.execute(sql.SEALED, {"unit": unit, "day": day}):
                yield body.encode("utf-8")

    def purge(self, now_s: float, *, stored_before_s: float | None = None) -> int:
        limits = {
            "now": to_text(now_s),
            "before": "" if stored_before_s is None else to_text(stored_before_s),
            "orphaned": to_text(now_s - ORPHANED_S),
        }
        with transaction(self._db, self._path):
            deleted = sum(self._db.execute(each, limits).rowcount for each in sql.PURGE)
        if deleted:
            with in_words(self._path):  # else the plates would stay readable in the log file
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted

    def close(self) -> None:
        self._db.close()

    def _prepare(self) -> None:
        run = self._db.execute
        with in_words(self._path):
            run("PRAGMA secure_delete = ON")
            # Before WAL: else its creation may not survive a power cut.
            run("PRAGMA synchronous = EXTRA")
            run("PRAGMA journal_mode = WAL")
            run("PRAGMA synchronous = FULL")
        with transaction(self._db, self._path):  # another collector may be about to do the same
            version = run("PRAGMA user_version").fetchone()[0]
            self._check_version(version)
            for step in range(version, sql.VERSION):
                for statement in sql.statements(step):
                    run(statement)
            run(f"PRAGMA user_version = {sql.VERSION}")

    def _check_version(self, version: int) -> None:
        if version > sql.VERSION:
            raise StoreError(
                f"{self._path} was made by a newer version of edge-alpr: update this one"
            )

    def _keep(self, entry: Entry, stored: str) -> bool:
        added = self._db.execute(sql.ADD_MESSAGE, message_row(entry.message, stored))
        if added.rowcount == 0:
            return False
        for row in rows_of(entry, stored):
            self._add(row)
        return True

    def _add(self, row: Row) -> None:
        if isinstance(row, PassRow):
            self._db.execute(sql.UPSERT, row)
            if row.clock == "unsynced":
                self._correct(row.unit, row.boot)
        elif isinstance(row, GapRow):
            self._db.execute(sql.ADD_GAP, row)
        elif isinstance(row, ClockRow):
            self._db.execute(sql.ADD_CLOCK, row)
            self._correct(row.unit, row.boot)
        elif isinstance(row, SealedRow):
            self._db.execute(sql.ADD_SEALED, row)
        else:
            self._db.execute(sql.ADD_IMAGE if isinstance(row, ImageRow) else sql.ADD_OTHER, row)

    def _correct(self, unit: str, boot: str) -> None:
        """Set right the times that the boot stamped before its clock was known."""
        known = self._db.execute(sql.CLOCK, (unit, boot)).fetchone()
        if known is None:
            return
        for name, body in self._db.execute(sql.UNSURE, (unit, boot)).fetchall():
            self._db.execute(sql.CORRECT, (*correction(body, *known), unit, name))
