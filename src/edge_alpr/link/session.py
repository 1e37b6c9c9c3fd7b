"""Holds one MQTT connection, driven by the thread that calls it; paho is used in this folder only.

No thread of its own: callbacks run inside `Session.turn` and only note what happened, so nothing here needs a lock.
paho's known traps are answered here. Callbacks are set before connecting: a resumed session's messages follow the
CONNACK at once and would be lost otherwise. There are no topic aliases: they loop for ever after a reconnect at QoS 1.
paho never reconnects by itself, it would send again what our spool sends again: each connection gets a new client.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from paho.mqtt.enums import LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge_alpr.errors import PublishError
from edge_alpr.link.dial import dial, make_client, speaks_5
from edge_alpr.link.properties import publish_properties
from edge_alpr.link.refusals import (
    TWICE,
    UNSUPPORTED_VERSION,
    explain_alert,
    explain_hanging_up,
    explain_reason,
)
from edge_alpr.link.terms import (
    MOST_BYTES,
    MOST_UNANSWERED,
    Arrival,
    ProtocolChoice,
    SessionOptions,
    Welcome,
)
from edge_alpr.link.turning import turn

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from edge_alpr.link.address import Broker
    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import Listener

_VERSIONS: Final[dict[ProtocolChoice, tuple[MQTTProtocolVersion, ...]]] = {
    "auto": (MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311),
    "5": (MQTTProtocolVersion.MQTTv5,),
    "3.1.1": (MQTTProtocolVersion.MQTTv311,),
}
_MOST_PACKETS_A_TURN: Final = 500
_SHORT_S: Final = 60.0
_OFTEN: Final = 3
"""So many links in a row that were cut without a word, each within `_SHORT_S` of its greeting, are more than chance."""


class NotSubscribedError(PublishError):
    """The broker refuses a subscription; the link is up all the same."""


class _WrongVersionError(PublishError):
    """The broker may speak another version of MQTT."""


class Session:
    """One connection at a time to one broker. Every method but `close` raises `PublishError` when the link is down."""

    def __init__(self, broker: Broker, options: SessionOptions, listener: Listener) -> None:
        self._broker = broker
        self._options = options
        self._listener = listener
        self._client: Client | None = None
        self._welcome: Welcome | None = None
        self._lost: str | None = None
        self._spoke_5 = False
        self._welcomed_s = 0.0
        self._cut_short = 0
        self._last_error = ""
        self._granted: dict[int, list[ReasonCode]] = {}
        self._packets = 0

    def open(self, will: Publication | None = None) -> Welcome:
        """Connect, with MQTT 5 first and 3.1.1 if the broker refuses it, hangs up or says nothing.

        Blocks for at most ``connect_timeout_s`` for each of name look-up, connection, TLS and greeting, twice if a
        second version is tried; a resolver's own time-outs come on top.

        Raises:
            PublishError: says in words why it did not work.
        """
        first: PublishError | None = None
        for version in _VERSIONS[self._options.protocol]:
            try:
                return self._open(version, will)
            except _WrongVersionError as error:
                first = first or PublishError(str(error))
        assert first is not None
        raise first

    def publish(self, publication: Publication) -> int:
        """Hand a message to the broker; returns the number under which `Listener.published` reports its answer."""
        client = self._up()
        info = client.publish(
            publication.topic,
            publication.body,
            publication.qos,
            publication.retain,
            publish_properties(publication) if speaks_5(client) else None,
        )
        self._check(info.rc)
        return info.mid

    def subscribe(self, topic_filter: str) -> None:
        """Subscribe at QoS 1 and wait until the broker agrees. Retained messages come only to a new session.

        Raises:
            NotSubscribedError: it does not agree.
        """
        client = self._up()
        if speaks_5(client):
            options = SubscribeOptions(
                qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
            )
            rc, mid = client.subscribe(topic_filter, options=options)
        else:
            rc, mid = client.subscribe(topic_filter, qos=1)
        self._check(rc)
        assert mid is not None
        deadline_s = time.monotonic() + self._options.connect_timeout_s
        while mid not in self._granted:
            if time.monotonic() > deadline_s:
                raise PublishError(f"{self._broker}: no answer to the subscription {topic_filter}")
            self.turn(0.1)
        for code in self._granted.pop(mid):
            if code.is_failure:
                told = explain_reason(code.getName())
                raise NotSubscribedError(
                    f"{self._broker}: subscription {topic_filter} refused: {told}"
                )

    def acknowledge(self, mid: int) -> None:
        """Tell the broker that a received message is safe."""
        self._check(self._up().ack(mid, 1))

    def turn(self, timeout_s: float) -> None:
        """Let the network run: wait up to ``timeout_s`` for something to happen, then take all that is there."""
        client = self._up()
        for step in range(_MOST_PACKETS_A_TURN):
            before = self._packets
            self._check(turn(client, timeout_s if step == 0 else 0.0))
            if self._packets == before:
                return

    def close(self, *, grace_s: float = 1.0) -> None:
        """Say goodbye, so that no will is sent, and let go of the socket. Never raises."""
        client, self._client, self._welcome = self._client, None, None
        if client is None:
            return
        client.disconnect()
        deadline_s = time.monotonic() + grace_s
        while (
            turn(client, 0.05) == MQTTErrorCode.MQTT_ERR_SUCCESS and time.monotonic() < deadline_s
        ):
            pass

    # ---------------------------------------------------------------- connecting

    def _open(self, version: MQTTProtocolVersion, will: Publication | None) -> Welcome:
        self.close(grace_s=0.0)
        self._lost, self._last_error, self._granted = None, "", {}
        client = make_client(self._broker, self._options, version, will)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_log = self._on_log
        dial(client, self._broker, self._options)
        self._client = client
        return self._await_welcome(client)

    def _await_welcome(self, client: Client) -> Welcome:
        deadline_s = time.monotonic() + self._options.connect_timeout_s
        while self._welcome is None:
            rc = turn(client, 0.1)
            if self._lost is not None or rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._client = None
                raise self._not_welcome(self._lost or "")
            if time.monotonic() > deadline_s:
                self.close(grace_s=0.0)
                raise self._never_greeted()
        self._welcomed_s = time.monotonic()
        self._spoke_5 = self._spoke_5 or self._welcome.protocol == "5"
        return self._welcome

    def _never_greeted(self) -> PublishError:
        told = f"{self._broker}: connected, but no MQTT greeting came: is it a broker?"
        # amqtt 0.12 says nothing at all to a version that it does not know. One that spoke it before is only slow.
        return PublishError(told) if self._spoke_5 else _WrongVersionError(told)

    def _not_welcome(self, reason: str) -> PublishError:
        if reason == UNSUPPORTED_VERSION:
            return _WrongVersionError(f"{self._broker}: {explain_reason(reason)}")
        if reason:
            who = f" (user {self._broker.username!r})" if self._broker.username else ""
            return PublishError(f"{self._broker}: {explain_reason(reason)}{who}")
        if alert := explain_alert(self._last_error):
            return PublishError(f"{self._broker}: {alert}")
        # Some brokers answer an unknown version by hanging up.
        return _WrongVersionError(f"{self._broker}: {explain_hanging_up(self._broker)}")

    # ---------------------------------------------------------------- callbacks: they only note

    def _on_connect(
        self,
        client: Client,
        _userdata: Any,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._packets += 1
        if reason.is_failure:
            self._lost = reason.getName()
            return
        self._welcome = Welcome(
            "5" if speaks_5(client) else "3.1.1",
            bool(flags.session_present),
            getattr(properties, "ReceiveMaximum", MOST_UNANSWERED),
            getattr(properties, "MaximumPacketSize", MOST_BYTES),
        )

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._lost is None:
            told = (
                flags.is_disconnect_packet_from_server or reason.getName() == "Keep alive timeout"
            )
            self._lost = reason.getName() if told else ""

    def _on_publish(
        self, _client: Client, _userdata: Any, mid: int, reason: ReasonCode, _properties: Properties
    ) -> None:
        self._packets += 1
        self._listener.published(mid, reason.getName(), failed=reason.is_failure)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: Any,
        mid: int,
        reasons: list[ReasonCode],
        _properties: Properties,
    ) -> None:
        self._packets += 1
        self._granted[mid] = reasons

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._packets += 1
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"  # no broker should let this through
        mid = message.mid if message.qos else 0
        properties = tuple(getattr(message.properties, "UserProperty", ()))
        body, retained = bytes(message.payload), bool(message.retain)
        self._listener.received(Arrival(topic, body, mid, properties, retained))

    def _on_log(self, _client: Client, _userdata: Any, level: int, text: str) -> None:
        # paho tells why a socket failed nowhere else.
        if level == LogLevel.MQTT_LOG_ERR:
            self._last_error = text

    # ---------------------------------------------------------------- small things

    def _up(self) -> Client:
        if self._client is None or self._welcome is None:
            raise PublishError(f"{self._broker}: not connected")
        return self._client

    def _check(self, rc: MQTTErrorCode) -> None:
        """Turn a dead connection into an error. A server's DISCONNECT leaves ``rc`` at success."""
        if rc == MQTTErrorCode.MQTT_ERR_SUCCESS and self._lost is None:
            return
        reason = explain_reason(self._lost) if self._lost else self._wordless()
        self.close(grace_s=0.0)
        raise PublishError(f"{self._broker}: link lost: {reason}")

    def _wordless(self) -> str:
        """Why the link may be gone if nobody said so. mosquitto 2.0 does not say that a client id is used twice."""
        short = time.monotonic() < self._welcomed_s + _SHORT_S
        self._cut_short = self._cut_short + 1 if short else 0
        told = self._last_error or "the other side hung up"
        return told + (TWICE if self._cut_short >= _OFTEN else "")
