"""Puts before a store what consumers beside it are owed, and publishes to those at the broker."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final

from edge_alpr.collector.messages import message_key
from edge_alpr.collector.observe import Observer
from edge_alpr.collector.store import EVERYTHING
from edge_alpr.message.codec import decode
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.topics import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge_alpr.collector.collect import Upkeep
    from edge_alpr.collector.consumer import Consumer
    from edge_alpr.collector.observe import Outcome
    from edge_alpr.collector.owed import Owed
    from edge_alpr.collector.store import Entry, Store
    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import Arrival
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Moment

_log = logging.getLogger(__name__)

ROUND_S: Final = 1.0
_MOST_A_ROUND: Final = 100


class Forwarding:
    """A store that owes each event to the consumers as well. Closing it leaves the store and the list open."""

    def __init__(self, store: Store, owed: Owed, consumers: Sequence[Consumer]) -> None:
        self._store = store
        self._owed = owed
        self._consumers = consumers

    def keep(self, entries: Sequence[Entry], stored_s: float) -> Sequence[bool]:
        wanted = [
            (consumer, entry.message, entry)
            for entry in entries
            if isinstance(entry.message, PlateEvent)
            for consumer in self._consumers
            if consumer.wants(entry.message)
        ]
        if not wanted:
            return self._store.keep(entries, stored_s)
        fresh = self._owed.stage(wanted, stored_s)
        news = self._store.keep(entries, stored_s)
        is_news = {
            message_key(entry.message) for entry, new in zip(entries, news, strict=True) if new
        }
        # What stood here already when it came again is from a try whose end is not known: it is owed.
        keys = {message_key(event) for _, event, _ in wanted}
        not_news = fresh - is_news
        self._owed.settle(keys - not_news, not_news)
        return news

    def held(
        self, unit: str, boot: str, *, above: int = 0, most: int = EVERYTHING
    ) -> Iterable[tuple[int, int]]:
        return self._store.held(unit, boot, above=above, most=most)

    def shows(self, unit: str, pass_id: str, sha256: str) -> bool:
        return self._store.shows(unit, pass_id, sha256)

    def purge(self, now_s: float, *, stored_before_s: float | None = None) -> int:
        if gone := self._owed.purge(now_s):
            _log.warning("%d messages came to their end before a consumer had them", gone)
        return self._store.purge(now_s, stored_before_s=stored_before_s)

    def close(self) -> None: ...


class Relay(Observer):
    """An `Upkeep` that publishes to consumers at the broker, and does another's work as well.

    A message counts as told a round after it was handed over, if the link held meanwhile: one may come twice.
    """

    def __init__(self, owed: Owed, consumers: Sequence[Consumer], beside: Upkeep | None) -> None:
        self._owed = owed
        self._consumers = consumers
        self._beside = beside
        self._last_s = -math.inf
        self._handed: list[int] = []
        self._introduced: set[tuple[str, str]] = set()
        self._units: set[UnitAddress] = set()

    def arrived(self, arrival: Arrival, outcome: Outcome, now: Moment) -> None:  # noqa: ARG002
        """Whoever says something that may be said is a unit."""
        if outcome != "kept_out":
            self._units.add(parse(arrival.topic).unit)

    def due(self, now: Moment) -> list[Publication]:
        """What is to be published now."""
        publications = [] if self._beside is None else list(self._beside.due(now))
        if now.mono_s < self._last_s + ROUND_S:
            return publications
        self._last_s = now.mono_s
        if self._handed:
            self._owed.paid(self._handed)
        self._handed = []
        for consumer in self._consumers:
            for unit in sorted(self._units, key=str):
                publications += self._once(consumer, str(unit), consumer.unit_introduction(unit))
            for debt in self._owed.oldest(consumer, now.utc_s, _MOST_A_ROUND):
                event = decode(debt.body)
                camera = f"{event.org}/{event.site}/{event.unit}/{event.camera}"
                publications += self._once(consumer, camera, consumer.introduction(event))
                publications += consumer.publications(event)
                self._handed.append(debt.number)
        return publications

    def deleted(self, messages: int) -> None:
        if self._beside is not None:
            self._beside.deleted(messages)

    def interrupted(self) -> None:
        """The link was lost, and perhaps what was handed over last: it is handed over again."""
        self._handed = []
        self._introduced.clear()
        if self._beside is not None:
            self._beside.interrupted()

    def _once(
        self, consumer: Consumer, whom: str, introduction: list[Publication]
    ) -> list[Publication]:
        """The introduction, at its first time on this link."""
        if not introduction or (consumer.name, whom) in self._introduced:
            return []
        self._introduced.add((consumer.name, whom))
        return introduction
