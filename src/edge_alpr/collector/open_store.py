"""Opens the store that a person named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.collector.store_jsonl import JsonLinesFile, JsonLinesOut
from edge_alpr.collector.store_sqlite import SqliteStore
from edge_alpr.collector.target import parse_target

if TYPE_CHECKING:
    from edge_alpr.collector.store import Shelf


def open_store(target: str) -> Shelf:
    """The store named ``postgresql://...``, ``sqlite:PATH``, ``jsonl:PATH`` or ``-`` (JSON lines on standard output).

    Raises:
        ValueError: it is named differently, or what it needs is not installed.
        StoreError: it cannot be opened.
    """
    refusal = "cannot store to"
    kind, path = parse_target(target, "postgresql", "sqlite", "jsonl", "-", refusal=refusal)
    if kind == "-":
        return JsonLinesOut()
    if kind == "sqlite":
        return SqliteStore(Path(path))
    if kind == "jsonl":
        return JsonLinesFile(Path(path))
    from edge_alpr.collector.store_postgresql import PostgresqlStore  # noqa: PLC0415

    return PostgresqlStore(path)
