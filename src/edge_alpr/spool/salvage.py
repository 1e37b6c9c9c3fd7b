"""Reads what can be read of a damaged file that was set aside, and stores it in the new one.

A row counts as read if its bytes have their checksum, so that noise is never sent. Where a page is noise, the rows
around it are found by halving the range of keys: whatever a healthy page holds is reached by a query that does not
touch the noise.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections import deque
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final, TypeAlias

from edge_alpr.spool import database, sql
from edge_alpr.spool.rank import MAX_SEQ, pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_Row: TypeAlias = tuple[int, str, str, float | None, float, int, bytes]

_WITHIN_S: Final = 5.0
"""The unit waits for it before it stores anything new."""
_FRUITLESS: Final = 2000
"""After so many queries in a row that gave nothing, nothing more is expected."""
_MOST_SEQ: Final = 1 << 24
"""Numbers above are not looked for: a boot of many months."""


def salvage(aside: Path, db: sqlite3.Connection) -> dict[str, set[int]]:
    """Copy readable messages into the new file.

    Args:
        aside: the damaged file, which nobody else has open.
        db: the new one; boots get the same ordinals there, so it must be empty.

    Returns:
        The numbers that were saved, by boot. A boot that cannot be read or written is left out. Notes of losses are
        not saved: what is missing is announced anyhow.
    """
    saved: dict[str, set[int]] = {}
    deadline_s = time.monotonic() + _WITHIN_S
    with suppress(sqlite3.Error), closing(database.connect(aside)) as old:
        old.execute("PRAGMA cell_size_check=ON")
        for name, ordinal in _boots(old):
            rows = [row for hit in (True, False) for row in _rows(old, ordinal, hit, deadline_s)]
            if not rows:
                continue
            with suppress(sqlite3.Error):
                with database.transaction(db):
                    db.execute(sql.KEEP_BOOT, (ordinal, name))
                    db.executemany(sql.INSERT, rows)
                saved[name] = {row[0] & MAX_SEQ for row in rows}
    return saved


def _boots(old: sqlite3.Connection) -> list[tuple[str, int]]:
    return [
        (name, ordinal)
        for name, ordinal in old.execute(sql.BOOTS)
        if isinstance(name, str) and isinstance(ordinal, int) and ordinal > 0
    ]


def _rows(old: sqlite3.Connection, ordinal: int, hit: bool, deadline_s: float) -> Iterator[_Row]:
    """Healthy rows of one boot and class; the widest ranges of keys first."""
    first = pack(ordinal, 1, hit=hit)
    ranges = deque([(first, first + _MOST_SEQ)])
    left = _FRUITLESS
    while ranges and left > 0 and time.monotonic() < deadline_s:
        low, high = ranges.popleft()
        reached = low
        try:
            for row in old.execute(sql.ROWS_BETWEEN, (low, high)):
                reached = row[0] + 1
                if zlib.crc32(row[6]) == row[5]:
                    yield row
        except (sqlite3.Error, TypeError):
            left = _FRUITLESS if reached > low else left - 1
            if reached > low:
                ranges.append((reached, high))
            elif high - low > 1:
                middle = (low + high) // 2
                ranges.extend([(low, middle), (middle, high)])
