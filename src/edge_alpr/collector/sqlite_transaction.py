"""Runs a change of one of the collector's SQLite files: all of it or nothing, and a failure in words."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge_alpr.collector.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def transaction(db: sqlite3.Connection, path: Path | str) -> Iterator[None]:
    """What is written inside is in the file when this ends, or was never there; ``db`` is in autocommit mode.

    Raises:
        StoreError: the database cannot be used.
    """
    with in_words(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


@contextmanager
def in_words(path: Path | str) -> Iterator[None]:
    """Turns the library's errors into ours, which name the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"cannot use {path}: {error}") from None
