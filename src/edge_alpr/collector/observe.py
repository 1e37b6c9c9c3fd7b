"""Says what a collector tells those who watch it: nothing of it is a plate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from edge_alpr.collector.store import Entry
    from edge_alpr.link.terms import Arrival
    from edge_alpr.types import Moment

Outcome: TypeAlias = Literal["stored", "duplicate", "kept_out", "not_kept"]
"""What became of an arrival. ``kept_out`` was not valid; ``not_kept`` only says how things are now."""


class Observer:
    """Is told what happens, by the collector's thread; does nothing. Override what is of interest, and return soon."""

    def connected(self, *, up: bool) -> None:
        """The broker has let us in, or the link is lost."""

    def arrived(self, arrival: Arrival, outcome: Outcome, now: Moment) -> None:
        """Once for each arrival, after the commit."""

    def stored(self, arrival: Arrival, entry: Entry, now: Moment) -> None:
        """A message was news, and is durable now."""

    def committed(self, messages: int, seconds: float) -> None:
        """A batch took so long from handing it to the store until it was durable."""

    def receipted(self, receipts: int) -> None:
        """So many receipts were handed to the broker."""

    def turned(self, now: Moment) -> None:
        """The loop goes on: several times a second, and before each pause."""


class Together(Observer):
    """Tells several."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def connected(self, *, up: bool) -> None:
        for each in self._observers:
            each.connected(up=up)

    def arrived(self, arrival: Arrival, outcome: Outcome, now: Moment) -> None:
        for each in self._observers:
            each.arrived(arrival, outcome, now)

    def stored(self, arrival: Arrival, entry: Entry, now: Moment) -> None:
        for each in self._observers:
            each.stored(arrival, entry, now)

    def committed(self, messages: int, seconds: float) -> None:
        for each in self._observers:
            each.committed(messages, seconds)

    def receipted(self, receipts: int) -> None:
        for each in self._observers:
            each.receipted(receipts)

    def turned(self, now: Moment) -> None:
        for each in self._observers:
            each.turned(now)
