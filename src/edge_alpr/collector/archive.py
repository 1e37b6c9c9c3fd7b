"""Opens a collector's database for its holder: to find passes, to confirm and refute hits, to delete."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

from edge_alpr.collector.archive_sqlite import SqliteArchive

if TYPE_CHECKING:
    from edge_alpr.collector.archive_postgresql import PostgresqlArchive
    from edge_alpr.collector.store import StoreError

    OpenArchive: TypeAlias = SqliteArchive | PostgresqlArchive


def open_archive(target: str) -> OpenArchive:
    """The database named ``postgresql://...`` or ``sqlite:PATH``.

    Raises:
        ValueError: it is named differently, or what it needs is not installed.
        StoreError: it cannot be opened.
    """
    kind, _, path = target.partition(":")
    if kind == "sqlite" and path:
        return SqliteArchive(Path(path))
    if kind in {"postgresql", "postgres"} and path.startswith("//"):
        if find_spec("psycopg") is None:
            raise ValueError("PostgreSQL needs psycopg: install edge-alpr[collector]")
        from edge_alpr.collector.archive_postgresql import PostgresqlArchive  # noqa: PLC0415

        return PostgresqlArchive(target)
    raise ValueError(
        f"a desk cannot work on {kind!r}: "  # the rest may hold a password
        "use postgresql://HOST/DATABASE or sqlite:PATH"
    )


def absent_archive(error: StoreError) -> OpenArchive:
    """Stands in for a database that could not be opened: whatever is asked of it raises ``error``.

    So a desk can still refuse what it may not answer, and log that it was asked.
    """
    return cast("OpenArchive", _Absent(error))


class _Absent:
    def __init__(self, error: StoreError) -> None:
        self._error = error

    def __getattr__(self, name: str) -> NoReturn:
        raise self._error

    def close(self) -> None:
        """There is nothing to close."""
