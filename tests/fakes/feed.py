"""A spool in memory: the `Feed` of `uplink.terms` without a file."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_alpr.errors import SpoolError
from edge_alpr.types import MessageKind, Spooled

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class MemoryDepth:
    messages: int
    bytes: int
    oldest_s: float | None


class MemoryFeed:
    """Messages are added by `add`, from any thread. ``broken`` makes every method raise, ``on_wait`` passes time."""

    def __init__(self, on_wait: Callable[[float], None] = lambda _s: None) -> None:
        self.rows: list[Spooled] = []
        self.gone: list[Spooled] = []
        """What was delivered, in the order in which it was let go."""
        self.broken = False
        self._on_wait = on_wait
        self._seq = 0
        self._live_from = 0
        self._lock = threading.Lock()

    @property
    def made(self) -> int:
        """How many were ever added. The lists do not say: an uplink's thread moves messages from one to the other."""
        return self._seq

    def add(
        self,
        body: bytes = b"{}",
        *,
        kind: MessageKind = "read",
        hit: bool = False,
        stored_s: float = 1_767_225_600.0,
        expires_s: float | None = None,
    ) -> Spooled:
        with self._lock:
            self._seq += 1
            row = Spooled("00c0ffee", self._seq, kind, "cam0", body, expires_s, hit, stored_s)
            self.rows.append(row)
            return row

    def pending(self, limit: int, now_s: float) -> list[Spooled]:
        self._check()
        alive = [r for r in self.rows if r.expires_s is None or r.expires_s > now_s]
        return sorted(
            alive, key=lambda row: (not row.hit, not row.hit and row.seq < self._live_from)
        )[:limit]

    def begin_live(self) -> None:
        self._check()
        self._live_from = self._seq + 1

    def delivered(self, messages: list[Spooled]) -> None:
        self._check()
        with self._lock:
            self.gone += [message for message in messages if message in self.rows]
            self.rows = [row for row in self.rows if row not in messages]

    def expire(self, now_s: float) -> int:
        self._check()
        with self._lock:
            before = len(self.rows)
            self.rows = [r for r in self.rows if r.expires_s is None or r.expires_s > now_s]
            return before - len(self.rows)

    def depth(self) -> MemoryDepth:
        self._check()
        size = sum(len(row.body) for row in self.rows)
        oldest_s = min((row.stored_s for row in self.rows), default=None)
        return MemoryDepth(len(self.rows), size, oldest_s)

    def wait(self, timeout_s: float) -> bool:
        self._check()
        self._on_wait(timeout_s)
        return False

    def _check(self) -> None:
        if self.broken:
            raise SpoolError("broken by the test")
