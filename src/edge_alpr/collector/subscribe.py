"""Receives what units publish: a subscription that the broker remembers while we are away, alone or as one of several.

Several collectors that name the same group share the fleet: the broker gives each message to one of them.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from edge_alpr.link.session import Session
from edge_alpr.link.terms import ProtocolChoice, SessionOptions
from edge_alpr.message.document import MAX_BYTES
from edge_alpr.message.topics import NAME, UP_FILTER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge_alpr.link.address import Broker
    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import Arrival

_log = logging.getLogger(__name__)

REMEMBERED_S: Final = 7 * 24 * 3600
"""How long a broker is asked to keep messages for an absent collector."""

SHARED_REMEMBERED_S: Final = 30
"""The same for one of several. Its part waits for it meanwhile, so that a short absence loses nothing; after a longer
one its part goes to the others."""

_UNANSWERED: Final = 200
"""Messages that the broker may hand over before the first of them is stored: the largest commit."""
_SLACK_BYTES: Final = 256 * 1024
"""Somewhat too large a message is let in, to be counted and named; a huge one the broker keeps (MQTT 5)."""

_GROUP: Final = re.compile(NAME)


class Subscription:
    """One collector's session with its broker. Used by one thread; every method may raise `PublishError`.

    ``client_id`` is the name under which the broker keeps the session: the same at every start, and nobody else's.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        client_id: str,
        protocol: ProtocolChoice = "auto",
        share: str | None = None,
    ) -> None:
        """``share`` names the group of collectors that this one is one of; that needs MQTT 5.

        Raises:
            ValueError: not a name for a group, or not with MQTT 3.1.1.
        """
        self._broker = broker
        self._filter = UP_FILTER
        if share is not None:
            if not _GROUP.fullmatch(share):
                raise ValueError(f"a group is named by a-z, 0-9 and '-', not {share[:80]!r}")
            if protocol == "3.1.1":
                raise ValueError("a group of collectors needs MQTT 5")
            # With 3.1.1 the same words would be a subscription that nothing ever matches.
            protocol = "5"
            self._filter = f"$share/{share}/{UP_FILTER}"
        self._arrivals: list[Arrival] = []
        self._told = False
        options = SessionOptions(
            client_id=client_id,
            protocol=protocol,
            remembered_s=REMEMBERED_S if share is None else SHARED_REMEMBERED_S,
            receive_maximum=_UNANSWERED,
            receive_bytes=MAX_BYTES + _SLACK_BYTES,
        )
        self._session = Session(broker, options, self)

    def __str__(self) -> str:
        return str(self._broker)

    def connect(self) -> bool:
        """Connect and subscribe; whether the broker remembered us, so that nothing was missed."""
        self._arrivals.clear()
        remembered = self._session.open().remembered
        self._session.subscribe(self._filter)
        return remembered

    def turn(self, timeout_s: float) -> list[Arrival]:
        """What came; waits up to ``timeout_s`` for the first message."""
        self._session.turn(0.0 if self._arrivals else timeout_s)
        arrivals, self._arrivals = self._arrivals, []
        return arrivals

    def acknowledge(self, arrivals: Iterable[Arrival]) -> None:
        """Tell the broker that it may forget them: they are safe, or not worth keeping."""
        for arrival in arrivals:
            if arrival.mid:
                self._session.acknowledge(arrival.mid)

    def send(self, publication: Publication) -> None:
        """Publish something to a unit."""
        self._session.publish(publication)

    def close(self) -> None:
        self._session.close()

    # ---------------------------------------------------------------- what the session reports

    def received(self, arrival: Arrival) -> None:
        self._arrivals.append(arrival)

    def published(self, mid: int, reason: str, *, failed: bool) -> None:  # noqa: ARG002
        if failed and not self._told:
            self._told = True
            _log.error("%s: receipts are refused, units keep everything: %s", self, reason)
