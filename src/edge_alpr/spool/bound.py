"""Keeps the spool within its bytes: gives up the oldest message that is no hit, and notes which it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.spool import database, losses, sql
from edge_alpr.spool.rank import OTHERS

if TYPE_CHECKING:
    import sqlite3


def keep_bound(db: sqlite3.Connection, max_bytes: int, newest_hits: list[int]) -> tuple[int, int]:
    """Delete until the bound is met: oldest of the others first, then those of the new hits that do not fit.

    Within the transaction that added the new ones. A stored hit is never given up.

    Args:
        db: the spool's file.
        max_bytes: bytes that the pages in use may have.
        newest_hits: ranks of the hits just added, oldest first; the last ones are taken away from it.

    Returns:
        How many others and how many hits were given up.
    """
    others = hits = 0
    while gone := _make_room(db, max_bytes, newest_hits):
        losses.note(db, losses.of_ranks(db, gone, "room"))  # takes room as well
        more = sum(rank >= OTHERS for rank in gone)
        others, hits = others + more, hits + len(gone) - more
    return others, hits


def _make_room(db: sqlite3.Connection, max_bytes: int, newest_hits: list[int]) -> list[int]:
    gone: list[int] = []
    while database.used_bytes(db) > max_bytes:
        (oldest,) = db.execute(sql.OLDEST_RANK, (OTHERS,)).fetchone()
        if oldest is None:
            if not newest_hits:
                break
            oldest = newest_hits.pop()
        db.execute(sql.DELETE, (oldest,))
        gone.append(oldest)
    return gone
