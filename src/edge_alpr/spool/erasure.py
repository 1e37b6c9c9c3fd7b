"""Empties the log some time after something was deleted, so that many deletions share what it costs the card.

A deleted body is overwritten in the file, yet its first copy stays in the log until that is copied and truncated. A
log that grows from nothing for each message makes the file system write its own journal each time: 44 kB a message
instead of 18 (tests/faults/test_write_budget.py).
"""

from __future__ import annotations

import math
import sqlite3
from typing import Final

from edge_alpr.spool import database

WITHIN_S: Final = 60.0
"""So long a deleted body may still be read from the log by somebody who takes the card."""
_AGAIN_S: Final = 1.0


class Erasure:
    """Used under the lock of its connection's owner. Seconds are monotonic."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._due_s = math.inf

    @property
    def owed(self) -> bool:
        """Whether a deleted body may be left in the log."""
        return self._due_s < math.inf

    def deleted(self, now_s: float) -> None:
        """Something was deleted."""
        self._due_s = min(self._due_s, now_s + self._within_s)

    def opened(self, now_s: float) -> None:
        """A killed process may have left something."""
        self._due_s = now_s

    def tidy(self, db: sqlite3.Connection, now_s: float) -> None:
        """Empty the log if it is time to. Another connection may be in the way, or the card full: then a little later.

        Raises:
            sqlite3.Error: the file cannot be written.
        """
        if now_s >= self._due_s:
            self._due_s = now_s + min(_AGAIN_S, self._within_s)
            self.erase(db)

    def erase(self, db: sqlite3.Connection) -> None:
        """Empty the log now, if nothing is in the way."""
        try:
            if database.erase_deleted(db):
                self._due_s = math.inf
        except sqlite3.Error as error:
            if not database.is_full(error):
                raise
