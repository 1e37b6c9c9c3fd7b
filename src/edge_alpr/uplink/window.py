"""Decides which spooled messages go next: what is in flight, what was refused and waits, what is suspect.

Pure bookkeeping, without clock or network. The rules:

- the feed's order is kept (hits first, then oldest), at most a window's worth unanswered at a time;
- a refused message waits, longer each time, and does not block the others; when a whole window of them waits, only hits
  are sent until one is due, so that a broker that refuses everything is not hammered;
- a message that was in flight at `_SUSPECT_LOSSES` lost links may be what cuts them (a broker drops a client that sends
  too long a packet): it waits too, and is then sent alone, so that it cannot take others with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from edge_alpr.types import Spooled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.backoff import Backoff

Key: TypeAlias = tuple[str, int]
"""Boot and sequence number: what names a message of this unit."""

_SUSPECT_LOSSES: Final = 3


@dataclass(slots=True)
class _Record:
    """What went wrong with one message so far."""

    refusals: int = 0
    losses: int = 0
    due_s: float = 0.0

    @property
    def suspect(self) -> bool:
        return self.losses >= _SUSPECT_LOSSES


@dataclass(frozen=True, slots=True)
class _Flight:
    message: Spooled
    since_s: float


class Window:
    """Seconds are monotonic. ``pauses`` says how long a message waits after its n-th failure."""

    def __init__(self, pauses: Backoff) -> None:
        self._pauses = pauses
        self._flights: dict[int, _Flight] = {}
        self._records: dict[Key, _Record] = {}
        self._done: dict[Key, Spooled] = {}

    @property
    def in_flight(self) -> int:
        return len(self._flights)

    @property
    def kept_back(self) -> bool:
        """Whether a message waits because something went wrong with it."""
        return bool(self._records)

    def oldest_s(self) -> float | None:
        """When the longest unanswered message was sent."""
        return min((flight.since_s for flight in self._flights.values()), default=None)

    def ask_for(self, size: int) -> int:
        """How many messages to fetch, so that ``size`` new ones can be among them."""
        return size + len(self._flights) + len(self._records) + len(self._done)

    def choose(
        self,
        pending: Sequence[Spooled],
        size: int,
        now_s: float,
        gate: Callable[[Spooled], bool] = lambda _: True,
    ) -> list[Spooled]:
        """Those of ``pending`` that may be sent now.

        ``size`` is the number of unanswered messages allowed. ``gate`` is asked last, about each message that nothing
        else keeps back; what it lets through is chosen.
        """
        flying = {key_of(flight.message) for flight in self._flights.values()}
        if any(self._records[key].suspect for key in flying & self._records.keys()):
            return []
        waiting = sum(record.due_s > now_s for record in self._records.values())
        chosen: list[Spooled] = []
        for message in pending:
            if len(self._flights) + len(chosen) >= size:
                break
            key = key_of(message)
            record = self._records.get(key)
            if key in flying or key in self._done or (record and record.due_s > now_s):
                continue
            if waiting >= size and not message.hit:
                continue
            if record and record.suspect:
                if self._flights or chosen:
                    break  # the window empties first
                return [message] if gate(message) else []
            if gate(message):
                chosen.append(message)
        return chosen

    def sent(self, token: int, message: Spooled, now_s: float) -> None:
        self._flights[token] = _Flight(message, now_s)

    def accepted(self, token: int) -> Spooled | None:
        """The broker has it. None if the token is not a message's."""
        flight = self._flights.pop(token, None)
        if flight is None:
            return None
        self._records.pop(key_of(flight.message), None)
        return flight.message

    def finish(self, messages: Sequence[Spooled]) -> None:
        """They are delivered: not sent again, and to be deleted from the spool."""
        self._done.update((key_of(message), message) for message in messages)

    def refused(self, token: int, now_s: float) -> Spooled | None:
        """The broker does not want it: it stays in the spool and waits."""
        flight = self._flights.pop(token, None)
        if flight is None:
            return None
        record = self._records.setdefault(key_of(flight.message), _Record())
        record.due_s = now_s + self._pauses.pause_s(record.refusals)
        record.refusals += 1
        return flight.message

    def lost(self, now_s: float) -> int:
        """The link is gone: all that was unanswered is pending again. Returns how many that were."""
        count = len(self._flights)
        for flight in self._flights.values():
            record = self._records.setdefault(key_of(flight.message), _Record())
            record.losses += 1
            if record.suspect:
                record.due_s = now_s + self._pauses.pause_s(record.losses - _SUSPECT_LOSSES)
        self._flights.clear()
        return count

    def done(self) -> list[Spooled]:
        """Delivered messages that the spool still holds."""
        return list(self._done.values())

    def forgotten(self, messages: Sequence[Spooled]) -> None:
        """The spool has deleted them."""
        for message in messages:
            self._done.pop(key_of(message), None)

    def forget_strangers(self, all_pending: Sequence[Spooled]) -> None:
        """Drop what is known about messages that the spool no longer holds; ``all_pending`` is all that it holds."""
        keys = {key_of(message) for message in all_pending}
        self._records = {key: record for key, record in self._records.items() if key in keys}
        self._done = {key: message for key, message in self._done.items() if key in keys}


def key_of(message: Spooled) -> Key:
    return message.boot, message.seq
