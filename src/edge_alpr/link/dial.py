"""Makes a paho client from our values and connects its socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_alpr.errors import PublishError
from edge_alpr.link.properties import connect_properties, publish_properties
from edge_alpr.link.refusals import explain_failure

if TYPE_CHECKING:
    from edge_alpr.link.address import Broker
    from edge_alpr.link.publication import Publication
    from edge_alpr.link.terms import SessionOptions


def speaks_5(client: Client) -> bool:
    """Whether the client was made for MQTT 5."""
    return client.protocol == MQTTProtocolVersion.MQTTv5


def make_client(
    broker: Broker,
    options: SessionOptions,
    version: MQTTProtocolVersion,
    will: Publication | None,
) -> Client:
    """A client that never reconnects, queues or acknowledges by itself.

    Raises:
        PublishError: a password or certificate file cannot be used.
    """
    is_5 = version == MQTTProtocolVersion.MQTTv5
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=options.client_id,
        clean_session=None if is_5 else options.remembered_s == 0,
        protocol=version,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.max_inflight_messages = 0  # no bound: the caller keeps one, and paho must not queue
    client.connect_timeout = options.connect_timeout_s
    if will is not None:
        properties = publish_properties(will, will=True) if is_5 else None
        client.will_set(will.topic, will.body, will.qos, will.retain, properties)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password())
    context = broker.context()
    if context is not None:
        client.tls_set_context(context)
    return client


def dial(client: Client, broker: Broker, options: SessionOptions) -> None:
    """Connect the socket, do the TLS handshake and send the CONNECT.

    Raises:
        PublishError: says in words why it did not work.
    """
    # Raised outside the except block: a kept traceback would keep paho's half-open socket alive.
    if (failure := _failure_of_dialling(client, broker, options)) is not None:
        raise PublishError(failure)


def _failure_of_dialling(client: Client, broker: Broker, options: SessionOptions) -> str | None:
    try:
        if speaks_5(client):
            client.connect(
                broker.host,
                broker.port,
                options.keepalive_s,
                clean_start=options.remembered_s == 0,
                properties=connect_properties(options),
            )
        else:
            client.connect(broker.host, broker.port, options.keepalive_s)
    except OSError as error:
        return explain_failure(error, broker)
    return None
