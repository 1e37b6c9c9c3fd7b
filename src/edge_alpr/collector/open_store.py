"""Opens the store that a person named."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.collector.store_jsonl import JsonLinesFile, JsonLinesOut
from edge_alpr.collector.store_sqlite import SqliteStore

if TYPE_CHECKING:
    from edge_alpr.collector.store import Shelf


def open_store(target: str) -> Shelf:
    """The store named ``postgresql://...``, ``sqlite:PATH``, ``jsonl:PATH`` or ``-`` (JSON lines on standard output).

    Raises:
        ValueError: it is named differently, or what it needs is not installed.
        StoreError: it cannot be opened.
    """
    kind, _, path = target.partition(":")
    if target == "-":
        return JsonLinesOut()
    if kind == "sqlite" and path:
        return SqliteStore(Path(path))
    if kind == "jsonl" and path:
        return JsonLinesFile(Path(path))
    if kind in {"postgresql", "postgres"} and path.startswith("//"):
        if find_spec("psycopg") is None:
            raise ValueError("PostgreSQL needs psycopg: install edge-alpr[collector]")
        from edge_alpr.collector.store_postgresql import PostgresqlStore  # noqa: PLC0415

        return PostgresqlStore(target)
    raise ValueError(
        f"cannot store to {kind!r}: "  # the rest may hold a password
        "use postgresql://HOST/DATABASE, sqlite:PATH, jsonl:PATH or -"
    )
