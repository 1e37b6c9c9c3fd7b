"""Opens the spool's file: pragmas, migrations up and down, and what SQLite's errors mean."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import SpoolError, SpoolFullError
from edge_alpr.spool import sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
PAGE: Final = 4096
"""Bytes of a page, as SQLite makes new files."""
_FOLDING_TRIES: Final = 20
_FOLDING_PAUSE_S: Final = 0.05


class DamagedError(SpoolError):
    """The file is not a healthy database."""


@contextmanager
def as_spool_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into `SpoolError`, `SpoolFullError` or `DamagedError`."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)
        kind = SpoolError
        if code & 0xFF in _DAMAGED:  # the low byte is the class of the error
            kind = DamagedError
        elif is_full(error):
            kind = SpoolFullError
        raise kind(f"{path}: {error}") from error
    except OSError as error:
        kind = SpoolFullError if error.errno == errno.ENOSPC else SpoolError
        raise kind(f"{path}: {error.strerror or error}") from error


def is_full(error: sqlite3.Error) -> bool:
    """Whether there is no room on the card."""
    return getattr(error, "sqlite_errorcode", 0) in _FULL


def connect(path: Path) -> sqlite3.Connection:
    """Make a connection: the one place, so that tests can put a failing card below it (tests/faults)."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open or create the file, check it, bring it to this version.

    Raises:
        DamagedError: it is damaged; `aside.set_aside` it and call again.
        SpoolFullError: there is no room for it just now.
        SpoolError: it cannot be opened, or belongs to a later version of the program.
    """
    with as_spool_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = connect(path)
        try:
            db.execute("PRAGMA schema_version").fetchone()  # creates the file, or finds noise
            path.chmod(0o600)  # the files beside it inherit this
            _run(db, sql.DURABLE)
            sync_folder(path.parent)
            _run(db, sql.EVERY_CONNECTION)
            _fold_log(db, path)
            _check(db, path)
            _migrate(db, path)
        except BaseException:
            db.close()
            raise
    return db


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open a file that the writer has made; None while there is none. It may be deleted from, but not repaired."""
    if not path.exists():
        return None
    with as_spool_errors(path):
        db = connect(path)
        try:
            _run(db, sql.EVERY_CONNECTION)
            version = version_of(db, path)
        except BaseException:
            db.close()
            raise
    if version < sql.VERSION:  # being made, or about to be brought up to date
        db.close()
        return None
    return db


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode: tells whether a path still is the file that was opened. None if there is no such file."""
    with suppress(OSError):
        stat = path.stat()
        return stat.st_dev, stat.st_ino
    return None


def sync_folder(folder: Path) -> None:
    """Make sure that the names of the files in it are on the card."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing. The write lock is taken at once, so that nothing has to be repeated half-way."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def used_bytes(db: sqlite3.Connection) -> int:
    """Bytes of the pages that hold something; the file itself never shrinks, it reuses."""
    ((pages,), (free,), (size,)) = (
        db.execute(f"PRAGMA {name}").fetchone()
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def free_bytes(db: sqlite3.Connection) -> int:
    """Bytes of the file that may be written anew without making it larger."""
    ((free,), (size,)) = (
        db.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_size")
    )
    return int(free * size)


def erase_deleted(db: sqlite3.Connection) -> bool:
    """Let what was deleted vanish from the log as well; False if another connection was in the way."""
    (busy, _, _) = db.execute(sql.TRUNCATE_WAL).fetchone()
    return not busy


def _run(db: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        db.execute(pragma).fetchall()


def _fold_log(db: sqlite3.Connection, path: Path) -> None:
    """Write what the log holds into the file, and sync it, before anything is added to the log.

    After a failed fsync Linux lets us read back what never reached the card. Found at the start, it would pass for
    stored, and a power cut would take it and all that was committed after it.
    """
    for _ in range(_FOLDING_TRIES):
        if erase_deleted(db):
            return
        time.sleep(_FOLDING_PAUSE_S)  # SQLite does not wait for another one's checkpoint
    raise SpoolError(f"{path}: another process does not let go of its log")


def _check(db: sqlite3.Connection, path: Path) -> None:
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise DamagedError(f"{path}: {found}")


def version_of(db: sqlite3.Connection, path: Path) -> int:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > sql.VERSION:
        raise SpoolError(
            f"{path}: written by a later version (format {version}, this one knows {sql.VERSION}); "
            "update edge-alpr, or move the file away"
        )
    return version


def downgrade(path: Path, version: int) -> None:
    """Bring a file that no process has open back to an earlier format, for an earlier version of the program.

    Raises:
        SpoolError: it cannot be opened, or is of a later version than ours.
        ValueError: there is no such format.
    """
    if not 1 <= version <= sql.VERSION:
        raise ValueError(f"no format {version}; there are 1 to {sql.VERSION}")
    with closing(open_for_writing(path)) as db, as_spool_errors(path), transaction(db):
        for down in range(sql.VERSION, version, -1):
            for statement in sql.DOWNGRADES[down - 1]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version={version}")


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    if version_of(db, path) == sql.VERSION:
        return
    with transaction(db):
        for version in range(version_of(db, path), sql.VERSION):
            for statement in sql.MIGRATIONS[version]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version={version + 1}")
