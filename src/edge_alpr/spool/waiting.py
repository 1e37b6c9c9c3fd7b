"""Holds messages between their arrival and the commit: first in, first out, bounded, hits kept longest."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge_alpr.types import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Row:
    """A message that has its number and its bytes."""

    seq: int
    outgoing: Outgoing
    body: bytes = field(repr=False)


class Waiting:
    """Numbers messages and keeps at most ``limit`` of them; used by several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._rows: deque[Row] = deque()
        self._last_seq = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> tuple[int, Row | None]:
        """Number a message and queue it.

        A full queue gives up its oldest message that is no hit; if all are hits, the new message.

        Returns:
            The number, and the message that was given up. What ``make_body`` raises passes through; no number is
            then used.
        """
        with self._lock:
            seq = self._last_seq + 1
            row = Row(seq, outgoing, make_body(seq))
            self._last_seq = seq
            lost = self._make_room(row) if len(self._rows) >= self._limit else None
            if lost is not row:
                self._rows.append(row)
            return seq, lost

    def take(self, most: int) -> list[Row]:
        """The oldest, at most ``most``; they no longer wait."""
        with self._lock:
            return [self._rows.popleft() for _ in range(min(most, len(self._rows)))]

    def put_back(self, rows: Sequence[Row]) -> None:
        """What was taken and could not be stored waits again, before all others."""
        with self._lock:
            self._rows.extendleft(reversed(rows))

    def _make_room(self, new: Row) -> Row:
        for row in self._rows:
            if not row.outgoing.hit:
                self._rows.remove(row)
                return row
        return new
