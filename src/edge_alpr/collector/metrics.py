"""Counts and times what a collector does, for Prometheus to fetch. No plate, no hash of one, no name of a pass.

Only a collector listens; a unit never does. The names below are part of the public interface.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from edge_alpr import __version__
from edge_alpr.collector.observe import Observer
from edge_alpr.errors import MessageError, PublishError
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.message.topics import parse

if TYPE_CHECKING:
    from edge_alpr.collector.observe import Outcome
    from edge_alpr.collector.store import Entry
    from edge_alpr.link.terms import Arrival
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Moment

KINDS: Final = frozenset(
    {"read", "alert", "unread", "image", "gap", "clock", "summary", "audit", "status", "info"}
    | {"health", "last"}
)
"""A topic may name any kind; others are counted as ``other``, so that nobody can make us count without an end."""
STATES: Final = ("online", "degraded", "blind", "offline")
MOST_UNITS: Final = 10_000
"""Units beyond are not told apart, for the same reason."""

_DELAYS_S: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600)
_COMMITS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_UNIT: Final = ("org", "site", "unit")


class Metrics(Observer):
    """An observer that remembers numbers. `serve` shows them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made: Any = {"namespace": "edge_alpr", "registry": self.registry}
        self._messages = Counter(
            "messages",
            "Arrivals by kind of topic and what became of them",
            ["kind", "outcome"],
            **made,
        )
        self._receipts = Counter("receipts", "Receipts handed to the broker", **made)
        self._delay = Histogram(
            "event_delay_seconds",
            "From the last look at a vehicle to its event being stored, by the unit's clock where that is known to be "
            "right; replay: it had waited in the unit",
            ["replay"],
            buckets=_DELAYS_S,
            **made,
        )
        self._commit = Histogram(
            "store_commit_seconds", "Time a batch took to be durable", buckets=_COMMITS_S, **made
        )
        self._batch = Gauge("store_batch_messages", "Messages in the latest batch", **made)
        self._connected = Gauge("broker_connected", "1 while the broker lets us in", **made)
        self._beat = Gauge(
            "collector_turned_timestamp_seconds", "When the loop last went round, in UTC", **made
        )
        self._version = Gauge("collector_info", "1; the version is a label", ["version"], **made)
        self._seen = Gauge(
            "unit_last_message_timestamp_seconds", "When a valid message last came", _UNIT, **made
        )
        self._health = Gauge(
            "unit_last_health_timestamp_seconds", "When a health report last came", _UNIT, **made
        )
        self._backlog = Gauge(
            "unit_backlog_messages",
            "Messages that wait in the unit, as it last said",
            _UNIT,
            **made,
        )
        self._state = Gauge(
            "unit_state", "1 for the state that the unit is in", [*_UNIT, "state"], **made
        )
        self._units: set[tuple[str, str, str]] = set()
        self._version.labels(__version__).set(1)
        self._connected.set(0)

    def serve(self, host: str, port: int) -> int:
        """Listen on one address; returns the port, which is a free one if ``port`` is 0.

        Raises:
            PublishError: that address cannot be had.
        """
        try:
            server, _ = start_http_server(port, host, self.registry)
        except OSError as error:
            raise PublishError(f"cannot listen on {host}:{port}: {error.strerror}") from None
        return int(server.server_port)

    def connected(self, *, up: bool) -> None:
        self._connected.set(up)

    def arrived(self, arrival: Arrival, outcome: Outcome, now: Moment) -> None:
        try:
            address = parse(arrival.topic)
        except MessageError:
            self._messages.labels("other", outcome).inc()
            return
        kind = address.kind if address.kind in KINDS else "other"
        self._messages.labels(kind, outcome).inc()
        if outcome == "kept_out" or not self._tells_apart(address.unit):
            return
        unit = _labels(address.unit)
        if kind == "health":
            self._health.labels(*unit).set(now.utc_s)
        elif kind == "status":
            self._note_state(unit, arrival.body)
        elif outcome != "not_kept":
            self._seen.labels(*unit).set(now.utc_s)
            backlog = arrival.property("backlog") or ""
            if backlog.isdecimal() and len(backlog) < 10:
                self._backlog.labels(*unit).set(int(backlog))

    def stored(self, arrival: Arrival, entry: Entry, now: Moment) -> None:
        event = entry.message
        if isinstance(event, PlateEvent) and event.time.clock.synced:
            replay = "true" if arrival.property("replay") == "true" else "false"
            delay_s = now.utc_s - to_seconds(event.time.last_seen)
            self._delay.labels(replay).observe(max(0.0, delay_s))

    def committed(self, messages: int, seconds: float) -> None:
        self._batch.set(messages)
        self._commit.observe(seconds)

    def receipted(self, receipts: int) -> None:
        self._receipts.inc(receipts)

    def turned(self, now: Moment) -> None:
        self._beat.set(now.utc_s)

    def _note_state(self, unit: tuple[str, str, str], body: bytes) -> None:
        try:
            state = json.loads(body)["state"]
        except (ValueError, KeyError, TypeError):
            return
        if state in STATES:
            for each in STATES:
                self._state.labels(*unit, each).set(each == state)

    def _tells_apart(self, address: UnitAddress) -> bool:
        unit = _labels(address)
        if unit not in self._units and len(self._units) >= MOST_UNITS:
            return False
        self._units.add(unit)
        return True


def _labels(address: UnitAddress) -> tuple[str, str, str]:
    return address.org, address.site, address.unit
