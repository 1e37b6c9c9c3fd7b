"""Counts the messages that wait without reading the whole table each time: a long backlog is counted now and then."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from edge_alpr.spool import sql
from edge_alpr.spool.rank import END, OTHERS

if TYPE_CHECKING:
    import sqlite3

_SHARE: Final = 20.0
"""At most one twentieth of the time is spent on counting all."""
_CHEAP_S: Final = 0.005
"""A count that takes no longer is done whenever it is asked for."""
_CLASSES: Final = ((-1, OTHERS), (OTHERS - 1, END))
"""What lies between them: hits, and all others."""


class Census:
    """Between two full counts what is new is added and what this reader deletes is taken away.

    So only what the writer sheds meanwhile is missed, until the next full count. Used by one thread at a time.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The file is another one."""
        self._again_s = -math.inf
        self._count = 0
        self._last = [first for first, _ in _CLASSES]

    def count(self, db: sqlite3.Connection) -> int:
        """How many messages there are. Exact in a short spool, and whenever it says 0."""
        now_s = time.monotonic()
        if now_s < self._again_s:
            for n, (_, end) in enumerate(_CLASSES):
                (new,) = db.execute(sql.COUNT_BETWEEN, (self._last[n], end)).fetchone()
                self._count += new
            self._mark(db)
            if self._count > 0:
                return self._count
        (self._count,) = db.execute(sql.COUNT).fetchone()
        self._mark(db)
        spent_s = time.monotonic() - now_s
        self._again_s = now_s + (0.0 if spent_s < _CHEAP_S else spent_s * _SHARE)
        return self._count

    def deleted(self, messages: int) -> None:
        """This reader has deleted so many."""
        self._count = max(0, self._count - messages)

    def _mark(self, db: sqlite3.Connection) -> None:
        for n, (first, end) in enumerate(_CLASSES):
            (last,) = db.execute(sql.LAST_BELOW, (end,)).fetchone()
            self._last[n] = max(self._last[n], last, first)
