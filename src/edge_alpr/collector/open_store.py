"""Opens the store that a person named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.collector.store_jsonl import JsonLinesFile, JsonLinesOut
from edge_alpr.collector.store_sqlite import SqliteStore

if TYPE_CHECKING:
    from edge_alpr.collector.store import Store


def open_store(target: str) -> Store:
    """The store named ``sqlite:PATH``, ``jsonl:PATH`` or ``-`` (JSON lines on standard output).

    Raises:
        ValueError: it is named differently.
        StoreError: it cannot be opened.
    """
    kind, _, path = target.partition(":")
    if target == "-":
        return JsonLinesOut()
    if kind == "sqlite" and path:
        return SqliteStore(Path(path))
    if kind == "jsonl" and path:
        return JsonLinesFile(Path(path))
    raise ValueError(f"cannot store to {target!r}: use sqlite:PATH, jsonl:PATH or -")
