"""Keeps messages in PostgreSQL, in the tables that SQLite has too; any number of collectors may share one database.

A batch is one transaction of a few statements: the keys of all its messages, and the rows of those that were news. Rows
are written in the order of their keys, so that two collectors that are brought the same messages wait for each other
instead of deadlocking; the second then finds them known.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict

from edge_alpr.collector import postgresql_tables as sql
from edge_alpr.collector.messages import message_key
from edge_alpr.collector.rows import (
    ORPHANED_S,
    ClockRow,
    GapRow,
    ImageRow,
    OtherRow,
    PassRow,
    SealedRow,
    correction,
    message_row,
    names_picture,
    rows_of,
)
from edge_alpr.collector.store import EVERYTHING, StoreError
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Connection

    from edge_alpr.collector.rows import Row
    from edge_alpr.collector.store import Entry

_log = logging.getLogger(__name__)

_PATIENCE: Final = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "tcp_user_timeout": "30000",  # ms; a server that fell silent is noticed, and the batch comes again
    "application_name": "edge-alpr collect",
}
"""Where the URL does not say otherwise."""

_NEVER: Final = "-infinity"


class PostgresqlStore:
    """The database at ``url``, in the first schema of its search path.

    Who it connects as needs CREATE in that schema once, or whenever a newer version brings new tables.
    """

    def __init__(self, url: str) -> None:
        """Connect, and create or bring up to date the tables.

        Raises:
            ValueError: not a URL that libpq understands, or one that holds a password.
            StoreError: no connection, or the tables were made by a newer version.
        """
        try:
            given = conninfo_to_dict(url)
        except psycopg.Error as error:
            told = "" if "@" in url else f": {error}"  # there may be a password in it
            raise ValueError(f"not the address of a PostgreSQL database{told}") from None
        if "password" in given:
            raise ValueError(
                "a password does not belong in the URL, which every user of the machine can see: "
                "use PGPASSFILE, a service file, or a client certificate"
            )
        self._options: dict[str, Any] = {**_PATIENCE, **given}
        self._name = f"postgresql://{given.get('host', '')}/{given.get('dbname', '')}"
        self._db: Connection[Any] | None = None
        try:
            with self._worded() as db:
                self._migrate(db)
        except StoreError:
            self.close()
            raise

    def keep(self, entries: Sequence[Entry], stored_s: float) -> list[bool]:
        stored = to_text(stored_s)
        keys = [message_key(entry.message) for entry in entries]
        first = {key: n for n, key in reversed(list(enumerate(keys)))}
        order = sorted(first)
        messages = [message_row(entries[first[key]].message, stored) for key in order]
        if not messages:
            return []
        with self._worded() as db, db.transaction():
            fresh = set(db.execute(sql.ADD_MESSAGES, _columns(messages)).fetchall())
            rows = [
                row for key in order if key in fresh for row in rows_of(entries[first[key]], stored)
            ]
            self._add(db, rows)
        return [key in fresh and first[key] == n for n, key in enumerate(keys)]

    def held(
        self, unit: str, boot: str, *, above: int = 0, most: int = EVERYTHING
    ) -> list[tuple[int, int]]:
        which = {"unit": unit, "boot": boot, "above": above, "most": most}
        with self._worded() as db:
            return db.execute(sql.HELD, which).fetchall()

    def shows(self, unit: str, pass_id: str, sha256: str) -> bool:
        with self._worded() as db:
            bodies = db.execute(sql.BODIES, (unit, pass_id)).fetchall()
        return names_picture((body for (body,) in bodies), sha256)

    def sealed(self, *, unit: str | None = None, day: str | None = None) -> Iterator[bytes]:
        with (
            self._worded() as db,
            db.transaction(),
            db.cursor("sealed") as cursor,  # on the server: there may be millions
        ):
            for (body,) in cursor.execute(sql.SEALED, {"unit": unit, "day": day}):
                yield body.encode("utf-8")

    def purge(self, now_s: float, *, stored_before_s: float | None = None) -> int:
        limits = {
            "now": to_text(now_s),
            "before": _NEVER if stored_before_s is None else to_text(stored_before_s),
            "orphaned": to_text(now_s - ORPHANED_S),
        }
        with self._worded() as db, db.transaction():
            if db.execute(sql.PURGING).fetchone() != (True,):
                return 0  # another collector is at it
            return sum(db.execute(each, limits).rowcount for each in sql.PURGE)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

    # ---------------------------------------------------------------- rows

    def _add(self, db: Connection[Any], rows: Sequence[Row]) -> None:
        passes: dict[tuple[str, str], PassRow] = {}
        others: dict[LiteralString, list[tuple[Any, ...]]] = {}
        unsure: set[tuple[str, str]] = set()
        for row in rows:
            if isinstance(row, PassRow):
                # One statement may not touch a row twice: the best of the batch goes in.
                known = passes.setdefault((row.unit, row.id), row)
                if (row.rank, row.seq) > (known.rank, known.seq):
                    passes[row.unit, row.id] = row
                if row.clock == "unsynced":
                    unsure.add((row.unit, row.boot))
            else:
                others.setdefault(_statement(row), []).append(row)
                if isinstance(row, ClockRow):
                    unsure.add((row.unit, row.boot))
        for which in sorted(unsure):
            db.execute(sql.LOCK_CLOCK, ("/".join(which),))
        if passes:
            db.execute(sql.UPSERT, _columns([passes[key] for key in sorted(passes)]))
        for statement, group in sorted(others.items()):
            with db.cursor() as cursor:
                cursor.executemany(statement, group)
        for unit, boot in sorted(unsure):
            self._correct(db, unit, boot)

    def _correct(self, db: Connection[Any], unit: str, boot: str) -> None:
        """Set right the times that the boot stamped before its clock was known."""
        known = db.execute(sql.CLOCK, (unit, boot)).fetchone()
        if known is None:
            return
        for name, body in db.execute(sql.UNSURE, (unit, boot)).fetchall():
            db.execute(sql.CORRECT, (*correction(body, *known), unit, name))

    # ---------------------------------------------------------------- the connection

    def _migrate(self, db: Connection[Any]) -> None:
        (encoding,) = db.execute("SHOW server_encoding").fetchone() or ("",)
        if encoding != "UTF8":
            raise StoreError(f"{self._name}: its encoding is {encoding}, and has to be UTF8")
        (fsync,) = db.execute("SHOW fsync").fetchone() or ("",)
        if fsync != "on":
            _log.warning(
                "%s: fsync is %s: a power cut can lose what was receipted", self._name, fsync
            )
        with db.transaction():
            db.execute(sql.LOCK)
            found = db.execute("SELECT to_regclass(%s)", (sql.VERSION_TABLE,)).fetchone()
            if found == (None,):
                db.execute("CREATE TABLE edge_alpr_version (version integer NOT NULL)")
                db.execute("INSERT INTO edge_alpr_version VALUES (0)")
            (version,) = db.execute("SELECT max(version) FROM edge_alpr_version").fetchone() or (0,)
            if version > sql.VERSION:
                raise StoreError(
                    f"{self._name} was made by a newer version of edge-alpr: update this one"
                )
            for step in sql.MIGRATIONS[version:]:
                db.execute(step)
            if version < sql.VERSION:
                db.execute("UPDATE edge_alpr_version SET version = %s", (sql.VERSION,))

    def _connected(self) -> Connection[Any]:
        if self._db is None or self._db.closed or self._db.broken:
            self._db = psycopg.connect(**self._options, autocommit=True)
            (durable,) = self._db.execute("SHOW synchronous_commit").fetchone() or ("",)
            if durable == "off":  # a receipt must not be a promise that a crash can break
                self._db.execute("SET synchronous_commit = on")
        return self._db

    @contextmanager
    def _worded(self) -> Iterator[Connection[Any]]:
        """The connection, made anew if it was lost; turns the library's errors into ours."""
        try:
            yield self._connected()
        except psycopg.Error as error:
            # DETAIL quotes rows, and a row may hold a plate.
            told = error.diag.message_primary or str(error).strip().split("\n")[0]
            if isinstance(error, psycopg.OperationalError) and self._db is not None:
                self._db.close()
            raise StoreError(f"cannot use {self._name}: {told}") from None


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _statement(row: Row) -> LiteralString:
    if isinstance(row, GapRow):
        return sql.ADD_GAP
    if isinstance(row, ClockRow):
        return sql.ADD_CLOCK
    if isinstance(row, ImageRow):
        return sql.ADD_IMAGE
    if isinstance(row, SealedRow):
        return sql.ADD_SEALED
    assert isinstance(row, OtherRow)
    return sql.ADD_OTHER
