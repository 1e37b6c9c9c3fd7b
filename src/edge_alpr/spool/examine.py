"""Looks at a spool from outside without changing it: whether it is whole, how much waits, and since when."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.spool import database, sql

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found; nothing of what the messages say."""

    messages: int
    oldest_s: float | None
    """UTC seconds at which the oldest was stored; None if nothing waits."""


def examine_spool(path: Path) -> Examined | None:
    """Check the whole file; it may be in use by another process. None if there is none. Reads all of it.

    Raises:
        SpoolError: it cannot be read, is damaged, or belongs to a later version of the program.
    """
    with database.as_spool_errors(path):
        if not path.exists():
            return None
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
            db.execute("PRAGMA busy_timeout=5000").fetchall()
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise database.DamagedError(f"{path}: damaged: {found}")
            if database.version_of(db, path) < sql.VERSION:
                return Examined(0, None)  # it was just made, or waits to be brought up to date
            (messages,) = db.execute(sql.COUNT).fetchone()
            (oldest_s,) = db.execute(sql.OLDEST_S).fetchone()
    return Examined(messages, oldest_s)
