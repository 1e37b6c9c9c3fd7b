"""Asks a collector's PostgreSQL database what a holder asks, beside collectors that go on writing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, LiteralString

import psycopg

from edge_alpr.collector.archive_rows import kept_of, verdict_row
from edge_alpr.collector.store import StoreError
from edge_alpr.collector.store_postgresql import PostgresqlStore
from edge_alpr.message.kept import Said, SealedRow
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from psycopg import Connection

    from edge_alpr.message.kept import Kept

_PASSES: Final[LiteralString] = """
SELECT p.unit, p.id, p.camera, p.captured, p.plate, p.hit, p.test, p.delete_after, p.stored, p.body,
  v.verdict, v.person, v.at, v.subject, v.body
FROM current_passes AS p LEFT JOIN verdicts AS v ON v.unit = p.unit AND v.id = p.id
"""
_FIND: Final[LiteralString] = (
    _PASSES + "WHERE p.plate = %s AND p.captured >= %s AND p.captured < %s "
    "AND starts_with(p.unit || '/', %s || '/') ORDER BY p.captured"
)
_HITS: Final[LiteralString] = _PASSES + "WHERE p.hit ORDER BY p.stored, p.id"
_SAID: Final = "SELECT verdict, person, at, subject, body FROM verdicts WHERE unit = %s AND id = %s"
_PICTURES: Final = "SELECT body FROM images WHERE unit = %s AND id = %s ORDER BY stored"
_IS_THERE: Final = "SELECT 1 FROM passes WHERE unit = %s AND id = %s FOR UPDATE"
_IS_SEALED: Final = "SELECT 1 FROM sealed WHERE unit = %s AND boot = %s AND seq = %s FOR UPDATE"
_UNSEAL: Final = "DELETE FROM sealed WHERE unit = %s AND boot = %s AND seq = %s"
_ADD_VERDICT: Final = """
INSERT INTO verdicts VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (unit, id) DO UPDATE SET verdict = excluded.verdict, person = excluded.person, at = excluded.at,
  subject = excluded.subject, body = excluded.body
"""
_ADD_CORRECTION: Final = "INSERT INTO corrections VALUES (%s, %s, %s, NULL)"
_TO_SEND: Final = "SELECT id, body FROM corrections WHERE sent IS NULL ORDER BY id"
_SENT: Final = "UPDATE corrections SET sent = %s WHERE id = ANY(%s)"
_PLACES: Final = """
SELECT unit, count(*), CASE WHEN count(delete_after) = count(*) THEN max(delete_after) END
FROM current_passes WHERE plate = %s GROUP BY unit ORDER BY unit
"""
_HELD: Final = """
SELECT (SELECT count(*) FROM passes) + (SELECT count(*) FROM sealed WHERE content = 'event'),
  (SELECT min(stored) FROM (SELECT min(stored) AS stored FROM passes UNION ALL SELECT min(stored) FROM sealed) AS s)
"""
_SEALED_ROW: Final[LiteralString] = (
    "SELECT unit, boot, seq, delete_after, stored, body FROM sealed "
)
_SEALED: Final[LiteralString] = (
    _SEALED_ROW
    + """
WHERE content = 'event' AND (%(under)s = '' OR starts_with(unit || '/', %(under)s || '/'))
  AND (epoch IS NULL OR epoch BETWEEN %(first)s AND %(last)s)
