"""Asks a collector's PostgreSQL database what it holds of one boot of a unit; see `tally`."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

from edge_alpr.collector.store import StoreError
from edge_alpr.collector.tally import Row


class PostgresqlTally:
    """Of a database that `PostgresqlStore` writes. Needs SELECT on ``messages`` and ``passes``, nothing else."""

    def __init__(self, url: str) -> None:
        try:
            self._db = psycopg.connect(url, autocommit=True, connect_timeout=10)
            self._db.read_only = True
        except psycopg.Error as error:
            raise StoreError(f"cannot read the database: {error}") from None

    def messages(self, unit: str, boot: str) -> list[Row]:
        asked: LiteralString = (
            "SELECT seq, extract(epoch FROM stored)::float8 FROM messages "
            "WHERE unit = %s AND boot = %s"
        )
        return [Row(seq, stored_s) for seq, stored_s in self._ask(asked, unit, boot)]

    def passes(self, unit: str, boot: str) -> int:
        return len(self._ask("SELECT 1 FROM passes WHERE unit = %s AND boot = %s", unit, boot))

    def close(self) -> None:
        self._db.close()

    def _ask(self, asked: LiteralString, unit: str, boot: str) -> list[Any]:
        try:
            return self._db.execute(asked, (unit, boot)).fetchall()
        except psycopg.Error as error:
            raise StoreError(f"the database cannot be read: {error}") from None
