"""Publishes to a broker: the unit's end of an MQTT link, every refusal told in words."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from annotated_types import Ge, Le

from edge_alpr.link.address import Broker
from edge_alpr.link.refusals import NOBODY_LISTENS, explain_reason
from edge_alpr.link.session import NotSubscribedError, Session
from edge_alpr.link.terms import ProtocolChoice, SessionOptions, Welcome
from edge_alpr.uplink.downlink import MOST_LIST_BYTES
from edge_alpr.uplink.terms import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import Arrival

_log = logging.getLogger(__name__)

_OVERHEAD_BYTES: Final = 32
"""Fixed header, packet identifier and our fixed properties, rounded up; strings are counted one by one."""

_KEPT_FOR_STATUS: Final = 3
_RECEIVE_BYTES: Final = MOST_LIST_BYTES + (1 << 16)
"""Longest packet that the broker should send us: a hotlist. A receipt has about 2 KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """Which broker to publish to, and how."""

    url: str = "mqtt://localhost:1883"
    """The broker: mqtt://host:port, or mqtts://host:port with TLS. A roadside unit should use TLS."""
    username: str | None = None
    """User name, if the broker asks for one; with client certificates it often takes the name from there."""
    password_file: Path | None = None
    """File whose first line is the password. Readable by the service only; never put a password in this file."""
    ca_file: Path | None = None
    """PEM file of the authority that signed the broker's certificate; its revocation list may stand in it too, and is
    then heeded. Empty: the authorities that the system trusts."""
    cert_file: Path | None = None
    """PEM file of the unit's own certificate, if the broker asks for one."""
    key_file: Path | None = None
    """PEM file of that certificate's key. Empty if cert_file holds both."""
    protocol: ProtocolChoice = "auto"
    """MQTT version: "5", "3.1.1", or auto (5 first). With 3.1.1 a broker cannot say that it refused a message."""
    keepalive_s: Annotated[int, Ge(5), Le(3600)] = 30
    """Seconds of silence after which a sign of life is sent. Shorter finds a cut link sooner, longer saves data."""
    connect_timeout_s: Annotated[float, Ge(0.1), Le(120)] = 10.0
    """Seconds that each step of connecting may take."""
    inflight: Annotated[int, Ge(1), Le(100)] = 20
    """How many messages may wait for the broker's answer at a time."""

    def __post_init__(self) -> None:
        self.broker()

    def broker(self) -> Broker:
        """The broker these settings name.

        Raises:
            ValueError: they do not fit together.
        """
        return Broker.at(
            self.url,
            username=self.username,
            password_file=self.password_file,
            ca_file=self.ca_file,
            cert_file=self.cert_file,
            key_file=self.key_file,
        )


class MqttLink:
    """The `Publisher` of a real unit. Used by one thread."""

    def __init__(self, settings: MqttSettings, *, client_id: str) -> None:
        """``client_id`` must be the unit's own: a broker lets in only one client of a name."""
        self._inflight = settings.inflight
        options = SessionOptions(
            client_id=client_id,
            protocol=settings.protocol,
            keepalive_s=settings.keepalive_s,
            connect_timeout_s=settings.connect_timeout_s,
            receive_bytes=_RECEIVE_BYTES,
        )
        self._broker = settings.broker()
        self._session = Session(self._broker, options, self)
        self._welcome: Welcome | None = None
        self._answers: list[Answer] = []
        self._arrivals: list[Arrival] = []
        self._refused_here = 0

    def __str__(self) -> str:
        return str(self._broker)

    @property
    def window(self) -> int:
        """How many messages may be unanswered: ours or the broker's bound, some of it left for status and info."""
        if self._welcome is None:
            return self._inflight
        return max(1, min(self._inflight, self._welcome.receive_maximum - _KEPT_FOR_STATUS))

    def connect(
        self, will: Publication, topics: Sequence[str] = (), wished: Sequence[str] = ()
    ) -> None:
        self._answers.clear()
        self._arrivals.clear()
        welcome = self._session.open(will)
        if welcome.protocol == "3.1.1" and (self._welcome is None or self._welcome.protocol == "5"):
            _log.warning(
                "%s: MQTT 3.1.1, so a message that the broker refuses looks delivered", self
            )
        self._welcome = welcome
        for topic in topics:
            self._session.subscribe(topic)
        for topic in wished:
            try:
                self._session.subscribe(topic)
            except NotSubscribedError as error:
                _log.warning("%s; the unit goes on without it", error)

    def publish(self, publication: Publication) -> int:
        if self._welcome is not None and _size(publication) > self._welcome.packet_bytes:
            self._refused_here -= 1
            why = f"larger than the broker takes ({self._welcome.packet_bytes} bytes)"
            self._answers.append(Answer(self._refused_here, why))
            return self._refused_here
        return self._session.publish(publication)

    def settle(self, timeout_s: float) -> list[Answer]:
        self._session.turn(0.0 if self._answers or self._arrivals else timeout_s)
        answers, self._answers = self._answers, []
        return answers

    def arrivals(self) -> list[Arrival]:
        arrivals, self._arrivals = self._arrivals, []
        for arrival in arrivals:
            if arrival.mid:
                self._session.acknowledge(arrival.mid)
        return arrivals

    def close(self) -> None:
        self._session.close()

    # ---------------------------------------------------------------- what the session reports

    def published(self, mid: int, reason: str, *, failed: bool) -> None:
        self._answers.append(
            Answer(
                mid, explain_reason(reason) if failed else None, unheard=reason == NOBODY_LISTENS
            )
        )

    def received(self, arrival: Arrival) -> None:
        self._arrivals.append(arrival)


def _size(publication: Publication) -> int:
    """An upper bound of the MQTT packet's length."""
    properties = sum(
        len(name.encode()) + len(value.encode()) + 5 for name, value in publication.properties
    )
    return (
        _OVERHEAD_BYTES
        + len(publication.topic.encode())
        + len(publication.content_type)
        + properties
        + len(publication.body)
    )
