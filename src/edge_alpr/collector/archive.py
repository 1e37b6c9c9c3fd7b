"""Opens a collector's database for its holder: to find passes, to confirm and refute hits, to delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

from edge_alpr.collector.archive_sqlite import SqliteArchive
from edge_alpr.collector.target import parse_target

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
    kind, path = parse_target(target, "postgresql", "sqlite", refusal="a desk cannot work on")
    if kind == "sqlite":
        return SqliteArchive(Path(path))
    from edge_alpr.collector.archive_postgresql import PostgresqlArchive  # noqa: PLC0415

    return PostgresqlArchive(path)


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
