"""Stands in for a unit's card: numbers messages, hands them to the uplink, and notes when each was confirmed.

In memory, so 500 of them need no disk. What a card adds to the way of a read, up to 250 ms until its commit, is not
played, and neither is what a power cut does to it; the fault suites do that with the real spool.
"""

from __future__ import annotations

import secrets
import threading
from array import array
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from edge_alpr.types import Spooled

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.types import Clock, Outgoing


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits."""

    messages: int
    bytes: int
    oldest_s: float | None


class MemorySpool:
    """An `Append` for delivery and a `Feed` for the uplink. Thread-safe: one thread appends, one sends."""

    def __init__(self, clock: Clock, room: int) -> None:
        self.boot: Final = secrets.token_hex(4)
        self.made_s: Final = array("d")
        """UTC seconds at which each message was made, by its number less one."""
        self.confirmed_after_s: Final = array("d")
        """Seconds from making to letting go, in the order of letting go."""
        self.shed = 0
        """Messages for which there was no room. They have no number."""
        self.expired = 0
        self._clock = clock
        self._room = room
        self._changed = threading.Condition()  # guards all below
        self._rows: dict[int, Spooled] = {}
        self._hits: dict[int, Spooled] = {}
        self._bytes = 0
        self._fresh = False
        self._live_from = 0

    # ---------------------------------------------------------------- delivery's side

    def append(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        """Keep a message; returns its number, 0 if there is no room for it."""
        if len(self._rows) >= self._room:
            self.shed += 1
            return 0
        now_s = self._clock.now().utc_s
        seq = len(self.made_s) + 1
        row = Spooled(
            self.boot,
            seq,
            outgoing.kind,
            outgoing.camera,
            make_body(seq),
            outgoing.expires_s,
            outgoing.hit,
            now_s,
        )
        with self._changed:
            self.made_s.append(now_s)
            self._rows[seq] = row
            if row.hit:
                self._hits[seq] = row
            self._bytes += len(row.body)
            self._fresh = True
            self._changed.notify()
        return seq

    def waiting(self) -> list[int]:
        """Numbers of what is not confirmed."""
        with self._changed:
            return list(self._rows)

    # ---------------------------------------------------------------- the uplink's side

    def pending(self, limit: int, now_s: float) -> list[Spooled]:
        with self._changed:
            self._fresh = False
            rows = self._rows.values()
            ordered = chain(
                self._hits.values(),
                (row for row in rows if row.seq >= self._live_from and not row.hit),
                (row for row in rows if row.seq < self._live_from and not row.hit),
            )
            alive = (row for row in ordered if row.expires_s is None or row.expires_s > now_s)
            return list(islice(alive, limit))

    def begin_live(self) -> None:
        with self._changed:
            self._live_from = len(self.made_s) + 1

    def delivered(self, messages: list[Spooled]) -> None:
        now_s = self._clock.now().utc_s
        with self._changed:
            for message in messages:
                if self._drop(message.seq) is not None:
                    self.confirmed_after_s.append(now_s - message.stored_s)

    def expire(self, now_s: float) -> int:
        with self._changed:
            ended = [
                row.seq
                for row in self._rows.values()
                if row.expires_s is not None and row.expires_s <= now_s
            ]
            for seq in ended:
                self._drop(seq)
            self.expired += len(ended)
        return len(ended)

    def depth(self) -> Depth:
        with self._changed:
            oldest = next(iter(self._rows.values()), None)
            oldest_s = None if oldest is None else oldest.stored_s
            return Depth(len(self._rows), self._bytes, oldest_s)

    def wait(self, timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._fresh, timeout_s)

    def _drop(self, seq: int) -> Spooled | None:
        row = self._rows.pop(seq, None)
        self._hits.pop(seq, None)
        if row is not None:
            self._bytes -= len(row.body)
        return row
