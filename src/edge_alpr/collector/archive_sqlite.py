"""Asks a collector's SQLite database what a holder asks, beside collectors that go on writing."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.collector.archive_rows import kept_of, verdict_row
from edge_alpr.collector.sqlite_transaction import in_words, transaction
from edge_alpr.collector.store import StoreError
from edge_alpr.collector.store_sqlite import SqliteStore
from edge_alpr.message.kept import Said, SealedRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from edge_alpr.message.kept import Kept

_BUSY_S: Final = 10.0
_PASSES: Final = """
SELECT p.unit, p.id, p.camera, p.captured, p.plate, p.hit, p.test, p.delete_after, p.stored, p.body,
  v.verdict, v.person, v.at, v.subject, v.body
FROM current_passes AS p LEFT JOIN verdicts AS v ON v.unit = p.unit AND v.id = p.id
"""
_FIND: Final = f"""{_PASSES}
WHERE p.plate = ? AND p.captured >= ? AND p.captured < ? AND p.unit || '/' LIKE ? || '/%' ORDER BY p.captured
"""
_HITS: Final = f"{_PASSES} WHERE p.hit ORDER BY p.stored, p.id"
_SAID: Final = "SELECT verdict, person, at, subject, body FROM verdicts WHERE unit = ? AND id = ?"
_PICTURES: Final = "SELECT body FROM images WHERE unit = ? AND id = ? ORDER BY stored"
_IS_THERE: Final = "SELECT 1 FROM passes WHERE unit = ? AND id = ?"
_IS_SEALED: Final = "SELECT 1 FROM sealed WHERE unit = ? AND boot = ? AND seq = ?"
_UNSEAL: Final = "DELETE FROM sealed WHERE unit = ? AND boot = ? AND seq = ?"
_ADD_VERDICT: Final = "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?)"
_ADD_CORRECTION: Final = "INSERT INTO corrections VALUES (?, ?, ?, NULL)"
_TO_SEND: Final = "SELECT id, body FROM corrections WHERE sent IS NULL ORDER BY id"
_SENT: Final = "UPDATE corrections SET sent = ? WHERE id = ?"
_PLACES: Final = """
SELECT unit, count(*), CASE WHEN count(delete_after) = count(*) THEN max(delete_after) END
FROM current_passes WHERE plate = ? GROUP BY unit ORDER BY unit
"""
_HELD: Final = """
SELECT (SELECT count(*) FROM passes) + (SELECT count(*) FROM sealed WHERE content = 'event'),
  (SELECT min(stored) FROM (SELECT min(stored) AS stored FROM passes UNION ALL SELECT min(stored) FROM sealed) AS s)
"""
_SEALED_ROW: Final = "SELECT unit, boot, seq, delete_after, stored, body FROM sealed"
_SEALED: Final = f"""{_SEALED_ROW}
WHERE content = 'event' AND (? = '' OR unit || '/' LIKE ? || '/%') AND (epoch IS NULL OR epoch BETWEEN ? AND ?)
ORDER BY stored, unit, boot, seq
"""
_SEALED_HITS: Final = f"{_SEALED_ROW} WHERE class = 'hit' ORDER BY stored, unit, boot, seq"


class SqliteArchive:
    """The database at ``path``, which `SqliteStore` made. Used by one thread."""

    def __init__(self, path: Path) -> None:
        """Open it, and bring its tables up to date.

        Raises:
            StoreError: it is not there, cannot be written, or was made by a newer version.
        """
        self._path = path
        if not path.exists():
            raise StoreError(f"{path} is not there: edge-alpr collect --to sqlite:{path} makes it")
        SqliteStore(path).close()
        with in_words(self._path):
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("PRAGMA synchronous = FULL")

    def find(self, plate: str, since: str, until: str, under: str) -> list[Kept]:
        return self._kept(_FIND, plate, since, until, under)

    def hits(self) -> list[Kept]:
        return self._kept(_HITS)

    def said(self, unit: str, pass_id: str) -> Said | None:
        found = self._ask(_SAID, unit, pass_id)
        return Said(*found[0]) if found else None

    def pictures(self, unit: str, pass_id: str) -> list[bytes]:
        return [bytes(body) for (body,) in self._ask(_PICTURES, unit, pass_id)]

    def confirm(self, kept: Kept, said: Said) -> bool:
        with transaction(self._db, self._path):
            return self._note(kept, said)

    def refute(self, kept: Kept, said: Said, correction: tuple[str, str]) -> bool:
        name, body = correction
        with transaction(self._db, self._path):
            if not self._note(kept, said):
                return False
            self._db.execute(_ADD_CORRECTION, (name, kept.unit, body))
            self._delete(kept)
        self._empty_the_log()
        return True

    def forget(self, passes: Iterable[Kept]) -> int:
        with transaction(self._db, self._path):
            gone = sum(self._delete(kept) for kept in passes)
        if gone:
            self._empty_the_log()
        return gone

    def corrections(self) -> list[tuple[str, str]]:
        return self._ask(_TO_SEND)

    def sent(self, ids: Iterable[str], at: str) -> None:
        with transaction(self._db, self._path):
            self._db.executemany(_SENT, [(at, name) for name in ids])

    def places(self, plate: str) -> list[tuple[str, int, str | None]]:
        return self._ask(_PLACES, plate)

    def held(self) -> tuple[int, str | None]:
        ((passes, oldest),) = self._ask(_HELD)
        return passes, oldest

    def sealed(self, under: str, first_day: str, last_day: str) -> Iterator[SealedRow]:
        return self._sealed(_SEALED, under, under, first_day, last_day)

    def sealed_hits(self) -> Iterator[SealedRow]:
        return self._sealed(_SEALED_HITS)

    def close(self) -> None:
        self._db.close()

    def _kept(self, asked: str, *values: str) -> list[Kept]:
        return [kept_of(row, str) for row in self._ask(asked, *values)]

    def _ask(self, asked: str, *values: str) -> list[Any]:
        with in_words(self._path):
            return self._db.execute(asked, values).fetchall()

    def _sealed(self, asked: str, *values: str) -> Iterator[SealedRow]:
        with in_words(self._path):
            for row in self._db.execute(asked, values):
                yield SealedRow(*row)

    def _note(self, kept: Kept, said: Said) -> bool:
        if not self._is_there(kept):
            return False
        self._db.execute(_ADD_VERDICT, verdict_row(kept, said))
        return True

    def _is_there(self, kept: Kept) -> bool:
        if not kept.sealed:
            return self._db.execute(_IS_THERE, (kept.unit, kept.id)).fetchone() is not None
        rows = (self._db.execute(_IS_SEALED, (kept.unit, *each)) for each in kept.sealed)
        return all(row.fetchone() is not None for row in rows)

    def _delete(self, kept: Kept) -> bool:
        gone = 0
        for boot, seq in kept.sealed:
            gone += self._db.execute(_UNSEAL, (kept.unit, boot, seq)).rowcount
        which = (kept.unit, kept.id)
        self._db.execute("DELETE FROM images WHERE unit = ? AND id = ?", which)
        gone += self._db.execute("DELETE FROM passes WHERE unit = ? AND id = ?", which).rowcount
        return gone > 0

    def _empty_the_log(self) -> None:
        """Else the plates would stay readable in the log file."""
        with in_words(self._path):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
