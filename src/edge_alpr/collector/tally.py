"""Asks a collector's store what it holds of one boot of a unit: for a trial, and for who doubts that nothing is lost.

Reads only, beside a collector that goes on writing.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from edge_alpr.collector.store import StoreError
from edge_alpr.collector.target import parse_target
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Row:
    """One message that the store holds."""

    seq: int
    stored_s: float
    """UTC seconds, by the collector's clock, at which the batch was taken that held it."""


class Tally(Protocol):
    """What is asked. Every method may raise `StoreError`."""

    def messages(self, unit: str, boot: str) -> Sequence[Row]:
        """All messages of a boot, one row each time that one is stored; ``unit`` is ``org/site/unit``."""

    def passes(self, unit: str, boot: str) -> int:
        """How many vehicle passes are stored of it."""

    def close(self) -> None: ...


def open_tally(target: str) -> Tally:
    """A look into ``postgresql://...``, ``sqlite:PATH`` or ``jsonl:PATH``, as `open_store` names them.

    Raises:
        ValueError: it is named differently, or what it needs is not installed.
        StoreError: it cannot be opened.
    """
    kind, path = parse_target(target, "postgresql", "sqlite", "jsonl", refusal="cannot look into")
    if kind == "sqlite":
        return SqliteTally(Path(path))
    if kind == "jsonl":
        return JsonLinesTally(Path(path))
    from edge_alpr.collector.tally_postgresql import PostgresqlTally  # noqa: PLC0415

    return PostgresqlTally(path)


class SqliteTally:
    """Of a database that `SqliteStore` writes."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
        except sqlite3.Error as error:
            raise StoreError(f"cannot read {path}: {error}") from None

    def messages(self, unit: str, boot: str) -> list[Row]:
        asked = "SELECT seq, stored FROM messages WHERE unit = ? AND boot = ?"
        return [Row(seq, to_seconds(stored)) for seq, stored in self._ask(asked, unit, boot)]

    def passes(self, unit: str, boot: str) -> int:
        return len(self._ask("SELECT 1 FROM passes WHERE unit = ? AND boot = ?", unit, boot))

    def close(self) -> None:
        self._db.close()

    def _ask(self, asked: str, unit: str, boot: str) -> list[Any]:
        try:
            return self._db.execute(asked, (unit, boot)).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"the store cannot be read: {error}") from None


class JsonLinesTally:
    """Of a file that `JsonLinesFile` writes; read once, when it is opened."""

    def __init__(self, path: Path) -> None:
        self._rows: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        self._passes: defaultdict[tuple[str, str], int] = defaultdict(int)
        try:
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    self._take(line)
        except (OSError, UnicodeDecodeError, ValueError, KeyError) as error:
            raise StoreError(f"cannot read {path}: {error}") from None

    def _take(self, line: str) -> None:
        told = json.loads(line)
        boot = ("/".join(told[part] for part in ("org", "site", "unit")), told["boot"])
        self._rows[boot].append(Row(told["seq"], to_seconds(told["stored"])))
        self._passes[boot] += "plate" in told

    def messages(self, unit: str, boot: str) -> list[Row]:
        return self._rows[unit, boot]

    def passes(self, unit: str, boot: str) -> int:
        return self._passes[unit, boot]

    def close(self) -> None: ...
