"""Notes in the spool's file which numbers will never be delivered, in the transaction that gives them up.

So the announcement (the `gap` message) survives a crash: it is made from these rows, which go when it is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from edge_alpr.spool import sql
from edge_alpr.spool.rank import unpack
from edge_alpr.types import Loss, LossCause

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def in_ranges(boot: str, seqs: Iterable[int], cause: LossCause) -> list[Loss]:
    """The fewest ranges that hold exactly ``seqs``."""
    ranges: list[list[int]] = []
    for seq in sorted(set(seqs)):
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1][1] = seq
        else:
            ranges.append([seq, seq])
    return [Loss(boot, first, last, cause) for first, last in ranges]


def of_ranks(db: sqlite3.Connection, ranks: Iterable[int], cause: LossCause) -> list[Loss]:
    """The same for keys of the table of messages, which may be of several boots."""
    names = {ordinal: name for name, ordinal in db.execute(sql.BOOTS)}
    seqs: dict[str, list[int]] = {}
    for ordinal, seq, _ in map(unpack, ranks):
        seqs.setdefault(names[ordinal], []).append(seq)
    return [loss for boot, mine in seqs.items() for loss in in_ranges(boot, mine, cause)]


def note(db: sqlite3.Connection, losses: Iterable[Loss]) -> None:
    """Add losses; one that continues a noted range extends it. Within a transaction."""
    for loss in losses:
        boot = loss.boot or ""
        grown = db.execute(sql.EXTEND_LOSS, (loss.last, boot, loss.cause, loss.first - 1))
        if not grown.rowcount:
            db.execute(sql.ADD_LOSS, (boot, loss.cause, loss.first, loss.last))


def noted(db: sqlite3.Connection, limit: int) -> list[Loss]:
    """At most ``limit`` noted losses."""
    return [
        Loss(boot or None, first, last, cast("LossCause", cause))
        for boot, first, last, cause in db.execute(sql.LOSSES, (limit,))
    ]


def forget(db: sqlite3.Connection, losses: Iterable[Loss]) -> None:
    """They are announced. Within a transaction."""
    db.executemany(
        sql.FORGET_LOSS, [(loss.boot or "", loss.cause, loss.first, loss.last) for loss in losses]
    )
