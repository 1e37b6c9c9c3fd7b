"""Opens a collector's database for its holder: to find passes, to confirm and refute hits, to delete."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from edge_alpr.collector.archive_sqlite import SqliteArchive

if TYPE_CHECKING:
    from edge_alpr.collector.archive_postgresql import PostgresqlArchive

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
