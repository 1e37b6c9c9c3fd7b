"""Keeps events in SQLite: one row a message to know it again, one row a pass with the best that is known of it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from edge_alpr.collector.store import StoreError, create_private, message_key
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.message.event import PlateEvent

_VERSION: Final = 1
_BUSY_S: Final = 10.0

_TABLES: Final = """
CREATE TABLE messages (
  unit TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, stored TEXT NOT NULL,
  PRIMARY KEY (unit, boot, seq)
) WITHOUT ROWID;
CREATE TABLE passes (
  unit TEXT NOT NULL, id TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL,
  rank INTEGER NOT NULL, phase TEXT NOT NULL, corrects TEXT,
  camera TEXT NOT NULL, captured TEXT NOT NULL, plate TEXT NOT NULL, confidence REAL NOT NULL,
  hit INTEGER NOT NULL, test INTEGER NOT NULL, delete_after TEXT, stored TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (unit, id)
);
CREATE INDEX passes_by_time ON passes (captured);
CREATE INDEX passes_by_end ON passes (delete_after) WHERE delete_after IS NOT NULL;
CREATE INDEX passes_by_corrected ON passes (unit, corrects) WHERE corrects IS NOT NULL;
CREATE VIEW current_passes AS
  SELECT * FROM passes AS p WHERE NOT EXISTS
    (SELECT 1 FROM passes AS c WHERE c.unit = p.unit AND c.corrects = p.id);
"""

_RANKS: Final = {"provisional": 0, "final": 1, "correction": 2}
"""A later phase replaces an earlier one, in whatever order they arrive."""

_UPSERT: Final = """
INSERT INTO passes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (unit, id) DO UPDATE SET
  boot = excluded.boot, seq = excluded.seq, rank = excluded.rank, phase = excluded.phase,
  corrects = excluded.corrects, camera = excluded.camera, captured = excluded.captured,
  plate = excluded.plate, confidence = excluded.confidence, hit = excluded.hit, test = excluded.test,
  delete_after = excluded.delete_after, stored = excluded.stored, body = excluded.body
WHERE excluded.rank > rank OR (excluded.rank = rank AND excluded.seq > seq)
"""


class SqliteStore:
    """The database at ``path``. Table ``messages`` holds no plate; ``current_passes`` leaves out what was corrected."""

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

    def add(self, event: PlateEvent, body: bytes, stored_s: float) -> bool:
        unit, boot, seq = message_key(event)
        stored = to_text(stored_s)
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            taken = self._db.execute(
                "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)",
                (unit, boot, seq, event.id, stored),
            )
            if taken.rowcount == 0:
                return False
            self._db.execute(
                _UPSERT,
                (
                    unit,
                    event.id,
                    boot,
                    seq,
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
                ),
            )
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
        if version > _VERSION:
            raise StoreError(
                f"{self._path} was made by a newer version of edge-alpr: update this one"
            )
        if version < _VERSION:
            self._db.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")

    def _failed(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"cannot use {self._path}: {error}")