ORDER BY stored, unit, boot, seq
"""
)
_SEALED_HITS: Final[LiteralString] = (
    _SEALED_ROW + "WHERE class = 'hit' ORDER BY stored, unit, boot, seq"
)


class PostgresqlArchive:
    """The database at ``url``, whose tables `PostgresqlStore` made.

    Needs SELECT on ``passes``, ``images``, ``verdicts`` and ``corrections``, INSERT and UPDATE on the last two, and
    DELETE on the first two.
    """

    def __init__(self, url: str) -> None:
        """Connect, and bring the tables up to date.

        Raises:
            ValueError: not a URL that libpq understands, or one that holds a password.
            StoreError: no connection, or the tables were made by a newer version.
        """
        PostgresqlStore(url).close()
        self._url = url
        self._db: Connection[Any] | None = None

    def find(self, plate: str, since: str, until: str, under: str) -> list[Kept]:
        return self._kept(_FIND, plate, since, until, under)

    def hits(self) -> list[Kept]:
        return self._kept(_HITS)

    def said(self, unit: str, pass_id: str) -> Said | None:
        for verdict, person, at, subject, signed in self._ask(_SAID, unit, pass_id):
            return Said(verdict, person, _text(at), subject, signed)
        return None

    def pictures(self, unit: str, pass_id: str) -> list[bytes]:
        return [bytes(body) for (body,) in self._ask(_PICTURES, unit, pass_id)]

    def confirm(self, kept: Kept, said: Said) -> bool:
        with self._transaction() as db:
            return _note(db, kept, said)

    def refute(self, kept: Kept, said: Said, correction: tuple[str, str]) -> bool:
        name, body = correction
        with self._transaction() as db:
            if not _note(db, kept, said):
                return False
            db.execute(_ADD_CORRECTION, (name, kept.unit, body))
            _delete(db, kept)
        return True

    def forget(self, passes: Iterable[Kept]) -> int:
        ordered = sorted(passes, key=lambda kept: (kept.unit, kept.id))
        with self._transaction() as db:
            return sum(_delete(db, kept) for kept in ordered)

    def corrections(self) -> list[tuple[str, str]]:
        return self._ask(_TO_SEND)

    def sent(self, ids: Iterable[str], at: str) -> None:
        with self._transaction() as db:
            db.execute(_SENT, (at, list(ids)))

    def places(self, plate: str) -> list[tuple[str, int, str | None]]:
        return [
            (unit, number, None if end is None else _text(end))
            for unit, number, end in self._ask(_PLACES, plate)
        ]

    def held(self) -> tuple[int, str | None]:
        ((passes, oldest),) = self._ask(_HELD)
        return passes, None if oldest is None else _text(oldest)

    def sealed(self, under: str, first_day: str, last_day: str) -> Iterator[SealedRow]:
        return self._sealed(_SEALED, {"under": under, "first": first_day, "last": last_day})

    def sealed_hits(self) -> Iterator[SealedRow]:
        return self._sealed(_SEALED_HITS, {})

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

    def _kept(self, asked: LiteralString, *values: str) -> list[Kept]:
        return [kept_of(row, _text) for row in self._ask(asked, *values)]

    def _ask(self, asked: LiteralString, *values: str) -> list[Any]:
        with self._worded() as db:
            return db.execute(asked, values).fetchall()

    def _sealed(self, asked: LiteralString, values: dict[str, str]) -> Iterator[SealedRow]:
        with self._transaction() as db, db.cursor("sealed") as rows:  # on the server: many
            for unit, boot, seq, end, stored, body in rows.execute(asked, values):
                yield SealedRow(unit, boot, seq, _text(end), _text(stored), body)

    @contextmanager
    def _transaction(self) -> Iterator[Connection[Any]]:
        with self._worded() as db, db.transaction():
            yield db

    @contextmanager
    def _worded(self) -> Iterator[Connection[Any]]:
        """The connection, made anew if it was lost; turns the library's errors into ours."""
        try:
            if self._db is None or self._db.closed or self._db.broken:
                self._db = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
            yield self._db
        except psycopg.Error as error:
            raise StoreError(f"cannot use the database: {_told(error)}") from None


def _note(db: Connection[Any], kept: Kept, said: Said) -> bool:
    if not _is_there(db, kept):
        return False
    db.execute(_ADD_VERDICT, verdict_row(kept, said))
    return True


def _is_there(db: Connection[Any], kept: Kept) -> bool:
    if not kept.sealed:
        return db.execute(_IS_THERE, (kept.unit, kept.id)).fetchone() is not None
    rows = (db.execute(_IS_SEALED, (kept.unit, *each)) for each in kept.sealed)
    return all(row.fetchone() is not None for row in rows)


def _delete(db: Connection[Any], kept: Kept) -> bool:
    gone = sum(db.execute(_UNSEAL, (kept.unit, *each)).rowcount for each in kept.sealed)
    which = (kept.unit, kept.id)
    db.execute("DELETE FROM images WHERE unit = %s AND id = %s", which)
    gone += db.execute("DELETE FROM passes WHERE unit = %s AND id = %s", which).rowcount
    return gone > 0


def _text(time: datetime) -> str:
    return to_text(time.timestamp())


def _told(error: psycopg.Error) -> str:
    """Without DETAIL, which quotes rows: a row may hold a plate."""
    return error.diag.message_primary or str(error).strip().split("\n")[0]
